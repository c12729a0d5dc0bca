//! The stream manifest: what a broadcaster says its stream is, signed with its session key.
//!
//! A viewer that trusts the address in a link trusts the manifest, and through it every rendition that it names.

use serde::{Deserialize, Serialize};

use crate::Millis;
use crate::key::Address;
use crate::ladder::Size;
use crate::signed::{Document, Signed, Unreadable};
use crate::stream;
use crate::token::CLOCK_SKEW;

/// The document. The newest has the highest `sequence`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Rises with every change: another orchestrator, other renditions.
    pub sequence: u64,
    /// The stream.
    pub stream: stream::Id,
    /// Base URL of the orchestrator that serves it.
    pub orchestrator: String,
    /// Where media time zero lies, in milliseconds since the Unix epoch by the broadcaster's clock.
    pub epoch: u64,
    /// What can be watched, `source` first if it is.
    pub renditions: Vec<Rendition>,
    /// Valid from, in milliseconds since the Unix epoch.
    pub not_before: u64,
    /// Valid until, in milliseconds since the Unix epoch.
    pub expiry: u64,
}

impl Document for Manifest {
    const KIND: &'static str = "manifest";
}

impl Manifest {
    /// Reads a manifest that somebody else handed on, and checks that the owner of `stream` says it, and at `wall` (since
    /// the Unix epoch) still does.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn verify(text: &str, stream: &stream::Id, wall: Millis) -> Result<Signed<Self>, Refused> {
        let manifest = Signed::<Self>::parse(text)?;
        let claims = manifest.document();
        if manifest.signer() != stream.address {
            return Err(Refused::NotOwner(manifest.signer()));
        }
        if claims.stream != *stream {
            return Err(Refused::OtherStream(claims.stream.clone()));
        }
        if wall + CLOCK_SKEW < Millis(claims.not_before) || wall > Millis(claims.expiry) + CLOCK_SKEW {
            return Err(Refused::NotNow);
        }
        Ok(manifest)
    }
}

/// Why a manifest is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// It is not a signed manifest.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// Its signer does not own the stream.
    #[error("the manifest is signed by {0}, who does not own this stream's address")]
    NotOwner(Address),
    /// It is for another stream.
    #[error("the manifest is for {0}")]
    OtherStream(stream::Id),
    /// It is not valid yet, or not any more.
    #[error("the manifest is not valid now; check this machine's clock, or wait for a newer one")]
    NotNow,
}

/// One thing to watch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rendition {
    /// Its name, the last segment of its WHEP path.
    pub name: String,
    /// Its codecs, e.g. `["h264", "opus"]`, in SDP's spelling, lower case.
    pub codecs: Vec<String>,
    /// Its size. The source's may change in mid-stream.
    #[serde(flatten)]
    pub size: Size,
    /// Target bitrate in bit/s; 0 for the source, whose bitrate its publisher chooses.
    pub bitrate: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SessionKey;

    const NOW: Millis = Millis(1_800_000_000_000);

    fn key(byte: u8) -> SessionKey {
        SessionKey::from_bytes(&[byte; 32]).unwrap()
    }

    fn stream(name: &str) -> stream::Id {
        stream::Id::new(key(7).address(), name.parse().unwrap())
    }

    fn manifest() -> Manifest {
        Manifest {
            sequence: 1,
            stream: stream("studio"),
            orchestrator: "http://127.0.0.1:8080".into(),
            epoch: NOW.0,
            renditions: vec![],
            not_before: NOW.0,
            expiry: NOW.0 + 60_000,
        }
    }

    #[test]
    fn the_owner_is_believed_and_nobody_else() {
        let text = Signed::new(&key(7), manifest()).text().to_owned();
        assert_eq!(
            Manifest::verify(&text, &stream("studio"), NOW)
                .unwrap()
                .document(),
            &manifest()
        );
        let forged = Signed::new(&key(8), manifest()).text().to_owned();
        assert_eq!(
            Manifest::verify(&forged, &stream("studio"), NOW).unwrap_err(),
            Refused::NotOwner(key(8).address())
        );
    }

    #[test]
    fn a_manifest_is_good_for_one_stream_and_for_its_time() {
        let text = Signed::new(&key(7), manifest()).text().to_owned();
        let refused = |name: &str, wall| Manifest::verify(&text, &stream(name), wall).unwrap_err();
        assert_eq!(refused("other", NOW), Refused::OtherStream(stream("studio")));
        let late = Millis(NOW.0 + 60_001) + CLOCK_SKEW;
        assert_eq!(refused("studio", late), Refused::NotNow);
        assert_eq!(refused("studio", Millis(0)), Refused::NotNow);
    }
}
