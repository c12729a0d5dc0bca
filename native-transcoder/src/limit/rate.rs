//! How often a source may ask: a token bucket each, in bounded memory.

use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use governor::clock::{Clock, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use super::Source;

/// Sources that are told apart, about 1 MiB of them. More than that at once are an attack or a very good day; those that
/// come later then share one bucket.
const SOURCES: usize = 16_384;

/// Tokens a second, and how many may be saved up. Written `50/500`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    per_second: NonZeroU32,
    burst: NonZeroU32,
}

impl Rate {
    /// `per_second` on average and `burst` at once, each at least 1.
    #[must_use]
    pub const fn new(per_second: u32, burst: u32) -> Self {
        const fn at_least_one(n: u32) -> NonZeroU32 {
            match NonZeroU32::new(n) {
                Some(n) => n,
                None => NonZeroU32::MIN,
            }
        }
        Self {
            per_second: at_least_one(per_second),
            burst: at_least_one(burst),
        }
    }

    fn quota(self) -> Quota {
        Quota::per_second(self.per_second).allow_burst(self.burst)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.per_second, self.burst)
    }
}

impl FromStr for Rate {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = |text: &str| text.parse::<NonZeroU32>().ok();
        text.split_once('/')
            .and_then(|(per_second, burst)| {
                Some(Self {
                    per_second: parse(per_second)?,
                    burst: parse(burst)?,
                })
            })
            .ok_or("write how many a second and how many at once, each at least 1, as 50/500")
    }
}

/// A bucket for each source.
pub struct PerSource<C: Clock = MonotonicClock> {
    buckets: RateLimiter<Source, HashMapStateStore<Source>, C, NoOpMiddleware<C::Instant>>,
    /// What sources beyond [`SOURCES`] are counted as.
    others: Source,
    clock: C,
}

impl PerSource {
    /// Full buckets for everybody.
    #[must_use]
    pub fn new(rate: Rate) -> Self {
        Self::with_clock(rate, MonotonicClock)
    }
}

impl<C: Clock + Clone> PerSource<C> {
    fn with_clock(rate: Rate, clock: C) -> Self {
        Self {
            buckets: RateLimiter::new(rate.quota(), HashMapStateStore::default(), clock.clone()),
            others: Source(IpAddr::from([0, 0, 0, 0])),
            clock,
        }
    }

    /// Takes a token of `source`'s.
    ///
    /// # Errors
    /// How long until there is one.
    pub fn take(&self, source: IpAddr) -> Result<(), Duration> {
        let mut source = Source::from(source);
        if self.buckets.len() >= SOURCES {
            self.buckets.retain_recent();
            if self.buckets.len() >= SOURCES {
                source = self.others;
            }
        }
        self.buckets
            .check_key(&source)
            .map_err(|until| until.wait_time_from(self.clock.now()))
    }
}

impl<C: Clock> fmt::Debug for PerSource<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PerSource").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    fn ip(n: u32) -> IpAddr {
        IpAddr::from(n.to_be_bytes())
    }

    #[test]
    fn a_source_that_asks_too_often_waits_and_another_does_not() {
        let clock = FakeRelativeClock::default();
        let buckets = PerSource::with_clock(Rate::new(2, 3), clock.clone());
        let (greedy, other) = (ip(1), ip(2));
        for _ in 0..3 {
            assert_eq!(buckets.take(greedy), Ok(()));
        }
        assert_eq!(buckets.take(greedy), Err(Duration::from_millis(500)));
        assert_eq!(buckets.take(other), Ok(()));
        clock.advance(Duration::from_millis(500));
        assert_eq!(buckets.take(greedy), Ok(()));
        assert!(buckets.take(greedy).is_err());
    }

    #[test]
    fn a_million_sources_take_the_memory_of_a_few_thousand() {
        let clock = FakeRelativeClock::default();
        let buckets = PerSource::with_clock(Rate::new(1, 1), clock.clone());
        for n in 0..100_000 {
            let _ = buckets.take(ip(n));
        }
        assert!(buckets.buckets.len() <= SOURCES + 1, "{}", buckets.buckets.len());
        assert!(buckets.take(ip(200_000)).is_err(), "late comers share one bucket");
        clock.advance(Duration::from_secs(2));
        assert_eq!(buckets.take(ip(200_000)), Ok(()), "the flood is forgotten");
        assert!(buckets.buckets.len() < 10);
    }

    #[test]
    fn a_rate_is_written_as_it_is_read() {
        let rate: Rate = "50/500".parse().unwrap();
        assert_eq!(rate, Rate::new(50, 500));
        assert_eq!(rate.to_string(), "50/500");
        for wrong in ["", "50", "0/5", "5/0", "-1/5", "a/b"] {
            assert!(wrong.parse::<Rate>().is_err(), "{wrong}");
        }
    }
}
