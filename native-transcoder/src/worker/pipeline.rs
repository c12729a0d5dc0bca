//! Decode once, scale in a cascade, hand each rung its picture.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use headwater_protocol::ladder::{Ladder, Rung};

use super::fanout::Fanout;
use super::gate::Gate;
use super::input::{QUEUE, Signals, Unit, Units};
use super::keyframes::Keyframes;
use super::libav::{Decoder, Packet, Picture};
use super::output::Output;
use super::{CodecError, Failed};
use crate::transcoder::wire::{Codec, Encoders, Encodings, Flow, Preset, Stats, ToParent};

/// How long after a unit its statistics may take. A node takes a worker that is silent for two seconds for stalled.
const REPORT: Duration = Duration::from_secs(1);

/// What a pipeline is made for.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) codec: Codec,
    pub(super) flow: Flow,
    pub(super) preset: Preset,
    pub(super) ladder: Ladder,
    /// What is fixed already, by a worker before this one.
    pub(super) rungs: Vec<Rung>,
    /// The encoders that the node prefers.
    pub(super) encoders: Encoders,
    /// The GPU, by its name; empty for none.
    pub(super) device: String,
}

/// Starts the pipeline's thread. It ends when the units do.
pub(super) fn start(
    stage: Stage,
    output: &Output,
) -> Result<(Units, JoinHandle<Result<(), Failed>>), Failed> {
    let (queue, units) = sync_channel(QUEUE);
    let signals = Arc::new(Signals::default());
    let pipeline = Pipeline {
        decoder: stage.decoder(output)?,
        stage,
        output: output.clone(),
        signals: signals.clone(),
        gate: Gate::default(),
        keyframes: Keyframes::new(),
        fanout: None,
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
    /// What follows the decoder, from the first picture on.
    fanout: Option<Fanout>,
    stats: Stats,
}

impl Pipeline {
    fn run(mut self, units: &Receiver<Unit>) -> Result<(), Failed> {
        let result = self.work(units);
        let (stats, ended) = self.fanout.take().map_or((Vec::new(), Ok(())), Fanout::finish);
        self.stats.rungs = stats;
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
            self.stats.dropped += 1;
            self.start_over(None)?;
            return Ok(true);
        }
        let mut alive = true;
        for picture in &pictures {
            self.stats.decoded += 1;
            match self.picture(picture) {
                Ok(go_on) => alive &= go_on,
                Err(Failed::Codec(error)) if picture.is_on_device() => {
                    self.start_over(Some(error))?;
                    break;
                }
                Err(failed) => return Err(failed),
            }
        }
        self.stats.decode_us += u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        Ok(alive)
    }

    /// Goes on from the next keyframe. On a GPU in software: whether the stream is damaged or the driver is cannot be told
    /// apart, and a driver that failed once stays broken for its process.
    fn start_over(&mut self, error: Option<CodecError>) -> Result<(), Failed> {
        if self.decoder.is_on_device() {
            let reason = error.map_or_else(
                || "it could not decode a unit".to_owned(),
                |error| error.to_string(),
            );
            self.output.send(&ToParent::Notice {
                message: format!("the GPU is given up for decoding and scaling: {reason}"),
            })?;
            self.decoder = Decoder::open(self.stage.codec)?;
        } else {
            self.decoder.reset();
        }
        self.gate.shut();
        self.output.need_keyframe()
    }

    fn picture(&mut self, picture: &Picture) -> Result<bool, Failed> {
        let asked = Encodings::from_bits(self.signals.keyframes.swap(0, Ordering::Relaxed));
        let due = self.keyframes.at(picture.time(), asked);
        let fanout = match &mut self.fanout {
            Some(fanout) => fanout,
            none => none.insert(Fanout::start(&self.stage, picture.size(), &self.output)?),
        };
        let set = |bits| Encodings::from_bits(bits);
        let off = set(self.signals.off.swap(0, Ordering::Relaxed));
        let wanted = set(self.signals.extra.load(Ordering::Relaxed));
        fanout.grow(picture, &self.stage, &self.output)?;
        fanout.arrange(wanted, off, &self.stage, &self.output)?;
        fanout.picture(picture, due, &self.output)
    }

    /// Takes over what the reader has counted.
    fn count(&mut self) {
        self.stats.dropped += self.signals.dropped.swap(0, Ordering::Relaxed);
        self.stats.audio += self.signals.audio.swap(0, Ordering::Relaxed);
    }

    fn report(&mut self) -> Result<(), Failed> {
        self.count();
        self.output.send(&ToParent::Stats(Stats {
            rungs: self.fanout.as_ref().map_or_else(Vec::new, Fanout::stats),
            ..self.stats.clone()
        }))
    }
}

impl Stage {
    /// The decoder: on the GPU where that is NVIDIA's, so that pictures need not travel.
    fn decoder(&self, output: &Output) -> Result<Decoder, Failed> {
        if self.device.starts_with("cuda:") {
            match Decoder::on_device(self.codec, &self.device) {
                Ok(decoder) => return Ok(decoder),
                Err(error) => output.send(&ToParent::Notice {
                    message: format!("{error}; decoding and scaling in software"),
                })?,
            }
        }
        Ok(Decoder::open(self.codec)?)
    }
}
