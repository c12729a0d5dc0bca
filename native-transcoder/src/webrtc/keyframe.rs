//! Whether decoding can start with a frame, where what its packets say is not to be believed.
//!
//! For VP9 and AV1 the sender marks keyframes beside the bitstream, and some mark every frame. A viewer that began with
//! one of those would see nothing.

use crate::media::VideoCodec;

/// Whether `frame`, which its sender `marked` as a keyframe, begins as one.
pub(super) fn starts(codec: VideoCodec, marked: bool, frame: &[u8]) -> bool {
    marked
        && match codec {
            VideoCodec::Vp9 => vp9(frame),
            VideoCodec::Av1 => av1(frame),
            _ => true,
        }
}

/// Frame marker 2, profile 0, no frame shown again, frame type 0 (VP9 bitstream §6.2).
fn vp9(frame: &[u8]) -> bool {
    frame.first().is_some_and(|header| header & 0xfc == 0x80)
}

/// A sequence header before anything but a temporal delimiter (AV1 bitstream §7.5).
fn av1(frame: &[u8]) -> bool {
    const SEQUENCE_HEADER: u8 = 1;
    const DELIMITER: u8 = 2;
    let kind = |header: &u8| header >> 3 & 0xf;
    match frame.first().map(kind) {
        // A delimiter is a header and a size of 0.
        Some(DELIMITER) => frame.get(2).map(kind) == Some(SEQUENCE_HEADER),
        first => first == Some(SEQUENCE_HEADER),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_that_is_only_marked_as_a_keyframe_is_none() {
        assert!(starts(VideoCodec::Vp9, true, &[0x82, 0x49]));
        assert!(!starts(VideoCodec::Vp9, false, &[0x82, 0x49]));
        assert!(!starts(VideoCodec::Vp9, true, &[0x86, 0x00]), "predicted");
        assert!(!starts(VideoCodec::Vp9, true, &[0x88]), "shown again");
        assert!(!starts(VideoCodec::Vp9, true, &[]));
        assert!(starts(VideoCodec::Av1, true, &[0x0a, 0x0b]));
        assert!(starts(VideoCodec::Av1, true, &[0x12, 0x00, 0x0a]));
        assert!(!starts(VideoCodec::Av1, true, &[0x32, 0x10]), "a frame alone");
        assert!(!starts(VideoCodec::Av1, true, &[0x12]));
        assert!(
            starts(VideoCodec::H264, true, &[0]),
            "its packets are its bitstream"
        );
    }
}
