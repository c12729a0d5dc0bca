//! The protocol between a node and its transcoder, whether that is a child process or another machine.
//!
//! One message after the other over a reliable byte stream, each a [`Head`] of eight bytes, its fields, and for media
//! a payload. All numbers are big-endian.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | kind |
//! | 1 | zero |
//! | 2 | length of the fields, at most [`MAX_FIELDS`] |
//! | 4 | length of the payload, at most [`MAX_PAYLOAD`], zero unless the kind carries media |
//!
//! Nothing here reads or writes: each side allocates payloads in its own way, once it has accepted a head. The node
//! sends [`ToWorker`], first [`Configure`]; the worker sends [`ToParent`], first [`ToParent::Ready`].

mod codec;
mod fields;
mod to_parent;
mod to_worker;

pub use codec::{Codec, Encodings};
pub use to_parent::{Capabilities, Encoded, MAX_DEVICES, RungStats, Stats, ToParent};
pub use to_worker::{Configure, Encoders, Flow, Preset, ToWorker};

/// The protocol's version; each side refuses any other.
pub const VERSION: u16 = 3;

/// Bytes of a head.
pub const HEAD: usize = 8;

/// The longest fields: a ladder of `MAX_RUNGS` entries with their names stays below 1 KiB, a failure's message too.
pub const MAX_FIELDS: usize = 4096;

/// The longest payload. A keyframe of the largest picture (4096 × 2304) at one bit a pixel, which is past visually
/// lossless for every codec here, is 1.2 MB; this leaves room for a source that is not ours to choose.
pub const MAX_PAYLOAD: usize = 4 << 20;

/// The last media time: in 90 kHz ticks three thousand years, and far from any arithmetic's end.
pub const MAX_TIME: u64 = 1 << 53;

/// A message's first bytes, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Which message.
    pub kind: u8,
    /// Length of the fields in bytes.
    pub fields: usize,
    /// Length of the payload in bytes.
    pub payload: usize,
}

impl Head {
    /// Reads a head of a message of `M`.
    ///
    /// # Errors
    /// [`Malformed`] for a kind that `M` does not have, or lengths beyond the limits.
    pub fn parse<M: Message>(bytes: [u8; HEAD]) -> Result<Self, Malformed> {
        let [kind, zero, f0, f1, p0, p1, p2, p3] = bytes;
        let carries = M::carries_payload(kind).ok_or(Malformed::Kind(kind))?;
        if zero != 0 {
            return Err(Malformed::Reserved(zero));
        }
        let head = Self {
            kind,
            fields: usize::from(u16::from_be_bytes([f0, f1])),
            payload: u32::from_be_bytes([p0, p1, p2, p3]) as usize,
        };
        let most = if carries { MAX_PAYLOAD } else { 0 };
        if head.fields > MAX_FIELDS || head.payload > most {
            return Err(Malformed::Long {
                fields: head.fields,
                payload: head.payload,
            });
        }
        Ok(head)
    }
}

/// One direction's messages.
pub trait Message: Sized {
    /// Whether messages of this kind carry a payload; `None` for an unknown kind.
    fn carries_payload(kind: u8) -> Option<bool>;

    /// The kind of `self`.
    fn kind(&self) -> u8;

    /// Appends the fields.
    fn write(&self, out: &mut Vec<u8>);

    /// Reads the fields of a message of `kind`.
    ///
    /// # Errors
    /// [`Malformed`] unless the fields are exactly those of a valid message.
    fn parse(kind: u8, fields: &[u8]) -> Result<Self, Malformed>;
}

/// Appends head and fields of `message`, whose payload of `payload` bytes the caller sends after it.
///
/// # Errors
/// [`Malformed::Long`] if fields or payload are beyond the limits; nothing is appended then.
pub fn write<M: Message>(message: &M, payload: usize, out: &mut Vec<u8>) -> Result<(), Malformed> {
    let start = out.len();
    out.extend_from_slice(&[message.kind(), 0, 0, 0, 0, 0, 0, 0]);
    message.write(out);
    let fields = out.len() - start - HEAD;
    match (u16::try_from(fields), u32::try_from(payload)) {
        (Ok(short), Ok(long)) if fields <= MAX_FIELDS && payload <= MAX_PAYLOAD => {
            out[start + 2..start + 4].copy_from_slice(&short.to_be_bytes());
            out[start + 4..start + HEAD].copy_from_slice(&long.to_be_bytes());
            Ok(())
        }
        _ => {
            out.truncate(start);
            Err(Malformed::Long { fields, payload })
        }
    }
}

/// Why bytes are no message. The connection they came on cannot be trusted any further.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// A kind that this direction does not have.
    #[error("message kind {0} is unknown here; both sides must run the same version")]
    Kind(u8),
    /// The byte that must be zero is not.
    #[error("the reserved byte is {0}, not zero; the stream is out of step")]
    Reserved(u8),
    /// More bytes than a message may have.
    #[error("{fields} bytes of fields and {payload} of payload exceed {MAX_FIELDS} and {MAX_PAYLOAD}")]
    Long {
        /// Bytes of fields.
        fields: usize,
        /// Bytes of payload.
        payload: usize,
    },
    /// The fields end too early.
    #[error("the fields of message kind {0} end too early")]
    Short(u8),
    /// Bytes are left after the last field.
    #[error("{0} bytes are left after the last field")]
    Trailing(usize),
    /// A value that its field cannot have.
    #[error("{0} is out of range")]
    Value(&'static str),
    /// The other side speaks another version.
    #[error("the other side speaks version {0}, this one {VERSION}; install the same build on both")]
    Version(u16),
}

#[cfg(test)]
mod tests;
