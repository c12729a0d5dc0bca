//! What a node sends to its transcoder.

use core::fmt;
use core::str::FromStr;

use headwater_protocol::ladder::{Ladder, Rung};

use super::fields::{Fields, put_encoders, put_per_rung, put_rendition, put_text};
use super::{Codec, Encodings, Malformed, Message, VERSION};

/// A message to the worker; media payloads travel behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToWorker {
    /// What to make of the stream. First, and once.
    Configure(Configure),
    /// One access unit of video.
    Video {
        /// Media time in 90 kHz ticks.
        time: u64,
        /// Whether decoding can start here.
        keyframe: bool,
        /// Whether it follows the unit before it without a gap.
        contiguous: bool,
    },
    /// One packet of audio.
    Audio {
        /// Media time in 48 kHz ticks.
        time: u64,
    },
    /// Viewers need a keyframe of each of these.
    Keyframe {
        /// Of what.
        of: Encodings,
    },
    /// Whether a rung is encoded in another codec than H.264, in which all are, always. What is on already, or off, stays
    /// so; before the rung is there it is remembered.
    Encode {
        /// The rung's place in the ladder.
        rung: u8,
        /// In which codec.
        codec: Codec,
        /// Whether it is to be encoded.
        on: bool,
    },
}

/// What a worker makes of its stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configure {
    /// The codec of the access units.
    pub codec: Codec,
    /// What happens when the machine is too slow.
    pub flow: Flow,
    /// How much effort software encoders make.
    pub preset: Preset,
    /// The encoders to use, where the usual software one is not wanted.
    pub encoders: Encoders,
    /// The GPU to use, by the name that libav opens it by; empty for none.
    pub device: String,
    /// The renditions that are wanted.
    pub ladder: Ladder,
    /// Those that a worker before has fixed, by their places. They are what they were, whatever the source is; the others
    /// come as the source is large enough for them, behind these.
    pub rungs: Vec<Rung>,
}

/// At most one encoder a codec, by libav's name.
pub type Encoders = Vec<(Codec, String)>;

/// What happens to frames that arrive faster than they can be encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flow {
    /// They are dropped, so that the rest is on time.
    #[default]
    Live,
    /// None is dropped: the worker reads no further until there is room.
    Lossless,
}

/// An x264 preset: CPU against quality.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preset {
    /// A third of veryfast's CPU, about twice its bits for the same quality.
    Ultrafast,
    /// In between.
    Superfast,
    /// The best of the three.
    #[default]
    Veryfast,
}

impl Preset {
    /// The preset's name, as x264 spells it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ultrafast => "ultrafast",
            Self::Superfast => "superfast",
            Self::Veryfast => "veryfast",
        }
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Preset {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        [Self::Ultrafast, Self::Superfast, Self::Veryfast]
            .into_iter()
            .find(|preset| preset.name() == name)
            .ok_or("the presets are ultrafast, superfast and veryfast")
    }
}

const CONFIGURE: u8 = 1;
const VIDEO: u8 = 2;
const AUDIO: u8 = 3;
const KEYFRAME: u8 = 4;
const ENCODE: u8 = 5;

impl Message for ToWorker {
    fn carries_payload(kind: u8) -> Option<bool> {
        match kind {
            CONFIGURE | KEYFRAME | ENCODE => Some(false),
            VIDEO | AUDIO => Some(true),
            _ => None,
        }
    }

    fn kind(&self) -> u8 {
        match self {
            Self::Configure(_) => CONFIGURE,
            Self::Video { .. } => VIDEO,
            Self::Audio { .. } => AUDIO,
            Self::Keyframe { .. } => KEYFRAME,
            Self::Encode { .. } => ENCODE,
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Configure(configure) => configure.write(out),
            Self::Video {
                time,
                keyframe,
                contiguous,
            } => {
                out.extend_from_slice(&time.to_be_bytes());
                out.extend_from_slice(&[u8::from(*keyframe), u8::from(*contiguous)]);
            }
            Self::Audio { time } => out.extend_from_slice(&time.to_be_bytes()),
            Self::Keyframe { of } => out.extend_from_slice(&of.bits().to_be_bytes()),
            Self::Encode { rung, codec, on } => {
                out.extend_from_slice(&[*rung, codec.number(), u8::from(*on)])
            }
        }
    }

    fn parse(kind: u8, fields: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::new(kind, fields);
        let message = match kind {
            CONFIGURE => Self::Configure(Configure::parse(&mut fields)?),
            VIDEO => Self::Video {
                time: fields.time()?,
                keyframe: fields.flag()?,
                contiguous: fields.flag()?,
            },
            AUDIO => Self::Audio { time: fields.time()? },
            KEYFRAME => Self::Keyframe {
                of: fields.encodings()?,
            },
            ENCODE => Self::Encode {
                rung: fields.u8()?,
                codec: fields.codec()?,
                on: fields.flag()?,
            },
            _ => return Err(Malformed::Kind(kind)),
        };
        fields.end()?;
        Ok(message)
    }
}

impl Configure {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&VERSION.to_be_bytes());
        out.push(self.codec.number());
        out.push(match self.flow {
            Flow::Live => 0,
            Flow::Lossless => 1,
        });
        out.push(match self.preset {
            Preset::Ultrafast => 0,
            Preset::Superfast => 1,
            Preset::Veryfast => 2,
        });
        put_encoders(out, &self.encoders);
        put_text(out, &self.device);
        put_per_rung(out, self.ladder.profiles(), |out, p| {
            put_rendition(out, p.name(), p.bounds(), p.bitrate(), p.fps());
        });
        put_per_rung(out, &self.rungs, |out, r| {
            put_rendition(out, &r.name, r.size, r.bitrate, r.fps);
        });
    }

    fn parse(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        fields.version()?;
        let codec = fields.codec()?;
        let flow = match fields.u8()? {
            0 => Flow::Live,
            1 => Flow::Lossless,
            _ => return Err(Malformed::Value("the flow")),
        };
        let preset = match fields.u8()? {
            0 => Preset::Ultrafast,
            1 => Preset::Superfast,
            2 => Preset::Veryfast,
            _ => return Err(Malformed::Value("the preset")),
        };
        let encoders = fields.encoders()?;
        let device = fields.text()?;
        let profiles = fields.per_rung(Fields::profile)?;
        let ladder = Ladder::new(profiles).map_err(|_| Malformed::Value("the ladder"))?;
        let rungs = fields.per_rung(Fields::rung)?;
        Ok(Self {
            codec,
            flow,
            preset,
            encoders,
            device,
            ladder,
            rungs,
        })
    }
}
