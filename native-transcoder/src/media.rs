//! What flows between the parts: kinds, codecs and frames.

use std::sync::Arc;

pub use crate::transcoder::Codec as VideoCodec;

/// Audio or video.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Sound.
    Audio,
    /// Pictures.
    Video,
}

impl Kind {
    /// As SDP's m-lines spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Video => "video",
        }
    }
}

impl VideoCodec {
    /// As SDP's rtpmap spells it.
    #[must_use]
    pub fn rtpmap(self) -> &'static str {
        match self {
            Self::H264 => "H264",
            Self::Vp8 => "VP8",
            Self::Vp9 => "VP9",
            Self::Av1 => "AV1",
            Self::Hevc => "H265",
        }
    }

    /// The codec that SDP's rtpmap calls so, in any case.
    #[must_use]
    pub fn from_rtpmap(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|codec| codec.rtpmap().eq_ignore_ascii_case(name))
    }
}

/// One encoded picture, or one Opus packet.
#[derive(Clone, Debug)]
pub struct Frame {
    /// When it is shown: ticks of the media clock (90 kHz for video, 48 kHz for audio) since the stream began.
    pub time: u64,
    /// Whether decoding can start here.
    pub keyframe: bool,
    /// The bytes, shared by all who get them.
    pub data: Arc<[u8]>,
}
