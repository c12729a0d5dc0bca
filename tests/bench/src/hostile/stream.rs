//! A stream that minds its own business: the film, transcoded to one rung and watched.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use headwater_protocol::key::SessionKey;
use headwater_protocol::ladder::Ladder;
use headwater_protocol::signed::Signed;
use headwater_protocol::stream;
use headwater_protocol::token::Publish;
use headwater_test_client::film::{Config, Film, Player};
use headwater_test_client::frame::Kind;
use headwater_test_client::whep::Viewer;
use headwater_test_client::whip::Publisher;
use headwater_test_client::{Codec, Error, hostile};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::node::Node;

/// From the publisher's socket to the viewer's: three pictures at 30 a second, which a player's buffer still hides. In
/// peace it is a tenth of that.
pub(super) const LATE: Duration = Duration::from_millis(100);

/// How long a token is good for, in milliseconds.
const TOKEN: u64 = 3_600_000;

/// How long after its end a film's last pictures may take.
const LAST: Duration = Duration::from_millis(500);

pub(super) struct Stream {
    publisher: Publisher,
    viewer: Viewer,
    player: Player<'static>,
    /// Pictures that have been looked at.
    looked: Option<u32>,
}

/// What became of the pictures.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub(super) sent: usize,
    pub(super) on_time: usize,
}

impl Seen {
    /// The share that was late or lost.
    pub(super) fn late(self) -> f64 {
        1.0 - self.on_time as f64 / self.sent.max(1) as f64
    }
}

impl Stream {
    /// Publishes under the key of `seed`, and watches.
    pub(super) async fn start(node: &Node, seed: u8) -> Result<Self> {
        let key = SessionKey::from_bytes(&[seed; 32]).context("not a key")?;
        let stream = stream::Id::new(key.address(), "calm".parse()?);
        let now = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
        let claims = Publish {
            stream: stream.clone(),
            ladder: Some(Ladder::new(vec!["P240p30fps16x9".parse()?])?),
            not_before: now,
            expiry: now + TOKEN,
            watch: None,
        };
        let token = Signed::new(&key, claims);
        let endpoint = format!("{}/whip/{stream}", node.url());
        let publisher = Publisher::connect(&endpoint, Some(token.text()), Codec::H264).await?;
        let mut player = Player::new(film()?).silent();
        let endpoint = format!("{}/whep/{stream}/240p", node.url());
        let viewer = loop {
            player.play(&publisher, Duration::from_millis(200)).await?;
            match Viewer::connect(&endpoint, None).await {
                Ok(viewer) => break viewer,
                Err(Error::Session(refused)) if refused.retry_after().is_some() => {}
                Err(error) => bail!(error),
            }
        };
        Ok(Self {
            publisher,
            viewer,
            player,
            looked: None,
        })
    }

    /// What anybody who has seen its answer may call it by.
    pub(super) fn ufrag(&self) -> Result<String> {
        let ufrag = hostile::ufrag(&self.publisher.answer);
        Ok(ufrag.context("an answer without a username fragment")?.to_owned())
    }

    /// What became of the pictures since the last look.
    pub(super) async fn look(&mut self) -> Result<Seen> {
        let mut arrived: HashMap<u32, Instant> = HashMap::new();
        while let Ok(frame) = timeout(LAST, self.viewer.next()).await {
            let frame = frame.context("the stream has ended")?;
            if matches!(frame.kind, Kind::Video(_)) {
                arrived.insert(frame.rtp_time, frame.last_packet_at);
            }
        }
        let times: Vec<u32> = arrived.keys().copied().collect();
        let offset = self
            .player
            .log
            .offset(&times)
            .context("its times are not the publisher's")?;
        let all = self.player.log.iter().map(|(time, _)| time);
        let sent: Vec<u32> = match self.looked {
            None => all.collect(),
            Some(last) => all.skip_while(|time| *time != last).skip(1).collect(),
        };
        self.looked = sent.last().copied().or(self.looked);
        let on_time = sent.iter().filter(|time| {
            let left = self.publisher.video_sent_at(**time);
            let came = arrived.get(&time.wrapping_add(offset));
            left.zip(came)
                .is_some_and(|(left, came)| came.saturating_duration_since(left) <= LATE)
        });
        Ok(Seen {
            sent: sent.len(),
            on_time: on_time.count(),
        })
    }
}

/// Plays all of them for `length`, side by side.
pub(super) async fn play(streams: &mut Vec<Stream>, length: Duration) -> Result<()> {
    let mut plays = JoinSet::new();
    for mut stream in streams.drain(..) {
        plays.spawn(async move {
            stream.player.play(&stream.publisher, length).await?;
            Ok::<_, Error>(stream)
        });
    }
    while let Some(played) = plays.join_next().await {
        streams.push(played??);
    }
    Ok(())
}

fn film() -> Result<&'static Film> {
    static FILM: OnceLock<Film> = OnceLock::new();
    if FILM.get().is_none() {
        let film = Film::load(Config {
            fps: 30,
            ..Config::default()
        })?;
        // Whoever was first has loaded the same film.
        let _ = FILM.set(film);
    }
    FILM.get().context("the film was just loaded")
}
