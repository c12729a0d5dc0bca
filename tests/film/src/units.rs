//! Byte streams cut into access units.

use std::sync::Arc;

/// One picture as it is sent.
#[derive(Clone, Debug)]
pub struct Unit {
    /// An access unit in Annex B, or a frame of VP8 or VP9, or a temporal unit of AV1.
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

/// The frames of an IVF file of VP8, VP9 or AV1: a header that tells codec and its own length, then frames behind twelve
/// bytes of size and time.
#[must_use]
pub fn ivf(file: &[u8]) -> Vec<Unit> {
    let header = file
        .get(6..8)
        .map_or(32, |bytes| usize::from(u16::from_le_bytes([bytes[0], bytes[1]])));
    let codec = file.get(8..12).unwrap_or_default();
    let mut rest = file.get(header..).unwrap_or_default();
    let mut units = Vec::new();
    while let Some((size, after)) = rest.split_first_chunk::<4>() {
        let Some(data) = after.get(8..8 + u32::from_le_bytes(*size) as usize) else {
            break;
        };
        rest = &after[8 + data.len()..];
        units.push(Unit {
            data: data.into(),
            keyframe: is_keyframe(codec, data),
        });
    }
    units
}

/// Whether a frame of the codec with this four-character code is a keyframe: RFC 6386 §9.1, VP9's uncompressed header
/// (profile 0), or a sequence header behind AV1's temporal delimiter.
fn is_keyframe(codec: &[u8], frame: &[u8]) -> bool {
    match codec {
        b"VP90" => frame.first().is_some_and(|header| header & 0b1100 == 0),
        b"AV01" => frame.strip_prefix(&[0x12, 0]).unwrap_or(frame).first() == Some(&0x0a),
        _ => frame.first().is_some_and(|tag| tag & 1 == 0),
    }
}

/// An IVF file of frames at `fps` a second; `codec` is its four-character code.
#[must_use]
pub fn to_ivf<'a>(
    codec: &[u8; 4],
    size: (u16, u16),
    fps: u32,
    frames: impl Iterator<Item = &'a [u8]>,
) -> Vec<u8> {
    let mut file = b"DKIF\0\0\x20\0".to_vec();
    file.extend_from_slice(codec);
    file.extend_from_slice(&size.0.to_le_bytes());
    file.extend_from_slice(&size.1.to_le_bytes());
    for number in [fps, 1, 0, 0] {
        file.extend_from_slice(&number.to_le_bytes());
    }
    for (time, frame) in (0u64..).zip(frames) {
        let length = u32::try_from(frame.len()).expect("a frame is shorter than 4 GiB");
        file.extend_from_slice(&length.to_le_bytes());
        file.extend_from_slice(&time.to_le_bytes());
        file.extend_from_slice(frame);
    }
    file
}
