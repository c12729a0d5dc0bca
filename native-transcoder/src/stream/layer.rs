//! What can be watched, and in which codec a viewer gets it.

use std::cmp::Reverse;

use headwater_protocol::ladder::{Rung as FixedRung, SOURCE, Size};
use serde::Deserialize;

use super::Live;
use crate::media::VideoCodec;

/// Codecs that a rung is encoded in for viewers without H.264, cheapest first.
const ON_DEMAND: [VideoCodec; 4] = [
    VideoCodec::Vp8,
    VideoCodec::Vp9,
    VideoCodec::Av1,
    VideoCodec::Hevc,
];

/// One encoding of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// What the publisher sends.
    Source,
    /// A rung, by its place in [`Live`]'s list, in a codec.
    Rung(usize, VideoCodec),
}

impl Key {
    fn same_layer(self, other: Self) -> bool {
        match (self, other) {
            (Self::Source, Self::Source) => true,
            (Self::Rung(a, _), Self::Rung(b, _)) => a == b,
            _ => false,
        }
    }
}

/// Which layer a viewer wants (WHEP's layer selection). Empty: the node chooses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Selection {
    /// The layer's name, as the `layers` event lists it. Earlier drafts call it `encodingId`.
    #[serde(alias = "encodingId")]
    pub rid: Option<String>,
    /// No wider than this, in pixels.
    pub max_width: Option<u32>,
    /// No higher than this, in pixels.
    pub max_height: Option<u32>,
}

impl Selection {
    fn admits(&self, size: Option<Size>) -> bool {
        let bounded = self.max_width.is_some() || self.max_height.is_some();
        let fits = |side: u32, most: Option<u32>| most.is_none_or(|most| side <= most);
        size.map_or(!bounded, |size| {
            fits(size.width, self.max_width) && fits(size.height, self.max_height)
        })
    }
}

/// Why something cannot be watched now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unavailable {
    /// The stream has no such rendition.
    #[error("the stream has no rendition of this name; its manifest lists what it has")]
    Unknown,
    /// No layer is as small as that.
    #[error("the stream has no layer within these bounds; the layers event lists what it has")]
    TooSmall,
    /// The first frame is not here yet, or the source may grow large enough for it.
    #[error("the stream has just begun and may still get this; ask again in a moment")]
    NotYet,
    /// Nothing that the viewer decodes; what it would have to.
    #[error("the offer has no video codec that this can be had in; offer {}", names(.0))]
    Codec(Vec<VideoCodec>),
    /// The node makes no further encoding for this stream.
    #[error(
        "the stream is encoded in as many ways as this node makes at once; offer H.264, or ask again later"
    )]
    Busy,
}

fn names(codecs: &[VideoCodec]) -> String {
    let names: Vec<_> = codecs.iter().map(|codec| codec.rtpmap()).collect();
    names.join(", ")
}

/// Why a viewer's layer stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SelectRefused {
    /// No such session, or one that does not switch.
    #[error(
        "there is no such session that switches layers; start one with POST to the stream's WHEP endpoint"
    )]
    NoSession,
    /// By the layer.
    #[error(transparent)]
    Layer(#[from] Unavailable),
}

impl Live {
    /// Every codec that something here may be sent in, sooner or later; the viewer's own order decides nothing.
    pub(super) fn codecs(&self) -> Vec<VideoCodec> {
        let mut codecs: Vec<_> = self.codec.into_iter().collect();
        if (0..self.rungs.len()).any(|rung| self.is_made(rung)) {
            let more = std::iter::once(VideoCodec::H264).chain(self.on_demand());
            for codec in more {
                if !codecs.contains(&codec) {
                    codecs.push(codec);
                }
            }
        }
        codecs
    }

    pub(super) fn on_demand(&self) -> impl Iterator<Item = VideoCodec> {
        ON_DEMAND
            .into_iter()
            .filter(|codec| self.encoders.contains(codec))
    }

    /// The rendition called `name`, for a viewer that decodes `decodes`.
    pub(super) fn named(&self, name: &str, decodes: &[VideoCodec]) -> Result<Key, Unavailable> {
        if name == SOURCE {
            return self.source_for(decodes);
        }
        let rung = self.rungs.iter().position(|rung| rung.name == name);
        match rung {
            Some(rung) if self.is_made(rung) => self.rung_for(rung, decodes),
            Some(_) if self.ramp.is_some() => Err(Unavailable::NotYet),
            _ => Err(Unavailable::Unknown),
        }
    }

    /// What a selection comes to: the layer it names, else the first within its bounds, from the largest down.
    pub(super) fn selected(&self, selection: &Selection, decodes: &[VideoCodec]) -> Result<Key, Unavailable> {
        if let Some(rid) = &selection.rid {
            return self.named(rid, decodes);
        }
        let mut best = Err(Unavailable::TooSmall);
        if selection.admits(self.source_size) {
            best = self.source_for(decodes);
        }
        for at in self.largest_first() {
            if best.is_ok() {
                break;
            }
            if !self.is_made(at) || !selection.admits(self.size_of(at)) {
                continue;
            }
            let found = self.rung_for(at, decodes);
            if found.is_ok() || best == Err(Unavailable::TooSmall) {
                best = found;
            }
        }
        match best {
            Err(Unavailable::Codec(_)) => Err(Unavailable::Codec(self.codecs())),
            best => best,
        }
    }

    /// `key`, or what the viewer is on already if that is the same layer in another codec that it decodes too.
    pub(super) fn settled(&self, key: Key, on: Option<Key>) -> Key {
        match on {
            Some(on) if on.same_layer(key) && self.rendition(on).is_some() => on,
            _ => key,
        }
    }

    /// The rungs from the largest down; those without a size stand behind, in the broadcaster's order.
    fn largest_first(&self) -> Vec<usize> {
        let mut rungs: Vec<usize> = (0..self.rungs.len()).collect();
        let pixels = |size: Size| u64::from(size.width) * u64::from(size.height);
        rungs.sort_by_key(|rung| Reverse(self.size_of(*rung).map(pixels)));
        rungs
    }

    /// What is made of the ladder, from the largest down.
    pub(super) fn made(&self) -> impl Iterator<Item = &FixedRung> {
        let index = |rung: usize| self.rungs[rung].index;
        let places = self.largest_first().into_iter().filter_map(index);
        places.filter_map(|index| self.fixed.as_ref()?.get(index))
    }

    fn size_of(&self, rung: usize) -> Option<Size> {
        let index = self.rungs[rung].index?;
        Some(self.fixed.as_ref()?.get(index)?.size)
    }

    /// Whether a rung can be watched: before the first picture every one may turn out to be.
    fn is_made(&self, rung: usize) -> bool {
        self.fixed.is_none() || self.rungs[rung].index.is_some()
    }

    fn source_for(&self, decodes: &[VideoCodec]) -> Result<Key, Unavailable> {
        let codec = self.codec.ok_or(Unavailable::NotYet)?;
        if decodes.contains(&codec) {
            Ok(Key::Source)
        } else {
            Err(Unavailable::Codec(vec![codec]))
        }
    }

    /// What runs already is taken first, H.264 before all: it always runs.
    fn rung_for(&self, rung: usize, decodes: &[VideoCodec]) -> Result<Key, Unavailable> {
        let runs = |codec: &VideoCodec| self.rungs[rung].rendition(*codec).is_some();
        let wanted = |codec: &VideoCodec| decodes.contains(codec);
        let running = std::iter::once(VideoCodec::H264)
            .chain(ON_DEMAND)
            .find(|codec| wanted(codec) && runs(codec));
        if let Some(codec) = running {
            return Ok(Key::Rung(rung, codec));
        }
        match self.on_demand().find(wanted) {
            Some(_) if !self.may_encode_more() => Err(Unavailable::Busy),
            Some(codec) => Ok(Key::Rung(rung, codec)),
            None => Err(Unavailable::Codec(
                std::iter::once(VideoCodec::H264)
                    .chain(self.on_demand())
                    .collect(),
            )),
        }
    }
}
