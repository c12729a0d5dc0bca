//! Which of several nodes is asked next. Sans-IO: times are milliseconds of any clock that does not go back.

use std::time::Duration;

/// How nodes are treated.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Requests a second that each may get; each call of a batch is one, as providers count.
    pub per_second: u32,
    /// The rest after a first failure; each further one doubles it.
    pub first_rest: Duration,
    /// The longest rest.
    pub longest_rest: Duration,
}

impl Default for Policy {
    /// For a free plan of a public provider, which are limited to some 25 requests a second; a node that was restarted is
    /// asked again within a minute.
    fn default() -> Self {
        Self {
            per_second: 20,
            first_rest: Duration::from_millis(500),
            longest_rest: Duration::from_secs(60),
        }
    }
}

/// Why a node did not answer as it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It cannot be reached, or what it says is no answer.
    Unreachable,
    /// It wants to be asked less, and perhaps says for how long.
    Limited(Option<Duration>),
    /// It follows another chain than ours.
    OtherChain,
}

/// What to do with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Ask this one, and before that, if `check`, which chain it follows.
    Ask {
        /// Its place in the list.
        endpoint: usize,
        /// It is new, or back from a failure.
        check: bool,
        /// When: a place in its budget is kept until then.
        at: u64,
    },
    /// None may be asked before this time.
    Wait(u64),
}

/// All of them, in the operator's order: the first that works and has budget is asked.
#[derive(Debug)]
pub struct Endpoints {
    policy: Policy,
    all: Vec<Endpoint>,
}

#[derive(Clone, Debug)]
struct Endpoint {
    /// Failures in a row.
    failures: u32,
    rests_until: u64,
    checked: bool,
    /// Thousandths of a request that it may get now; negative after a batch that was larger than the budget.
    budget: i64,
    counted_at: u64,
}

impl Endpoints {
    /// So many, none of them asked yet.
    #[must_use]
    pub fn new(count: usize, policy: Policy) -> Self {
        let endpoint = Endpoint {
            failures: 0,
            rests_until: 0,
            checked: false,
            budget: whole(policy),
            counted_at: 0,
        };
        Self {
            policy,
            all: vec![endpoint; count],
        }
    }

    /// Who gets `requests` requests, which are taken from its budget; those in `tried` do not. Who has to wait, for `patience`
    /// at most, keeps its place: of many that want more than there is, none is overtaken for ever.
    pub fn choose(&mut self, now: u64, requests: u32, tried: &[usize], patience: Duration) -> Choice {
        let mut soonest: Option<(u64, usize)> = None;
        for (index, endpoint) in self.all.iter_mut().enumerate() {
            if tried.contains(&index) {
                continue;
            }
            let free_at = endpoint.free_at(now, self.policy).max(now);
            if soonest.is_none_or(|(at, _)| free_at < at) {
                soonest = Some((free_at, index));
            }
        }
        match soonest {
            Some((at, endpoint)) if at - now <= millis(patience) => {
                let chosen = &mut self.all[endpoint];
                chosen.budget = chosen.budget.saturating_sub(i64::from(requests) * 1_000);
                let check = !chosen.checked;
                Choice::Ask { endpoint, check, at }
            }
            Some((at, _)) => Choice::Wait(at),
            None => Choice::Wait(u64::MAX),
        }
    }

    /// It follows our chain.
    pub fn checked(&mut self, endpoint: usize) {
        self.all[endpoint].checked = true;
    }

    /// It answered.
    pub fn answered(&mut self, endpoint: usize) {
        self.all[endpoint].failures = 0;
    }

    /// It did not; it rests for twice as long as the last time, of which `luck` in 0..1 takes up to a half, so that
    /// those who lost the same node do not all come back to it at once.
    pub fn failed(&mut self, now: u64, endpoint: usize, failure: Failure, luck: f64) {
        let Policy {
            first_rest,
            longest_rest,
            ..
        } = self.policy;
        let endpoint = &mut self.all[endpoint];
        endpoint.checked = false;
        let doubled = first_rest.saturating_mul(1 << endpoint.failures.min(16));
        let backoff = match failure {
            Failure::OtherChain => longest_rest,
            _ => doubled.min(longest_rest),
        };
        endpoint.failures = endpoint.failures.saturating_add(1);
        let backoff = backoff.mul_f64(1.0 - luck.clamp(0.0, 1.0) / 2.0);
        // A day, lest a node's word silences it for ever.
        let asked = match failure {
            Failure::Limited(Some(asked)) => asked.min(Duration::from_secs(86_400)),
            _ => Duration::ZERO,
        };
        endpoint.rests_until = now.saturating_add(millis(backoff.max(asked)));
    }
}

impl Endpoint {
    fn free_at(&mut self, now: u64, policy: Policy) -> u64 {
        let per_second = i64::from(policy.per_second.max(1));
        let passed = now.saturating_sub(self.counted_at);
        self.counted_at = now;
        let gained = i64::try_from(passed)
            .unwrap_or(i64::MAX)
            .saturating_mul(per_second);
        self.budget = self.budget.saturating_add(gained).min(whole(policy));
        // Any batch may go once there is a whole request: it is paid for afterwards.
        let lacking = 1_000 - self.budget;
        let afforded = if lacking <= 0 {
            now
        } else {
            now + u64::try_from(lacking).unwrap_or(0).div_ceil(per_second as u64)
        };
        self.rests_until.max(afforded)
    }
}

/// A second's worth.
fn whole(policy: Policy) -> i64 {
    i64::from(policy.per_second.max(1)) * 1_000
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Policy = Policy {
        per_second: 10,
        first_rest: Duration::from_secs(1),
        longest_rest: Duration::from_secs(8),
    };

    fn two() -> Endpoints {
        let mut endpoints = Endpoints::new(2, POLICY);
        endpoints.checked(0);
        endpoints.checked(1);
        endpoints
    }

    /// By who waits for nothing.
    fn choose(endpoints: &mut Endpoints, now: u64, requests: u32, tried: &[usize]) -> Choice {
        endpoints.choose(now, requests, tried, Duration::ZERO)
    }

    fn asked(choice: Choice) -> usize {
        match choice {
            Choice::Ask { endpoint, .. } => endpoint,
            Choice::Wait(until) => panic!("waits until {until}"),
        }
    }

    #[test]
    fn a_node_that_fails_rests_longer_each_time_and_the_next_is_asked() {
        let mut endpoints = two();
        assert_eq!(asked(choose(&mut endpoints, 0, 1, &[])), 0);
        let mut now = 0;
        for rest in [1_000, 2_000, 4_000, 8_000, 8_000] {
            endpoints.failed(now, 0, Failure::Unreachable, 0.0);
            assert_eq!(asked(choose(&mut endpoints, now + rest - 1, 1, &[])), 1);
            now += rest;
            assert_eq!(asked(choose(&mut endpoints, now, 1, &[])), 0, "after {rest} ms");
        }
        endpoints.answered(0);
        endpoints.failed(now, 0, Failure::Unreachable, 0.0);
        assert_eq!(
            asked(choose(&mut endpoints, now + 1_000, 1, &[])),
            0,
            "an answer ends it"
        );
    }

    #[test]
    fn luck_shortens_a_rest_by_up_to_a_half() {
        let mut endpoints = two();
        endpoints.failed(0, 0, Failure::Unreachable, 1.0);
        assert_eq!(choose(&mut endpoints, 499, 1, &[1]), Choice::Wait(500));
    }

    #[test]
    fn a_node_is_left_alone_for_as_long_as_it_asks() {
        let mut endpoints = two();
        endpoints.failed(0, 0, Failure::Limited(Some(Duration::from_secs(100))), 0.0);
        assert_eq!(choose(&mut endpoints, 1_000, 1, &[1]), Choice::Wait(100_000));
        endpoints.failed(0, 1, Failure::Limited(None), 0.0);
        assert_eq!(choose(&mut endpoints, 0, 1, &[]), Choice::Wait(1_000));
        endpoints.failed(0, 1, Failure::Limited(Some(Duration::MAX)), 0.0);
        assert_eq!(choose(&mut endpoints, 0, 1, &[0]), Choice::Wait(86_400_000));
    }

    #[test]
    fn nobody_is_asked_more_than_its_budget() {
        let mut endpoints = two();
        for _ in 0..10 {
            assert_eq!(asked(choose(&mut endpoints, 0, 1, &[])), 0);
        }
        assert_eq!(
            asked(choose(&mut endpoints, 0, 25, &[])),
            1,
            "the next takes over"
        );
        assert_eq!(choose(&mut endpoints, 0, 1, &[]), Choice::Wait(100));
        assert_eq!(
            asked(choose(&mut endpoints, 100, 1, &[])),
            0,
            "a tenth of a second later"
        );
        // A batch beyond the budget is paid for before the next.
        assert_eq!(choose(&mut endpoints, 100, 1, &[0]), Choice::Wait(1_600));
    }

    #[test]
    fn a_nodes_chain_is_checked_at_first_and_after_each_failure() {
        let mut endpoints = Endpoints::new(1, POLICY);
        let ask = |check, at| Choice::Ask {
            endpoint: 0,
            check,
            at,
        };
        assert_eq!(choose(&mut endpoints, 0, 1, &[]), ask(true, 0));
        endpoints.checked(0);
        assert_eq!(choose(&mut endpoints, 0, 1, &[]), ask(false, 0));
        endpoints.failed(0, 0, Failure::Unreachable, 0.0);
        assert_eq!(choose(&mut endpoints, 1_000, 1, &[]), ask(true, 1_000));
        endpoints.failed(1_000, 0, Failure::OtherChain, 0.0);
        assert_eq!(
            choose(&mut endpoints, 1_000, 1, &[]),
            Choice::Wait(9_000),
            "for long"
        );
    }

    #[test]
    fn who_waits_keeps_its_place_before_all_that_come_later() {
        let mut endpoints = Endpoints::new(1, POLICY);
        endpoints.checked(0);
        let mut turn = |now, requests| endpoints.choose(now, requests, &[], Duration::from_secs(5));
        let at = |choice| match choice {
            Choice::Ask { at, .. } => at,
            Choice::Wait(until) => panic!("waits until {until}"),
        };
        assert_eq!(at(turn(0, 10)), 0, "all there is");
        assert_eq!(at(turn(0, 1)), 100);
        // Somebody greedy, who comes back as soon as it may.
        assert_eq!(at(turn(0, 30)), 200);
        assert_eq!(
            at(turn(100, 1)),
            3_200,
            "not before what came earlier is paid for"
        );
        assert_eq!(at(turn(200, 30)), 3_300);
        assert_eq!(turn(200, 1), Choice::Wait(6_300), "longer than it wants to wait");
    }
}
