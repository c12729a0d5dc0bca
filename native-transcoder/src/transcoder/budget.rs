//! How often a worker may be lost.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Workers that a session may lose within [`WINDOW`]. One is an accident and a second one bad luck; a stream that kills
/// every worker within two seconds, six times in a row, is what kills them, and each one costs all sessions CPU.
const LOSSES: usize = 5;

/// The time over which losses count.
const WINDOW: Duration = Duration::from_secs(10);

/// Counts a session's losses.
#[derive(Debug, Default)]
pub(super) struct Budget(VecDeque<Instant>);

impl Budget {
    /// Notes a loss at `now`. `false` means that there have been too many.
    pub(super) fn lose(&mut self, now: Instant) -> bool {
        while self
            .0
            .front()
            .is_some_and(|&loss| now.duration_since(loss) >= WINDOW)
        {
            self.0.pop_front();
        }
        self.0.push_back(now);
        self.0.len() <= LOSSES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_losses_in_ten_seconds_are_borne_and_a_sixth_is_not() {
        let (mut budget, start) = (Budget::default(), Instant::now());
        let losses = (0..6).map(|second| budget.lose(start + Duration::from_secs(second)));
        assert_eq!(losses.collect::<Vec<_>>(), [true, true, true, true, true, false]);
    }

    #[test]
    fn losses_are_forgotten() {
        let (mut budget, start) = (Budget::default(), Instant::now());
        assert!((0..100).all(|i| budget.lose(start + Duration::from_millis(2100 * i))));
    }
}
