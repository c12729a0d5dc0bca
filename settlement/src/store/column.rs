//! Between numbers and columns.

use alloy_primitives::{Address, B256, U256, U512};
use rusqlite::Row;

/// SQLite's integers have a sign. What does not fit is far above any time, nonce or block that exists.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn uint(row: &Row<'_>, name: &str) -> rusqlite::Result<u64> {
    let number: i64 = row.get(name)?;
    Ok(u64::try_from(number).unwrap_or(0))
}

pub(super) fn word(row: &Row<'_>, name: &str) -> rusqlite::Result<U256> {
    Ok(U256::from_be_bytes(row.get::<_, [u8; 32]>(name)?))
}

pub(super) fn long_word(row: &Row<'_>, name: &str) -> rusqlite::Result<U512> {
    Ok(U512::from_be_bytes(row.get::<_, [u8; 64]>(name)?))
}

pub(super) fn hash(row: &Row<'_>, name: &str) -> rusqlite::Result<B256> {
    Ok(B256::new(row.get(name)?))
}

pub(super) fn address(row: &Row<'_>, name: &str) -> rusqlite::Result<Address> {
    Ok(Address::new(row.get(name)?))
}
