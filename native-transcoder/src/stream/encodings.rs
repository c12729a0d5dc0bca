//! The ladder's rungs, and the codecs that each is encoded in: H.264 always, others while somebody watches.

use std::time::{Duration, Instant};

use super::layer::Key;
use super::rendition::Rendition;
use super::{Effect, Live};
use crate::media::VideoCodec;

/// Encodings beside H.264 that a stream may have at once: one more codec for the whole of the standard ladder, which
/// about doubles what the stream costs.
const EXTRA: usize = 3;

/// How long an encoding that nobody watches goes on: a viewer that reloads or flips through the layers is back by then.
const LINGER: Duration = Duration::from_secs(10);

/// A rung and its encodings.
#[derive(Debug)]
pub(super) struct Rung {
    pub(super) name: String,
    /// Its number at the transcoder; none before the first picture, nor while the source has been too small for it.
    pub(super) index: Option<usize>,
    encodings: Vec<Encoding>,
}

#[derive(Debug)]
struct Encoding {
    codec: VideoCodec,
    rendition: Rendition,
    /// Since when nobody watches it.
    idle: Option<Instant>,
}

impl Encoding {
    fn new(codec: VideoCodec) -> Self {
        Self {
            codec,
            rendition: Rendition::default(),
            idle: None,
        }
    }
}

impl Rung {
    pub(super) fn new(name: String) -> Self {
        Self {
            name,
            index: None,
            encodings: vec![Encoding::new(VideoCodec::H264)],
        }
    }

    pub(super) fn rendition(&self, codec: VideoCodec) -> Option<&Rendition> {
        let encoding = self.encodings.iter().find(|encoding| encoding.codec == codec)?;
        Some(&encoding.rendition)
    }

    pub(super) fn rendition_mut(&mut self, codec: VideoCodec) -> Option<&mut Rendition> {
        let encoding = self.encodings.iter_mut().find(|e| e.codec == codec)?;
        Some(&mut encoding.rendition)
    }

    pub(super) fn codecs(&self) -> impl Iterator<Item = VideoCodec> {
        self.encodings.iter().map(|encoding| encoding.codec)
    }

    pub(super) fn drop_encoding(&mut self, codec: VideoCodec) {
        self.encodings.retain(|encoding| encoding.codec != codec);
    }

    fn extra(&self) -> impl Iterator<Item = VideoCodec> {
        self.codecs().filter(|codec| *codec != VideoCodec::H264)
    }
}

impl Live {
    pub(super) fn may_encode_more(&self) -> bool {
        self.rungs.iter().flat_map(Rung::extra).count() < EXTRA
    }

    /// Starts the encoding behind `key` if it does not run.
    pub(super) fn encode(&mut self, key: Key) -> Vec<Effect> {
        let Key::Rung(rung, codec) = key else {
            return Vec::new();
        };
        let rung = &mut self.rungs[rung];
        if let Some(encoding) = rung.encodings.iter_mut().find(|e| e.codec == codec) {
            encoding.idle = None;
            return Vec::new();
        }
        rung.encodings.push(Encoding::new(codec));
        // Before the rungs have numbers, `encode_all` says so later.
        rung.index
            .map(|rung| Effect::Encode {
                rung,
                codec,
                on: true,
            })
            .into_iter()
            .collect()
    }

    /// Tells a new transcoder, or one that has just numbered its rungs, what it is to make beside H.264.
    pub(super) fn encode_all(&self) -> Vec<Effect> {
        let numbered = self.rungs.iter().filter_map(|rung| Some((rung.index?, rung)));
        numbered
            .flat_map(|(index, rung)| {
                rung.extra().map(move |codec| Effect::Encode {
                    rung: index,
                    codec,
                    on: true,
                })
            })
            .collect()
    }

    /// Stops what nobody has watched for a while.
    pub(super) fn stop_idle(&mut self, now: Instant) -> Vec<Effect> {
        let mut effects = Vec::new();
        for rung in &mut self.rungs {
            let index = rung.index;
            rung.encodings.retain_mut(|encoding| {
                if encoding.codec == VideoCodec::H264 || encoding.rendition.is_watched() {
                    encoding.idle = None;
                    return true;
                }
                let since = *encoding.idle.get_or_insert(now);
                let stays = now.saturating_duration_since(since) < LINGER;
                if let (false, Some(rung)) = (stays, index) {
                    effects.push(Effect::Encode {
                        rung,
                        codec: encoding.codec,
                        on: false,
                    });
                }
                stays
            });
        }
        effects
    }
}
