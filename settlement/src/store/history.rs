//! Sums for the operator's eyes.

use std::collections::BTreeMap;

use alloy_primitives::{U256, U512};
use rusqlite::{Connection, OptionalExtension, params};

use super::Error;
use super::column::{int, long_word, uint, word};

const HOUR: u64 = 3600 * 1000;

/// How many, and how much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many.
    pub count: u64,
    /// Their wei.
    pub wei: U256,
}

/// What was received, won or lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Tickets that earned credit.
    pub tickets: u64,
    /// What they are worth, in parts of 2^256 of a wei ([`headwater_protocol::pm::Odds::expected_value`]).
    pub expected: U512,
}

/// All that there was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// What was received.
    pub received: Tally,
    /// Face values of winners that wait.
    pub pending: Sum,
    /// Of those that are on their way.
    pub submitted: Sum,
    /// Of those that were paid.
    pub redeemed: Sum,
    /// Of those that never will be.
    pub hopeless: Sum,
    /// What came in, in wei: less than was redeemed where partial payment was asked for.
    pub paid: U256,
}

/// The sums of some hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// When they begin: milliseconds since 1970.
    pub start: u64,
    /// What was received in them.
    pub received: Tally,
    /// Face values of what was won in them.
    pub won: Sum,
    /// What was paid in them, whenever it was won.
    pub paid: Sum,
}

impl Sum {
    fn add(&mut self, wei: U256) {
        self.count += 1;
        self.wei = self.wei.saturating_add(wei);
    }
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.tickets = self.tickets.saturating_add(other.tickets);
        self.expected = self.expected.saturating_add(other.expected);
    }
}

pub(super) fn add(connection: &Connection, tally: &Tally, now: u64) -> Result<(), Error> {
    let hour = int(now / HOUR);
    let mut sum = connection
        .query_row("SELECT * FROM hour WHERE hour = ?1", [hour], received)
        .optional()?
        .unwrap_or_default();
    sum.add(tally);
    connection.execute(
        "INSERT OR REPLACE INTO hour VALUES (?1, ?2, ?3)",
        params![hour, int(sum.tickets), sum.expected.to_be_bytes::<64>()],
    )?;
    Ok(())
}

pub(super) fn totals(connection: &mut Connection) -> Result<Totals, Error> {
    let transaction = connection.transaction()?;
    let mut totals = Totals::default();
    let mut hours = transaction.prepare("SELECT * FROM hour")?;
    for tally in hours.query_map([], received)? {
        totals.received.add(&tally?);
    }
    let mut winners = transaction.prepare("SELECT state, face_value, paid FROM winner")?;
    let mut rows = winners.query([])?;
    while let Some(row) = rows.next()? {
        let sum = match row.get("state")? {
            0i64 => &mut totals.pending,
            1 => &mut totals.submitted,
            2 => {
                totals.paid = totals.paid.saturating_add(word(row, "paid")?);
                &mut totals.redeemed
            }
            _ => &mut totals.hopeless,
        };
        sum.add(word(row, "face_value")?);
    }
    Ok(totals)
}

pub(super) fn buckets(
    connection: &mut Connection,
    from: u64,
    to: u64,
    hours: u32,
) -> Result<Vec<Bucket>, Error> {
    let mut series = Series {
        width: HOUR * u64::from(hours.max(1)),
        buckets: BTreeMap::new(),
    };
    let transaction = connection.transaction()?;
    let span = params![int(from), int(to)];
    let mut received_in =
        transaction.prepare("SELECT * FROM hour WHERE hour * 3600000 >= ?1 AND hour * 3600000 < ?2")?;
    let mut rows = received_in.query(span)?;
    while let Some(row) = rows.next()? {
        series.at(uint(row, "hour")? * HOUR).received.add(&received(row)?);
    }
    let mut won = transaction.prepare("SELECT won, face_value FROM winner WHERE won >= ?1 AND won < ?2")?;
    let mut rows = won.query(span)?;
    while let Some(row) = rows.next()? {
        series.at(uint(row, "won")?).won.add(word(row, "face_value")?);
    }
    let mut paid = transaction
        .prepare("SELECT changed, paid FROM winner WHERE state = 2 AND changed >= ?1 AND changed < ?2")?;
    let mut rows = paid.query(span)?;
    while let Some(row) = rows.next()? {
        series.at(uint(row, "changed")?).paid.add(word(row, "paid")?);
    }
    Ok(series.buckets.into_values().collect())
}

struct Series {
    width: u64,
    buckets: BTreeMap<u64, Bucket>,
}

impl Series {
    fn at(&mut self, time: u64) -> &mut Bucket {
        let start = time - time % self.width;
        self.buckets.entry(start).or_insert_with(|| Bucket {
            start,
            ..Bucket::default()
        })
    }
}

fn received(row: &rusqlite::Row<'_>) -> rusqlite::Result<Tally> {
    Ok(Tally {
        tickets: uint(row, "tickets")?,
        expected: long_word(row, "expected")?,
    })
}
