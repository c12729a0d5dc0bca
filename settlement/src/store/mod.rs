//! What must survive `kill -9`, a power cut and a full disk: one SQLite file beside the node.
//!
//! ```text
//!   commit, change, tally ─▶ bounded queue ─▶ the writer's thread: one transaction for all that wait, synced
//!                                              └─▶ each one's `done`
//!   winners, batches, history ─▶ a connection of their own, which waits for no writer
//! ```
//!
//! Nothing here blocks whoever hands something in: a queue that is full refuses, so that work is refused, not delayed. What
//! `done` was called for with `Ok` is on the disk.
//!
//! One orchestrator [opens](Store::open) a file; a redeemer in another process [attaches](Store::attach) to it.

mod change;
mod column;
mod commit;
mod error;
mod history;
mod lock;
mod recovered;
mod schema;
mod sums;
mod winners;
mod writer;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use alloy_primitives::{B256, U256};
use headwater_protocol::key::Address;
use headwater_protocol::pm::Commit;
use rusqlite::Connection;

pub use change::Change;
pub use error::Error;
pub use history::{Bucket, Sum, Tally, Totals};
pub use recovered::{CREDIT_AGE, Recovered};
pub use winners::{Attempt, Batch, Latest, Record, Redemption, State};
pub use writer::QUEUE;

use lock::Lock;
use writer::{Work, Writer};

/// An open store. What waits is written before the last handle is gone.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    writer: Writer,
    /// Held by [`Self::open`]'s; given back last.
    _lock: Option<Lock>,
}

impl Store {
    /// Opens the store of an orchestrator, or makes it, with a secret from the system's generator; and what it remembers.
    /// `now` in milliseconds since 1970, here and below.
    ///
    /// # Errors
    /// [`Error`]; [`Error::Owned`] if another orchestrator has it: two would count the same nonces twice.
    pub fn open(path: &Path, now: u64) -> Result<(Self, Recovered), Error> {
        schema::create(path)?;
        let lock = Lock::take(path)?;
        let mut connection = schema::open(path)?;
        match recovered::prune(&connection, now) {
            // What has expired is passed over below.
            Ok(()) | Err(Error::Full) => {}
            Err(error) => return Err(error),
        }
        let recovered = recovered::read(&mut connection, now)?;
        let store = Self {
            path: path.to_owned(),
            writer: Writer::start(connection)?,
            _lock: Some(lock),
        };
        Ok((store, recovered))
    }

    /// Joins a store that exists, beside its orchestrator or without one.
    ///
    /// # Errors
    /// [`Error`].
    pub fn attach(path: &Path) -> Result<Self, Error> {
        let connection = schema::open(path)?;
        Ok(Self {
            path: path.to_owned(),
            writer: Writer::start(connection)?,
            _lock: None,
        })
    }

    /// Hands in what must be on disk before it is acted upon. `done` is called on the writer's thread: it neither blocks
    /// nor panics. If it is not called at all, nothing was promised.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Closed`]: `done` is not called, and work is to be refused. `done` gets [`Error::Full`] and
    /// its kin: nothing of this commit may be acted upon.
    pub fn commit(
        &self,
        commit: Commit,
        now: u64,
        done: impl FnOnce(Result<(), Error>) + Send + 'static,
    ) -> Result<(), Error> {
        self.writer.hand_in(Work::Commit(commit, now), done)
    }

    /// Hands in a step of redemption; `done` as for [`Self::commit`].
    ///
    /// # Errors
    /// As [`Self::commit`]; `done` gets [`Error::Unfit`] where the winners are not in a state that the step leads from, and
    /// then nothing of it is written.
    pub fn change(
        &self,
        change: Change,
        now: u64,
        done: impl FnOnce(Result<(), Error>) + Send + 'static,
    ) -> Result<(), Error> {
        self.writer.hand_in(Work::Change(change, now), done)
    }

    /// Adds to the hour's sums, for [`Self::history`] alone: what was received since the last call.
    ///
    /// # Errors
    /// As [`Self::commit`].
    pub fn tally(&self, tally: Tally, now: u64) -> Result<(), Error> {
        self.writer.hand_in(Work::Tally(tally, now), |_| {})
    }

    /// Forgets what has expired, an hour after it has. To be called now and then.
    ///
    /// # Errors
    /// As [`Self::commit`].
    pub fn prune(&self, now: u64) -> Result<(), Error> {
        self.writer.hand_in(Work::Prune(now), |_| {})
    }

    /// Winners in a state, as they were won; at most `limit` of them. Reads the disk.
    ///
    /// # Errors
    /// [`Error`].
    pub fn winners(&self, state: State, limit: usize) -> Result<Vec<Record>, Error> {
        winners::by_state(&self.reader()?, state, limit)
    }

    /// The newest winners, whatever became of them, the last one first; at most `limit`. Reads the disk.
    ///
    /// # Errors
    /// [`Error`].
    pub fn latest(&self, limit: usize) -> Result<Vec<Latest>, Error> {
        winners::latest(&self.reader()?, limit)
    }

    /// One winner, by its ticket's hash. Reads the disk.
    ///
    /// # Errors
    /// [`Error`].
    pub fn winner(&self, hash: B256) -> Result<Option<Record>, Error> {
        winners::by_hash(&self.reader()?, hash)
    }

    /// What was sent to the chain and is not known to be there: a restart begins with these. Reads the disk.
    ///
    /// # Errors
    /// [`Error`].
    pub fn batches(&self) -> Result<Vec<Batch>, Error> {
        winners::batches(&mut self.reader()?)
    }

    /// The sum of the face values of each sender's winners that are neither redeemed nor hopeless, in wei: what its float is
    /// less by. Reads the disk.
    ///
    /// # Errors
    /// [`Error`].
    pub fn outstanding(&self) -> Result<BTreeMap<Address, U256>, Error> {
        recovered::outstanding(&self.reader()?)
    }

    /// Sums over everything, which are kept as they change. Reads the disk.
    ///
    /// # Errors
    /// [`Error`].
    pub fn totals(&self) -> Result<Totals, Error> {
        history::totals(&mut self.reader()?)
    }

    /// Sums by time from `from` to `to`, in steps of whole hours; empty ones are left out. Reads the disk.
    ///
    /// # Errors
    /// [`Error`].
    pub fn history(&self, from: u64, to: u64, hours: u32) -> Result<Vec<Bucket>, Error> {
        history::buckets(&mut self.reader()?, from, to, hours)
    }

    /// A connection for one question: a slow one delays no other.
    fn reader(&self) -> Result<Connection, Error> {
        schema::reader(&self.path)
    }
}
