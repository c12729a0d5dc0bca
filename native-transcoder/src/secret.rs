//! Secrets from the system's generator: session URLs and ICE credentials.

/// `N` random bytes as lower-case hexadecimal. 16 bytes make a session URL that nobody guesses.
#[must_use]
pub(crate) fn hex<const N: usize>() -> String {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system has a random generator");
    headwater_protocol::hex::encode(&bytes)[2..].to_owned()
}
