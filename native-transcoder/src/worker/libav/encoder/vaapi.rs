//! H.264 and H.265 on GPUs that speak VA-API.

use super::{Memory, Rate, Settings};
use crate::transcoder::wire::Codec;

/// libav's name for the encoder of `codec`.
pub(crate) fn name(codec: Codec) -> &'static str {
    match codec {
        Codec::Hevc => "hevc_vaapi",
        _ => "h264_vaapi",
    }
}

/// One picture in, one unit out: `async_depth=1` waits for each.
pub(crate) fn settings(codec: Codec) -> Settings {
    let mut options = vec![
        ("rc_mode", "CBR".to_owned()),
        ("async_depth", "1".to_owned()),
        ("idr_interval", "0".to_owned()),
    ];
    if codec == Codec::H264 {
        options.push(("profile", "constrained_baseline".to_owned()));
    }
    Settings {
        name: name(codec),
        options,
        rate: Rate::Reopened,
        memory: Memory::Device,
        delimited: false,
    }
}
