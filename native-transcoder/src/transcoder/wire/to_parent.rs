//! What a transcoder sends to its node.

use headwater_protocol::ladder::{Rung, Size};

use super::fields::{Fields, put_encoders, put_list, put_per_rung, put_rendition, put_size, put_text};
use super::{Codec, Encoders, Malformed, Message, VERSION};

/// A message to the node; encoded pictures travel behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToParent {
    /// Codecs are loaded and the software encoder of H.264, which all else falls back to, has been tried. First, before
    /// the worker is told anything.
    Ready {
        /// That encoder.
        encoder: String,
        /// Which layers of its sandbox are on, for a log.
        sandbox: String,
    },
    /// What was found to work here. The only message of a worker that was started to find out.
    Capabilities(Capabilities),
    /// The first picture is decoded and the rungs are fixed; or the source has grown, and there are more.
    Ladder {
        /// The source's size now; it may change, the rungs do not.
        source: Size,
        /// What is encoded. Frames name their rung by its place here, which it keeps: new ones come behind.
        rungs: Vec<Encoded>,
    },
    /// One encoded picture; H.264 and H.265 as Annex B, parameter sets in front of each keyframe.
    Frame {
        /// The rung's place in the ladder.
        rung: u8,
        /// In which codec it is.
        codec: Codec,
        /// Media time in 90 kHz ticks, the source's own.
        time: u64,
        /// Whether decoding can start here.
        keyframe: bool,
    },
    /// Nothing can be decoded until the source sends a keyframe.
    NeedKeyframe,
    /// What was done so far. Follows within a second of anything the node sent.
    Stats(Stats),
    /// An encoding that was asked for is not to be had, or has ended; the others go on.
    Refused {
        /// The rung's place in the ladder.
        rung: u8,
        /// In which codec.
        codec: Codec,
        /// Cause and remedy, for a log.
        message: String,
    },
    /// Something that an operator should know and that the stream survives, such as a GPU that is given up.
    Notice {
        /// Cause and remedy, for a log.
        message: String,
    },
    /// The worker ends.
    Failed {
        /// Cause and remedy, for a log.
        message: String,
    },
}

/// What a machine decodes and encodes, each tried with a real picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// What may come in.
    pub decoders: Vec<Codec>,
    /// What may go out, and the preferred encoder of each, as libav spells it.
    pub encoders: Encoders,
    /// GPUs that those encoders run on, by the names that libav opens them by; at most [`MAX_DEVICES`].
    pub devices: Vec<String>,
}

/// GPUs that a node uses: more than any mainboard holds.
pub const MAX_DEVICES: usize = 16;

/// A rung and who encodes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// The rung.
    pub rung: Rung,
    /// The name of its H.264 encoder, as libav spells it.
    pub encoder: String,
}

/// Totals since the worker was configured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Pictures decoded.
    pub decoded: u64,
    /// Units dropped before the decoder: behind a gap, damaged, or more than the machine can take.
    pub dropped: u64,
    /// Packets of audio.
    pub audio: u64,
    /// Time spent decoding and scaling, in microseconds.
    pub decode_us: u64,
    /// What each rung's H.264 encoder did, by the rungs' places.
    pub rungs: Vec<RungStats>,
}

/// One rung's totals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RungStats {
    /// Pictures encoded.
    pub encoded: u64,
    /// Pictures dropped because the encoder was behind.
    pub dropped: u64,
    /// Time spent encoding, in microseconds.
    pub encode_us: u64,
}

const READY: u8 = 65;
const LADDER: u8 = 66;
const FRAME: u8 = 67;
const NEED_KEYFRAME: u8 = 68;
const STATS: u8 = 69;
const FAILED: u8 = 70;
const CAPABILITIES: u8 = 71;
const REFUSED: u8 = 72;
const NOTICE: u8 = 73;

impl Message for ToParent {
    fn carries_payload(kind: u8) -> Option<bool> {
        match kind {
            READY | LADDER | NEED_KEYFRAME | STATS | FAILED | CAPABILITIES | REFUSED | NOTICE => Some(false),
            FRAME => Some(true),
            _ => None,
        }
    }

    fn kind(&self) -> u8 {
        match self {
            Self::Ready { .. } => READY,
            Self::Ladder { .. } => LADDER,
            Self::Frame { .. } => FRAME,
            Self::NeedKeyframe => NEED_KEYFRAME,
            Self::Stats(_) => STATS,
            Self::Failed { .. } => FAILED,
            Self::Capabilities(_) => CAPABILITIES,
            Self::Refused { .. } => REFUSED,
            Self::Notice { .. } => NOTICE,
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Ready { encoder, sandbox } => {
                out.extend_from_slice(&VERSION.to_be_bytes());
                put_text(out, encoder);
                put_text(out, sandbox);
            }
            Self::Ladder { source, rungs } => {
                put_size(out, *source);
                put_per_rung(out, rungs, |out, e| {
                    put_rendition(out, &e.rung.name, e.rung.size, e.rung.bitrate, e.rung.fps);
                    put_text(out, &e.encoder);
                });
            }
            Self::Frame {
                rung,
                codec,
                time,
                keyframe,
            } => {
                out.extend_from_slice(&[*rung, codec.number()]);
                out.extend_from_slice(&time.to_be_bytes());
                out.push(u8::from(*keyframe));
            }
            Self::NeedKeyframe => {}
            Self::Stats(stats) => stats.write(out),
            Self::Failed { message } | Self::Notice { message } => put_text(out, message),
            Self::Capabilities(capabilities) => capabilities.write(out),
            Self::Refused { rung, codec, message } => {
                out.extend_from_slice(&[*rung, codec.number()]);
                put_text(out, message);
            }
        }
    }

    fn parse(kind: u8, fields: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::new(kind, fields);
        let message = match kind {
            READY => {
                fields.version()?;
                Self::Ready {
                    encoder: fields.text()?,
                    sandbox: fields.text()?,
                }
            }
            LADDER => Self::Ladder {
                source: fields.size()?,
                rungs: fields.per_rung(|f| {
                    Ok(Encoded {
                        rung: f.rung()?,
                        encoder: f.text()?,
                    })
                })?,
            },
            FRAME => Self::Frame {
                rung: fields.u8()?,
                codec: fields.codec()?,
                time: fields.time()?,
                keyframe: fields.flag()?,
            },
            NEED_KEYFRAME => Self::NeedKeyframe,
            STATS => Self::Stats(Stats::parse(&mut fields)?),
            FAILED => Self::Failed {
                message: fields.text()?,
            },
            CAPABILITIES => Self::Capabilities(Capabilities::parse(&mut fields)?),
            REFUSED => Self::Refused {
                rung: fields.u8()?,
                codec: fields.codec()?,
                message: fields.text()?,
            },
            NOTICE => Self::Notice {
                message: fields.text()?,
            },
            _ => return Err(Malformed::Kind(kind)),
        };
        fields.end()?;
        Ok(message)
    }
}

impl Capabilities {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&VERSION.to_be_bytes());
        put_list(out, Codec::ALL.len(), &self.decoders, |out, codec| {
            out.push(codec.number());
        });
        put_encoders(out, &self.encoders);
        put_list(out, MAX_DEVICES, &self.devices, |out, name| put_text(out, name));
    }

    fn parse(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        fields.version()?;
        Ok(Self {
            decoders: fields.list(Codec::ALL.len(), Fields::codec)?,
            encoders: fields.encoders()?,
            devices: fields.list(MAX_DEVICES, Fields::text)?,
        })
    }
}

impl Stats {
    fn write(&self, out: &mut Vec<u8>) {
        for total in [self.decoded, self.dropped, self.audio, self.decode_us] {
            out.extend_from_slice(&total.to_be_bytes());
        }
        put_per_rung(out, &self.rungs, |out, rung| {
            for total in [rung.encoded, rung.dropped, rung.encode_us] {
                out.extend_from_slice(&total.to_be_bytes());
            }
        });
    }

    fn parse(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            decoded: fields.u64()?,
            dropped: fields.u64()?,
            audio: fields.u64()?,
            decode_us: fields.u64()?,
            rungs: fields.per_rung(|f| {
                Ok(RungStats {
                    encoded: f.u64()?,
                    dropped: f.u64()?,
                    encode_us: f.u64()?,
                })
            })?,
        })
    }
}
