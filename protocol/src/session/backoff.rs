use core::time::Duration;

/// The first wait. Shorter than a person notices, longer than a loaded server's answer.
const FIRST: Duration = Duration::from_millis(250);

/// The longest wait: a laptop that wakes, or a server that is back, is noticed within this.
const LONGEST: Duration = Duration::from_secs(8);

/// Waits that double, each spread over its upper half, so that clients cut off together do not return together.
#[derive(Debug)]
pub(super) struct Backoff {
    attempt: u32,
    noise: u64,
}

impl Backoff {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            attempt: 0,
            noise: seed | 1,
        }
    }

    pub(super) fn reset(&mut self) {
        self.attempt = 0;
    }

    pub(super) fn attempts(&self) -> u32 {
        self.attempt
    }

    pub(super) fn next(&mut self) -> Duration {
        let full = FIRST.saturating_mul(1 << self.attempt.min(8)).min(LONGEST);
        self.attempt = self.attempt.saturating_add(1);
        // xorshift64: spreading waits needs no more than this.
        self.noise ^= self.noise << 13;
        self.noise ^= self.noise >> 7;
        self.noise ^= self.noise << 17;
        let half = u64::try_from(full.as_millis()).unwrap_or(u64::MAX) / 2;
        Duration::from_millis(half + self.noise % (half + 1))
    }
}
