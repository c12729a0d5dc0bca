//! What goes wrong on a disk.

use std::path::PathBuf;
use std::sync::Arc;

use alloy_primitives::B256;
use rusqlite::ErrorCode;

/// Why something is not on disk, or cannot be read. Cloned for each that shared a transaction.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What is stored stays, and stays readable.
    #[error("the disk is full: nothing was stored, and work is refused until there is room")]
    Full,
    /// [`super::QUEUE`] wait already.
    #[error("the disk is too slow: as much waits for it as may, and work is refused until it has caught up")]
    Busy,
    /// The writer's thread is gone.
    #[error("the store is closed: the node is stopping, or its log says why it failed")]
    Closed,
    /// By another orchestrator's process.
    #[error("{0} belongs to a node that runs: stop it, or give this one a store of its own")]
    Owned(PathBuf),
    /// Its `application_id` is another one's.
    #[error("{0} is not a store of Headwater: name another file")]
    Foreign(PathBuf),
    /// Of a later version.
    #[error("{path} has schema {found}, and this version knows up to {known}: run the version that wrote it")]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its `user_version`.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// There is no such winner, or it is not where the step leads from.
    #[error("winner {0} is not in a state that this step leads from: read it again")]
    Unfit(B256),
    /// No transaction is known by this hash.
    #[error("no transaction {0} was stored: store each one before it is sent")]
    UnknownTransaction(B256),
    /// A damaged file.
    #[error("the store is damaged: stop, keep a copy, and restore it (`sqlite3 FILE .recover`)")]
    Damaged(#[source] Arc<rusqlite::Error>),
    /// Everything else that SQLite says.
    #[error("the store failed: see the cause, then the disk's health and the file's owner")]
    Sqlite(#[source] Arc<rusqlite::Error>),
    /// The file cannot be made or guarded.
    #[error("{path} cannot be used: check that its folder exists and is writable")]
    File {
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: Arc<std::io::Error>,
    },
}

impl Error {
    /// Whether it concerns one job alone, and not those that share its transaction.
    pub(super) const fn is_of_one(&self) -> bool {
        matches!(self, Self::Unfit(_) | Self::UnknownTransaction(_))
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(Arc::new(error)),
            _ => Self::Sqlite(Arc::new(error)),
        }
    }
}
