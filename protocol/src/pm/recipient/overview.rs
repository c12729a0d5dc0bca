//! What the operator may look at.

use alloy_primitives::U256;

use super::{Funds, Recipient};
use crate::key::Address;

/// One who pays, or owes for winners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payer {
    /// Its address on chain.
    pub sender: Address,
    /// How many sessions it pays for now.
    pub sessions: usize,
    /// What the chain last said of it; `None` before that.
    pub funds: Option<Funds>,
    /// Face values of its winners that are not redeemed, in wei.
    pub outstanding: U256,
    /// What can be relied on, in wei: the allotment less what is outstanding.
    pub float: Option<U256>,
}

impl Recipient {
    /// How many senders pay or owe for winners, and `most` of them: those that owe the most first.
    #[must_use]
    pub fn payers(&self, most: usize) -> (usize, Vec<Payer>) {
        let mut payers: Vec<Payer> = self.standing.payers().collect();
        let all = payers.len();
        if most == 0 {
            return (all, Vec::new());
        }
        if most < all {
            payers.select_nth_unstable_by(most - 1, |a, b| b.outstanding.cmp(&a.outstanding));
            payers.truncate(most);
        }
        payers.sort_by_key(|payer| (core::cmp::Reverse(payer.outstanding), payer.sender));
        for payer in &mut payers {
            payer.sessions = self.paid_by(payer.sender).len();
        }
        (all, payers)
    }
}
