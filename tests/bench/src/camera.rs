//! A publisher that sends no keyframe unless it is asked for one, as browsers do.

use std::collections::HashSet;
use std::convert::Infallible;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use headwater_test_client::Codec;
use headwater_test_client::film::{Config, Film, Unit};
use headwater_test_client::whip::Publisher;
use tokio::time::{interval, sleep};

const FPS: u32 = 30;

/// How often requests are looked for.
const LOOK: Duration = Duration::from_millis(2);

/// The film over and over, back to its only keyframe whenever that is asked for.
#[derive(Debug)]
pub(crate) struct Camera {
    publisher: Publisher,
    units: Vec<Unit>,
    /// Milliseconds from a request to its answer.
    delay: AtomicU32,
    notes: Mutex<Notes>,
}

#[derive(Debug, Default)]
struct Notes {
    /// RTP times of all pictures: 100,000 in an hour.
    sent: HashSet<u32>,
    /// When keyframes were asked for while none was owed already: a few for each kill.
    asked: Vec<Instant>,
}

impl Camera {
    pub(crate) fn new(publisher: Publisher) -> Result<Self> {
        // The film has a keyframe each second; said to last one second, it has a single one. Its bitrate counts in that
        // second too.
        let fps = u32::try_from(headwater_film::PICTURES)?;
        let film = Film::load(Config {
            codec: Codec::H264,
            fps,
            kbps: 2500 * fps / FPS,
            ..Config::default()
        })?;
        Ok(Self {
            publisher,
            units: film.units,
            delay: AtomicU32::new(0),
            notes: Mutex::default(),
        })
    }

    /// From now on, a keyframe leaves with the first picture at least this long after it was asked for.
    pub(crate) fn answer_after(&self, delay: Duration) {
        let ms = delay.as_millis().try_into().unwrap_or(u32::MAX);
        self.delay.store(ms, Ordering::Relaxed);
    }

    /// Films until the connection ends.
    pub(crate) async fn run(&self) -> Result<Infallible> {
        let wobble = RandomState::new();
        let mut ticks = interval(Duration::from_secs(1) / FPS);
        let (mut picture, mut next, mut owed) = (0u32, 0, None);
        loop {
            tokio::select! {
                biased;
                _ = ticks.tick() => {}
                () = sleep(LOOK) => {
                    while self.publisher.try_keyframe_request().is_some() {
                        if owed.is_none() {
                            let now = Instant::now();
                            owed = Some(now);
                            self.notes().asked.push(now);
                        }
                    }
                    continue;
                }
            }
            let delay = Duration::from_millis(self.delay.load(Ordering::Relaxed).into());
            if owed.is_some_and(|asked: Instant| asked.elapsed() >= delay) {
                (next, owed) = (0, None);
            }
            // No two stretches are alike, so that the times that come back say which of them they are.
            let rtp_time = picture
                .wrapping_mul(90_000 / FPS)
                .wrapping_add((wobble.hash_one(picture) >> 58) as u32);
            self.notes().sent.insert(rtp_time);
            self.publisher
                .send_video(self.units[next].data.clone(), rtp_time)
                .await?;
            (picture, next) = (picture + 1, (next + 1) % self.units.len());
        }
    }

    /// When the last packet of the picture with this RTP time left.
    pub(crate) fn sent_at(&self, rtp_time: u32) -> Option<Instant> {
        self.publisher.video_sent_at(rtp_time)
    }

    /// When a keyframe was first asked for since then.
    pub(crate) fn asked_after(&self, then: Instant) -> Option<Instant> {
        self.notes().asked.iter().copied().find(|asked| *asked > then)
    }

    /// What the server adds to every RTP time, from the times that came back; `None` if they do not fit.
    pub(crate) fn offset(&self, received: &[u32]) -> Option<u32> {
        let sent = &self.notes().sent;
        let first = *received.first()?;
        let fits = |offset: &u32| {
            received
                .iter()
                .all(|time| sent.contains(&time.wrapping_sub(*offset)))
        };
        let mut offsets = sent.iter().map(|time| first.wrapping_sub(*time)).filter(fits);
        let offset = offsets.next()?;
        offsets.next().is_none().then_some(offset)
    }

    /// A panic leaves at worst one note missing.
    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
