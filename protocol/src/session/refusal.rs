//! What a refusal means: problem documents (RFC 9457) where the server speaks them, the status where it does not.

use crate::Code;

/// The code in a problem document, or what its status usually means.
#[must_use]
pub fn code(status: u16, body: &str) -> Code {
    #[derive(serde::Deserialize)]
    struct Problem {
        code: Code,
    }
    serde_json::from_slice::<Problem>(body.as_bytes()).map_or(
        match status {
            401 | 403 => Code::Unauthorized,
            404 => Code::NotFound,
            // A WHEP counter-offer: an offer in place of ours.
            406 => Code::NoCommonCodec,
            409 => Code::NameTaken,
            _ => Code::UnacceptableOffer,
        },
        |problem| problem.code,
    )
}

/// The detail of a problem document; foreign servers' bodies are cut to what a person would read, and a counter-offer is
/// nothing that one would.
#[must_use]
pub fn detail(body: &str) -> String {
    #[derive(serde::Deserialize)]
    struct Problem {
        detail: String,
    }
    let words = || {
        let length = if body.starts_with("v=0") { 0 } else { 200 };
        body.chars().take(length).collect()
    };
    serde_json::from_slice::<Problem>(body.as_bytes()).map_or_else(|_| words(), |problem| problem.detail)
}
