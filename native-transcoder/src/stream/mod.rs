//! A live stream on this node: what its publisher sends, what is made of it, who watches which rendition.
//!
//! [`Live`] does no I/O: it takes frames and events and returns [`Effect`]s, which the shard carries out.

mod gop;
mod manifest;
mod rendition;
mod timeline;

use std::time::{Duration, Instant};

use headwater_protocol::control::Message;
use headwater_protocol::ladder::{Ladder, Rung, SOURCE, Size};
use headwater_protocol::manifest::Manifest;
use headwater_protocol::session::registry::SessionId;
use headwater_protocol::signed::Signed;
use headwater_protocol::{Code, stream};

use self::rendition::Rendition;
use self::timeline::Timeline;
use crate::media::{Frame, VideoCodec};

/// Keyframe requests to a publisher closer together than this only make it send a second, redundant one: request to
/// keyframe takes 50 to 100 ms on loopback.
const KEYFRAME_INTERVAL: Duration = Duration::from_millis(250);

/// What the shard must do.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Send a picture.
    Video {
        to: Vec<SessionId>,
        codec: VideoCodec,
        frame: Frame,
        wallclock: Instant,
    },
    /// Send sound.
    Audio {
        to: Vec<SessionId>,
        frame: Frame,
        wallclock: Instant,
    },
    /// Start (or start over) a transcoder for this codec.
    StartTranscoder { codec: VideoCodec, ladder: Ladder },
    /// Hand an access unit to the transcoder.
    Transcode { frame: Frame, contiguous: bool },
    /// Hand sound to the transcoder.
    TranscodeAudio(Frame),
    /// Ask the transcoder for a keyframe on this rung.
    RungKeyframe(usize),
    /// Ask the publisher for a keyframe.
    SourceKeyframe,
    /// Tell the publisher.
    Control(Message),
    /// Close these viewers.
    Close(Vec<SessionId>, Code),
}

/// Why a rendition cannot be watched now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unavailable {
    /// The stream has no such rendition.
    #[error("the stream has no rendition of this name; its manifest lists what it has")]
    Unknown,
    /// The first frame is not here yet.
    #[error("the stream has just begun; ask again in a moment")]
    NotYet,
}

/// A live stream.
#[derive(Debug)]
pub(crate) struct Live {
    id: stream::Id,
    /// Base URL under which the publisher reached this node.
    orchestrator: String,
    publisher: SessionId,
    ladder: Ladder,
    timeline: Timeline,
    codec: Option<VideoCodec>,
    source: Rendition,
    source_size: Option<Size>,
    /// In the transcoder's order; by the ladder's names until the first frame has fixed the rungs.
    rungs: Vec<Rendition>,
    fixed: Option<Vec<Rung>>,
    /// Frames were lost, and the next decodable one has not come.
    broken: bool,
    keyframe_asked: Option<Instant>,
    manifest: Option<Signed<Manifest>>,
}

impl Live {
    pub(crate) fn new(
        id: stream::Id,
        publisher: SessionId,
        ladder: Ladder,
        orchestrator: String,
        now: Instant,
    ) -> Self {
        let rungs = ladder
            .profiles()
            .iter()
            .map(|p| Rendition::new(p.name().to_owned()))
            .collect();
        Self {
            id,
            orchestrator,
            publisher,
            ladder,
            timeline: Timeline::new(now),
            codec: None,
            source: Rendition::new(SOURCE.to_owned()),
            source_size: None,
            rungs,
            fixed: None,
            broken: false,
            keyframe_asked: None,
            manifest: None,
        }
    }

    pub(crate) fn publisher(&self) -> SessionId {
        self.publisher
    }

    pub(crate) fn manifest(&self) -> Option<&Signed<Manifest>> {
        self.manifest.as_ref()
    }

    /// Another session of the same key took over. Viewers stay; renditions stay as they are.
    pub(crate) fn replace_publisher(&mut self, publisher: SessionId, orchestrator: String) -> Vec<Effect> {
        self.publisher = publisher;
        self.orchestrator = orchestrator;
        self.timeline.restart();
        self.keyframe_asked = None;
        self.interrupt_source();
        self.offer().map(Effect::Control).into_iter().collect()
    }

    /// The codec of a rendition, for a viewer's negotiation.
    pub(crate) fn codec_of(&self, rendition: &str) -> Result<VideoCodec, Unavailable> {
        if rendition == SOURCE {
            return self.codec.ok_or(Unavailable::NotYet);
        }
        if self.rungs.iter().any(|rung| rung.name == rendition) {
            // Rungs are H.264 constrained baseline.
            return Ok(VideoCodec::H264);
        }
        Err(Unavailable::Unknown)
    }

    /// Asks for a keyframe of a rendition, so that it is there when the viewer's connection is.
    pub(crate) fn prepare(&mut self, now: Instant, rendition: &str) -> Vec<Effect> {
        if rendition == SOURCE {
            return self.ask_publisher(now);
        }
        let rung = self.rungs.iter().position(|rung| rung.name == rendition);
        rung.map(Effect::RungKeyframe).into_iter().collect()
    }

    /// Adds a viewer of a rendition.
    pub(crate) fn add_viewer(&mut self, session: SessionId, rendition: &str) {
        if rendition == SOURCE {
            self.source.add(session);
        } else if let Some(rung) = self.rungs.iter_mut().find(|rung| rung.name == rendition) {
            rung.add(session);
        }
    }

    pub(crate) fn remove_viewer(&mut self, session: SessionId) {
        self.source.remove(session);
        self.rungs.iter_mut().for_each(|rung| rung.remove(session));
    }

    /// A viewer's connection is up: it begins with what is there since the last keyframe.
    pub(crate) fn viewer_connected(&mut self, now: Instant, session: SessionId) -> Vec<Effect> {
        let Some((index, rendition)) = self.watched_by(session) else {
            return Vec::new();
        };
        let frames = rendition.connected(session);
        if frames.is_empty() {
            return self.keyframe(now, index);
        }
        let codec = if index.is_some() {
            VideoCodec::H264
        } else {
            self.codec.unwrap_or(VideoCodec::H264)
        };
        frames
            .into_iter()
            .map(|frame| {
                let wallclock = self.timeline.wallclock_video(frame.time);
                Effect::Video {
                    to: vec![session],
                    codec,
                    frame,
                    wallclock,
                }
            })
            .collect()
    }

    /// A viewer's decoder asks for a keyframe.
    pub(crate) fn viewer_wants_keyframe(&mut self, now: Instant, session: SessionId) -> Vec<Effect> {
        match self.watched_by(session) {
            Some((index, _)) => self.keyframe(now, index),
            None => Vec::new(),
        }
    }

    /// An access unit from the publisher, by its own RTP clock.
    pub(crate) fn video(
        &mut self,
        codec: VideoCodec,
        frame: Frame,
        contiguous: bool,
        arrived: Instant,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.codec != Some(codec) {
            let changed = self.codec.replace(codec).is_some();
            if changed {
                // A source viewer negotiated the other codec: it comes back for this one.
                effects.push(Effect::Close(
                    self.source.sessions().collect(),
                    Code::ConnectionLost,
                ));
            }
            if !self.ladder.profiles().is_empty() {
                effects.push(Effect::StartTranscoder {
                    codec,
                    ladder: self.ladder.clone(),
                });
            }
        }
        let frame = Frame {
            time: self.timeline.video(frame.time, arrived),
            ..frame
        };
        if !self.ladder.profiles().is_empty() {
            effects.push(Effect::Transcode {
                frame: frame.clone(),
                contiguous,
            });
        }

        if !contiguous && !frame.keyframe {
            self.interrupt_source();
        }
        if self.broken && !frame.keyframe {
            effects.extend(self.ask_publisher(arrived));
            return effects;
        }
        self.broken = false;
        let to = self.source.push(&frame);
        if !to.is_empty() {
            let wallclock = self.timeline.wallclock_video(frame.time);
            effects.push(Effect::Video {
                to,
                codec,
                frame,
                wallclock,
            });
        }
        effects
    }

    /// An Opus packet from the publisher, by its own RTP clock.
    pub(crate) fn audio(&mut self, frame: Frame, arrived: Instant) -> Vec<Effect> {
        let frame = Frame {
            time: self.timeline.audio(frame.time, arrived),
            ..frame
        };
        let to: Vec<SessionId> = self
            .source
            .sessions()
            .chain(self.rungs.iter().flat_map(Rendition::sessions))
            .collect();
        let mut effects = Vec::with_capacity(2);
        if !self.ladder.profiles().is_empty() {
            effects.push(Effect::TranscodeAudio(frame.clone()));
        }
        if !to.is_empty() {
            let wallclock = self.timeline.wallclock_audio(frame.time);
            effects.push(Effect::Audio { to, frame, wallclock });
        }
        effects
    }

    /// The transcoder has seen the source and fixed the rungs.
    pub(crate) fn rungs_fixed(&mut self, source: Size, rungs: Vec<Rung>) -> Vec<Effect> {
        self.source_size = Some(source);
        let mut effects = Vec::new();
        if self.fixed.as_ref() != Some(&rungs) {
            let mut waiting = std::mem::take(&mut self.rungs);
            for rung in &rungs {
                let known = waiting.iter().position(|rendition| rendition.name == rung.name);
                self.rungs.push(known.map_or_else(
                    || Rendition::new(rung.name.clone()),
                    |index| waiting.swap_remove(index),
                ));
            }
            // Whoever waited for a rung that the source is too small for learns so by its next request.
            let gone: Vec<_> = waiting.iter().flat_map(Rendition::sessions).collect();
            if !gone.is_empty() {
                effects.push(Effect::Close(gone, Code::UnknownRendition));
            }
            self.fixed = Some(rungs);
        }
        effects.extend(self.offer().map(Effect::Control));
        effects
    }

    /// An encoded picture of a rung.
    pub(crate) fn rung_frame(&mut self, rung: usize, frame: Frame) -> Option<Effect> {
        let to = self.rungs.get_mut(rung)?.push(&frame);
        let wallclock = self.timeline.wallclock_video(frame.time);
        (!to.is_empty()).then_some(Effect::Video {
            to,
            codec: VideoCodec::H264,
            frame,
            wallclock,
        })
    }

    /// The transcoder cannot go on without a keyframe from the publisher.
    pub(crate) fn transcoder_wants_keyframe(&mut self, now: Instant) -> Vec<Effect> {
        self.ask_publisher(now)
    }

    /// The worker was replaced: its encoders start over with a keyframe each.
    pub(crate) fn transcoder_replaced(&mut self, reason: String) -> Effect {
        self.rungs.iter_mut().for_each(Rendition::interrupt);
        Effect::Control(Message::Notice {
            code: Code::TranscoderReplaced,
            message: reason,
        })
    }

    /// Transcoding is over for this stream; the source goes on.
    pub(crate) fn transcoder_failed(&mut self, reason: String) -> Vec<Effect> {
        let viewers = self
            .rungs
            .drain(..)
            .flat_map(|rung| rung.sessions().collect::<Vec<_>>())
            .collect();
        self.ladder = Ladder::default();
        self.fixed = Some(Vec::new());
        let error = Message::Error {
            code: Code::TranscoderFailed,
            message: reason,
        };
        let mut effects = vec![
            Effect::Close(viewers, Code::TranscoderFailed),
            Effect::Control(error),
        ];
        effects.extend(self.offer().map(Effect::Control));
        effects
    }

    /// The rendition a session watches; its rung's index, `None` for the source.
    fn watched_by(&mut self, session: SessionId) -> Option<(Option<usize>, &mut Rendition)> {
        if self.source.has(session) {
            return Some((None, &mut self.source));
        }
        let index = self.rungs.iter().position(|rung| rung.has(session))?;
        Some((Some(index), &mut self.rungs[index]))
    }

    fn keyframe(&mut self, now: Instant, rung: Option<usize>) -> Vec<Effect> {
        match rung {
            Some(index) => vec![Effect::RungKeyframe(index)],
            None => self.ask_publisher(now),
        }
    }

    fn ask_publisher(&mut self, now: Instant) -> Vec<Effect> {
        if self
            .keyframe_asked
            .is_some_and(|at| now.saturating_duration_since(at) < KEYFRAME_INTERVAL)
        {
            return Vec::new();
        }
        self.keyframe_asked = Some(now);
        vec![Effect::SourceKeyframe]
    }

    fn interrupt_source(&mut self) {
        self.broken = true;
        self.source.interrupt();
    }
}

#[cfg(test)]
mod tests;
