//! Everything that happened, as one number: two runs of one seed must agree on it.

use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};

use headwater_protocol::Millis;

/// A hash over all notes, in order.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    hash: DefaultHasher,
    notes: u64,
}

impl Trace {
    pub(crate) fn note(&mut self, now: Millis, who: u64, what: &impl Debug) {
        (now, who, format!("{what:?}")).hash(&mut self.hash);
        self.notes += 1;
    }

    pub(crate) fn hash(&self) -> u64 {
        self.hash.finish()
    }

    pub(crate) fn notes(&self) -> u64 {
        self.notes
    }
}
