//! How many pictures a second really come.

/// Ticks of media time in a second.
const SECOND: u64 = 90_000;

/// The slowest rate that rate control follows, and how far above the expected one it goes: outside, a slide show would
/// be given a second's bits for each picture.
const SLOWEST: f64 = 5.0;
const FASTEST: f64 = 120.0;

/// A change smaller than this is jitter: steering would cost more than it corrects.
const JITTER: f64 = 0.03;

/// Measures a rung's frame rate, about once a second, from the media times of its pictures.
#[derive(Debug)]
pub(super) struct Pace {
    fps: f64,
    since: Option<u64>,
    pictures: u32,
}

impl Pace {
    /// Starts from the expected rate.
    pub(super) fn new(fps: u32) -> Self {
        Self {
            fps: f64::from(fps),
            since: None,
            pictures: 0,
        }
    }

    /// Counts the picture at `time`; the new rate, when it has changed.
    pub(super) fn count(&mut self, time: u64) -> Option<f64> {
        let since = *self.since.get_or_insert(time);
        let elapsed = time.checked_sub(since);
        let Some(elapsed) = elapsed.filter(|&ticks| ticks < 10 * SECOND) else {
            // Back in time, or after a pause: nothing to learn from what lies between.
            (self.since, self.pictures) = (Some(time), 1);
            return None;
        };
        if elapsed < SECOND {
            self.pictures += 1;
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "below ten seconds of ticks")]
        let fps = (f64::from(self.pictures) * SECOND as f64 / elapsed as f64).clamp(SLOWEST, FASTEST);
        (self.since, self.pictures) = (Some(time), 1);
        if (fps / self.fps - 1.0).abs() < JITTER {
            return None;
        }
        self.fps = fps;
        Some(fps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(pace: &mut Pace, times: impl Iterator<Item = u64>) -> Vec<f64> {
        times
            .filter_map(|time| pace.count(time))
            .map(f64::round)
            .collect()
    }

    #[test]
    fn the_expected_rate_changes_nothing() {
        assert!(changes(&mut Pace::new(30), (0..300).map(|i| i * 3000)).is_empty());
    }

    #[test]
    fn another_rate_is_noticed_after_a_second() {
        assert_eq!(changes(&mut Pace::new(30), (0..27).map(|i| i * 3600)), [25.0]);
        assert_eq!(changes(&mut Pace::new(30), (0..300).map(|i| i * 3600)), [25.0]);
    }

    #[test]
    fn a_slide_show_and_a_jump_in_time_stay_within_bounds() {
        assert_eq!(changes(&mut Pace::new(30), (0..10).map(|i| i * SECOND)), [5.0]);
        assert!(changes(&mut Pace::new(30), [0, 3000, 1 << 50, 0, 3000].into_iter()).is_empty());
    }
}
