//! The stream manifest: what a broadcaster says its stream is, signed with its session key.
//!
//! A viewer that trusts the address in a link trusts the manifest, and through it every rendition that it names.

use serde::{Deserialize, Serialize};

use crate::ladder::Size;
use crate::signed::Document;
use crate::stream;

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
