//! The file: how it is made, opened and brought up to date.

use std::fs::{self, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::{Error, sums};

/// Says to `file` and to us whose it is: "HWst".
const APPLICATION: i64 = 0x4857_7374;

/// Each brings a file from the version of its index to the next, and is never changed once it was released.
const MIGRATIONS: [Migration; 2] = [
    Migration {
        sql: include_str!("schema/1.sql"),
        then: |_| Ok(()),
    },
    Migration {
        sql: include_str!("schema/2.sql"),
        then: sums::fill,
    },
];

struct Migration {
    sql: &'static str,
    /// What SQL cannot do: sums of the chain's numbers.
    then: fn(&Connection) -> Result<(), Error>,
}

/// For the other process's transaction, which is over once it is synced: a disk that takes longer is failing.
const PATIENCE: Duration = Duration::from_secs(5);

/// Makes the file if there is none, for its owner's eyes only: it holds what a node's tickets win by. SQLite gives the
/// log and the index beside it the same mode.
pub(super) fn create(path: &Path) -> Result<(), Error> {
    match OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path)
    {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(failed(path))
        }
        Err(error) => Err(failed(path)(error)),
    }
}

/// A connection that writes, synced at each commit, to a file whose schema is this version's.
pub(super) fn open(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    let owner: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if owner != APPLICATION && (owner, tables) != (0, 0) {
        return Err(Error::Foreign(path.to_owned()));
    }
    // The first of these is kept in the file, the others hold for the connection.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    // What a burst made of the log is given back after it.
    connection.pragma_update(None, "journal_size_limit", 8 << 20)?;
    migrate(&mut connection, path)?;
    Ok(connection)
}

/// A connection that only reads.
pub(super) fn reader(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

pub(super) fn failed(path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |source| match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::Full,
        _ => Error::File {
            path: path.to_owned(),
            source: Arc::new(source),
        },
    }
}

/// In one transaction, which waits for another process that does the same.
fn migrate(connection: &mut Connection, path: &Path) -> Result<(), Error> {
    let known = MIGRATIONS.len();
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let Some(missing) = usize::try_from(found).ok().and_then(|n| MIGRATIONS.get(n..)) else {
        return Err(Error::Newer {
            path: path.to_owned(),
            found,
            known: known as i64,
        });
    };
    if missing.is_empty() {
        return Ok(());
    }
    for step in missing {
        transaction.execute_batch(step.sql)?;
        (step.then)(&transaction)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", known as i64)?;
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_commit_is_synced_and_references_are_checked() {
        let folder = std::env::temp_dir().join(format!("headwater-schema-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("node.db");
        create(&path).unwrap();
        let connection = open(&path).unwrap();
        let setting = |name| {
            connection
                .pragma_query_value(None, name, |row| row.get::<_, i64>(0))
                .unwrap()
        };
        // 2 is FULL.
        assert_eq!((setting("synchronous"), setting("foreign_keys")), (2, 1));
        let mode: String = connection
            .pragma_query_value(None, "journal_mode", |row| row.get(0))
            .unwrap();
        assert_eq!(mode, "wal");
        drop(connection);
        fs::remove_dir_all(folder).unwrap();
    }
}
