//! Decode once, scale in a cascade, hand each rung its picture.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use headwater_protocol::ladder::{self, Size};

use super::Failed;
use super::cascade::Cascade;
use super::encoder::{Kind, Spec};
use super::gate::Gate;
use super::input::{QUEUE, Signals, Unit, Units};
use super::keyframes::Keyframes;
use super::libav::{Decoder, Packet, Picture};
use super::output::Output;
use super::rung::Rung;
use crate::transcoder::wire::{Codec, Encoded, Encodings, Flow, Plan, Preset, Stats, ToParent};

/// How long after a unit its statistics may take. A node takes a worker that is silent for two seconds for stalled.
const REPORT: Duration = Duration::from_secs(1);

/// What a pipeline is made for.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) codec: Codec,
    pub(super) flow: Flow,
    pub(super) preset: Preset,
    pub(super) plan: Plan,
    pub(super) encoder: Kind,
}

/// Starts the pipeline's thread. It ends when the units do.
pub(super) fn start(
    stage: Stage,
    output: &Output,
) -> Result<(Units, JoinHandle<Result<(), Failed>>), Failed> {
    let (queue, units) = sync_channel(QUEUE);
    let signals = Arc::new(Signals::default());
    let pipeline = Pipeline {
        decoder: Decoder::open(stage.codec)?,
        stage,
        output: output.clone(),
        signals: signals.clone(),
        gate: Gate::default(),
        keyframes: Keyframes::new(),
        encoding: None,
        stats: Stats::default(),
    };
    let thread = std::thread::Builder::new()
        .name("pipeline".to_owned())
        .spawn(move || pipeline.run(&units))
        .map_err(Failed::Start)?;
    Ok((Units { queue, signals }, thread))
}

struct Pipeline {
    stage: Stage,
    output: Output,
    signals: Arc<Signals>,
    gate: Gate,
    decoder: Decoder,
    keyframes: Keyframes,
    /// What follows the decoder, once the first picture has fixed it.
    encoding: Option<Encoding>,
    stats: Stats,
}

#[derive(Debug)]
struct Encoding {
    cascade: Cascade,
    rungs: Vec<Rung>,
}

impl Pipeline {
    fn run(mut self, units: &Receiver<Unit>) -> Result<(), Failed> {
        let result = self.work(units);
        let mut ended = Ok(());
        for rung in self
            .encoding
            .take()
            .into_iter()
            .flat_map(|encoding| encoding.rungs)
        {
            let (stats, result) = rung.finish();
            self.stats.rungs.push(stats);
            ended = ended.and(result);
        }
        // A rung that failed is why the work ended, so its reason comes first.
        ended.and(result)?;
        self.count();
        self.output.send(&ToParent::Stats(self.stats))
    }

    fn work(&mut self, units: &Receiver<Unit>) -> Result<(), Failed> {
        let mut due: Option<Instant> = None;
        loop {
            let report = due.map(|due| due.saturating_duration_since(Instant::now()));
            let unit = match report.into_iter().chain(self.output.ask_owed()?).min() {
                None => units.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(wait) => units.recv_timeout(wait),
            };
            match unit {
                Ok(Unit::Audio) | Err(RecvTimeoutError::Timeout) => {}
                Ok(Unit::Video {
                    packet,
                    keyframe,
                    contiguous,
                }) => {
                    if !self.video(&packet, keyframe, contiguous)? {
                        return Ok(());
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            let now = Instant::now();
            if *due.get_or_insert(now + REPORT) <= now {
                due = None;
                self.report()?;
            }
        }
    }

    /// Takes one unit of video. `false` means that a rung has ended.
    fn video(&mut self, packet: &Packet, keyframe: bool, contiguous: bool) -> Result<bool, Failed> {
        if !self.gate.admit(keyframe, contiguous) {
            self.stats.dropped += 1;
            self.output.need_keyframe()?;
            return Ok(true);
        }
        if keyframe && !self.signals.lost.load(Ordering::Relaxed) {
            self.output.settled();
        }
        let started = Instant::now();
        let mut pictures = Vec::new();
        if self
            .decoder
            .decode(packet, |picture| pictures.push(picture))
            .is_err()
        {
            self.decoder.reset();
            self.gate.shut();
            self.stats.dropped += 1;
            self.output.need_keyframe()?;
            return Ok(true);
        }
        let mut alive = true;
        for picture in &pictures {
            self.stats.decoded += 1;
            alive &= self.picture(picture)?;
        }
        self.stats.decode_us += u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        Ok(alive)
    }

    fn picture(&mut self, picture: &Picture) -> Result<bool, Failed> {
        let asked = Encodings::from_bits(self.signals.keyframes.swap(0, Ordering::Relaxed));
        let due = self.keyframes.at(picture.time(), asked);
        let encoding = match &mut self.encoding {
            Some(encoding) => encoding,
            none => none.insert(Encoding::start(&self.stage, picture.size(), &self.output)?),
        };
        let mut alive = true;
        encoding.cascade.scale(picture, |i, scaled| {
            alive &= encoding.rungs[i].push(scaled.share()?, due.contains(i, Codec::H264));
            Ok(())
        })?;
        Ok(alive)
    }

    /// Takes over what the reader has counted.
    fn count(&mut self) {
        self.stats.dropped += self.signals.dropped.swap(0, Ordering::Relaxed);
        self.stats.audio += self.signals.audio.swap(0, Ordering::Relaxed);
    }

    fn report(&mut self) -> Result<(), Failed> {
        self.count();
        let rungs = self.encoding.iter().flat_map(|encoding| &encoding.rungs);
        self.output.send(&ToParent::Stats(Stats {
            rungs: rungs.map(Rung::stats).collect(),
            ..self.stats.clone()
        }))
    }
}

impl Encoding {
    /// Fixes the rungs for a first picture of size `source`, and says so.
    fn start(stage: &Stage, source: Size, output: &Output) -> Result<Self, Failed> {
        let rungs = match &stage.plan {
            Plan::Fit(ladder) => ladder.fit(source),
            Plan::Fixed(rungs) => rungs.clone(),
        };
        let encoder = stage.encoder.name();
        let named = |rung: &ladder::Rung| Encoded {
            rung: rung.clone(),
            encoder: encoder.to_owned(),
        };
        output.send(&ToParent::Ladder {
            source,
            rungs: rungs.iter().map(named).collect(),
        })?;
        let cascade = Cascade::new(&rungs)?;
        let start = |(index, rung): (u8, ladder::Rung)| {
            let spec = Spec {
                size: rung.size,
                bitrate: rung.bitrate,
                fps: rung.fps,
                preset: stage.preset,
            };
            Rung::start(index, stage.encoder, spec, stage.flow, output)
        };
        Ok(Self {
            cascade,
            rungs: (0..).zip(rungs).map(start).collect::<Result<_, Failed>>()?,
        })
    }
}
