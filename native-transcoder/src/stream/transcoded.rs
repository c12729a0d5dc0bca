//! What the transcoder says: the rungs it made of the ladder, their pictures, its end.

use std::time::{Duration, Instant};

use headwater_protocol::Code;
use headwater_protocol::control::Message;
use headwater_protocol::ladder::{Ladder, Rung as FixedRung, Size};

use super::encodings::Rung;
use super::events::Topic;
use super::layer::Key;
use super::{Effect, Live};
use crate::media::{Frame, VideoCodec};

/// How long after a stream's first picture a rung that the source is too small for may still come: browsers begin with a
/// third or a quarter of their lines and grow within seconds, on a busy machine in some ten.
const RAMP: Duration = Duration::from_secs(15);

impl Live {
    /// The transcoder has seen the source and fixed the rungs, or the source has grown into more.
    pub(crate) fn rungs_fixed(&mut self, now: Instant, source: Size, rungs: Vec<FixedRung>) -> Vec<Effect> {
        self.source_size = Some(source);
        if self.fixed.is_none() {
            self.ramp = Some(now + RAMP);
        }
        let mut effects = Vec::new();
        if self.fixed.as_ref() != Some(&rungs) {
            for rung in &mut self.rungs {
                rung.index = rungs.iter().position(|fixed| fixed.name == rung.name);
            }
            for (index, fixed) in rungs.iter().enumerate() {
                if !self.rungs.iter().any(|rung| rung.name == fixed.name) {
                    let mut rung = Rung::new(fixed.name.clone());
                    rung.index = Some(index);
                    self.rungs.push(rung);
                }
            }
            self.fixed = Some(rungs);
            effects.extend(self.rearrange(now, Code::UnknownRendition));
        }
        effects.extend(self.encode_all());
        effects.push(Effect::Announce(Topic::Layers));
        effects.extend(self.offer().map(Effect::Control));
        effects
    }

    /// A rung, by its number at the transcoder.
    pub(crate) fn rung(&self, index: usize) -> Option<&FixedRung> {
        self.fixed.as_ref()?.get(index)
    }

    /// What was asked for.
    pub(crate) fn ladder(&self) -> &Ladder {
        &self.ladder
    }

    /// The source is as large as it gets: who waits for a rung that it is too small for learns so by its next request.
    pub(super) fn end_ramp(&mut self, now: Instant) -> Vec<Effect> {
        match self.ramp {
            Some(until) if until <= now => {
                self.ramp = None;
                self.rearrange(now, Code::UnknownRendition)
            }
            _ => Vec::new(),
        }
    }

    /// An encoded picture of a rung.
    pub(crate) fn rung_frame(&mut self, index: usize, codec: VideoCodec, frame: Frame) -> Vec<Effect> {
        let rung = self.rungs.iter().position(|rung| rung.index == Some(index));
        rung.map_or_else(Vec::new, |rung| self.deliver(Key::Rung(rung, codec), &frame))
    }

    /// The transcoder does not encode this after all: who watched it comes back for something else.
    pub(crate) fn encoding_refused(&mut self, now: Instant, index: usize, codec: VideoCodec) -> Vec<Effect> {
        if codec == VideoCodec::H264 {
            return Vec::new();
        }
        self.encoders.retain(|encoder| *encoder != codec);
        for rung in self.rungs.iter_mut().filter(|rung| rung.index == Some(index)) {
            rung.drop_encoding(codec);
        }
        let mut effects = self.rearrange(now, Code::ConnectionLost);
        effects.push(Effect::Announce(Topic::Layers));
        effects.extend(self.offer().map(Effect::Control));
        effects
    }

    /// The transcoder cannot go on without a keyframe from the publisher.
    pub(crate) fn transcoder_wants_keyframe(&mut self, now: Instant) -> Vec<Effect> {
        self.ask_publisher(now)
    }

    /// The worker was replaced: its encoders start over with a keyframe each.
    pub(crate) fn transcoder_replaced(&mut self, reason: String) -> Effect {
        let keys: Vec<Key> = (0..self.rungs.len())
            .flat_map(|rung| self.rungs[rung].codecs().map(move |codec| Key::Rung(rung, codec)))
            .collect();
        for key in keys {
            self.interrupt(key);
        }
        Effect::Control(Message::Notice {
            code: Code::TranscoderReplaced,
            message: reason,
        })
    }

    /// Transcoding is over for this stream; the source goes on.
    pub(crate) fn transcoder_failed(&mut self, now: Instant, reason: String) -> Vec<Effect> {
        self.ladder = Ladder::default();
        self.fixed = Some(Vec::new());
        self.ramp = None;
        self.rungs.iter_mut().for_each(|rung| rung.index = None);
        let mut effects = self.rearrange(now, Code::TranscoderFailed);
        effects.push(Effect::Control(Message::Error {
            code: Code::TranscoderFailed,
            message: reason,
        }));
        effects.push(Effect::Announce(Topic::Layers));
        effects.extend(self.offer().map(Effect::Control));
        effects
    }
}
