//! AV1 in software.
//!
//! By libaom: SVT-AV1 1.4, which Debian 12 has, places no keyframes on demand while it holds a bitrate.

use super::{Memory, Rate, Settings};

pub(crate) const NAME: &str = "libaom-av1";

/// libaom in its real-time mode. Ten is the fastest speed; libav's own option ends at eight.
pub(crate) fn settings() -> Settings {
    let options = [
        ("usage", "realtime"),
        ("cpu-used", "8"),
        ("lag-in-frames", "0"),
        ("row-mt", "0"),
        ("aq-mode", "3"),
        ("enable-global-motion", "0"),
        ("enable-restoration", "0"),
        ("enable-palette", "0"),
        ("aom-params", "cpu-used=10"),
    ];
    Settings {
        name: NAME,
        options: options.map(|(key, value)| (key, value.to_owned())).to_vec(),
        rate: Rate::Timed,
        memory: Memory::System,
        delimited: true,
    }
}
