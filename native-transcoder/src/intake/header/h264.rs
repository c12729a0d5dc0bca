//! H.264, as Annex B.

use headwater_protocol::ladder::Size;

use super::bits::Bits;
use super::{Refused, Shape};

/// Parameter sets in front of one picture. Encoders send one or two of each kind; a stream with four layers, eight.
const MAX_SETS: usize = 16;

/// Bytes of a sequence parameter set that are read: with every scaling list the sizes stand within 500.
const MAX_READ: usize = 1024;

const SEQUENCE: u8 = 7;
const PICTURE: u8 = 8;
const SUBSET: u8 = 15;

/// Profiles whose sets tell the chroma format (§7.3.2.1.1).
const WITH_CHROMA: [u32; 13] = [44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244];

pub(super) fn inspect(unit: &[u8]) -> Result<Option<Shape>, Refused> {
    let mut sequences = Vec::new();
    let mut sets = 0;
    for nal in NalUnits(unit) {
        let kind = nal.first().map_or(0, |header| header & 0x1f);
        if matches!(kind, SEQUENCE | PICTURE | SUBSET) {
            sets += 1;
            if sets > MAX_SETS {
                return Err(Refused::Crowded);
            }
        }
        if kind == SEQUENCE {
            sequences.push(nal);
        }
    }
    let sizes = sequences.iter().filter_map(|nal| size(&nal[1..]));
    let largest = sizes.max_by_key(|size| u64::from(size.width) * u64::from(size.height));
    Ok(largest.map(|size| Shape::new(size, &sequences)))
}

/// The units between start codes, without them.
struct NalUnits<'a>(&'a [u8]);

impl<'a> Iterator for NalUnits<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let start = start_code(self.0)? + 3;
        let rest = &self.0[start..];
        let end = start_code(rest).unwrap_or(rest.len());
        self.0 = &rest[end..];
        let nal = &rest[..end];
        // The zero of a longer start code, and trailing zeros, belong to no unit.
        let used = nal.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        Some(&nal[..used])
    }
}

/// Where the next 00 00 01 is.
fn start_code(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(&third) = bytes.get(at + 2) {
        match third {
            0 => at += 1,
            1 if bytes[at] == 0 && bytes[at + 1] == 0 => return Some(at),
            _ => at += 3,
        }
    }
    None
}

/// The coded size that a sequence parameter set states: whole macroblocks, before cropping.
fn size(set: &[u8]) -> Option<Size> {
    let payload = unescaped(set);
    let mut bits = Bits::new(&payload);
    let profile = bits.number(8)?;
    bits.skip(16)?;
    bits.golomb()?;
    if WITH_CHROMA.contains(&profile) {
        chroma(&mut bits)?;
    }
    bits.golomb()?;
    match bits.golomb()? {
        0 => {
            bits.golomb()?;
        }
        1 => {
            bits.skip(1)?;
            bits.signed()?;
            bits.signed()?;
            for _ in 0..bits.golomb()? {
                bits.signed()?;
            }
        }
        _ => {}
    }
    bits.golomb()?;
    bits.skip(1)?;
    let (columns, rows) = (bits.golomb()?, bits.golomb()?);
    let frames_only = bits.bit()?;
    let side = |count: u32| count.saturating_add(1).saturating_mul(16);
    let height = side(rows).saturating_mul(if frames_only { 1 } else { 2 });
    Some(Size::new(side(columns), height))
}

fn chroma(bits: &mut Bits<'_>) -> Option<()> {
    let full = bits.golomb()? == 3;
    if full {
        bits.skip(1)?;
    }
    bits.golomb()?;
    bits.golomb()?;
    bits.skip(1)?;
    let matrices = bits.bit()?;
    if matrices {
        for list in 0..if full { 12 } else { 8 } {
            let present = bits.bit()?;
            if present {
                scaling_list(bits, if list < 6 { 16 } else { 64 })?;
            }
        }
    }
    Some(())
}

fn scaling_list(bits: &mut Bits<'_>, length: usize) -> Option<()> {
    let mut last = 8;
    for _ in 0..length {
        let next = (last + bits.signed()?).rem_euclid(256);
        if next == 0 {
            // The rest repeats the last one and is not sent.
            return Some(());
        }
        last = next;
    }
    Some(())
}

/// Without the bytes that keep start codes out of a payload (§7.4.1), as far as is read.
fn unescaped(set: &[u8]) -> Vec<u8> {
    let mut payload = Vec::with_capacity(set.len().min(MAX_READ));
    let mut zeros = 0;
    for &byte in set.iter().take(MAX_READ) {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        payload.push(byte);
    }
    payload
}
