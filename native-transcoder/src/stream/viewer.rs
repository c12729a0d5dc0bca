//! One viewer: what it is sent, and what it will be sent from that one's next keyframe on.

use std::time::{Duration, Instant};

use super::layer::{Key, Selection};
use crate::media::{Frame, VideoCodec};

/// A viewer's decoder is answered this often: two keyframes a second repair any picture, and more would make everyone
/// else's rendition worse.
const KEYFRAME_INTERVAL: Duration = Duration::from_millis(500);

/// What a viewer asked for when it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// One rendition, by name, for good.
    Rendition(String),
    /// Whatever the viewer selects as it goes.
    Layers(Selection),
}

/// A viewer. Every frame that it may be sent passes [`Viewer::take`].
#[derive(Debug)]
pub(super) struct Viewer {
    pub(super) wish: Wish,
    /// The video codecs that were negotiated with it; none if it asked for sound alone.
    pub(super) decodes: Vec<VideoCodec>,
    pub(super) connected: bool,
    /// What it is sent.
    pub(super) on: Option<Key>,
    /// What it is sent from there on.
    pub(super) next: Option<Key>,
    /// Whether it has the frames that the next one of `on` builds on.
    flowing: bool,
    /// The time of the last frame it was sent.
    last: Option<u64>,
    /// When its decoder was last answered.
    asked: Option<Instant>,
}

/// A frame that a viewer takes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// When it is shown.
    pub(super) time: u64,
    /// What it has just left for this one.
    pub(super) left: Option<Key>,
}

impl Viewer {
    pub(super) fn new(wish: Wish, decodes: Vec<VideoCodec>) -> Self {
        Self {
            wish,
            decodes,
            connected: false,
            on: None,
            next: None,
            flowing: false,
            last: None,
            asked: None,
        }
    }

    pub(super) fn flowing(&self) -> bool {
        self.flowing
    }

    /// Puts it on `key` at once: it has nothing to lose.
    pub(super) fn place(&mut self, key: Key) {
        self.on = Some(key);
        self.next = None;
        self.flowing = false;
    }

    /// Whether it waits for a keyframe of `key`.
    pub(super) fn waits_for(&self, key: Key) -> bool {
        self.connected && (self.next == Some(key) || self.on == Some(key) && !self.flowing)
    }

    /// A frame of `key` is here: when it is shown to this viewer, if it is.
    ///
    /// The old rendition flows until the new one's keyframe. Encoding takes time, so that keyframe may be of a picture that
    /// the viewer has already: it is then shown a tick later, because time never stands still in a stream.
    pub(super) fn take(&mut self, key: Key, frame: &Frame) -> Option<Taken> {
        if !self.connected {
            return None;
        }
        let mut left = None;
        if self.next == Some(key) && frame.keyframe {
            left = self.on.replace(key);
            self.next = None;
            self.flowing = true;
        } else if self.on == Some(key) {
            self.flowing |= frame.keyframe;
            if !self.flowing {
                return None;
            }
        } else {
            return None;
        }
        let time = self.last.map_or(frame.time, |last| frame.time.max(last + 1));
        self.last = Some(time);
        Some(Taken { time, left })
    }

    /// Frames of `key` were lost.
    pub(super) fn interrupt(&mut self, key: Key) {
        if self.on == Some(key) {
            self.flowing = false;
        }
    }

    /// Whether its decoder's request for a keyframe is to be answered.
    pub(super) fn may_ask(&mut self, now: Instant) -> bool {
        let rested = self
            .asked
            .is_none_or(|at| now.saturating_duration_since(at) >= KEYFRAME_INTERVAL);
        if rested {
            self.asked = Some(now);
        }
        rested
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HIGH: Key = Key::Rung(0, VideoCodec::H264);
    const LOW: Key = Key::Rung(1, VideoCodec::H264);

    fn frame(time: u64, keyframe: bool) -> Frame {
        Frame {
            time,
            keyframe,
            data: [0].into(),
        }
    }

    fn watching(key: Key) -> Viewer {
        let mut viewer = Viewer::new(Wish::Layers(Selection::default()), vec![VideoCodec::H264]);
        viewer.connected = true;
        viewer.place(key);
        viewer
    }

    fn time(taken: Option<Taken>) -> Option<u64> {
        taken.map(|taken| taken.time)
    }

    #[test]
    fn it_begins_with_a_keyframe() {
        let mut viewer = watching(HIGH);
        assert!(viewer.waits_for(HIGH));
        assert_eq!(viewer.take(HIGH, &frame(1, false)), None);
        assert_eq!(time(viewer.take(HIGH, &frame(2, true))), Some(2));
        assert_eq!(time(viewer.take(HIGH, &frame(3, false))), Some(3));
        assert!(!viewer.waits_for(HIGH));
    }

    #[test]
    fn after_a_gap_it_gets_nothing_that_cannot_be_decoded() {
        let mut viewer = watching(HIGH);
        viewer.take(HIGH, &frame(0, true));
        viewer.interrupt(HIGH);
        assert_eq!(viewer.take(HIGH, &frame(1, false)), None);
        assert_eq!(time(viewer.take(HIGH, &frame(2, true))), Some(2));
    }

    #[test]
    fn the_old_rendition_flows_until_the_new_ones_keyframe() {
        let mut viewer = watching(HIGH);
        viewer.take(HIGH, &frame(0, true));
        viewer.next = Some(LOW);
        assert_eq!(viewer.take(LOW, &frame(0, false)), None);
        assert_eq!(time(viewer.take(HIGH, &frame(3000, false))), Some(3000));
        let switched = viewer.take(LOW, &frame(6000, true));
        assert_eq!(
            switched,
            Some(Taken {
                time: 6000,
                left: Some(HIGH)
            })
        );
        assert_eq!(viewer.take(HIGH, &frame(6000, false)), None);
        assert_eq!(time(viewer.take(LOW, &frame(9000, false))), Some(9000));
    }

    #[test]
    fn a_keyframe_of_a_picture_that_was_shown_is_shown_a_tick_later() {
        let mut viewer = watching(HIGH);
        viewer.take(HIGH, &frame(0, true));
        viewer.take(HIGH, &frame(3000, false));
        viewer.next = Some(LOW);
        assert_eq!(time(viewer.take(LOW, &frame(3000, true))), Some(3001));
        assert_eq!(time(viewer.take(LOW, &frame(6000, false))), Some(6000));
    }

    #[test]
    fn a_lost_frame_of_the_old_rendition_does_not_hold_up_the_new_one() {
        let mut viewer = watching(HIGH);
        viewer.take(HIGH, &frame(0, true));
        viewer.next = Some(LOW);
        viewer.interrupt(HIGH);
        assert_eq!(viewer.take(HIGH, &frame(1, false)), None);
        assert!(viewer.take(LOW, &frame(2, true)).is_some());
    }

    #[test]
    fn a_decoder_that_never_stops_asking_gets_two_keyframes_a_second() {
        let start = Instant::now();
        let mut viewer = watching(HIGH);
        let answered = (0..1000)
            .filter(|ms| viewer.may_ask(start + Duration::from_millis(*ms)))
            .count();
        assert_eq!(answered, 2);
    }
}
