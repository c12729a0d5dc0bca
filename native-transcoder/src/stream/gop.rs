use std::collections::VecDeque;

use crate::media::Frame;

/// Frames kept: the one-second IDR grid at 60 frames a second, and as much again for a late grid point.
const MAX_FRAMES: usize = 128;

/// Bytes kept: two seconds at 16 Mbit/s.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// The frames since the last keyframe, so that a viewer who joins decodes at once instead of waiting for the next.
#[derive(Debug, Default)]
pub(super) struct Gop {
    frames: VecDeque<Frame>,
    bytes: usize,
}

impl Gop {
    /// Keeps `frame`. A group that outgrows its bounds is let go: whoever joins asks for a keyframe anyway.
    pub(super) fn push(&mut self, frame: &Frame) {
        if frame.keyframe {
            self.clear();
        } else if self.frames.is_empty() {
            return;
        }
        self.bytes += frame.data.len();
        self.frames.push_back(frame.clone());
        if self.frames.len() > MAX_FRAMES || self.bytes > MAX_BYTES {
            self.clear();
        }
    }

    pub(super) fn clear(&mut self) {
        self.frames.clear();
        self.bytes = 0;
    }

    pub(super) fn frames(&self) -> impl Iterator<Item = &Frame> {
        self.frames.iter()
    }

    #[cfg(test)]
    fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(keyframe: bool, bytes: usize) -> Frame {
        Frame {
            time: 0,
            keyframe,
            data: vec![0; bytes].into(),
        }
    }

    #[test]
    fn it_begins_with_a_keyframe_and_holds_what_follows() {
        let mut gop = Gop::default();
        gop.push(&frame(false, 1));
        assert!(gop.is_empty());
        gop.push(&frame(true, 1));
        gop.push(&frame(false, 1));
        assert_eq!(
            gop.frames().map(|f| f.keyframe).collect::<Vec<_>>(),
            [true, false]
        );
        gop.push(&frame(true, 1));
        assert_eq!(gop.frames().count(), 1);
    }

    #[test]
    fn it_never_outgrows_its_bounds() {
        let mut gop = Gop::default();
        gop.push(&frame(true, MAX_BYTES - 1));
        gop.push(&frame(false, 2));
        assert!(gop.is_empty());
        gop.push(&frame(true, 1));
        for _ in 0..MAX_FRAMES {
            gop.push(&frame(false, 1));
        }
        assert!(gop.is_empty());
    }
}
