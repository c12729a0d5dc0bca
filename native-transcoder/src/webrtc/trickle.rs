//! PATCH: more candidates, or new credentials (RFC 9725 §4.3, RFC 8840).

/// A trickle ICE fragment, as far as it matters here.
#[derive(Clone, Debug, Default)]
pub struct Patch {
    /// `a=candidate` values, without the `a=`.
    pub candidates: Vec<String>,
    /// The client's username fragment.
    pub ufrag: Option<String>,
    /// The client's password.
    pub pwd: Option<String>,
    /// `If-Match`.
    pub if_match: Option<String>,
}

/// A new ICE session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restarted {
    /// Its `ETag`.
    pub etag: String,
    /// The node's credentials and candidates, `application/trickle-ice-sdpfrag`.
    pub fragment: String,
}

/// Why a PATCH is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatchRefused {
    /// No such session.
    #[error("there is no such session; start one with POST")]
    Unknown,
    /// `If-Match` names another ICE session.
    #[error("If-Match does not name this ICE session; it is the ETag of the newest answer")]
    Stale,
    /// No `If-Match`, and nothing else that says which ICE session is meant.
    #[error("send If-Match: the session's ETag with candidates, * to restart ICE")]
    Unconditional,
    /// A restart without usable credentials.
    #[error("a restart takes a=ice-ufrag of 4 to 256 and a=ice-pwd of 22 to 256 letters, digits, + and /")]
    Credentials,
    /// A restart of a session whose description was too long to be kept.
    #[error(
        "this session does not restart ICE; start a new one with POST, the same key replaces the old at once"
    )]
    Restart,
    /// More candidates than any host has; the session is closed.
    #[error("the session sent more candidates than any host has and was closed; start a new one with POST")]
    TooMany,
}
