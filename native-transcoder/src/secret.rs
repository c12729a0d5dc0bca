//! Secrets from the system's generator: session URLs and ICE credentials.

/// `N` random bytes as lower-case hexadecimal. 16 bytes make a session URL that nobody guesses.
#[must_use]
pub(crate) fn hex<const N: usize>() -> String {
    headwater_protocol::hex::encode(&bytes::<N>())[2..].to_owned()
}

/// `N` random bytes.
#[must_use]
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system has a random generator");
    bytes
}
