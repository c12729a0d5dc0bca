//! What must be on disk before it is acted upon, so that nothing is lost or credited twice when a node dies.

use alloy_primitives::{B256, U256};

use super::account::Account;
use crate::chain::ticket::Ticket;
use crate::key::{Address, Signature};
use crate::stream;

/// A ticket that wins, with all that its redemption takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Winner {
    /// As it was signed.
    pub ticket: Ticket,
    /// By the sender or its session signer.
    pub signature: Signature,
    /// The secret number that it wins with. Whoever knows it signs winners only, so it is shown to nobody before
    /// [`Self::expires`].
    pub recipient_rand: U256,
    /// The ticket's typed hash: its name on chain.
    pub hash: B256,
    /// From when on its parameters earn no credit: milliseconds since 1970.
    pub expires: u64,
}

/// Nonces that may have earned credit: after a restart, those up to here earn none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ceiling {
    /// Which parameters.
    pub recipient_rand_hash: B256,
    /// The highest nonce, itself included.
    pub nonce: u32,
    /// From when on the parameters earn no credit, and this may be forgotten: milliseconds since 1970.
    pub expires: u64,
}

/// What a sender has left for a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit {
    /// Who pays.
    pub sender: Address,
    /// For what.
    pub stream: stream::Id,
    /// Payments and work.
    pub account: Account,
}

/// To be written whole or not at all, and synced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    /// Never those of a ticket that is stored already: the first stays.
    pub winners: Vec<Winner>,
    /// Each replaces a lower one.
    pub ceilings: Vec<Ceiling>,
    /// Each replaces the last.
    pub credits: Vec<Credit>,
}

impl Commit {
    /// Whether there is nothing to write.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.winners.is_empty() && self.ceilings.is_empty() && self.credits.is_empty()
    }
}
