//! Documents signed with a session key.
//!
//! A signed document travels as `base64url(json).base64url(r‖s‖v)`. What is signed is the exact JSON text as it was
//! written, so there is no canonical form to disagree about:
//! `keccak256(0x19 ‖ "Headwater " ‖ kind ‖ "/1\n" ‖ json)`. 0x19 keeps it from ever being a transaction, `kind` from
//! being taken for another document.

use core::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::key::{Address, SessionKey, Signature, keccak256};

/// A document that is signed: what it is called in the hash.
pub trait Document: Serialize + DeserializeOwned {
    /// Its kind, unique in this crate.
    const KIND: &'static str;
}

/// The most text that is looked at. Our largest document, a manifest with eight renditions, is under 4 KiB.
pub const MAX_TEXT: usize = 16 * 1024;

/// A document, who signed it, and the text that proves it.
#[derive(Clone)]
pub struct Signed<T> {
    document: T,
    signer: Address,
    text: String,
}

impl<T: Document> Signed<T> {
    /// Signs `document` with `key`.
    #[must_use]
    pub fn new(key: &SessionKey, document: T) -> Self {
        let json = serde_json::to_string(&document).expect("documents hold only strings and numbers");
        let signature = key.sign(&hash::<T>(json.as_bytes()));
        let text = format!(
            "{}.{}",
            Base64UrlUnpadded::encode_string(json.as_bytes()),
            Base64UrlUnpadded::encode_string(&signature.0)
        );
        Self {
            document,
            signer: key.address(),
            text,
        }
    }

    /// Reads the text form and recovers who signed it. Whether that signer may say this is the caller's question.
    ///
    /// # Errors
    /// [`Unreadable`], which says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        if text.len() > MAX_TEXT {
            return Err(Unreadable::TooLong(text.len()));
        }
        let (json, signature) = text.split_once('.').ok_or(Unreadable::Shape)?;
        let json = Base64UrlUnpadded::decode_vec(json).map_err(|_| Unreadable::Shape)?;
        let signature = Base64UrlUnpadded::decode_vec(signature).map_err(|_| Unreadable::Shape)?;
        let signature = Signature(signature.try_into().map_err(|_| Unreadable::Signature)?);
        let signer = signature
            .recover(&hash::<T>(&json))
            .ok_or(Unreadable::Signature)?;
        let document = serde_json::from_slice(&json).map_err(|e| Unreadable::Document(e.to_string()))?;
        Ok(Self {
            document,
            signer,
            text: text.to_owned(),
        })
    }
}

impl<T> Signed<T> {
    /// What is said.
    #[must_use]
    pub fn document(&self) -> &T {
        &self.document
    }

    /// Who says it.
    #[must_use]
    pub fn signer(&self) -> Address {
        self.signer
    }

    /// The text form.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// The signature is left out: a token's text is a secret.
impl<T: fmt::Debug> fmt::Debug for Signed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed")
            .field("document", &self.document)
            .field("signer", &self.signer)
            .finish()
    }
}

fn hash<T: Document>(json: &[u8]) -> [u8; 32] {
    let mut words = format!("\u{19}Headwater {}/1\n", T::KIND).into_bytes();
    words.extend_from_slice(json);
    keccak256(&words)
}

/// Why a text is not a signed document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// Longer than [`MAX_TEXT`].
    #[error("{0} characters are too long for a signed document; the limit is {MAX_TEXT}")]
    TooLong(usize),
    /// Not two base64url parts with a dot between them.
    #[error("a signed document is base64url(json).base64url(signature)")]
    Shape,
    /// No signer can be recovered.
    #[error("the signature is not one; sign again with the session key")]
    Signature,
    /// The JSON is not this document.
    #[error("the signed json is not understood: {0}")]
    Document(String),
}
