//! What a transcoder sends to its node.

use headwater_protocol::ladder::{Rung, Size};

use super::fields::{Fields, put_per_rung, put_rendition, put_size, put_text};
use super::{Malformed, Message, VERSION};

/// A message to the node; encoded pictures travel behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToParent {
    /// Codecs are loaded and an encoder has been tried. First, before the worker is told anything.
    Ready {
        /// The preferred encoder that works here.
        encoder: String,
        /// Which layers of its sandbox are on, for a log.
        sandbox: String,
    },
    /// The first picture is decoded and the rungs are fixed.
    Ladder {
        /// The source's size now; it may change, the rungs do not.
        source: Size,
        /// What is encoded, largest first. Frames name their rung by its place here.
        rungs: Vec<Encoded>,
    },
    /// One encoded picture: Annex B, parameter sets in front of each keyframe.
    Frame {
        /// The rung's place in the ladder.
        rung: u8,
        /// Media time in 90 kHz ticks, the source's own.
        time: u64,
        /// Whether it is an IDR picture.
        keyframe: bool,
    },
    /// Nothing can be decoded until the source sends a keyframe.
    NeedKeyframe,
    /// What was done so far. Follows within a second of anything the node sent.
    Stats(Stats),
    /// The worker ends.
    Failed {
        /// Cause and remedy, for a log.
        message: String,
    },
}

/// A rung and who encodes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// The rung.
    pub rung: Rung,
    /// The encoder's name, as libav spells it.
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
    /// What each rung did, largest first.
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

impl Message for ToParent {
    fn carries_payload(kind: u8) -> Option<bool> {
        match kind {
            READY | LADDER | NEED_KEYFRAME | STATS | FAILED => Some(false),
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
            Self::Frame { rung, time, keyframe } => {
                out.push(*rung);
                out.extend_from_slice(&time.to_be_bytes());
                out.push(u8::from(*keyframe));
            }
            Self::NeedKeyframe => {}
            Self::Stats(stats) => stats.write(out),
            Self::Failed { message } => put_text(out, message),
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
                time: fields.time()?,
                keyframe: fields.flag()?,
            },
            NEED_KEYFRAME => Self::NeedKeyframe,
            STATS => Self::Stats(Stats::parse(&mut fields)?),
            FAILED => Self::Failed {
                message: fields.text()?,
            },
            _ => return Err(Malformed::Kind(kind)),
        };
        fields.end()?;
        Ok(message)
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
