//! Byte streams cut into access units.

use std::sync::Arc;

/// One picture as it is sent.
#[derive(Clone, Debug)]
pub struct Unit {
    /// An access unit in Annex B, or a VP8 frame.
    pub data: Arc<[u8]>,
    /// Whether decoding can start here.
    pub keyframe: bool,
}

/// The access units of an H.264 byte stream (ITU-T H.264 Annex B) that begins each of them with a delimiter.
#[must_use]
pub fn annex_b(stream: &[u8]) -> Vec<Unit> {
    const DELIMITER: u8 = 9;
    const IDR_SLICE: u8 = 5;
    let mut starts = Vec::new();
    let mut kinds = Vec::new();
    for (at, code) in stream
        .windows(4)
        .enumerate()
        .filter(|(_, code)| code[..3] == [0, 0, 1])
    {
        let kind = code[3] & 0x1f;
        if kind == DELIMITER {
            // The zero before a three-byte start code belongs to the unit.
            starts.push(if at > 0 && stream[at - 1] == 0 { at - 1 } else { at });
            kinds.push(false);
        }
        if let Some(keyframe) = kinds.last_mut() {
            *keyframe |= kind == IDR_SLICE;
        }
    }
    let ends = starts.iter().copied().skip(1).chain([stream.len()]);
    let units = starts.iter().copied().zip(ends).zip(kinds);
    units
        .map(|((start, end), keyframe)| Unit {
            data: stream[start..end].into(),
            keyframe,
        })
        .collect()
}

/// The frames of an IVF file of VP8: a header that tells its own length, then frames behind twelve bytes of size and time.
#[must_use]
pub fn ivf(file: &[u8]) -> Vec<Unit> {
    let header = file
        .get(6..8)
        .map_or(32, |bytes| usize::from(u16::from_le_bytes([bytes[0], bytes[1]])));
    let mut rest = file.get(header..).unwrap_or_default();
    let mut units = Vec::new();
    while let Some((size, after)) = rest.split_first_chunk::<4>() {
        let Some(data) = after.get(8..8 + u32::from_le_bytes(*size) as usize) else {
            break;
        };
        rest = &after[8 + data.len()..];
        units.push(Unit {
            data: data.into(),
            keyframe: data.first().is_some_and(|tag| tag & 1 == 0),
        });
    }
    units
}
