//! H.265 in software.

use super::{Memory, Rate, Settings};

pub(crate) const NAME: &str = "libx265";

/// `frame-threads=1:pools=none`: no threads of its own, which would hold pictures back. Parameter sets stand before every
/// keyframe, so that viewers can join there.
const PARAMS: &str = "keyint=-1:scenecut=0:bframes=0:frame-threads=1:pools=none:wpp=0:repeat-headers=1:annexb=1:\
    aud=0:info=0:log-level=none";

/// libx265: main profile, no delay, and the only preset that is fast enough beside other rungs.
pub(crate) fn settings() -> Settings {
    Settings {
        name: NAME,
        options: vec![
            ("preset", "ultrafast".to_owned()),
            ("tune", "zerolatency".to_owned()),
            ("forced-idr", "1".to_owned()),
            ("x265-params", PARAMS.to_owned()),
        ],
        rate: Rate::Reopened,
        memory: Memory::System,
        delimited: false,
    }
}
