//! What the operator may look at.

use alloy_primitives::U256;

use super::super::account::Balance;
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

/// What all accounts have together, in whole wei, each rounded as [`Account::balance`] does.
///
/// [`Account::balance`]: super::super::account::Account::balance
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accounts {
    /// Paid for work that is still to be done.
    pub ahead: U256,
    /// Worked and not paid.
    pub owed: U256,
}

impl Recipient {
    /// The accounts of streams that run, and of those that have ended.
    #[must_use]
    pub fn accounts(&self) -> Accounts {
        let live = self.sessions.values().map(|paying| &paying.session.account);
        let mut sums = Accounts::default();
        for account in live.chain(self.left.values()) {
            match account.balance() {
                Balance::Credit(wei) => sums.ahead = sums.ahead.saturating_add(wei),
                Balance::Debt(wei) => sums.owed = sums.owed.saturating_add(wei),
            }
        }
        sums
    }

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
