//! Takes the payments of a node's sessions: [`pm::Recipient`](headwater_protocol::pm::Recipient) between the node, the
//! store and the chain.
//!
//! ```text
//!   node ── Event (bounded) ─▶ Cashier ─▶ Store: what must not be forgotten
//!    ▲                            │   ◀─▶ Chain: rounds, gas, senders and their signers
//!    └───────── Order ◀───────────┘
//! ```
//!
//! Signatures are recovered here, by libsecp256k1, and never where media flows.

mod books;
mod chain;
mod recover;
mod till;
mod upkeep;

use headwater_protocol::control::Message;
use headwater_protocol::key::{Address, SessionKey};
use headwater_protocol::pm::{Payment, recipient};
use headwater_protocol::session::registry::SessionId;
use headwater_protocol::stream;
use tokio::sync::mpsc;

pub use books::{Books, Ledger, PAYERS};
pub use recover::recover;
pub use till::Till;

use crate::store;

/// Events that wait: a payment of each of a thousand sessions, and their work.
pub const EVENTS: usize = 4096;

/// What the node reports.
#[derive(Clone, Debug)]
pub enum Event {
    /// A session publishes a stream, for about so many encoded pixels a second.
    Opened(SessionId, stream::Id, u64),
    /// So many from now on.
    Rate(SessionId, u64),
    /// A session is over.
    Closed(SessionId),
    /// [`Message::Ask`]
    Asked {
        /// Where it came from.
        session: SessionId,
        /// Who pays.
        sender: Address,
        /// Who signs.
        signer: Address,
    },
    /// [`Message::Payment`]
    Paid(SessionId, Box<Payment>),
    /// Pixels of a rendition that were encoded.
    Worked(SessionId, String, u64),
}

/// What the node is to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// Send this on the session's `control`.
    Tell(SessionId, Box<Message>),
    /// Take the session's media, or take no more of it.
    Gate(SessionId, bool),
}

/// What a cashier needs.
#[derive(Clone, Debug)]
pub struct Config {
    /// What the operator asks for.
    pub terms: recipient::Config,
    /// Signs receipts.
    pub node_key: SessionKey,
    /// The gas that redeeming a ticket takes, until a redemption has been estimated.
    pub redemption_gas: u64,
    /// Between two looks at the chain's head, in milliseconds: half a block's time is often enough.
    pub poll: u64,
}

/// The node's end.
#[derive(Clone, Debug)]
pub struct Counter(mpsc::Sender<Event>);

impl Counter {
    /// Reports what happened.
    ///
    /// # Errors
    /// [`Busy`], and nothing was reported: work is to be counted again, and who asked or paid to be told.
    pub fn report(&self, event: Event) -> Result<(), Busy> {
        self.0.try_send(event).map_err(|_| Busy)
    }

    /// Reports it as soon as there is room: when a node stops, and has nothing more to wait for.
    ///
    /// # Errors
    /// [`Busy`]: the cashier is gone.
    pub async fn report_at_last(&self, event: Event) -> Result<(), Busy> {
        self.0.send(event).await.map_err(|_| Busy)
    }

    /// A counter without a cashier, with room for so many events: what reports is tried by it.
    #[must_use]
    pub fn channel(room: usize) -> (Self, mpsc::Receiver<Event>) {
        let (sender, events) = mpsc::channel(room);
        (Self(sender), events)
    }
}

/// The cashier has more to do than it can, or is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the orchestrator has more payments to count than it can; try again in a moment")]
pub struct Busy;

/// Why there is no cashier.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The store.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The system's random numbers.
    #[error("the system has no random numbers: {0}")]
    Random(getrandom::Error),
}
