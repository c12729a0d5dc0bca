//! The session key: made from the browser's randomness, or restored from the page's store.

use headwater_protocol::Code;
use headwater_protocol::key::SessionKey;

use crate::error::Failure;

/// A fresh key.
pub(crate) fn fresh() -> Result<SessionKey, Failure> {
    // One draw in 2^128 is no key; three of them are a broken generator.
    for _ in 0..3 {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(|e| Failure::new(Code::UnsupportedBrowser, e.to_string()))?;
        if let Some(key) = SessionKey::from_bytes(&secret) {
            return Ok(key);
        }
    }
    Err(Failure::new(
        Code::UnsupportedBrowser,
        "the browser's random numbers are not random",
    ))
}

/// The key with these 32 bytes.
pub(crate) fn restore(secret: &[u8]) -> Result<SessionKey, Failure> {
    <&[u8; 32]>::try_from(secret)
        .ok()
        .and_then(SessionKey::from_bytes)
        .ok_or_else(|| {
            Failure::new(
                Code::InvalidArgument,
                "a session key is 32 bytes, and not all zero",
            )
        })
}

/// Entropy for spreading retries; nothing secret hangs on it.
pub(crate) fn seed() -> u64 {
    getrandom::u64().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_restored_from_its_own_bytes() {
        let key = fresh().unwrap();
        assert_eq!(restore(&key.to_bytes()).unwrap().address(), key.address());
        assert_ne!(fresh().unwrap().address(), key.address());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for secret in [&[0; 32][..], &[7; 31], &[7; 33], &[]] {
            assert_eq!(restore(secret).unwrap_err().code, Code::InvalidArgument);
        }
    }
}
