//! One encoding of a rung, on a thread of its own.
//!
//! From unit to slowest rung, 720p30 → 480/360/240 veryfast on two cores, median of five runs, p50/p95: a thread a rung
//! 7.1/11.0 ms; the two small rungs on one thread 7.6/11.9; x264's sliced threads for the large one 7.3/11.4.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Instant;

use super::Failed;
use super::encoder::{Encoder, Kind, Spec};
use super::libav::{self, Colour, Picture, Pool, Rect, Scaler};
use super::output::Output;
use super::pace::Pace;
use crate::transcoder::wire::{Codec, Flow, RungStats, ToParent};

/// Pictures that may wait for an encoder: enough for the burst after a network hiccup, and a tenth of a second late at
/// most. One more would only be later still.
const QUEUE: usize = 3;

/// The way into an encoding.
#[derive(Debug)]
pub(super) struct Encoding {
    queue: SyncSender<Job>,
    flow: Flow,
    /// A keyframe was due on a picture that had to be dropped, so the next one makes up for it.
    owed: bool,
    dropped: u64,
    shared: Arc<Shared>,
    thread: JoinHandle<Result<(), Failed>>,
}

/// What an encoding is made of.
#[derive(Clone, Debug)]
pub(super) struct Order {
    /// The rung's place in the ladder.
    pub(super) rung: u8,
    pub(super) codec: Codec,
    /// The encoder to begin with.
    pub(super) kind: Kind,
    pub(super) spec: Spec,
    pub(super) flow: Flow,
}

#[derive(Debug)]
struct Job {
    picture: Picture,
    keyframe: bool,
}

#[derive(Debug, Default)]
struct Shared {
    encoded: AtomicU64,
    micros: AtomicU64,
    /// What is still queued is not wanted any more.
    stopped: AtomicBool,
}

impl Encoding {
    pub(super) fn start(order: Order, output: &Output) -> Result<Self, Failed> {
        let (queue, jobs) = sync_channel(QUEUE);
        let shared = Arc::new(Shared::default());
        let (name, flow) = (format!("{} {:?}", order.rung, order.codec), order.flow);
        let desk = Desk {
            pace: Pace::new(order.spec.fps),
            order,
            open: None,
            download: None,
            output: output.clone(),
            shared: shared.clone(),
        };
        let thread = std::thread::Builder::new()
            .name(name)
            .spawn(move || desk.run(&jobs))
            .map_err(Failed::Start)?;
        Ok(Self {
            queue,
            flow,
            owed: false,
            dropped: 0,
            shared,
            thread,
        })
    }

    /// Queues a picture. `false` means that the encoding has ended and [`Encoding::finish`] says why.
    pub(super) fn push(&mut self, picture: Picture, keyframe: bool) -> bool {
        let job = Job {
            picture,
            keyframe: keyframe || self.owed,
        };
        let sent = match self.flow {
            Flow::Live => self.queue.try_send(job),
            Flow::Lossless => self
                .queue
                .send(job)
                .map_err(|error| TrySendError::Disconnected(error.0)),
        };
        match sent {
            Ok(()) => {
                self.owed = false;
                true
            }
            Err(TrySendError::Full(job)) => {
                self.owed = job.keyframe;
                self.dropped += 1;
                true
            }
            Err(TrySendError::Disconnected(_)) => false,
        }
    }

    pub(super) fn stats(&self) -> RungStats {
        self.shared.stats(self.dropped)
    }

    /// Encodes what is queued and ends.
    pub(super) fn finish(self) -> (RungStats, Result<(), Failed>) {
        let (dropped, shared) = (self.dropped, self.shared);
        drop(self.queue);
        let result = self.thread.join().unwrap_or(Err(Failed::Panicked("encoder")));
        (shared.stats(dropped), result)
    }

    /// Ends without encoding what is queued. Nothing comes from it once this returns, so that another encoding of the same
    /// rung and codec may follow.
    pub(super) fn stop(self) -> Result<(), Failed> {
        self.shared.stopped.store(true, Ordering::Relaxed);
        self.finish().1
    }
}

impl Shared {
    fn stats(&self, dropped: u64) -> RungStats {
        RungStats {
            encoded: self.encoded.load(Ordering::Relaxed),
            dropped,
            encode_us: self.micros.load(Ordering::Relaxed),
        }
    }
}

/// The thread's side.
struct Desk {
    order: Order,
    pace: Pace,
    open: Option<Open>,
    download: Option<Download>,
    output: Output,
    shared: Arc<Shared>,
}

struct Open {
    /// What it was opened for.
    colour: Colour,
    on_device: bool,
    encoder: Box<dyn Encoder>,
}

impl Desk {
    fn run(mut self, jobs: &Receiver<Job>) -> Result<(), Failed> {
        while let Ok(Job { picture, keyframe }) = jobs.recv() {
            if !self.shared.stopped.load(Ordering::Relaxed) {
                self.picture(&picture, keyframe)?;
            }
        }
        Ok(())
    }

    fn picture(&mut self, picture: &Picture, keyframe: bool) -> Result<(), Failed> {
        let started = Instant::now();
        match self.encode(picture, keyframe) {
            Ok(sent) => sent?,
            Err(error) if self.order.kind.is_gpu() => {
                self.fall_back(&error)?;
                self.encode(picture, true)??;
            }
            Err(error) => return Err(error.into()),
        }
        self.shared.encoded.fetch_add(1, Ordering::Relaxed);
        let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.shared.micros.fetch_add(micros, Ordering::Relaxed);
        Ok(())
    }

    /// Leaves the GPU for good: one that failed once is likely to do it again, and each time costs viewers a pause.
    fn fall_back(&mut self, error: &libav::Error) -> Result<(), Failed> {
        let order = &mut self.order;
        let message = format!(
            "{error}; rung {} goes on with the software encoder instead of {}",
            order.rung,
            order.kind.name()
        );
        order.kind = Kind::software(order.codec);
        self.open = None;
        self.output.send(&ToParent::Notice { message })
    }

    /// Encodes a picture and sends what comes out. The inner result is the socket's.
    fn encode(&mut self, picture: &Picture, keyframe: bool) -> Result<Result<(), Failed>, libav::Error> {
        let order = &self.order;
        let downloaded = if picture.is_on_device() && !order.kind.is_gpu() {
            let download = match &mut self.download {
                Some(download) => download,
                none => none.insert(Download::new(order.spec.size)?),
            };
            Some(download.picture(picture)?)
        } else {
            None
        };
        let picture = downloaded.as_ref().unwrap_or(picture);
        let (time, colour, on_device) = (picture.time(), picture.colour(), picture.is_on_device());
        let encoder = match &mut self.open {
            Some(open) if (open.colour, open.on_device) == (colour, on_device) => &mut open.encoder,
            // The first picture, or colours that mean something else from here on. A new encoder's first picture is a
            // keyframe with the parameter sets that say so.
            none => {
                let encoder = order.kind.open(&order.spec, picture)?;
                let open = Open {
                    colour,
                    on_device,
                    encoder,
                };
                &mut none.insert(open).encoder
            }
        };
        if let Some(fps) = self.pace.count(time) {
            encoder.pace(fps);
        }
        let (mut sent, output) = (Ok(()), &self.output);
        encoder.encode(picture, keyframe, &mut |unit, keyframe| {
            sent = output.frame((order.rung, order.codec), time, keyframe, unit);
        })?;
        Ok(sent)
    }
}

/// Brings a GPU's pictures to software encoders.
#[derive(Debug)]
struct Download {
    pool: Pool,
    scaler: Scaler,
}

impl Download {
    fn new(size: headwater_protocol::ladder::Size) -> Result<Self, libav::Error> {
        Ok(Self {
            pool: Pool::new(size)?,
            scaler: Scaler::new(),
        })
    }

    fn picture(&mut self, picture: &Picture) -> Result<Picture, libav::Error> {
        let (there, mut here) = (picture.download()?, self.pool.picture()?);
        let all = Rect::all(there.size());
        self.scaler.scale(&there, all, &mut here, all)?;
        Ok(here)
    }
}

#[cfg(test)]
mod tests;
