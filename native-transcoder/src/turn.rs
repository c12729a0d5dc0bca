//! TURN servers for clients that reach the node by no other way: told to them with credentials that expire.
//!
//! The node and the server share a secret; the server checks what the node computes from it, as in coturn's
//! `use-auth-secret` (draft-uberti-behave-turn-rest-00 §2.2).

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;
use base64ct::{Base64, Encoding};

use crate::secret;

/// How long credentials are good for. coturn checks them whenever a client extends its allocation, so they must outlast
/// the broadcast that they were given for; a day covers all but the longest.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// TURN servers with one shared secret.
#[derive(Clone)]
pub struct Turn {
    urls: Vec<String>,
    key: hmac::Key,
}

/// What a client shows to a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// When it expires, in seconds since 1970, then a random part.
    pub username: String,
    /// Its authentication by the secret.
    pub password: String,
}

impl Turn {
    /// Servers at `urls`, such as `turn:turn.example:3478?transport=udp`, that know `secret`.
    #[must_use]
    pub fn new(urls: Vec<String>, secret: &[u8]) -> Self {
        Self {
            urls,
            key: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret),
        }
    }

    /// Fresh credentials.
    #[must_use]
    pub fn credentials(&self) -> Credentials {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let expiry = (since + LIFETIME).as_secs();
        self.sign(format!("{expiry}:{}", secret::hex::<8>()))
    }

    fn sign(&self, username: String) -> Credentials {
        let tag = hmac::sign(&self.key, username.as_bytes());
        Credentials {
            password: Base64::encode_string(tag.as_ref()),
            username,
        }
    }

    /// `Link` values with fresh credentials, for one client (RFC 9725 §4.6).
    pub(crate) fn links(&self) -> impl Iterator<Item = String> {
        let Credentials { username, password } = self.credentials();
        self.urls.iter().map(move |url| {
            format!(
                "<{url}>; rel=\"ice-server\"; username=\"{username}\"; credential=\"{password}\"; \
                 credential-type=\"password\""
            )
        })
    }
}

/// Leaves the secret out.
impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn")
            .field("urls", &self.urls)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_what_coturn_computes() {
        // printf 1700000000:ab | openssl dgst -sha1 -hmac north -binary | base64
        let turn = Turn::new(vec!["turn:x".to_owned()], b"north");
        assert_eq!(
            turn.sign("1700000000:ab".to_owned()).password,
            "W+MgmM+L/ysaO9S2AW8RwughpX8="
        );
    }

    #[test]
    fn every_client_gets_its_own_name_for_a_day() {
        let turn = Turn::new(vec!["turn:x".to_owned(), "turns:y".to_owned()], b"north");
        let (one, two) = (turn.credentials(), turn.credentials());
        assert_ne!(one.username, two.username);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let expiry: u64 = one.username.split(':').next().unwrap().parse().unwrap();
        assert!((now + 86_000..now + 87_000).contains(&expiry));
        let links: Vec<_> = turn.links().collect();
        assert_eq!(links.len(), 2);
        assert!(
            links[0].starts_with("<turn:x>; rel=\"ice-server\"; username=\""),
            "{links:?}"
        );
        assert!(!format!("{turn:?}").contains("north"));
    }
}
