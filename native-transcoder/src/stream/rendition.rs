use std::collections::BTreeMap;

use headwater_protocol::session::registry::SessionId;

use super::gop::Gop;
use crate::media::Frame;

/// One thing to watch: its recent frames and who gets the next.
#[derive(Debug)]
pub(super) struct Rendition {
    pub(super) name: String,
    gop: Gop,
    viewers: BTreeMap<SessionId, Viewer>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Viewer {
    /// Its connection is being made.
    Connecting,
    /// Connected, waiting for a keyframe.
    Ready,
    /// Gets every frame.
    Flowing,
}

impl Rendition {
    pub(super) fn new(name: String) -> Self {
        Self {
            name,
            gop: Gop::default(),
            viewers: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, session: SessionId) {
        self.viewers.insert(session, Viewer::Connecting);
    }

    pub(super) fn remove(&mut self, session: SessionId) {
        self.viewers.remove(&session);
    }

    pub(super) fn has(&self, session: SessionId) -> bool {
        self.viewers.contains_key(&session)
    }

    pub(super) fn sessions(&self) -> impl Iterator<Item = SessionId> {
        self.viewers.keys().copied()
    }

    /// A viewer is connected: the frames to begin with, none if it has to wait for a keyframe.
    pub(super) fn connected(&mut self, session: SessionId) -> Vec<Frame> {
        let Some(viewer) = self.viewers.get_mut(&session) else {
            return Vec::new();
        };
        *viewer = if self.gop.is_empty() {
            Viewer::Ready
        } else {
            Viewer::Flowing
        };
        self.gop.frames().cloned().collect()
    }

    /// Keeps a new frame; who gets it.
    pub(super) fn push(&mut self, frame: &Frame) -> Vec<SessionId> {
        self.gop.push(frame);
        let mut takers = Vec::with_capacity(self.viewers.len());
        for (session, viewer) in &mut self.viewers {
            if *viewer == Viewer::Ready && frame.keyframe {
                *viewer = Viewer::Flowing;
            }
            if *viewer == Viewer::Flowing {
                takers.push(*session);
            }
        }
        takers
    }

    /// Frames were lost: nobody gets another before the next keyframe.
    pub(super) fn interrupt(&mut self) {
        self.gop.clear();
        for viewer in self.viewers.values_mut() {
            if *viewer == Viewer::Flowing {
                *viewer = Viewer::Ready;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: SessionId = SessionId(1);

    fn frame(time: u64, keyframe: bool) -> Frame {
        Frame {
            time,
            keyframe,
            data: [0].into(),
        }
    }

    #[test]
    fn a_viewer_begins_with_a_keyframe_wherever_it_joins() {
        let mut rendition = Rendition::new("480p".into());
        rendition.add(A);
        assert_eq!(rendition.push(&frame(0, true)), []);
        assert_eq!(rendition.push(&frame(1, false)), []);
        let begin: Vec<_> = rendition.connected(A).iter().map(|f| f.time).collect();
        assert_eq!(begin, [0, 1]);
        assert_eq!(rendition.push(&frame(2, false)), [A]);
    }

    #[test]
    fn without_a_keyframe_it_waits_for_one() {
        let mut rendition = Rendition::new("480p".into());
        rendition.add(A);
        assert!(rendition.connected(A).is_empty());
        assert_eq!(rendition.push(&frame(1, false)), []);
        assert_eq!(rendition.push(&frame(2, true)), [A]);
    }

    #[test]
    fn after_a_gap_nobody_gets_frames_that_cannot_be_decoded() {
        let mut rendition = Rendition::new("source".into());
        rendition.add(A);
        rendition.push(&frame(0, true));
        rendition.connected(A);
        rendition.interrupt();
        assert_eq!(rendition.push(&frame(1, false)), []);
        assert_eq!(rendition.push(&frame(2, true)), [A]);
    }
}
