//! The ladder: which renditions a broadcaster asks for, and what is made of them for a given source.
//!
//! A [`Profile`] is a wish (a bounding box and a bitrate), a [`Rung`] is what gets encoded: its size keeps the source's
//! shape, is even, never larger than the source, and stays fixed for the session.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// The name under which the publisher's own encoding is watched.
pub const SOURCE: &str = "source";

/// More rungs than Livepeer's outputs per segment (10) would only split a node's CPU further.
pub const MAX_RUNGS: usize = 8;

/// The longest side a rung may have: H.264 level 5.1 at 16:9, above which browsers stop decoding baseline.
pub const MAX_SIDE: u32 = 4096;

/// A width and height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Size {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

impl Size {
    /// A size of `width` × `height` pixels.
    #[must_use]
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// Whether it stands upright.
    #[must_use]
    pub fn is_portrait(self) -> bool {
        self.height > self.width
    }

    /// The largest even size of `self`'s shape inside `bounds`, turned to `self`'s orientation; `None` if it would be
    /// larger than `self` or smaller than two pixels.
    ///
    /// Scaling up costs bits and adds nothing, so a source below a rung simply does not get that rung.
    #[must_use]
    pub fn fit(self, bounds: Self) -> Option<Self> {
        if self.width == 0 || self.height == 0 {
            return None;
        }
        let bounds = if self.is_portrait() == bounds.is_portrait() {
            bounds
        } else {
            Self::new(bounds.height, bounds.width)
        };
        let scale = (f64::from(bounds.width) / f64::from(self.width))
            .min(f64::from(bounds.height) / f64::from(self.height));
        if scale > 1.0 {
            return None;
        }
        let fitted = Self::new(
            even(f64::from(self.width) * scale),
            even(f64::from(self.height) * scale),
        );
        (fitted.width >= 2 && fitted.height >= 2).then_some(fitted)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// 4:2:0 chroma is half as large, so encoders take even sizes only.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "bounded by MAX_SIDE or the source"
)]
fn even(length: f64) -> u32 {
    (length / 2.0).round() as u32 * 2
}

/// One rendition a broadcaster asks for.
///
/// Written as a preset's name (`"P480p30fps16x9"`, Livepeer's naming) or as an object with these fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Explicit")]
pub struct Profile {
    name: String,
    bounds: Size,
    bitrate: u32,
    fps: u32,
}

impl Profile {
    /// A profile called `name` inside `bounds` at `bitrate` bit/s, its rate control starting from `fps` frames a second.
    ///
    /// # Errors
    /// [`Invalid`] for a name that cannot stand in a URL or is `source`, sides outside 2…[`MAX_SIDE`], a bitrate outside
    /// 50 kbit/s…50 Mbit/s or a rate outside 1…120.
    pub fn new(name: &str, bounds: Size, bitrate: u32, fps: u32) -> Result<Self, Invalid> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || name.len() > 32 || !name.chars().all(plain) || name == SOURCE {
            return Err(Invalid::Name(name.chars().take(40).collect()));
        }
        let side = 2..=MAX_SIDE;
        if !side.contains(&bounds.width) || !side.contains(&bounds.height) {
            return Err(Invalid::Size(bounds));
        }
        // Below 50 kbit/s x264's rate control cannot hold even 240p; 50 Mbit/s is above any level we encode.
        if !(50_000..=50_000_000).contains(&bitrate) {
            return Err(Invalid::Bitrate(bitrate));
        }
        if !(1..=120).contains(&fps) {
            return Err(Invalid::Fps(fps));
        }
        Ok(Self {
            name: name.to_owned(),
            bounds,
            bitrate,
            fps,
        })
    }

    /// The rendition's name, as it stands in `/whep/{address}/{name}/{rendition}`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The box that the rung must fit in, for a landscape source.
    #[must_use]
    pub fn bounds(&self) -> Size {
        self.bounds
    }

    /// Target bitrate in bit/s.
    #[must_use]
    pub fn bitrate(&self) -> u32 {
        self.bitrate
    }

    /// The frame rate that rate control starts from; timing itself is the source's.
    #[must_use]
    pub fn fps(&self) -> u32 {
        self.fps
    }
}

/// Livepeer's presets (name, width, height, kbit/s, frames a second), and the 480 and 1080 lines that its list lacks.
const PRESETS: &[(&str, u32, u32, u32, u32)] = &[
    ("P144p25fps16x9", 256, 144, 400, 25),
    ("P144p30fps16x9", 256, 144, 400, 30),
    ("P240p25fps16x9", 426, 240, 600, 25),
    ("P240p30fps16x9", 426, 240, 600, 30),
    ("P240p25fps4x3", 320, 240, 600, 25),
    ("P240p30fps4x3", 320, 240, 600, 30),
    ("P360p25fps16x9", 640, 360, 1200, 25),
    ("P360p30fps16x9", 640, 360, 1200, 30),
    ("P360p25fps4x3", 480, 360, 1000, 25),
    ("P360p30fps4x3", 480, 360, 1000, 30),
    ("P480p25fps16x9", 854, 480, 1600, 25),
    ("P480p30fps16x9", 854, 480, 1600, 30),
    ("P576p25fps16x9", 1024, 576, 1500, 25),
    ("P576p30fps16x9", 1024, 576, 1500, 30),
    ("P720p25fps16x9", 1280, 720, 3500, 25),
    ("P720p30fps16x9", 1280, 720, 4000, 30),
    ("P720p25fps4x3", 960, 720, 3500, 25),
    ("P720p30fps4x3", 960, 720, 3500, 30),
    ("P720p60fps16x9", 1280, 720, 6000, 60),
    ("P1080p30fps16x9", 1920, 1080, 6000, 30),
    ("P1080p60fps16x9", 1920, 1080, 9000, 60),
];

/// Every preset's name, for messages and menus.
pub fn presets() -> impl Iterator<Item = &'static str> {
    PRESETS.iter().map(|preset| preset.0)
}

impl FromStr for Profile {
    type Err = Invalid;

    /// A preset by name. The rendition is called after its height: `P480p30fps16x9` becomes `480p`.
    fn from_str(preset: &str) -> Result<Self, Invalid> {
        let Some(&(_, width, height, kbits, fps)) = PRESETS.iter().find(|known| known.0 == preset) else {
            return Err(Invalid::Preset(preset.chars().take(40).collect()));
        };
        Self::new(&format!("{height}p"), Size::new(width, height), kbits * 1000, fps)
    }
}

/// How a profile stands in JSON.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Preset(String),
    Explicit(Explicit),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Explicit {
    name: String,
    width: u32,
    height: u32,
    bitrate: u32,
    #[serde(default = "default_fps")]
    fps: u32,
}

/// What cameras deliver unless told otherwise.
fn default_fps() -> u32 {
    30
}

impl TryFrom<Written> for Profile {
    type Error = Invalid;

    fn try_from(written: Written) -> Result<Self, Invalid> {
        match written {
            Written::Preset(name) => name.parse(),
            Written::Explicit(p) => Self::new(&p.name, Size::new(p.width, p.height), p.bitrate, p.fps),
        }
    }
}

impl From<Profile> for Explicit {
    fn from(p: Profile) -> Self {
        Self {
            name: p.name,
            width: p.bounds.width,
            height: p.bounds.height,
            bitrate: p.bitrate,
            fps: p.fps,
        }
    }
}

/// The renditions a broadcaster asks for: at most [`MAX_RUNGS`], each name once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Profile>", into = "Vec<Profile>")]
pub struct Ladder(Vec<Profile>);

impl Ladder {
    /// A ladder of `profiles`; none at all means that only the source is watched.
    ///
    /// # Errors
    /// [`Invalid::TooMany`] or [`Invalid::Twice`].
    pub fn new(profiles: Vec<Profile>) -> Result<Self, Invalid> {
        if profiles.len() > MAX_RUNGS {
            return Err(Invalid::TooMany(profiles.len()));
        }
        for (i, profile) in profiles.iter().enumerate() {
            if profiles[..i].iter().any(|earlier| earlier.name == profile.name) {
                return Err(Invalid::Twice(profile.name.clone()));
            }
        }
        Ok(Self(profiles))
    }

    /// The ladder of an orchestrator whose broadcaster names none: 480p, 360p and 240p.
    #[must_use]
    pub fn standard() -> Self {
        let preset = |name: &str| name.parse().expect("a name of PRESETS");
        Self(vec![
            preset("P480p30fps16x9"),
            preset("P360p30fps16x9"),
            preset("P240p30fps16x9"),
        ])
    }

    /// How many pixels a second are encoded of a source that fills every rung.
    #[must_use]
    pub fn pixels_per_second(&self) -> u64 {
        let pixels = |size: Size| u64::from(size.width) * u64::from(size.height);
        self.0
            .iter()
            .map(|profile| pixels(profile.bounds()) * u64::from(profile.fps()))
            .sum()
    }

    /// The wishes, in the broadcaster's order.
    #[must_use]
    pub fn profiles(&self) -> &[Profile] {
        &self.0
    }

    /// What is encoded for a source of this size, largest first, so that each can be scaled from the one before.
    #[must_use]
    pub fn fit(&self, source: Size) -> Vec<Rung> {
        let mut rungs: Vec<Rung> = self
            .0
            .iter()
            .filter_map(|p| {
                let size = source.fit(p.bounds)?;
                Some(Rung {
                    name: p.name.clone(),
                    size,
                    bitrate: p.bitrate,
                    fps: p.fps,
                })
            })
            .collect();
        rungs
            .sort_by_key(|rung| core::cmp::Reverse(u64::from(rung.size.width) * u64::from(rung.size.height)));
        rungs
    }
}

impl TryFrom<Vec<Profile>> for Ladder {
    type Error = Invalid;

    fn try_from(profiles: Vec<Profile>) -> Result<Self, Invalid> {
        Self::new(profiles)
    }
}

impl From<Ladder> for Vec<Profile> {
    fn from(ladder: Ladder) -> Self {
        ladder.0
    }
}

/// A rendition as it is encoded, for one session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// The rendition's name.
    pub name: String,
    /// Its size, fixed for the session.
    #[serde(flatten)]
    pub size: Size,
    /// Target bitrate in bit/s.
    pub bitrate: u32,
    /// The frame rate that rate control starts from.
    pub fps: u32,
}

/// Why a ladder was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// No preset of this name.
    #[error("no preset is called {0:?}; presets look like P480p30fps16x9")]
    Preset(String),
    /// A name that cannot stand in a URL, or `source`.
    #[error("{0:?} cannot name a rendition; use 1 to 32 letters, digits, '-' or '_', and not \"source\"")]
    Name(String),
    /// A side out of bounds.
    #[error("{0} is no rendition size; each side must be 2 to {MAX_SIDE}")]
    Size(Size),
    /// A bitrate out of bounds.
    #[error("{0} bit/s is out of range; ask for 50000 to 50000000")]
    Bitrate(u32),
    /// A frame rate out of bounds.
    #[error("{0} frames a second is out of range; ask for 1 to 120")]
    Fps(u32),
    /// More rungs than a session may have.
    #[error("{0} renditions are too many; ask for at most {MAX_RUNGS}")]
    TooMany(usize),
    /// Two renditions of one name.
    #[error("rendition {0:?} is there twice; give each its own name")]
    Twice(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILM: Size = Size::new(1280, 720);

    fn sizes(source: Size) -> Vec<String> {
        Ladder::standard()
            .fit(source)
            .iter()
            .map(|r| r.size.to_string())
            .collect()
    }

    #[test]
    fn rungs_keep_the_shape_of_the_source() {
        assert_eq!(sizes(FILM), ["854x480", "640x360", "426x240"]);
        assert_eq!(sizes(Size::new(640, 480)), ["640x480", "480x360", "320x240"]);
    }

    #[test]
    fn a_phone_held_upright_gets_upright_rungs() {
        assert_eq!(sizes(Size::new(720, 1280)), ["480x854", "360x640", "240x426"]);
    }

    #[test]
    fn no_rung_is_larger_than_the_source() {
        assert_eq!(sizes(Size::new(640, 360)), ["640x360", "426x240"]);
        assert_eq!(sizes(Size::new(160, 90)), Vec::<String>::new());
        assert_eq!(sizes(Size::new(0, 0)), Vec::<String>::new());
    }

    #[test]
    fn rungs_come_largest_first_whatever_was_asked() {
        let ladder: Ladder = serde_json::from_str(r#"["P240p30fps16x9","P480p30fps16x9"]"#).unwrap();
        let names: Vec<_> = ladder.fit(FILM).into_iter().map(|r| r.name).collect();
        assert_eq!(names, ["480p", "240p"]);
    }

    #[test]
    fn a_profile_may_be_spelled_out() {
        let json = r#"[{"name":"small","width":320,"height":180,"bitrate":300000}]"#;
        let ladder: Ladder = serde_json::from_str(json).unwrap();
        assert_eq!(ladder.profiles()[0].fps(), 30);
        let again: Ladder = serde_json::from_str(&serde_json::to_string(&ladder).unwrap()).unwrap();
        assert_eq!(again, ladder);
    }

    #[test]
    fn what_cannot_be_encoded_is_refused_by_name() {
        let parse = |json: &str| serde_json::from_str::<Ladder>(json).unwrap_err().to_string();
        assert!(
            parse(r#"["P9000p"]"#).contains("no preset") || parse(r#"["P9000p"]"#).contains("did not match")
        );
        assert_eq!("P9000p".parse::<Profile>(), Err(Invalid::Preset("P9000p".into())));
        assert_eq!(
            Profile::new("source", FILM, 1_000_000, 30),
            Err(Invalid::Name("source".into()))
        );
        assert_eq!(
            Profile::new("a/b", FILM, 1_000_000, 30),
            Err(Invalid::Name("a/b".into()))
        );
        assert_eq!(
            Profile::new("a", Size::new(0, 9), 1_000_000, 30),
            Err(Invalid::Size(Size::new(0, 9)))
        );
        assert_eq!(Profile::new("a", FILM, 1, 30), Err(Invalid::Bitrate(1)));
        assert_eq!(Profile::new("a", FILM, 1_000_000, 0), Err(Invalid::Fps(0)));
        let twice = vec![
            "P240p30fps16x9".parse().unwrap(),
            "P240p25fps4x3".parse().unwrap(),
        ];
        assert_eq!(Ladder::new(twice), Err(Invalid::Twice("240p".into())));
    }

    #[test]
    fn every_preset_is_valid() {
        assert!(presets().all(|name| name.parse::<Profile>().is_ok()));
    }
}
