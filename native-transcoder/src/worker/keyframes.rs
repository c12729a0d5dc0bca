//! Which pictures become keyframes.

use std::collections::HashMap;

use crate::transcoder::wire::{Codec, Encodings};

/// Ticks of media time in a second.
const SECOND: u64 = 90_000;

/// An encoding answers requests at most this often: 300 ms, so that viewers who join together cost one keyframe, and one who
/// loses packets all the time does not turn everyone's stream into keyframes.
const REQUESTS: u64 = SECOND * 3 / 10;

/// Decides for every picture of which encodings it is a keyframe.
///
/// All have one at the first picture of every full second of media time: the grid that segments are cut on. Viewers
/// get more on request, which never moves the grid.
#[derive(Debug)]
pub(super) struct Keyframes {
    /// The second of the last picture.
    second: Option<u64>,
    /// What a viewer waits for.
    wanted: Encodings,
    /// When each encoding last answered a request.
    answered: HashMap<(usize, Codec), u64>,
}

impl Keyframes {
    pub(super) fn new() -> Self {
        Self {
            second: None,
            wanted: Encodings::NONE,
            answered: HashMap::new(),
        }
    }

    /// The encodings of which the picture at `time` is a keyframe, given those newly `asked` for.
    pub(super) fn at(&mut self, time: u64, asked: Encodings) -> Encodings {
        self.wanted = self.wanted.with(asked);
        let second = time / SECOND;
        if self.second.replace(second) != Some(second) {
            self.wanted = Encodings::NONE;
            return Encodings::ALL;
        }
        let mut now = Encodings::NONE;
        for (rung, codec) in self.wanted.iter() {
            // A time before the last answer is another timeline.
            let last = self.answered.get(&(rung, codec));
            if last.is_none_or(|&last| time < last || time - last >= REQUESTS) {
                self.answered.insert((rung, codec), time);
                now = Encodings::of(rung, codec).map_or(now, |one| now.with(one));
            }
        }
        self.wanted = self.wanted.without(now);
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 90;
    const NONE: Encodings = Encodings::NONE;
    const ALL: Encodings = Encodings::ALL;

    fn of(rung: usize) -> Encodings {
        Encodings::of(rung, Codec::H264).unwrap()
    }

    #[test]
    fn the_first_picture_of_every_second_is_one_of_all_encodings() {
        let mut keyframes = Keyframes::new();
        let hits: Vec<u64> = (0..250)
            .map(|i| 500 * MS + i * 40 * MS)
            .filter(|&t| keyframes.at(t, NONE) == ALL)
            .collect();
        let expected = [500, 1020, 2020, 3020, 4020, 5020, 6020, 7020, 8020, 9020, 10020].map(|ms| ms * MS);
        assert_eq!(hits, expected);
    }

    #[test]
    fn a_request_is_answered_at_once_by_its_encoding_alone() {
        let mut keyframes = Keyframes::new();
        keyframes.at(0, NONE);
        assert_eq!(keyframes.at(40 * MS, of(1)), of(1));
        assert_eq!(keyframes.at(80 * MS, NONE), NONE);
        let vp8 = Encodings::of(1, Codec::Vp8).unwrap();
        assert_eq!(keyframes.at(120 * MS, vp8), vp8);
    }

    #[test]
    fn requests_in_a_row_cost_one_keyframe_in_300_ms_and_none_is_lost() {
        let mut keyframes = Keyframes::new();
        keyframes.at(0, NONE);
        assert_eq!(keyframes.at(40 * MS, of(0)), of(0));
        assert_eq!(keyframes.at(80 * MS, of(0)), NONE);
        assert_eq!(keyframes.at(120 * MS, of(0)), NONE);
        assert_eq!(keyframes.at(330 * MS, NONE), NONE);
        assert_eq!(keyframes.at(340 * MS, NONE), of(0));
        assert_eq!(keyframes.at(700 * MS, NONE), NONE);
    }

    #[test]
    fn requests_never_move_the_grid_and_the_grid_answers_them() {
        let mut keyframes = Keyframes::new();
        keyframes.at(0, NONE);
        assert_eq!(keyframes.at(960 * MS, of(0)), of(0));
        assert_eq!(keyframes.at(1000 * MS, of(0)), ALL);
        assert_eq!(keyframes.at(1400 * MS, NONE), NONE);
    }

    #[test]
    fn a_timeline_that_starts_again_is_followed() {
        let mut keyframes = Keyframes::new();
        keyframes.at(90_000 * 500, NONE);
        assert_eq!(keyframes.at(90_000 * 500 + 40 * MS, of(0)), of(0));
        assert_eq!(keyframes.at(0, NONE), ALL);
        assert_eq!(keyframes.at(40 * MS, of(0)), of(0));
    }
}
