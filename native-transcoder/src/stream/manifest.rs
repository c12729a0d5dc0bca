//! What a stream says about itself: the node's offer to the publisher, and the manifest that the publisher signs of it.

use headwater_protocol::control::Message;
use headwater_protocol::key::Address;
use headwater_protocol::ladder::SOURCE;
use headwater_protocol::manifest::{Manifest, Rendition};
use headwater_protocol::signed::Signed;

use super::Live;
use crate::media::VideoCodec;

impl Live {
    /// A signed manifest from the publisher, whose token `signer` signed.
    pub(crate) fn take_manifest(&mut self, text: &str, signer: Address) -> Result<(), BadManifest> {
        let manifest = Signed::<Manifest>::parse(text).map_err(|e| BadManifest::Unreadable(e.to_string()))?;
        if manifest.signer() != signer {
            return Err(BadManifest::Signer);
        }
        if manifest.document().stream != self.id {
            return Err(BadManifest::OtherStream);
        }
        let newest = self.manifest.as_ref().map_or(0, |m| m.document().sequence);
        if self.manifest.is_some() && manifest.document().sequence <= newest {
            return Err(BadManifest::Stale(newest));
        }
        self.manifest = Some(manifest);
        Ok(())
    }

    /// What can be watched here; `None` until the source's size is known.
    pub(super) fn offer(&self) -> Option<Message> {
        let codec = self.codec?;
        let codecs = |video: &mut dyn Iterator<Item = VideoCodec>| {
            let video = video.map(|codec| codec.rtpmap().to_lowercase());
            video.chain(["opus".to_owned()]).collect()
        };
        let source = Rendition {
            name: SOURCE.to_owned(),
            codecs: codecs(&mut std::iter::once(codec)),
            size: self.source_size?,
            bitrate: 0,
        };
        let rungs = self.made().map(|rung| Rendition {
            name: rung.name.clone(),
            // H.264 always, the others as soon as a viewer needs them.
            codecs: codecs(&mut std::iter::once(VideoCodec::H264).chain(self.on_demand())),
            size: rung.size,
            bitrate: rung.bitrate,
        });
        Some(Message::Offer {
            orchestrator: self.orchestrator.clone(),
            renditions: std::iter::once(source).chain(rungs).collect(),
        })
    }
}

/// Why a manifest is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum BadManifest {
    /// Not a signed manifest.
    #[error("the manifest is not understood: {0}")]
    Unreadable(String),
    /// Someone else's.
    #[error("the manifest is not signed by the key that publishes")]
    Signer,
    /// Another stream's.
    #[error("the manifest is for another stream")]
    OtherStream,
    /// Not newer.
    #[error("the manifest's sequence must be above {0}")]
    Stale(u64),
}
