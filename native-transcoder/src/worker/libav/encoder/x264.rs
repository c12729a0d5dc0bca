//! H.264 in software.

use super::{Memory, Rate, Settings};
use crate::worker::encoder::Spec;

pub(crate) const NAME: &str = "libx264";

/// `scenecut=0`: keyframes come from the grid and from requests alone. `threads=1`: rungs run beside each other already.
/// x264's other rate control, by time stamps, would hold every picture back until the next one arrives.
const PARAMS: &str = "keyint=infinite:scenecut=0:bframes=0:threads=1:sliced-threads=0";

/// libx264: constrained baseline, no delay.
pub(crate) fn settings(spec: &Spec) -> Settings {
    Settings {
        name: NAME,
        options: vec![
            ("preset", spec.preset.name().to_owned()),
            ("tune", "zerolatency".to_owned()),
            ("profile", "baseline".to_owned()),
            ("forced-idr", "1".to_owned()),
            ("x264-params", PARAMS.to_owned()),
        ],
        rate: Rate::Steered,
        memory: Memory::System,
        delimited: false,
    }
}
