//! VP8.

use headwater_protocol::ladder::Size;

use super::Shape;

pub(super) fn inspect(unit: &[u8]) -> Option<Shape> {
    let &[tag, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1, ..] = unit else {
        return None;
    };
    // The lowest bit is zero in keyframes; the two upper bits of each side ask players to scale.
    let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
    let version = tag >> 1 & 7;
    (tag & 1 == 0).then(|| Shape::new(Size::new(side(w0, w1), side(h0, h1)), version))
}
