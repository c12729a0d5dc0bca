//! Winners that wait, and when waiting ends.

use std::collections::VecDeque;

use headwater_protocol::pm::Winner;

use super::Policy;
use crate::chain::Round;
use crate::store::Record;

/// Over how many of the last heads a price is compared: two hours of Ethereum's blocks, after which a fee that was high
/// is what fees are.
const MEMORY: usize = 600;

/// One that is pending.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) winner: Winner,
    /// When it won: milliseconds since 1970.
    won: u64,
    /// Not to be tried before this block.
    pub(super) retry_at: u64,
    /// Since which block it has been refused for good, if it has.
    pub(super) condemned_at: Option<u64>,
    /// Less than its face value can be paid.
    pub(super) lacks_funds: bool,
}

/// A ticket's time, in blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) won: u64,
    /// Half of what was left when it won.
    pub(super) deadline: u64,
    /// The first block in which it may be void.
    pub(super) end: u64,
}

impl Waiting {
    pub(super) fn new(record: Record) -> Self {
        Self::of(record.winner, record.won)
    }

    pub(super) fn of(winner: Winner, won: u64) -> Self {
        Self {
            winner,
            won,
            retry_at: 0,
            condemned_at: None,
            lacks_funds: false,
        }
    }

    /// What was found out about it.
    pub(super) fn keep(&mut self, before: Self) {
        *self = Self {
            won: self.won,
            ..before
        };
    }

    /// A ticket of round r is void once r + validity begins, if every round until then is initialized.
    pub(super) fn span(&self, policy: &Policy, round: &Round, head: u64, now: u64) -> Span {
        let current = round.due.unwrap_or(round.number);
        let created: u64 = self.winner.ticket.creationRound.saturating_to();
        let rounds = created.saturating_add(round.validity).saturating_sub(current);
        let end = round.start.saturating_add(rounds.saturating_mul(round.length));
        let block = u64::try_from(policy.block_time.as_millis())
            .unwrap_or(u64::MAX)
            .max(1);
        let won = head.saturating_sub(now.saturating_sub(self.won) / block);
        let deadline = won + end.saturating_sub(won) / 2;
        Span { won, deadline, end }
    }

    /// When to try again what cannot be paid yet: sixteen times in what is left.
    pub(super) fn put_off(&mut self, span: Span, head: u64) {
        self.retry_at = head + (span.end.saturating_sub(head) / 16).max(1);
    }
}

/// How much of its patience a winner has used up, in thousandths.
pub(super) fn urgency(span: Span, head: u64) -> u64 {
    let (waited, all) = (
        head.saturating_sub(span.won),
        span.deadline.saturating_sub(span.won),
    );
    if waited >= all {
        1_000
    } else {
        waited * 1_000 / all
    }
}

/// What gas has cost.
#[derive(Debug, Default)]
pub(super) struct Prices(VecDeque<u128>);

impl Prices {
    pub(super) fn seen(&mut self, price: u128) {
        if self.0.len() == MEMORY {
            self.0.pop_front();
        }
        self.0.push_back(price);
    }

    /// Whether `price` is low enough for this need, in thousandths: below as large a part of those seen as the need is
    /// not. A price that never changes is never low, so that batches fill.
    pub(super) fn suits(&self, price: u128, need: u64) -> bool {
        if need >= 1_000 {
            return true;
        }
        let dearer = self.0.iter().filter(|seen| **seen > price).count() as u64;
        dearer * 1_000 > (1_000 - need) * self.0.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAN: Span = Span {
        won: 100,
        deadline: 200,
        end: 300,
    };

    #[test]
    fn need_grows_from_the_win_to_the_deadline() {
        assert_eq!(
            [0, 100, 150, 199, 200, 1_000].map(|head| urgency(SPAN, head)),
            [0, 0, 500, 990, 1_000, 1_000]
        );
        let over = Span {
            won: 300,
            deadline: 300,
            end: 200,
        };
        assert_eq!(urgency(over, 300), 1_000);
    }

    #[test]
    fn the_more_need_the_higher_a_price_suits() {
        let mut prices = Prices::default();
        (1..=100).for_each(|price| prices.seen(price));
        assert!(!prices.suits(1, 0), "nothing is cheaper than all that was");
        assert!(prices.suits(5, 100) && !prices.suits(50, 100));
        assert!(prices.suits(49, 500) && !prices.suits(51, 500));
        assert!(prices.suits(u128::MAX, 1_000));
    }

    #[test]
    fn a_price_that_never_changes_is_waited_at_until_there_is_need() {
        let mut prices = Prices::default();
        assert!(!prices.suits(7, 500), "nothing was seen");
        (0..2_000).for_each(|_| prices.seen(7));
        assert!(!prices.suits(7, 999) && prices.suits(7, 1_000));
        assert_eq!(prices.0.len(), MEMORY);
    }
}
