//! What follows the decoder: the rungs' pictures, and who encodes each.

use headwater_protocol::ladder::{Rung, Size};

use super::Failed;
use super::encoder::{Kind, Spec};
use super::encoding::{Encoding, Order};
use super::growth::Growth;
use super::libav::Picture;
use super::output::Output;
use super::pipeline::Stage;
use super::scaling::Scaling;
use crate::transcoder::wire::{Codec, Encoded, Encodings, RungStats, ToParent};

/// The rungs and their encodings: H.264 of each always, other codecs as they come and go. A rung keeps its place, whatever
/// larger ones come after it.
#[derive(Debug)]
pub(super) struct Fanout {
    rungs: Vec<Rung>,
    growth: Growth,
    scaling: Scaling,
    always: Vec<Encoding>,
    extra: Vec<Extra>,
    /// What was asked for and is not to be had.
    refused: Encodings,
}

#[derive(Debug)]
struct Extra {
    rung: usize,
    codec: Codec,
    encoding: Encoding,
}

impl Fanout {
    /// Takes over the rungs that are fixed already, or fits the ladder to a first picture of size `source`; says which there
    /// are.
    pub(super) fn start(stage: &Stage, source: Size, output: &Output) -> Result<Self, Failed> {
        let mut fanout = Self {
            rungs: Vec::new(),
            growth: Growth::new(stage.ladder.clone()),
            scaling: Scaling::new(&[])?,
            always: Vec::new(),
            extra: Vec::new(),
            refused: Encodings::NONE,
        };
        let rungs = if stage.rungs.is_empty() {
            stage.ladder.fit(source)
        } else {
            stage.rungs.clone()
        };
        fanout.add(rungs, source, stage, output)?;
        Ok(fanout)
    }

    /// Adds the rungs that the source has grown into with this picture.
    pub(super) fn grow(&mut self, picture: &Picture, stage: &Stage, output: &Output) -> Result<(), Failed> {
        let grown = self.growth.at(picture.time(), picture.size(), &self.rungs);
        if grown.is_empty() {
            return Ok(());
        }
        self.add(grown, picture.size(), stage, output)
    }

    /// Starts `rungs` behind those that run, once it has said so: no frame may come before.
    fn add(&mut self, rungs: Vec<Rung>, source: Size, stage: &Stage, output: &Output) -> Result<(), Failed> {
        let there = self.rungs.len();
        self.rungs.extend(rungs);
        let encoder = stage.encoder(Codec::H264);
        let named = |rung: &Rung| Encoded {
            rung: rung.clone(),
            encoder: encoder.name().to_owned(),
        };
        output.send(&ToParent::Ladder {
            source,
            rungs: self.rungs.iter().map(named).collect(),
        })?;
        self.scaling = Scaling::new(&self.rungs)?;
        for (place, rung) in self.rungs.iter().enumerate().skip(there) {
            let order = stage.order(place, rung, Codec::H264, encoder);
            self.always.push(Encoding::start(order, output)?);
        }
        Ok(())
    }

    /// Starts and stops encodings so that those of `wanted` run. What was turned `off` may be tried again.
    pub(super) fn arrange(
        &mut self,
        wanted: Encodings,
        off: Encodings,
        stage: &Stage,
        output: &Output,
    ) -> Result<(), Failed> {
        self.refused = self.refused.without(off);
        for extra in self.take_extra(|extra| !wanted.contains(extra.rung, extra.codec)) {
            // Nobody wants what it failed at.
            let _ = extra.encoding.stop();
        }
        let running = self
            .extra
            .iter()
            .filter_map(|extra| Encodings::of(extra.rung, extra.codec));
        let known = running.fold(self.refused, Encodings::with);
        for (place, codec) in wanted.without(known).iter() {
            let Some(rung) = self.rungs.get(place) else {
                self.refuse(place, codec, "the ladder has no such rung".to_owned(), output)?;
                continue;
            };
            match Encoding::start(stage.order(place, rung, codec, stage.encoder(codec)), output) {
                Ok(encoding) => self.extra.push(Extra {
                    rung: place,
                    codec,
                    encoding,
                }),
                Err(failed) => self.refuse(place, codec, failed.to_string(), output)?,
            }
        }
        Ok(())
    }

    /// Hands each encoding its picture. `false` means that a rung's H.264 has ended and [`Fanout::finish`] says why.
    pub(super) fn picture(
        &mut self,
        picture: &Picture,
        due: Encodings,
        output: &Output,
    ) -> Result<bool, Failed> {
        let (mut alive, mut ended) = (true, Encodings::NONE);
        let (always, extra) = (&mut self.always, &mut self.extra);
        self.scaling.scale(picture, |place, scaled| {
            alive &= always[place].push(scaled.share()?, due.contains(place, Codec::H264));
            for extra in extra.iter_mut().filter(|extra| extra.rung == place) {
                let one = Encodings::of(place, extra.codec).unwrap_or_default();
                if !extra
                    .encoding
                    .push(scaled.share()?, due.contains(place, extra.codec))
                {
                    ended = ended.with(one);
                }
            }
            Ok(())
        })?;
        for extra in self.take_extra(|extra| ended.contains(extra.rung, extra.codec)) {
            let reason = match extra.encoding.finish().1 {
                // The socket is everyone's.
                Err(failed @ Failed::Socket(_)) => return Err(failed),
                Err(failed) => failed.to_string(),
                Ok(()) => "it ended by itself".to_owned(),
            };
            self.refuse(extra.rung, extra.codec, reason, output)?;
        }
        Ok(alive)
    }

    pub(super) fn stats(&self) -> Vec<RungStats> {
        self.always.iter().map(Encoding::stats).collect()
    }

    /// Encodes what is queued and ends. The result is the first failure among what cannot be done without.
    pub(super) fn finish(self) -> (Vec<RungStats>, Result<(), Failed>) {
        for extra in self.extra {
            let _ = extra.encoding.finish();
        }
        let mut result = Ok(());
        let mut stats = Vec::new();
        for encoding in self.always {
            let (counted, ended) = encoding.finish();
            stats.push(counted);
            result = result.and(ended);
        }
        (stats, result)
    }

    fn refuse(&mut self, rung: usize, codec: Codec, message: String, output: &Output) -> Result<(), Failed> {
        self.refused = Encodings::of(rung, codec).map_or(self.refused, |one| self.refused.with(one));
        output.send(&ToParent::Refused {
            rung: u8::try_from(rung).expect("a set of encodings has at most MAX_RUNGS"),
            codec,
            message,
        })
    }

    fn take_extra(&mut self, mut whether: impl FnMut(&Extra) -> bool) -> Vec<Extra> {
        self.extra.extract_if(.., |extra| whether(extra)).collect()
    }
}

impl Stage {
    /// The encoder of `codec` that the node chose, or the usual one.
    fn encoder(&self, codec: Codec) -> Kind {
        let chosen = self.encoders.iter().find(|(of, _)| *of == codec);
        let kind = chosen.and_then(|(_, name)| Kind::named(codec, name));
        kind.filter(|kind| kind.runs_on(&self.device))
            .unwrap_or_else(|| Kind::software(codec))
    }

    fn order(&self, place: usize, rung: &Rung, codec: Codec, kind: Kind) -> Order {
        Order {
            rung: u8::try_from(place).expect("a ladder has at most MAX_RUNGS"),
            codec,
            kind,
            spec: Spec {
                size: rung.size,
                bitrate: rung.bitrate,
                fps: rung.fps,
                preset: self.preset,
                device: self.device.clone(),
            },
            flow: self.flow,
        }
    }
}
