//! VP9.

use headwater_protocol::ladder::Size;

use super::Shape;
use super::bits::Bits;

/// Frames of a superframe (VP9 bitstream, annex B).
const MAX_FRAMES: usize = 8;

/// RGB, which has no subsampling to tell.
const RGB: u32 = 7;

pub(super) fn inspect(unit: &[u8]) -> Option<Shape> {
    let largest = |shape: &Shape| u64::from(shape.size.width) * u64::from(shape.size.height);
    frames(unit).into_iter().filter_map(frame).max_by_key(largest)
}

/// The frames of a superframe, or the one frame that a unit usually is.
fn frames(unit: &[u8]) -> Vec<&[u8]> {
    superframe(unit).unwrap_or_else(|| vec![unit])
}

fn superframe(unit: &[u8]) -> Option<Vec<&[u8]>> {
    let marker = *unit.last()?;
    if marker >> 5 != 0b110 {
        return None;
    }
    let (count, width) = (usize::from(marker & 7) + 1, usize::from(marker >> 3 & 3) + 1);
    let start = unit.len().checked_sub(2 + count * width)?;
    let (mut rest, index) = unit.split_at(start);
    if index.first() != Some(&marker) {
        return None;
    }
    let mut frames = Vec::with_capacity(MAX_FRAMES);
    for size in index[1..=count * width].chunks(width) {
        let size = size
            .iter()
            .rev()
            .fold(0, |size, byte| size << 8 | usize::from(*byte));
        let (frame, after) = rest.split_at_checked(size)?;
        frames.push(frame);
        rest = after;
    }
    Some(frames)
}

fn frame(bytes: &[u8]) -> Option<Shape> {
    let mut bits = Bits::new(bytes);
    if bits.number(2)? != 2 {
        return None;
    }
    let profile = bits.number(1)? | bits.number(1)? << 1;
    if profile == 3 {
        bits.skip(1)?;
    }
    let show_existing = bits.bit()?;
    if show_existing {
        return None;
    }
    let inter = bits.bit()?;
    let show = bits.bit()?;
    let resilient = bits.bit()?;
    if !inter {
        sync(&mut bits)?;
        let depth = colour(&mut bits, profile)?;
        return Some(Shape::new(size(&mut bits)?, (profile, depth)));
    }
    let intra_only = !show && bits.bit()?;
    if !resilient {
        bits.skip(2)?;
    }
    if intra_only {
        sync(&mut bits)?;
        let depth = if profile > 0 {
            colour(&mut bits, profile)?
        } else {
            false
        };
        bits.skip(8)?;
        return Some(Shape::new(size(&mut bits)?, (profile, depth)));
    }
    // What it refreshes, and three references.
    bits.skip(8 + 3 * 4)?;
    for _ in 0..3 {
        let as_reference = bits.bit()?;
        if as_reference {
            return None;
        }
    }
    Some(Shape::new(size(&mut bits)?, (profile, false)))
}

fn sync(bits: &mut Bits<'_>) -> Option<()> {
    (bits.number(24)? == 0x49_83_42).then_some(())
}

/// Whether samples have twelve bits instead of ten, where they have more than eight.
fn colour(bits: &mut Bits<'_>, profile: u32) -> Option<bool> {
    let twelve = profile >= 2 && bits.bit()?;
    let rgb = bits.number(3)? == RGB;
    if !rgb {
        bits.skip(1)?;
    }
    if profile % 2 == 1 {
        bits.skip(if rgb { 1 } else { 3 })?;
    }
    Some(twelve)
}

fn size(bits: &mut Bits<'_>) -> Option<Size> {
    let width = bits.number(16)? + 1;
    Some(Size::new(width, bits.number(16)? + 1))
}
