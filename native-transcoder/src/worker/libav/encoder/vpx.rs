//! VP8 and VP9 in software.

use super::{Memory, Rate, Settings};

pub(crate) const VP8: &str = "libvpx";
pub(crate) const VP9: &str = "libvpx-vp9";

/// libvpx's VP8. A negative speed is taken as it is; a positive one would follow the machine's load.
pub(crate) fn vp8() -> Settings {
    settings(VP8, &[("cpu-used", "-8")])
}

/// libvpx's VP9: the fastest speed, and cyclic refresh, which spreads the cost of detail over pictures.
pub(crate) fn vp9() -> Settings {
    settings(
        VP9,
        &[
            ("cpu-used", "8"),
            ("aq-mode", "3"),
            ("row-mt", "0"),
            ("tile-columns", "0"),
            ("frame-parallel", "0"),
        ],
    )
}

/// What both have in common: real time, nothing held back, one layer.
fn settings(name: &'static str, own: &[(&'static str, &str)]) -> Settings {
    let common = [
        ("deadline", "realtime"),
        ("lag-in-frames", "0"),
        ("auto-alt-ref", "0"),
        // A dropped picture would be missing on this rung alone.
        ("drop-threshold", "0"),
    ];
    let options = common.iter().chain(own);
    Settings {
        name,
        options: options.map(|&(key, value)| (key, value.to_owned())).collect(),
        rate: Rate::Timed,
        memory: Memory::System,
        delimited: false,
    }
}
