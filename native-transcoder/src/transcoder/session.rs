//! The task that keeps one session's worker fed, heard and alive.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use headwater_protocol::ladder::Rung;
use tokio::sync::mpsc;

use super::budget::Budget;
use super::devices::Lease;
use super::link::{Reader, Writer};
use super::process::{Worker, Workers};
use super::wire::{Configure, Encodings, ToParent, ToWorker};
use super::{Config, Event, Feed, Key, Side};

/// A worker that was fed and says nothing for this long has stalled: it reports within one second of anything it gets, so
/// this allows for a machine that is twice too busy.
const STALL: Duration = Duration::from_secs(2);

/// A publisher needs 50 to 100 ms to answer; one that is asked again before it could have sends two keyframes.
const ASK_AGAIN: Duration = Duration::from_millis(250);

/// How long a replacement waits to learn why it is needed; viewers wait with it.
const LAST_BREATH: Duration = Duration::from_millis(5);

/// One session, across all its workers.
#[derive(Debug)]
pub(super) struct Session {
    workers: Workers,
    config: Config,
    key: Key,
    events: mpsc::Sender<(Key, Event)>,
    queue: mpsc::Receiver<Feed>,
    side: Arc<Side>,
    rungs: Rungs,
    /// The GPU that the session uses, if the node has any.
    device: Option<Lease>,
}

/// The rungs that are fixed, and whether anybody has been told.
#[derive(Debug)]
struct Rungs {
    fixed: Vec<Rung>,
    told: bool,
}

/// How a worker's service ended.
enum End {
    /// The source ended and everything is encoded.
    Finished,
    /// The worker is lost.
    Lost(String),
    /// Nobody receives events any more.
    Unheard,
}

impl Session {
    pub(super) fn new(
        workers: Workers,
        config: Config,
        key: Key,
        events: mpsc::Sender<(Key, Event)>,
        queue: mpsc::Receiver<Feed>,
        side: Arc<Side>,
    ) -> Self {
        Self {
            device: config.devices.lease(),
            rungs: Rungs {
                fixed: config.rungs.clone(),
                told: false,
            },
            workers,
            config,
            key,
            events,
            queue,
            side,
        }
    }

    pub(super) async fn run(mut self) {
        let mut budget = Budget::default();
        loop {
            let reason = match self.serve().await {
                End::Finished => return self.last(Event::Finished).await,
                End::Unheard => return,
                End::Lost(reason) => reason,
            };
            if !budget.lose(Instant::now()) {
                return self.last(Event::Failed { reason }).await;
            }
            // The publisher needs longest, so it is asked first.
            let news = [Event::NeedKeyframe, Event::Replaced { reason }];
            for event in news {
                if self.events.send((self.key, event)).await.is_err() {
                    return;
                }
            }
        }
    }

    async fn last(&self, event: Event) {
        // Nobody to tell is no reason to stay.
        let _ = self.events.send((self.key, event)).await;
    }

    /// Takes a worker and serves it until it is done or lost.
    async fn serve(&mut self) -> End {
        let mut worker = match self.workers.take() {
            Ok(worker) => worker,
            Err(error) => return End::Lost(format!("no worker could be started: {error}")),
        };
        // It is running or a zombie until it is waited for, so it has a number.
        let pid = worker.child.id().unwrap_or_default();
        if self
            .events
            .send((self.key, Event::Started { pid }))
            .await
            .is_err()
        {
            return End::Unheard;
        }
        let end = self.exchange(&mut worker).await;
        let End::Lost(reason) = end else { return end };
        // A process that closed its socket by dying has its status at once. Any other is ended when `worker` goes: it must
        // not run beside the one that replaces it.
        match tokio::time::timeout(LAST_BREATH, worker.child.wait()).await {
            Ok(Ok(status)) => End::Lost(format!("{reason} ({status})")),
            _ => End::Lost(reason),
        }
    }

    /// Speaks with a worker, both ways at once.
    async fn exchange(&mut self, worker: &mut Worker) -> End {
        let (reading, writing) = worker.socket.split();
        let silence = Silence::default();
        let mut writer = Writer::new(writing);
        let configure = ToWorker::Configure(Configure {
            codec: self.config.codec,
            flow: self.config.flow,
            preset: self.config.preset,
            encoders: self.config.encoders.clone(),
            device: self.device.as_ref().map_or_else(String::new, Lease::name),
            ladder: self.config.ladder.clone(),
            rungs: self.rungs.fixed.clone(),
        });
        if let Err(error) = writer.send(&configure, &[]).await {
            return End::Lost(error.to_string());
        }
        let speaking = speak(
            &mut self.queue,
            &self.side,
            writer,
            &silence,
            (&self.events, self.key),
        );
        let hearing = hear(
            &mut self.rungs,
            Reader::new(reading),
            &silence,
            (&self.events, self.key),
        );
        tokio::pin!(speaking, hearing);
        tokio::select! {
            end = &mut hearing => return end,
            () = silence.watch() => return End::Lost("it stalled".to_owned()),
            spoken = &mut speaking => match spoken {
                Ok(()) => {}
                // A worker that ends says why before it does: what it said last is worth more than a broken pipe.
                Err(end @ End::Unheard) => return end,
                Err(end) => {
                    let last = tokio::time::timeout(LAST_BREATH, &mut hearing).await;
                    return last.unwrap_or(end);
                }
            },
        }
        // All is written and the socket is closed on our side; a worker closes its own when it is done.
        let end = tokio::select! {
            end = hearing => end,
            () = silence.watch() => return End::Lost("it stalled at the end".to_owned()),
        };
        match end {
            End::Lost(reason) => match worker.child.wait().await {
                Ok(status) if status.success() => End::Finished,
                _ => End::Lost(reason),
            },
            end => end,
        }
    }
}

/// Writes what the session has for its worker, until the session ends.
async fn speak(
    queue: &mut mpsc::Receiver<Feed>,
    side: &Side,
    mut writer: Writer<'_>,
    silence: &Silence,
    (events, key): (&mpsc::Sender<(Key, Event)>, Key),
) -> Result<(), End> {
    let lost = |error: super::link::Error| End::Lost(error.to_string());
    let (mut asked, mut owed) = (None, false);
    let mut extra = encode(Encodings::NONE, side, &mut writer).await.map_err(lost)?;
    loop {
        let ask_again = asked.map_or_else(Instant::now, |asked| asked + ASK_AGAIN);
        tokio::select! {
            biased;
            () = side.changed.notified() => {
                extra = encode(extra, side, &mut writer).await.map_err(lost)?;
                let of = Encodings::from_bits(side.keyframes.swap(0, Ordering::Relaxed));
                if !of.is_empty() {
                    writer.send(&ToWorker::Keyframe { of }, &[]).await.map_err(lost)?;
                }
                owed |= side.need_keyframe.swap(false, Ordering::Relaxed);
            }
            () = tokio::time::sleep_until(ask_again.into()), if owed => {
                (asked, owed) = (Some(Instant::now()), false);
                events.send((key, Event::NeedKeyframe)).await.map_err(|_| End::Unheard)?;
            }
            feed = queue.recv() => match feed {
                Some(Feed::Video(unit)) => {
                    silence.fed();
                    let (time, keyframe, contiguous) = (unit.time, unit.keyframe, unit.contiguous);
                    let video = ToWorker::Video { time, keyframe, contiguous };
                    writer.send(&video, &unit.data).await.map_err(lost)?;
                }
                Some(Feed::Audio { time, data }) => {
                    silence.fed();
                    writer.send(&ToWorker::Audio { time }, &data).await.map_err(lost)?;
                }
                None => return writer.close().await.map_err(lost),
            },
        }
    }
}

/// Tells the worker which encodings come and go, given those that are on there. Returns those that then are.
async fn encode(
    before: Encodings,
    side: &Side,
    writer: &mut Writer<'_>,
) -> Result<Encodings, super::link::Error> {
    let now = Encodings::from_bits(side.extra.load(Ordering::Relaxed));
    let changes = [(before.without(now), false), (now.without(before), true)];
    for (changed, on) in changes {
        for (rung, codec) in changed.iter() {
            let rung = u8::try_from(rung).expect("a ladder has at most MAX_RUNGS");
            writer.send(&ToWorker::Encode { rung, codec, on }, &[]).await?;
        }
    }
    Ok(now)
}

/// Passes on what the worker says, until it closes the socket.
async fn hear(
    rungs: &mut Rungs,
    mut reader: Reader<'_>,
    silence: &Silence,
    (events, key): (&mpsc::Sender<(Key, Event)>, Key),
) -> End {
    loop {
        let (message, data) = match reader.next().await {
            Ok(Some(message)) => message,
            Ok(None) => return End::Lost("it ended".to_owned()),
            Err(error) => return End::Lost(error.to_string()),
        };
        let event = match message {
            ToParent::Ready { sandbox, .. } => Some(Event::Confined { layers: sandbox }),
            ToParent::Ladder {
                source,
                rungs: encoded,
            } => {
                let fixed: Vec<Rung> = encoded.iter().map(|e| e.rung.clone()).collect();
                if !fixed.starts_with(&rungs.fixed) {
                    return End::Lost("it changed the rungs".to_owned());
                }
                let news = !rungs.told || fixed.len() > rungs.fixed.len();
                *rungs = Rungs { fixed, told: true };
                news.then_some(Event::Ladder {
                    source,
                    rungs: encoded,
                })
            }
            ToParent::Frame {
                rung,
                codec,
                time,
                keyframe,
            } => {
                let rung = usize::from(rung);
                if rung >= rungs.fixed.len() {
                    return End::Lost("it sent a frame of a rung that is not there".to_owned());
                }
                Some(Event::Frame {
                    rung,
                    codec,
                    time,
                    keyframe,
                    data,
                })
            }
            ToParent::NeedKeyframe => Some(Event::NeedKeyframe),
            ToParent::Stats(stats) => Some(Event::Stats(stats)),
            ToParent::Refused { rung, codec, message } => Some(Event::Refused {
                rung: usize::from(rung),
                codec,
                reason: message,
            }),
            ToParent::Notice { message } => Some(Event::Notice { message }),
            ToParent::Capabilities(_) => {
                return End::Lost("it told what it was not asked".to_owned());
            }
            ToParent::Failed { message } => return End::Lost(message),
        };
        if let Some(event) = event {
            silence.hold();
            if events.send((key, event)).await.is_err() {
                return End::Unheard;
            }
        }
        silence.broken();
    }
}

/// How long a worker has been silent since it was fed.
#[derive(Debug, Default)]
struct Silence(Mutex<Since>);

#[derive(Clone, Copy, Debug, Default)]
enum Since {
    /// Nothing is expected.
    #[default]
    Nothing,
    /// It was fed then and has said nothing yet.
    Fed(Instant),
    /// It has spoken, and whoever should hear is busy: that is not its fault.
    Held,
}

impl Silence {
    fn fed(&self) {
        let mut since = self.lock();
        if matches!(*since, Since::Nothing) {
            *since = Since::Fed(Instant::now());
        }
    }

    fn hold(&self) {
        *self.lock() = Since::Held;
    }

    fn broken(&self) {
        *self.lock() = Since::Nothing;
    }

    /// Ends when the silence has been too long.
    async fn watch(&self) {
        loop {
            let since = *self.lock();
            let left = match since {
                Since::Fed(since) => STALL.saturating_sub(since.elapsed()),
                _ => STALL,
            };
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left).await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Since> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
