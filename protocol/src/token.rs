//! The publish token: WHIP's bearer token is a session request signed with the page's key.
//!
//! It is a secret of its own, separate from the public stream id. Viewers need nothing, unless the publisher names a
//! watch token: then its keccak256 stands in here, so that the orchestrator can check viewers without learning more.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Millis;
use crate::key::{Address, keccak256};
use crate::ladder::Ladder;
use crate::signed::{Document, Signed, Unreadable};
use crate::stream;

/// How far a page's clock may be off: phones without network time drift by about this much.
pub const CLOCK_SKEW: Duration = Duration::from_secs(120);

/// What a publisher asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Publish {
    /// The stream to publish.
    pub stream: stream::Id,
    /// The renditions asked for; absent means the orchestrator's standard ladder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ladder: Option<Ladder>,
    /// Valid from, in milliseconds since the Unix epoch.
    pub not_before: u64,
    /// Valid until, in milliseconds since the Unix epoch.
    pub expiry: u64,
    /// keccak256 of the watch token that viewers must show, `0x…`; absent means that anyone may watch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watch: Option<WatchHash>,
}

impl Document for Publish {
    const KIND: &'static str = "publish";
}

impl Publish {
    /// Reads a bearer token and checks that it is for `stream` and valid at `wall` (since the Unix epoch).
    ///
    /// Whether its signer owns the stream's address is left to the registry, which answers differently for a name that
    /// is live under another key.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn verify(text: &str, stream: &stream::Id, wall: Millis) -> Result<Signed<Self>, Refused> {
        let token = Signed::<Self>::parse(text)?;
        let claims = token.document();
        if claims.stream != *stream {
            return Err(Refused::OtherStream(claims.stream.clone()));
        }
        if wall + CLOCK_SKEW < Millis(claims.not_before) {
            return Err(Refused::Early);
        }
        if wall > Millis(claims.expiry) + CLOCK_SKEW {
            return Err(Refused::Expired);
        }
        Ok(token)
    }
}

/// keccak256 of a watch token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WatchHash(pub [u8; 32]);

impl WatchHash {
    /// The hash of `token`.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(keccak256(token.as_bytes()))
    }

    /// Whether `token` is the one. Comparing hashes leaks nothing about the token through timing.
    #[must_use]
    pub fn admits(&self, token: &str) -> bool {
        *self == Self::of(token)
    }
}

impl TryFrom<String> for WatchHash {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        crate::hex::decode(&text)
            .map(Self)
            .ok_or("a watch hash is 0x and 64 hexadecimal digits")
    }
}

impl From<WatchHash> for String {
    fn from(hash: WatchHash) -> Self {
        crate::hex::encode(&hash.0)
    }
}

/// Why a publish token does not admit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// It is not a signed publish token.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// It is for another stream.
    #[error("the token is for {0}; sign one for this stream")]
    OtherStream(stream::Id),
    /// It is not valid yet.
    #[error("the token is not valid yet; check the clock of the machine that signed it")]
    Early,
    /// It is not valid any more.
    #[error("the token has expired; sign a new one")]
    Expired,
    /// Its signer does not own the address.
    #[error("the token is signed by {0}, who does not own this stream's address")]
    NotOwner(Address),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SessionKey;

    const NOW: Millis = Millis(1_800_000_000_000);

    fn key() -> SessionKey {
        SessionKey::from_bytes(&[7; 32]).unwrap()
    }

    fn stream(name: &str) -> stream::Id {
        stream::Id::new(key().address(), name.parse().unwrap())
    }

    fn token() -> Publish {
        Publish {
            stream: stream("studio"),
            ladder: Some(Ladder::standard()),
            not_before: NOW.0,
            expiry: NOW.0 + 60_000,
            watch: None,
        }
    }

    #[test]
    fn a_token_admits_its_signer_to_its_stream() {
        let text = Signed::new(&key(), token()).text().to_owned();
        let verified = Publish::verify(&text, &stream("studio"), NOW).unwrap();
        assert_eq!(verified.signer(), key().address());
        assert_eq!(verified.document(), &token());
    }

    #[test]
    fn a_token_is_good_for_one_stream_and_for_its_time() {
        let text = Signed::new(&key(), token()).text().to_owned();
        let verify = |name: &str, wall| Publish::verify(&text, &stream(name), wall).unwrap_err();
        assert_eq!(verify("other", NOW), Refused::OtherStream(stream("studio")));
        assert_eq!(
            verify("studio", NOW - CLOCK_SKEW - Duration::from_millis(1)),
            Refused::Early
        );
        assert_eq!(
            verify("studio", NOW + Duration::from_secs(60) + CLOCK_SKEW * 2),
            Refused::Expired
        );
    }

    #[test]
    fn a_changed_token_is_not_its_signers() {
        let text = Signed::new(&key(), token()).text().to_owned();
        let other = Signed::new(
            &key(),
            Publish {
                expiry: NOW.0 + 90_000_000,
                ..token()
            },
        );
        let spliced = format!(
            "{}.{}",
            other.text().split_once('.').unwrap().0,
            text.split_once('.').unwrap().1
        );
        let signer = Publish::verify(&spliced, &stream("studio"), NOW).map(|token| token.signer());
        assert_ne!(signer, Ok(key().address()));
    }

    #[test]
    fn garbage_is_named_for_what_it_is() {
        let verify = |text: &str| Publish::verify(text, &stream("studio"), NOW).unwrap_err();
        assert_eq!(verify(""), Refused::Unreadable(Unreadable::Shape));
        assert_eq!(verify("a.b"), Refused::Unreadable(Unreadable::Shape));
        assert_eq!(verify("YQ.YQ"), Refused::Unreadable(Unreadable::Signature));
        assert_eq!(
            verify(&"x".repeat(20_000)),
            Refused::Unreadable(Unreadable::TooLong(20_000))
        );
    }

    #[test]
    fn a_watch_token_is_known_by_its_hash() {
        let hash = WatchHash::of("open sesame");
        assert!(hash.admits("open sesame"));
        assert!(!hash.admits("open barley"));
    }
}
