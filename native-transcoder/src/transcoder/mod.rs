//! One publisher's transcoding, as the node sees it: units in, events out, whatever happens to the worker behind it.
//!
//! [`Workers`] is where worker processes come from, one for the whole node. A [`Transcoder`] is one session: it takes a
//! worker, feeds it, and replaces it when it dies or stalls. Nothing here blocks: what a worker is too slow for is dropped
//! up to the next keyframe.

mod budget;
mod devices;
mod link;
mod probe;
mod process;
mod session;
pub mod wire;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use headwater_protocol::ladder::{Ladder, Rung, Size};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

pub use devices::Devices;
pub use probe::{ProbeFailed, probe};
pub use process::{Program, Workers};
pub use wire::{Capabilities, Codec, Encoded, Encoders, Encodings, Flow, Preset, RungStats, Stats};

/// Units between a session and the task that writes to its worker. The worker queues a quarter of a second itself; this
/// is for the moment in which it is replaced, and what is older than that is better dropped.
const QUEUE: usize = 16;

/// What a session asks of its transcoder.
#[derive(Clone, Debug)]
pub struct Config {
    /// The publisher's codec.
    pub codec: Codec,
    /// The renditions it wants.
    pub ladder: Ladder,
    /// Those that are fixed already, by the session whose viewers this one takes over; none for a new one.
    pub rungs: Vec<Rung>,
    /// How much effort software encoders make.
    pub preset: Preset,
    /// What happens when the machine is too slow.
    pub flow: Flow,
    /// The encoders to use, as [`probe`] found them. A codec without one gets the usual software encoder.
    pub encoders: Encoders,
    /// The node's GPUs, of which the session takes one.
    pub devices: Devices,
}

/// A number by which the caller knows its session again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub u64);

/// One access unit of video.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Media time in 90 kHz ticks, at most [`wire::MAX_TIME`].
    pub time: u64,
    /// Whether decoding can start here.
    pub keyframe: bool,
    /// Whether it follows the unit before it without a gap. What does not is not decoded.
    pub contiguous: bool,
    /// The unit as its codec is sent (see [`Codec`]); at most [`wire::MAX_PAYLOAD`] bytes, or it counts as lost.
    pub data: Arc<[u8]>,
}

/// What comes out of a transcoder.
#[derive(Clone, Debug)]
pub enum Event {
    /// A worker has taken the session over: the first one, or one in another's place.
    Started {
        /// Its process, for logs and for tests that kill it.
        pid: u32,
    },
    /// The worker is ready and has confined itself.
    Confined {
        /// Which layers of its sandbox are on, for a log.
        layers: String,
    },
    /// The first picture is decoded and the rungs are fixed, for as long as the session lasts: before any frame. Again
    /// whenever the source has grown into more of them.
    Ladder {
        /// The source's size at that moment.
        source: Size,
        /// The rungs by their places; new ones come behind.
        rungs: Vec<Encoded>,
    },
    /// One encoded picture.
    Frame {
        /// The rung's place in the ladder.
        rung: usize,
        /// In which codec it is.
        codec: Codec,
        /// The source's media time in 90 kHz ticks.
        time: u64,
        /// Whether decoding can start here, parameter sets included.
        keyframe: bool,
        /// The unit as its codec is sent.
        data: Arc<[u8]>,
    },
    /// Nothing can be decoded until the publisher sends a keyframe: ask it for one.
    NeedKeyframe,
    /// Totals since the worker was configured; about once a second.
    Stats(Stats),
    /// The worker was lost; another one takes over, with the same rungs.
    Replaced {
        /// Why, for a log.
        reason: String,
    },
    /// An encoding that [`Transcoder::encode`] asked for is not to be had, or has ended. The rest goes on.
    Refused {
        /// The rung's place in the ladder.
        rung: usize,
        /// In which codec.
        codec: Codec,
        /// Cause and remedy, for a log.
        reason: String,
    },
    /// Something that an operator should know and that the session survives, such as a GPU that was given up.
    Notice {
        /// Cause and remedy, for a log.
        message: String,
    },
    /// The source ended by [`Transcoder::finish`], and all of it has been encoded. The last event.
    Finished,
    /// Transcoding has ended for good. The last event.
    Failed {
        /// Cause and remedy, for a log.
        reason: String,
    },
}

/// One session's transcoding. Dropping it ends the worker.
#[derive(Debug)]
pub struct Transcoder {
    feed: mpsc::Sender<Feed>,
    side: Arc<Side>,
    task: JoinHandle<()>,
}

/// What waits to be written to the worker.
#[derive(Debug)]
enum Feed {
    Video(Unit),
    Audio { time: u64, data: Arc<[u8]> },
}

/// What passes the queue by.
#[derive(Debug, Default)]
struct Side {
    /// What viewers want a keyframe of, as [`Encodings::bits`].
    keyframes: AtomicU64,
    /// What is encoded beside H.264, likewise.
    extra: AtomicU64,
    /// A unit of video was lost since the last one that was queued.
    lost: AtomicBool,
    /// Somebody should hear of that.
    need_keyframe: AtomicBool,
    changed: Notify,
}

impl Transcoder {
    /// Starts transcoding. Events go to `events` under `key`.
    ///
    /// A receiver that falls behind makes the worker drop pictures, but holds nobody else up unless it shares the channel.
    /// The runtime must have its I/O and time drivers on, and the thread that runs it must live as long as the session:
    /// workers die with the thread that started them.
    #[must_use]
    pub fn start(workers: &Workers, config: Config, key: Key, events: mpsc::Sender<(Key, Event)>) -> Self {
        let (feed, queue) = mpsc::channel(QUEUE);
        let side = Arc::new(Side::default());
        let session = session::Session::new(workers.clone(), config, key, events, queue, side.clone());
        Self {
            feed,
            side,
            task: tokio::spawn(session.run()),
        }
    }

    /// Hands over a unit of video, or drops it if the worker is behind; everything up to the next keyframe then goes too,
    /// and [`Event::NeedKeyframe`] says so.
    pub fn video(&self, mut unit: Unit) {
        unit.contiguous &= !self.side.lost.load(Ordering::Relaxed);
        let fits = unit.data.len() <= wire::MAX_PAYLOAD && unit.time <= wire::MAX_TIME;
        let queued = fits && self.feed.try_send(Feed::Video(unit)).is_ok();
        self.side.lost.store(!queued, Ordering::Relaxed);
        if !queued {
            self.side.need_keyframe.store(true, Ordering::Relaxed);
            self.side.changed.notify_one();
        }
    }

    /// Hands over a packet of audio, or drops it if the worker is behind. `time` counts 48 kHz ticks.
    pub fn audio(&self, time: u64, data: Arc<[u8]>) {
        if data.len() <= wire::MAX_PAYLOAD && time <= wire::MAX_TIME {
            // Audio that the worker has no time for is a gap that its consumers see by the times.
            let _ = self.feed.try_send(Feed::Audio { time, data });
        }
    }

    /// Hands over a unit of video, and waits until there is room. For sources that can wait: with [`Flow::Lossless`]
    /// nothing is dropped.
    pub async fn feed(&self, unit: Unit) {
        // A session that has ended says so by its last event.
        let _ = self.feed.send(Feed::Video(unit)).await;
    }

    /// Asks for a keyframe of the rung at place `rung` in `codec`, for a viewer that cannot go on without one. Requests
    /// close together are answered together.
    pub fn request_keyframe(&self, rung: usize, codec: Codec) {
        if let Some(of) = Encodings::of(rung, codec) {
            self.side.keyframes.fetch_or(of.bits(), Ordering::Relaxed);
            self.side.changed.notify_one();
        }
    }

    /// Encodes the rung at place `rung` in `codec` from now on, or no longer. H.264 is always on. Asking again changes
    /// nothing, except that an encoding which was [`Refused`](Event::Refused) is tried again after it was turned off; a worker
    /// that takes over encodes what is on.
    pub fn encode(&self, rung: usize, codec: Codec, on: bool) {
        let Some(one) = Encodings::of(rung, codec).filter(|_| codec != Codec::H264) else {
            return;
        };
        if on {
            self.side.extra.fetch_or(one.bits(), Ordering::Relaxed);
        } else {
            self.side.extra.fetch_and(!one.bits(), Ordering::Relaxed);
        }
        self.side.changed.notify_one();
    }

    /// Ends the source: what was handed over is encoded, then [`Event::Finished`] follows. Somebody must take the events
    /// meanwhile.
    pub async fn finish(mut self) {
        // The session sees its queue's end when the only sender goes.
        self.feed = mpsc::channel(1).0;
        // Cancelled or panicked, the session is over either way.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Transcoder {
    fn drop(&mut self) {
        self.task.abort();
    }
}
