//! A live stream on this node: what its publisher sends, what is made of it, who watches what.
//!
//! [`Live`] does no I/O: it takes frames and events and returns [`Effect`]s, which the shard carries out.
//!
//! | file | question |
//! |---|---|
//! | this one | what follows from what the publisher sends? |
//! | `transcoded` | what follows from what the transcoder says? |
//! | `audience` | who watches what, and who gets this frame? |
//! | `viewer` | is this frame for this viewer? |
//! | `layer` | which encoding of what is there suits a viewer? |
//! | `encodings` | in which codecs is a rung encoded? |
//! | `events` | what are viewers told? |
//! | `manifest` | what does the stream say about itself? |

mod audience;
mod encodings;
mod events;
mod gop;
mod layer;
mod manifest;
mod meter;
mod rendition;
mod timeline;
mod transcoded;
mod viewer;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use headwater_protocol::control::Message;
use headwater_protocol::ladder::{Ladder, Rung as FixedRung, Size};
use headwater_protocol::manifest::Manifest;
use headwater_protocol::session::registry::SessionId;
use headwater_protocol::signed::Signed;
use headwater_protocol::{Code, stream};

use self::encodings::Rung;
pub(crate) use self::events::Topic;
use self::layer::Key;
pub use self::layer::{SelectRefused, Selection, Unavailable};
use self::rendition::Rendition;
use self::timeline::Timeline;
use self::viewer::Viewer;
pub(crate) use self::viewer::Wish;
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
    /// Start (or start over) a transcoder for this codec, with the rungs that are fixed already.
    StartTranscoder {
        codec: VideoCodec,
        ladder: Ladder,
        rungs: Vec<FixedRung>,
    },
    /// Hand an access unit to the transcoder.
    Transcode { frame: Frame, contiguous: bool },
    /// Hand sound to the transcoder.
    TranscodeAudio(Frame),
    /// Have the transcoder encode this rung in another codec too, or no longer.
    Encode {
        rung: usize,
        codec: VideoCodec,
        on: bool,
    },
    /// Ask the transcoder for a keyframe on this rung.
    RungKeyframe { rung: usize, codec: VideoCodec },
    /// Ask the publisher for a keyframe.
    SourceKeyframe,
    /// Tell the publisher.
    Control(Message),
    /// Tell the viewers who subscribed to it.
    Announce(Topic),
    /// Close these viewers.
    Close(Vec<SessionId>, Code),
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
    /// What the node encodes.
    encoders: Vec<VideoCodec>,
    codec: Option<VideoCodec>,
    source: Rendition,
    source_size: Option<Size>,
    /// By the ladder's names until the first frame has fixed them. Never reordered: [`Key`] counts on it.
    rungs: Vec<Rung>,
    /// By their numbers at the transcoder.
    fixed: Option<Vec<FixedRung>>,
    /// Until when the source may still be about to grow, once its size is known.
    ramp: Option<Instant>,
    viewers: BTreeMap<SessionId, Viewer>,
    /// How many viewers were announced, and when.
    counted: (usize, Instant),
    /// Whether the publisher is there.
    active: bool,
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
        encoders: Vec<VideoCodec>,
        orchestrator: String,
        now: Instant,
    ) -> Self {
        let rungs = ladder
            .profiles()
            .iter()
            .map(|p| Rung::new(p.name().to_owned()))
            .collect();
        Self {
            id,
            orchestrator,
            publisher,
            ladder,
            timeline: Timeline::new(now),
            encoders,
            codec: None,
            source: Rendition::default(),
            source_size: None,
            rungs,
            fixed: None,
            ramp: None,
            viewers: BTreeMap::new(),
            counted: (0, now),
            active: true,
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

    /// Whether the publisher is there, as the registry sees it.
    pub(crate) fn set_active(&mut self, active: bool) -> Option<Effect> {
        let topic = if active { Topic::Active } else { Topic::Inactive };
        let changed = std::mem::replace(&mut self.active, active) != active;
        changed.then_some(Effect::Announce(topic))
    }

    /// The publisher's pictures come from another of its encoders now, which has a clock of its own.
    pub(crate) fn source_switched(&mut self) {
        self.timeline.restart_video();
        self.interrupt_source();
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
            effects.extend(self.change_codec(codec, arrived));
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
        if !frame.keyframe && self.anyone_waits_for(Key::Source) {
            // The answer to an earlier request may have come before they did, or be lost.
            effects.extend(self.ask_publisher(arrived));
        }
        effects.extend(self.deliver(Key::Source, &frame));
        effects
    }

    fn change_codec(&mut self, codec: VideoCodec, now: Instant) -> Vec<Effect> {
        let changed = self.codec.replace(codec).is_some();
        let mut effects = Vec::new();
        if changed {
            self.interrupt_source();
        }
        // Whoever does not decode the new codec switches, or comes back for it.
        effects.extend(self.rearrange(now, Code::ConnectionLost));
        if !self.ladder.profiles().is_empty() {
            let ladder = self.ladder.clone();
            let rungs = self.fixed.clone().unwrap_or_default();
            effects.push(Effect::StartTranscoder { codec, ladder, rungs });
        }
        if changed {
            effects.extend(self.offer().map(Effect::Control));
            effects.push(Effect::Announce(Topic::Layers));
        }
        effects
    }

    /// An Opus packet from the publisher, by its own RTP clock.
    pub(crate) fn audio(&mut self, frame: Frame, arrived: Instant) -> Vec<Effect> {
        let frame = Frame {
            time: self.timeline.audio(frame.time, arrived),
            ..frame
        };
        let to: Vec<SessionId> = self.viewers.keys().copied().collect();
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

    fn keyframe(&mut self, now: Instant, key: Key) -> Vec<Effect> {
        match key {
            Key::Source => self.ask_publisher(now),
            Key::Rung(rung, codec) => {
                let index = self.rungs[rung].index;
                index
                    .map(|rung| Effect::RungKeyframe { rung, codec })
                    .into_iter()
                    .collect()
            }
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
        self.interrupt(Key::Source);
    }
}

#[cfg(test)]
mod tests;
