//! The size that a unit says its pictures have, read without decoding anything.
//!
//! | file | reads |
//! |---|---|
//! | `h264` | sequence parameter sets (ITU-T H.264 §7.3.2.1) |
//! | `vp8` | a keyframe's first ten bytes (RFC 6386 §9.1) |
//! | `vp9` | uncompressed headers (VP9 bitstream §6.2) |
//! | `av1` | sequence headers (AV1 bitstream §5.5) |

mod av1;
mod bits;
mod h264;
mod vp8;
mod vp9;

use std::hash::{DefaultHasher, Hash, Hasher};

use headwater_protocol::ladder::Size;

use super::Refused;
use crate::media::VideoCodec;

/// What a decoder would set itself up for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The coded size; the largest, if a unit states several.
    pub size: Size,
    /// Differs when other parameters do.
    pub mark: u64,
}

impl Shape {
    fn new(size: Size, parameters: impl Hash) -> Self {
        // Without a secret key: who finds a collision may change what costs little.
        let mut mark = DefaultHasher::new();
        parameters.hash(&mut mark);
        Self {
            size,
            mark: mark.finish(),
        }
    }
}

/// The shape that `unit` states; `None` if it states none, or none that can be read.
///
/// # Errors
/// [`Refused::Crowded`].
pub fn inspect(codec: VideoCodec, unit: &[u8]) -> Result<Option<Shape>, Refused> {
    match codec {
        VideoCodec::H264 => h264::inspect(unit),
        VideoCodec::Vp8 => Ok(vp8::inspect(unit)),
        VideoCodec::Vp9 => Ok(vp9::inspect(unit)),
        VideoCodec::Av1 => Ok(av1::inspect(unit)),
        // Nobody may publish it.
        VideoCodec::Hevc => Ok(None),
    }
}

#[cfg(test)]
mod tests;
