//! `0x…` hexadecimal, the way the chain's tools write bytes.

use core::fmt::Write;

/// `bytes` as lower-case hexadecimal with `0x` in front.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 + bytes.len() * 2);
    text.push_str("0x");
    for byte in bytes {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
    }
    text
}

/// Exactly `N` bytes from `text`, upper or lower case; `None` without `0x`, at another length or for another digit.
#[must_use]
pub fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.strip_prefix("0x")?.as_bytes();
    if digits.len() != N * 2 {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(bytes)
}

/// Any number of bytes from `text`, by the same rules.
#[must_use]
pub fn bytes(text: &str) -> Option<Vec<u8>> {
    let (pairs, odd) = text.strip_prefix("0x")?.as_bytes().as_chunks();
    let byte = |&[high, low]: &[u8; 2]| Some(nibble(high)? << 4 | nibble(low)?);
    odd.is_empty().then(|| pairs.iter().map(byte).collect())?
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_whole_pairs_of_digits() {
        assert_eq!(bytes("0x"), Some(vec![]));
        assert_eq!(bytes("0xAbc0"), Some(vec![0xab, 0xc0]));
        for text in ["", "abcd", "0xabc", "0xzz", "0x é"] {
            assert_eq!(bytes(text), None, "{text}");
        }
    }
}
