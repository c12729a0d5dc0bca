//! An orchestrator's signed claim of work.

use serde::{Deserialize, Serialize};

use super::price::Price;
use crate::key::Address;
use crate::signed::Document;
use crate::stream;

/// The most renditions that a receipt tells of: as many as a manifest has.
pub const MAX_RENDITIONS: usize = 16;

/// What was encoded of a stream in an interval. The payer keeps them: they are what it can hold against the orchestrator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// For whom the work was done.
    pub sender: Address,
    /// Of what.
    pub stream: stream::Id,
    /// Milliseconds since 1970 by the orchestrator's clock.
    pub from: u64,
    /// Likewise; the next one begins here.
    pub to: u64,
    /// What was done, at most [`MAX_RENDITIONS`].
    pub renditions: Vec<Work>,
    /// What it costs.
    pub price: Price,
}

/// One rendition's part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// Its name in the manifest.
    pub name: String,
    /// Encoded pixels: width × height of each picture.
    pub pixels: u64,
}

impl Document for Receipt {
    const KIND: &'static str = "receipt";
}

impl Receipt {
    /// Of all renditions.
    #[must_use]
    pub fn pixels(&self) -> u64 {
        self.renditions
            .iter()
            .fold(0, |sum, work| sum.saturating_add(work.pixels))
    }
}
