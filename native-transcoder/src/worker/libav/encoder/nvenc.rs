//! H.264, H.265 and AV1 on NVIDIA's encoder.

use super::{Memory, Rate, Settings};
use crate::transcoder::wire::Codec;
use crate::worker::encoder::Spec;

/// libav's name for the encoder of `codec`.
pub(crate) fn name(codec: Codec) -> &'static str {
    match codec {
        Codec::Hevc => "hevc_nvenc",
        Codec::Av1 => "av1_nvenc",
        _ => "h264_nvenc",
    }
}

/// One picture in, one unit out: no look-ahead, no surfaces that wait, no B-frames.
pub(crate) fn settings(codec: Codec, spec: &Spec) -> Settings {
    let mut options = vec![
        ("preset", "p3".to_owned()),
        ("tune", "ull".to_owned()),
        ("rc", "cbr".to_owned()),
        ("delay", "0".to_owned()),
        ("zerolatency", "1".to_owned()),
        ("forced-idr", "1".to_owned()),
        ("rc-lookahead", "0".to_owned()),
    ];
    if codec == Codec::H264 {
        options.push(("profile", "baseline".to_owned()));
    }
    // Of use when pictures come from our memory; those on a card are encoded there.
    if let Some(gpu) = spec.device.strip_prefix("cuda:") {
        options.push(("gpu", gpu.to_owned()));
    }
    Settings {
        name: name(codec),
        options,
        rate: Rate::Steered,
        memory: Memory::Either,
        delimited: codec == Codec::Av1,
    }
}

#[cfg(test)]
mod tests {
    use headwater_protocol::ladder::Size;

    use super::*;
    use crate::transcoder::wire::Preset;

    fn options(codec: Codec, device: &str) -> Vec<(&'static str, String)> {
        let spec = Spec {
            size: Size::new(854, 480),
            bitrate: 1_600_000,
            fps: 30,
            preset: Preset::Veryfast,
            device: device.to_owned(),
        };
        settings(codec, &spec).options
    }

    #[test]
    fn nothing_that_holds_pictures_back_is_left_on() {
        for codec in [Codec::H264, Codec::Hevc, Codec::Av1] {
            let options = options(codec, "cuda:1");
            for wanted in [
                ("delay", "0"),
                ("zerolatency", "1"),
                ("rc-lookahead", "0"),
                ("forced-idr", "1"),
            ] {
                assert!(
                    options
                        .iter()
                        .any(|(key, value)| (*key, value.as_str()) == wanted)
                );
            }
            assert!(options.contains(&("gpu", "1".to_owned())));
        }
    }

    #[test]
    fn only_h264_is_held_to_baseline() {
        let profiled = |codec| options(codec, "").iter().any(|(key, _)| *key == "profile");
        assert!(profiled(Codec::H264) && !profiled(Codec::Hevc) && !profiled(Codec::Av1));
    }
}
