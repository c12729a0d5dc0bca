//! What the operator may look at while payments are counted.

use headwater_protocol::pm::recipient::{Accounts, Payer, Tally};
use tokio::sync::{mpsc, oneshot};

/// Who looks at once: a dashboard asks every two seconds, and waits for the answer.
const LOOKS: usize = 16;

/// So many payers are told of: more than anybody reads.
pub const PAYERS: usize = 100;

/// What has been counted, and who pays.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Since when: milliseconds since 1970.
    pub since: u64,
    /// What was counted since then.
    pub tally: Tally,
    /// What is left of all that was paid, or owed.
    pub accounts: Accounts,
    /// How many pay, or owe for winners.
    pub payer_count: usize,
    /// At most [`PAYERS`] of them, those that owe the most first.
    pub payers: Vec<Payer>,
}

/// The way to the ledger.
#[derive(Clone, Debug)]
pub struct Books(mpsc::Sender<oneshot::Sender<Ledger>>);

impl Books {
    pub(super) fn new() -> (Self, mpsc::Receiver<oneshot::Sender<Ledger>>) {
        let (asks, asked) = mpsc::channel(LOOKS);
        (Self(asks), asked)
    }

    /// The ledger as it stands; `None` once the cashier is gone.
    pub async fn look(&self) -> Option<Ledger> {
        let (reply, answer) = oneshot::channel();
        self.0.send(reply).await.ok()?;
        answer.await.ok()
    }
}
