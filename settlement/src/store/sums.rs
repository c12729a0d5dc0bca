//! Running sums: written with what they count, in the same transaction.

use alloy_primitives::{U256, U512};
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::Error;
use super::column::{int, long_word, uint, word};

pub(super) const HOUR: u64 = 3600 * 1000;

/// The column of sums that have no hour.
const EVER: i64 = -1;

/// What is counted; the column's numbers, of which the first four are winners' states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Pending,
    Submitted,
    Redeemed,
    Hopeless,
    Paid,
    Received,
    Won,
}

impl What {
    const fn of_state(state: i64) -> Self {
        match state {
            0 => Self::Pending,
            1 => Self::Submitted,
            2 => Self::Redeemed,
            _ => Self::Hopeless,
        }
    }
}

#[derive(Clone, Copy)]
enum Way {
    In,
    Out,
}

/// A ticket won: it is pending.
pub(super) fn won(connection: &Connection, face_value: U256, now: u64) -> Result<(), Error> {
    let wei = U512::from(face_value);
    let hour = int(now / HOUR);
    add(connection, What::Won, hour, 1, wei, Way::In)?;
    add(connection, What::Pending, EVER, 1, wei, Way::In)
}

/// Tickets were received.
pub(super) fn received(connection: &Connection, tickets: u64, expected: U512, now: u64) -> Result<(), Error> {
    for hour in [int(now / HOUR), EVER] {
        add(connection, What::Received, hour, tickets, expected, Way::In)?;
    }
    Ok(())
}

/// Winners that `update` changes, chosen by what follows `WHERE`, leave the sums of their state and enter their next one's.
pub(super) fn moving<T>(
    connection: &Connection,
    chosen: &str,
    values: impl Params,
    update: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    let mut statement = connection.prepare(&format!("SELECT id FROM winner WHERE {chosen}"))?;
    let ids: Vec<i64> = statement
        .query_map(values, |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let count = |way| ids.iter().try_for_each(|id| count(connection, *id, way));
    count(Way::Out)?;
    let updated = update()?;
    count(Way::In)?;
    Ok(updated)
}

fn count(connection: &Connection, id: i64, way: Way) -> Result<(), Error> {
    let read = |row: &Row<'_>| {
        let paid: Option<[u8; 32]> = row.get("paid")?;
        Ok((
            row.get("state")?,
            word(row, "face_value")?,
            paid.map(U256::from_be_bytes),
            uint(row, "changed")?,
        ))
    };
    let sql = "SELECT state, face_value, paid, changed FROM winner WHERE id = ?1";
    let (state, face_value, paid, changed) = connection.query_row(sql, [id], read)?;
    add(
        connection,
        What::of_state(state),
        EVER,
        1,
        U512::from(face_value),
        way,
    )?;
    if let Some(paid) = paid {
        for hour in [int(changed / HOUR), EVER] {
            add(connection, What::Paid, hour, 1, U512::from(paid), way)?;
        }
    }
    Ok(())
}

fn add(
    connection: &Connection,
    what: What,
    hour: i64,
    count: u64,
    amount: U512,
    way: Way,
) -> Result<(), Error> {
    let (known, sum) = at(connection, what, hour)?;
    let (count, sum) = match way {
        Way::In => (known.saturating_add(count), sum.saturating_add(amount)),
        Way::Out => (known.saturating_sub(count), sum.saturating_sub(amount)),
    };
    connection.execute(
        "INSERT OR REPLACE INTO sum VALUES (?1, ?2, ?3, ?4)",
        params![what as i64, hour, int(count), sum.to_be_bytes::<64>()],
    )?;
    Ok(())
}

fn at(connection: &Connection, what: What, hour: i64) -> Result<(u64, U512), Error> {
    let sum = connection.query_row(
        "SELECT count, amount FROM sum WHERE what = ?1 AND hour = ?2",
        params![what as i64, hour],
        read,
    );
    Ok(sum.optional()?.unwrap_or_default())
}

/// Of all time: how many, and how much.
pub(super) fn ever(connection: &Connection, what: What) -> Result<(u64, U512), Error> {
    at(connection, what, EVER)
}

/// By hour, from `from` to `to` in milliseconds: when each begins, how many, and how much.
pub(super) fn by_hour(
    connection: &Connection,
    what: What,
    from: u64,
    to: u64,
) -> Result<Vec<(u64, u64, U512)>, Error> {
    let sql = "SELECT * FROM sum WHERE what = ?1 AND hour >= ?2 AND hour < ?3 ORDER BY hour";
    let mut statement = connection.prepare(sql)?;
    let span = params![what as i64, int(from.div_ceil(HOUR)), int(to.div_ceil(HOUR))];
    let rows = statement.query_map(span, |row| {
        let (count, amount) = read(row)?;
        Ok((uint(row, "hour")? * HOUR, count, amount))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<(u64, U512)> {
    Ok((uint(row, "count")?, long_word(row, "amount")?))
}

/// Makes the sums of a file that had none.
pub(super) fn fill(connection: &Connection) -> Result<(), Error> {
    let mut hours = connection.prepare("SELECT * FROM hour")?;
    let mut rows = hours.query([])?;
    while let Some(row) = rows.next()? {
        let begin = uint(row, "hour")?.saturating_mul(HOUR);
        received(
            connection,
            uint(row, "tickets")?,
            long_word(row, "expected")?,
            begin,
        )?;
    }
    let mut winners = connection.prepare("SELECT id, won, face_value FROM winner")?;
    let mut rows = winners.query([])?;
    while let Some(row) = rows.next()? {
        let (hour, wei) = (
            int(uint(row, "won")? / HOUR),
            U512::from(word(row, "face_value")?),
        );
        add(connection, What::Won, hour, 1, wei, Way::In)?;
        count(connection, row.get("id")?, Way::In)?;
    }
    connection.execute_batch("DROP TABLE hour")?;
    Ok(())
}
