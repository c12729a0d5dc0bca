use std::collections::BTreeSet;

use headwater_protocol::session::registry::SessionId;

use super::gop::Gop;
use super::meter::Meter;
use crate::media::Frame;

/// One encoding that can be watched: its recent frames, and who may want the next.
#[derive(Debug, Default)]
pub(super) struct Rendition {
    gop: Gop,
    meter: Meter,
    /// Those who get its frames, and those who will from its next keyframe on.
    takers: BTreeSet<SessionId>,
}

impl Rendition {
    pub(super) fn add(&mut self, session: SessionId) {
        self.takers.insert(session);
    }

    pub(super) fn remove(&mut self, session: SessionId) {
        self.takers.remove(&session);
    }

    pub(super) fn takers(&self) -> impl Iterator<Item = SessionId> {
        self.takers.iter().copied()
    }

    pub(super) fn is_watched(&self) -> bool {
        !self.takers.is_empty()
    }

    /// Keeps a new frame for those who join.
    pub(super) fn keep(&mut self, frame: &Frame) {
        self.meter.count(frame.time, frame.data.len());
        self.gop.push(frame);
    }

    /// The frames since the last keyframe, none if decoding cannot start with what is there.
    pub(super) fn beginning(&self) -> Vec<Frame> {
        self.gop.frames().cloned().collect()
    }

    /// Frames were lost: what is kept leads nowhere.
    pub(super) fn interrupt(&mut self) {
        self.gop.clear();
    }

    /// Bits in the last full second of media time.
    pub(super) fn bitrate(&self) -> u64 {
        self.meter.bitrate()
    }
}
