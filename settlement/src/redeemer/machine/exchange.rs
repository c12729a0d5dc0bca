//! What the machine is told, and what it asks for.

use alloy_primitives::{B256, Bytes};
use headwater_protocol::chain::Revert;
use headwater_protocol::pm::Winner;

use crate::chain::{Header, Receipt, Round, Signed};
use crate::redeemer::Payment;
use crate::store::{Batch, Change, Record};

/// What happened.
#[derive(Debug)]
pub enum Input {
    /// The store's pending winners, all or the first of many. Before each head.
    Pending(Vec<Record>),
    /// At first: what was sent before a restart, with its winners.
    Resumed(Vec<(Batch, Vec<Winner>)>),
    /// A block came. Its round, and what others tip.
    Head {
        /// The block.
        header: Header,
        /// The newest block that is final.
        last_final: u64,
        /// The round as of it.
        round: Round,
        /// Wei per gas.
        tip: u128,
    },
    /// The chain dropped its blocks from this one on.
    Undone {
        /// The first that is gone.
        from: u64,
    },
    /// Answers [`Output::Try`]: for each, in its order, the refusal, if there was one.
    Tried(Vec<Option<Revert>>),
    /// Answers [`Output::Prepare`].
    Prepared {
        /// The estimate.
        gas: u64,
        /// The account's next nonce.
        nonce: u64,
    },
    /// Answers [`Output::Try`] or [`Output::Prepare`]: it could not be done now.
    Failed,
    /// Answers [`Output::Look`].
    Looked {
        /// Of whichever of them is in a block.
        receipt: Option<Receipt>,
        /// The account's next nonce.
        nonce: u64,
        /// Whether a node has any of them waiting.
        known: bool,
    },
    /// Answers [`Output::FindPaid`].
    Found {
        /// The ticket's hash.
        winner: B256,
        /// Where, and how much.
        paid: Option<Payment>,
    },
    /// A node did not take what was [sent](Output::Send).
    NotTaken(B256),
}

/// What to do, in order.
#[derive(Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "a handful at a time, moved once")]
pub enum Output {
    /// To be on disk before anything after it is done.
    Store(Change),
    /// Try each by itself, as a call of the account.
    Try(Vec<Winner>),
    /// Estimate the gas of this call of the TicketBroker, and read the account's next nonce.
    Prepare(Bytes),
    /// Hand this to a node.
    Send(Signed),
    /// Find these transactions' receipt.
    Look(Vec<B256>),
    /// Find the payment of a ticket that is used, in no block before `from`.
    FindPaid {
        /// The ticket.
        winner: Winner,
        /// The first block of its round, about.
        from: u64,
    },
}
