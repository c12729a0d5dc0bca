//! One rung's encoder, on a thread of its own.
//!
//! From unit to slowest rung, 720p30 → 480/360/240 veryfast on two cores, median of five runs, p50/p95: a thread a rung
//! 7.1/11.0 ms; the two small rungs on one thread 7.6/11.9; x264's sliced threads for the large one 7.3/11.4.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Instant;

use super::Failed;
use super::encoder::{Encoder, Kind, Spec};
use super::libav::{Colour, Picture};
use super::output::Output;
use super::pace::Pace;
use crate::transcoder::wire::{Codec, Flow, RungStats};

/// Pictures that may wait for a rung's encoder: enough for the burst after a network hiccup, and a tenth of a second late
/// at most. One more would only be later still.
const QUEUE: usize = 3;

/// The way into a rung.
#[derive(Debug)]
pub(super) struct Rung {
    queue: SyncSender<Job>,
    flow: Flow,
    /// A keyframe was due on a picture that had to be dropped, so the next one makes up for it.
    owed: bool,
    dropped: u64,
    counters: Arc<Counters>,
    thread: JoinHandle<Result<(), Failed>>,
}

#[derive(Debug)]
struct Job {
    picture: Picture,
    keyframe: bool,
}

#[derive(Debug, Default)]
struct Counters {
    encoded: AtomicU64,
    micros: AtomicU64,
}

impl Rung {
    /// Starts the rung at place `index` of the ladder.
    pub(super) fn start(
        index: u8,
        kind: Kind,
        spec: Spec,
        flow: Flow,
        output: &Output,
    ) -> Result<Self, Failed> {
        let (queue, jobs) = sync_channel(QUEUE);
        let counters = Arc::new(Counters::default());
        let pace = Pace::new(spec.fps);
        let desk = Desk {
            index,
            kind,
            spec,
            pace,
            open: None,
            output: output.clone(),
            counters: counters.clone(),
        };
        let thread = std::thread::Builder::new()
            .name(format!("rung {index}"))
            .spawn(move || desk.run(&jobs))
            .map_err(Failed::Start)?;
        Ok(Self {
            queue,
            flow,
            owed: false,
            dropped: 0,
            counters,
            thread,
        })
    }

    /// Queues a picture. `false` means that the rung has ended and [`Rung::finish`] says why.
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
        RungStats {
            encoded: self.counters.encoded.load(Ordering::Relaxed),
            dropped: self.dropped,
            encode_us: self.counters.micros.load(Ordering::Relaxed),
        }
    }

    /// Encodes what is queued and ends.
    pub(super) fn finish(self) -> (RungStats, Result<(), Failed>) {
        let (dropped, counters) = (self.dropped, self.counters);
        drop(self.queue);
        let result = self.thread.join().unwrap_or(Err(Failed::Panicked("encoder")));
        let stats = RungStats {
            encoded: counters.encoded.load(Ordering::Relaxed),
            dropped,
            encode_us: counters.micros.load(Ordering::Relaxed),
        };
        (stats, result)
    }
}

/// The thread's side.
struct Desk {
    index: u8,
    kind: Kind,
    spec: Spec,
    pace: Pace,
    open: Option<(Colour, Box<dyn Encoder>)>,
    output: Output,
    counters: Arc<Counters>,
}

impl Desk {
    fn run(mut self, jobs: &Receiver<Job>) -> Result<(), Failed> {
        while let Ok(Job { picture, keyframe }) = jobs.recv() {
            self.encode(&picture, keyframe)?;
        }
        Ok(())
    }

    fn encode(&mut self, picture: &Picture, keyframe: bool) -> Result<(), Failed> {
        let (started, time, colour) = (Instant::now(), picture.time(), picture.colour());
        let encoder = match &mut self.open {
            Some((opened, encoder)) if *opened == colour => encoder,
            // The first picture, or colours that mean something else from here on. A new encoder's first picture is a
            // keyframe with the parameter sets that say so.
            open => &mut open.insert((colour, self.kind.open(&self.spec, colour)?)).1,
        };
        if let Some(fps) = self.pace.count(time) {
            encoder.pace(fps);
        }
        let mut sent = Ok(());
        encoder.encode(picture, keyframe, &mut |unit, keyframe| {
            sent = self.output.frame((self.index, Codec::H264), time, keyframe, unit);
        })?;
        self.counters.encoded.fetch_add(1, Ordering::Relaxed);
        let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.counters.micros.fetch_add(micros, Ordering::Relaxed);
        sent
    }
}
