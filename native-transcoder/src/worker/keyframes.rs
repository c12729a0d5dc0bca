//! Which pictures become keyframes.

/// Ticks of media time in a second.
const SECOND: u64 = 90_000;

/// A rung answers requests at most this often: 300 ms, so that viewers who join together cost one keyframe, and one who
/// loses packets all the time does not turn everyone's stream into keyframes.
const REQUESTS: u64 = SECOND * 3 / 10;

/// Decides for every picture on which rungs it is an IDR picture.
///
/// All rungs have one at the first picture of every full second of media time: the grid that segments are cut on. Viewers
/// get more on request, which never moves the grid.
#[derive(Debug)]
pub(super) struct Keyframes {
    /// The second of the last picture.
    second: Option<u64>,
    /// Rungs that a viewer waits for, one bit each.
    wanted: u8,
    /// When each rung last answered a request.
    answered: [Option<u64>; 8],
}

impl Keyframes {
    pub(super) fn new() -> Self {
        Self {
            second: None,
            wanted: 0,
            answered: [None; 8],
        }
    }

    /// The rungs on which the picture at `time` is a keyframe, one bit each, given those newly `asked` for.
    pub(super) fn at(&mut self, time: u64, asked: u8) -> u8 {
        self.wanted |= asked;
        let second = time / SECOND;
        if self.second.replace(second) != Some(second) {
            self.wanted = 0;
            return u8::MAX;
        }
        let mut now = 0;
        for (rung, answered) in self.answered.iter_mut().enumerate() {
            let bit = 1 << rung;
            // A time before the last answer is another timeline.
            let rested = answered.is_none_or(|last| time < last || time - last >= REQUESTS);
            if self.wanted & bit != 0 && rested {
                *answered = Some(time);
                now |= bit;
            }
        }
        self.wanted &= !now;
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 90;

    #[test]
    fn the_first_picture_of_every_second_is_one_on_all_rungs() {
        let mut keyframes = Keyframes::new();
        let hits: Vec<u64> = (0..250)
            .map(|i| 500 * MS + i * 40 * MS)
            .filter(|&t| keyframes.at(t, 0) == 255)
            .collect();
        let expected = [500, 1020, 2020, 3020, 4020, 5020, 6020, 7020, 8020, 9020, 10020].map(|ms| ms * MS);
        assert_eq!(hits, expected);
    }

    #[test]
    fn a_request_is_answered_at_once_on_its_rung_alone() {
        let mut keyframes = Keyframes::new();
        keyframes.at(0, 0);
        assert_eq!(keyframes.at(40 * MS, 0b10), 0b10);
        assert_eq!(keyframes.at(80 * MS, 0), 0);
    }

    #[test]
    fn requests_in_a_row_cost_one_keyframe_in_300_ms_and_none_is_lost() {
        let mut keyframes = Keyframes::new();
        keyframes.at(0, 0);
        assert_eq!(keyframes.at(40 * MS, 1), 1);
        assert_eq!(keyframes.at(80 * MS, 1), 0);
        assert_eq!(keyframes.at(120 * MS, 1), 0);
        assert_eq!(keyframes.at(330 * MS, 0), 0);
        assert_eq!(keyframes.at(340 * MS, 0), 1);
        assert_eq!(keyframes.at(700 * MS, 0), 0);
    }

    #[test]
    fn requests_never_move_the_grid_and_the_grid_answers_them() {
        let mut keyframes = Keyframes::new();
        keyframes.at(0, 0);
        assert_eq!(keyframes.at(960 * MS, 1), 1);
        assert_eq!(keyframes.at(1000 * MS, 1), 255);
        assert_eq!(keyframes.at(1400 * MS, 0), 0);
    }

    #[test]
    fn a_timeline_that_starts_again_is_followed() {
        let mut keyframes = Keyframes::new();
        keyframes.at(90_000 * 500, 0);
        assert_eq!(keyframes.at(90_000 * 500 + 40 * MS, 1), 1);
        assert_eq!(keyframes.at(0, 0), 255);
        assert_eq!(keyframes.at(40 * MS, 1), 1);
    }
}
