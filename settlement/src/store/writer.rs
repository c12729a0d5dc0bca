//! The one thread that writes: everything that waits goes into one transaction, and each learns of its end.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};

use headwater_protocol::pm::Commit;
use rusqlite::{Connection, TransactionBehavior};

use super::history::Tally;
use super::schema::failed;
use super::{Change, Error, change, commit, recovered, sums};

/// How much may wait for the disk. Ten seconds of a hundred winners or blocks of nonces a second; a disk that is silent for
/// longer is failing.
pub const QUEUE: usize = 1024;

/// How much shares a transaction: enough to make a sync's cost vanish, little enough that the first does not wait for long.
const GROUP: usize = 256;

/// What is to be written, with the time.
#[derive(Debug)]
pub(super) enum Work {
    Commit(Commit, u64),
    Change(Change, u64),
    Tally(Tally, u64),
    Prune(u64),
}

type Done = Box<dyn FnOnce(Result<(), Error>) + Send>;

struct Job {
    work: Work,
    done: Done,
}

/// The queue's near end. The thread writes what waits and ends when this is dropped.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self, Error> {
        let (queue, jobs) = sync_channel(QUEUE);
        let thread = thread::Builder::new()
            .name("store".into())
            .spawn(move || run(connection, &jobs))
            .map_err(failed("store's thread".as_ref()))?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
        })
    }

    pub(super) fn hand_in(
        &self,
        work: Work,
        done: impl FnOnce(Result<(), Error>) + Send + 'static,
    ) -> Result<(), Error> {
        let done = Box::new(done);
        let queue = self.queue.as_ref().ok_or(Error::Closed)?;
        queue.try_send(Job { work, done }).map_err(|error| match error {
            TrySendError::Full(_) => Error::Busy,
            TrySendError::Disconnected(_) => Error::Closed,
        })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // Its panic was reported when it happened.
            let _ = thread.join();
        }
    }
}

fn run(mut connection: Connection, jobs: &Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        let group: Vec<Job> = std::iter::once(first)
            .chain(jobs.try_iter().take(GROUP - 1))
            .collect();
        match write(&mut connection, &group) {
            Ok(results) => {
                for (job, result) in group.into_iter().zip(results) {
                    (job.done)(result);
                }
            }
            Err(error) => {
                for job in group {
                    (job.done)(Err(error.clone()));
                }
            }
        }
    }
}

/// All of them, or none but for those that were unfit by themselves.
fn write(connection: &mut Connection, group: &[Job]) -> Result<Vec<Result<(), Error>>, Error> {
    let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut results = Vec::with_capacity(group.len());
    for job in group {
        let step = transaction.savepoint()?;
        let result = apply(&step, &job.work);
        match result {
            Ok(()) => step.commit()?,
            // The savepoint, dropped, takes its beginnings back.
            Err(ref error) if error.is_of_one() => drop(step),
            Err(error) => return Err(error),
        }
        results.push(result);
    }
    // Synced when it returns: the log is (`synchronous=FULL`).
    transaction.commit()?;
    Ok(results)
}

fn apply(connection: &Connection, work: &Work) -> Result<(), Error> {
    match work {
        Work::Commit(commit, now) => commit::write(connection, commit, *now),
        Work::Change(change, now) => change::write(connection, change, *now),
        Work::Tally(tally, now) => sums::received(connection, tally.tickets, tally.expected, *now),
        Work::Prune(now) => recovered::prune(connection, *now),
    }
}
