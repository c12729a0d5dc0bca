//! Keys and publish tokens, real ones.

use headwater_protocol::key::SessionKey;
use headwater_protocol::signed::Signed;
use headwater_protocol::stream;
use headwater_protocol::token::{Publish, WatchHash};

/// Key number `owner`.
pub(super) fn key(owner: u8) -> SessionKey {
    let mut secret = [0x42; 32];
    secret[31] = owner;
    SessionKey::from_bytes(&secret).expect("far from zero and from the curve's order")
}

/// A token for `stream`, signed by key number `owner`, which need not own it; good for a day.
pub(crate) fn token(owner: u8, stream: &stream::Id) -> String {
    token_with(owner, stream, 0..86_400_000, None)
}

/// The same, good for `times` (milliseconds), admitting viewers who know `watch`.
pub(crate) fn token_with(
    owner: u8,
    stream: &stream::Id,
    times: std::ops::Range<u64>,
    watch: Option<&str>,
) -> String {
    let claims = Publish {
        stream: stream.clone(),
        ladder: None,
        not_before: times.start,
        expiry: times.end,
        watch: watch.map(WatchHash::of),
    };
    Signed::new(&key(owner), claims).text().to_owned()
}
