//! A transaction on its way into a block: sent again for more when it is stuck. Sans-IO; times are milliseconds.

use std::time::Duration;

use alloy_primitives::B256;

use super::Fees;

/// What a transaction may cost, and when it is stuck.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Sent again for more if it is in no block after this long.
    pub stuck_after: Duration,
    /// The most that a unit of gas may cost, in wei.
    pub most: u128,
}

impl Default for Policy {
    /// Three minutes are fifteen of Ethereum's blocks; 200 gwei is what its gas costs on a very bad day.
    fn default() -> Self {
        Self {
            stuck_after: Duration::from_secs(180),
            most: 200_000_000_000,
        }
    }
}

/// One nonce, and every transaction that was sent with it: at most one of them comes into a block.
#[derive(Clone, Debug)]
pub struct Transit {
    nonce: u64,
    fees: Fees,
    sent: Vec<B256>,
    since: u64,
}

impl Transit {
    /// To be sent with these fees.
    #[must_use]
    pub fn new(nonce: u64, fees: Fees, now: u64) -> Self {
        Self {
            nonce,
            fees,
            sent: Vec::new(),
            since: now,
        }
    }

    /// One that was sent before a restart. Its fees are forgotten: `at_least` must be what it can have offered.
    #[must_use]
    pub fn resumed(nonce: u64, sent: Vec<B256>, at_least: Fees, now: u64) -> Self {
        Self {
            nonce,
            fees: at_least,
            sent,
            since: now,
        }
    }

    /// Its nonce.
    #[must_use]
    pub fn nonce(&self) -> u64 {
        self.nonce
    }

    /// What it offers.
    #[must_use]
    pub fn fees(&self) -> Fees {
        self.fees
    }

    /// All that were sent, the first first.
    #[must_use]
    pub fn hashes(&self) -> &[B256] {
        &self.sent
    }

    /// It is sent under this name.
    pub fn sent(&mut self, hash: B256) {
        if !self.sent.contains(&hash) {
            self.sent.push(hash);
        }
    }

    /// It is in no block yet: whether to send it again, for how much. Nodes take a replacement that offers an eighth
    /// more of both fees, and none beyond `policy.most` is offered.
    pub fn overdue(&mut self, policy: &Policy, market: Fees, now: u64) -> Option<Fees> {
        if now.saturating_sub(self.since) < u64::try_from(policy.stuck_after.as_millis()).unwrap_or(u64::MAX)
        {
            return None;
        }
        let more = Fees {
            most: eighth_more(self.fees.most).max(market.most.min(policy.most)),
            tip: eighth_more(self.fees.tip).max(market.tip.min(policy.most)),
        };
        if more.most > policy.most || more.tip > more.most {
            return None;
        }
        self.fees = more;
        self.since = now;
        Some(more)
    }
}

/// Rounded up, and more even of nothing.
fn eighth_more(fee: u128) -> u128 {
    fee.saturating_add(fee.div_ceil(8).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Policy = Policy {
        stuck_after: Duration::from_secs(60),
        most: 1_000,
    };
    const MARKET: Fees = Fees { most: 200, tip: 2 };

    #[test]
    fn it_is_left_alone_until_it_is_stuck() {
        let mut transit = Transit::new(7, MARKET, 1_000);
        assert_eq!(transit.overdue(&POLICY, MARKET, 60_999), None);
        let more = Fees { most: 225, tip: 3 };
        assert_eq!(transit.overdue(&POLICY, MARKET, 61_000), Some(more));
        assert_eq!(transit.overdue(&POLICY, MARKET, 120_999), None, "counted anew");
        assert_eq!(transit.nonce(), 7);
    }

    #[test]
    fn a_replacement_offers_what_the_market_asks_if_that_is_more() {
        let mut transit = Transit::new(0, MARKET, 0);
        let dear = Fees { most: 900, tip: 50 };
        assert_eq!(transit.overdue(&POLICY, dear, 60_000), Some(dear));
        let free = Fees { most: 0, tip: 0 };
        let mut transit = Transit::new(0, free, 0);
        assert_eq!(
            transit.overdue(&POLICY, free, 60_000),
            Some(Fees { most: 1, tip: 1 })
        );
    }

    #[test]
    fn none_costs_more_than_is_allowed() {
        let mut transit = Transit::new(0, MARKET, 0);
        let mut offers = 0;
        for turn in 1..100 {
            let dear = Fees { most: 5_000, tip: 2 };
            if let Some(fees) = transit.overdue(&POLICY, dear, turn * 60_000) {
                assert!(fees.most <= 1_000 && fees.tip <= fees.most, "{fees:?}");
                offers += 1;
            }
        }
        assert_eq!(offers, 1, "at the limit there is nothing more to offer");
    }
}
