//! AV1.

use headwater_protocol::ladder::Size;

use super::Shape;
use super::bits::Bits;

const SEQUENCE_HEADER: u8 = 1;

/// OBUs of a temporal unit that are looked at: a sequence header is among the first.
const MAX_OBUS: usize = 64;

pub(super) fn inspect(unit: &[u8]) -> Option<Shape> {
    let mut rest = unit;
    for _ in 0..MAX_OBUS {
        let (kind, payload, after) = obu(rest)?;
        if kind == SEQUENCE_HEADER {
            let size = sequence(payload)?;
            return Some(Shape::new(size, payload));
        }
        rest = after;
    }
    None
}

/// The first OBU's kind and payload, and what follows it.
fn obu(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (header, rest) = bytes.split_first()?;
    let (extended, sized) = (header >> 2 & 1 == 1, header >> 1 & 1 == 1);
    let rest = if extended { rest.get(1..)? } else { rest };
    let kind = header >> 3 & 0xf;
    if !sized {
        return Some((kind, rest, &[]));
    }
    let mut length = 0usize;
    for (i, byte) in rest.iter().take(4).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * i);
        if byte & 0x80 == 0 {
            let (payload, after) = rest[i + 1..].split_at_checked(length)?;
            return Some((kind, payload, after));
        }
    }
    None
}

/// The largest size of the sequence's frames.
fn sequence(payload: &[u8]) -> Option<Size> {
    let mut bits = Bits::new(payload);
    bits.skip(3 + 1)?;
    let reduced = bits.bit()?;
    if reduced {
        bits.skip(5)?;
    } else {
        operating_points(&mut bits)?;
    }
    let (width, height) = (bits.number(4)? + 1, bits.number(4)? + 1);
    let width = bits.number(width)? + 1;
    Some(Size::new(width, bits.number(height)? + 1))
}

fn operating_points(bits: &mut Bits<'_>) -> Option<()> {
    let mut delay_length = None;
    let timing = bits.bit()?;
    if timing {
        bits.skip(64)?;
        let equal = bits.bit()?;
        if equal {
            bits.golomb()?;
        }
        let model = bits.bit()?;
        if model {
            delay_length = Some(bits.number(5)? + 1);
            bits.skip(32 + 5 + 5)?;
        }
    }
    let display_delay = bits.bit()?;
    let points = bits.number(5)? + 1;
    for _ in 0..points {
        bits.skip(12)?;
        let level = bits.number(5)?;
        if level > 7 {
            bits.skip(1)?;
        }
        if let Some(length) = delay_length {
            let present = bits.bit()?;
            if present {
                bits.skip(2 * length + 1)?;
            }
        }
        if display_delay {
            let present = bits.bit()?;
            if present {
                bits.skip(4)?;
            }
        }
    }
    Some(())
}
