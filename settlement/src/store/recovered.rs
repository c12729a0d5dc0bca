//! What a node remembers when it starts.

use std::collections::BTreeMap;
use std::io;

use alloy_primitives::U256;
use headwater_protocol::key::Address;
use headwater_protocol::pm::Secret;
use headwater_protocol::pm::durable::{Ceiling, Credit};
use headwater_protocol::pm::recipient::Recovered as Known;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::column::{hash, int, uint, word};
use super::{Error, schema};

/// For how long credit is kept that nobody uses: 30 days, in milliseconds. It is a few seconds' worth of work, and its
/// payer is not to find it gone after a holiday.
pub const CREDIT_AGE: u64 = 30 * 24 * 3600 * 1000;

/// For how long a ceiling is kept once it has expired: an hour, in milliseconds, for clocks that are set back.
const GRACE: u64 = 3600 * 1000;

/// All that a recipient goes on with.
#[derive(Debug)]
pub struct Recovered {
    /// What its parameters are sealed with.
    pub secret: Secret,
    /// What it begins with. Of each sender, `pending` has the sum of its winners that are neither redeemed nor hopeless.
    pub known: Known,
}

/// Forgets what no longer matters.
pub(super) fn prune(connection: &Connection, now: u64) -> Result<(), Error> {
    connection.execute(
        "DELETE FROM ceiling WHERE expires < ?1",
        [int(now.saturating_sub(GRACE))],
    )?;
    connection.execute(
        "DELETE FROM credit WHERE changed < ?1",
        [int(now.saturating_sub(CREDIT_AGE))],
    )?;
    Ok(())
}

pub(super) fn read(connection: &mut Connection, now: u64) -> Result<Recovered, Error> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let recovered = Recovered {
        secret: secret(&transaction)?,
        known: Known {
            ceilings: ceilings(&transaction, now)?,
            credits: credits(&transaction, now)?,
            outstanding: outstanding(&transaction)?,
        },
    };
    transaction.commit()?;
    Ok(recovered)
}

/// Drawn once in a store's life.
fn secret(transaction: &Transaction<'_>) -> Result<Secret, Error> {
    let mut drawn = [0; 48];
    getrandom::fill(&mut drawn).map_err(|error| {
        schema::failed("the system's generator".as_ref())(io::Error::other(error.to_string()))
    })?;
    transaction.execute(
        "INSERT INTO secret VALUES (1, ?1, ?2) ON CONFLICT DO NOTHING",
        params![&drawn[..32], &drawn[32..]],
    )?;
    Ok(
        transaction.query_row("SELECT key, instance FROM secret", [], |row| {
            Ok(Secret::new(row.get(0)?, row.get(1)?))
        })?,
    )
}

fn ceilings(transaction: &Transaction<'_>, now: u64) -> Result<Vec<Ceiling>, Error> {
    let mut statement =
        transaction.prepare("SELECT * FROM ceiling WHERE expires >= ?1 ORDER BY recipient_rand_hash")?;
    let rows = statement.query_map([int(now.saturating_sub(GRACE))], |row| {
        Ok(Ceiling {
            recipient_rand_hash: hash(row, "recipient_rand_hash")?,
            nonce: row.get("nonce")?,
            expires: uint(row, "expires")?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn credits(transaction: &Transaction<'_>, now: u64) -> Result<Vec<Credit>, Error> {
    let mut statement =
        transaction.prepare("SELECT sender, stream, account FROM credit WHERE changed >= ?1")?;
    let rows = statement.query_map([int(now.saturating_sub(CREDIT_AGE))], |row| {
        let unreadable = |column, error| {
            rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, error)
        };
        let (stream, account) = (row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_str()?);
        Ok(Credit {
            sender: Address(row.get(0)?),
            stream: stream.parse().map_err(|error| unreadable(1, Box::from(error)))?,
            account: serde_json::from_str(account).map_err(|error| unreadable(2, Box::from(error)))?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn outstanding(connection: &Connection) -> Result<BTreeMap<Address, U256>, Error> {
    let mut sums = BTreeMap::new();
    let mut statement = connection.prepare("SELECT sender, face_value FROM winner WHERE state IN (0, 1)")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let sum: &mut U256 = sums.entry(Address(row.get("sender")?)).or_default();
        *sum = sum.saturating_add(word(row, "face_value")?);
    }
    Ok(sums)
}
