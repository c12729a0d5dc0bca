//! How much of something may come in how much time.

use std::time::{Duration, Instant};

/// A bucket that empties at a steady rate (RFC 2698's idea with one rate, as the generic cell rate algorithm): each item
/// fills it by `each`, and what would make it overflow is refused.
#[derive(Debug)]
pub(super) struct Bucket {
    each: Duration,
    depth: Duration,
    /// When it will be empty.
    empty: Option<Instant>,
}

impl Bucket {
    pub(super) fn new(each: Duration, depth: Duration) -> Self {
        Self {
            each,
            depth,
            empty: None,
        }
    }

    /// Takes `items` at once, or none.
    pub(super) fn take(&mut self, now: Instant, items: u32) -> bool {
        let level = self
            .empty
            .map_or(Duration::ZERO, |empty| empty.saturating_duration_since(now));
        let after = level.saturating_add(self.each.saturating_mul(items));
        let fits = after <= self.depth;
        if fits {
            self.empty = Some(now + after);
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_fits_up_to_the_depth_and_the_rate_goes_on_for_ever() {
        let (mut bucket, start) = (
            Bucket::new(Duration::from_millis(10), Duration::from_millis(50)),
            Instant::now(),
        );
        let burst = (0..10).filter(|_| bucket.take(start, 1)).count();
        assert_eq!(burst, 5);
        let steady = (1..=100).filter(|n| bucket.take(start + Duration::from_millis(10 * n), 1));
        assert_eq!(steady.count(), 100);
        assert!(
            !bucket.take(start + Duration::from_secs(1), 2),
            "still full but for one"
        );
        assert!(bucket.take(start + Duration::from_secs(9), 5), "empty again");
    }
}
