//! One orchestrator a store: a file beside it is locked. Not the store itself, on which SQLite has locks that closing any
//! other handle would drop.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::Error;
use super::schema::failed;

/// Given back when it is dropped, or the process is gone however it went.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "held, not read")] File);

impl Lock {
    pub(super) fn take(store: &Path) -> Result<Self, Error> {
        let mut name = store.as_os_str().to_owned();
        name.push(".lock");
        let path = Path::new(&name);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path)
            .map_err(failed(path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(Error::Owned(store.to_owned())),
            Err(TryLockError::Error(error)) => Err(failed(path)(error)),
        }
    }
}
