//! Sums for the operator's eyes.

use std::collections::BTreeMap;

use alloy_primitives::{U256, U512};
use rusqlite::Connection;

use super::Error;
use super::sums::{self, HOUR, What};

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
    fn of((count, wei): (u64, U512)) -> Self {
        Self {
            count,
            wei: U256::saturating_from(wei),
        }
    }

    fn add(&mut self, other: Self) {
        self.count = self.count.saturating_add(other.count);
        self.wei = self.wei.saturating_add(other.wei);
    }
}

impl Tally {
    const fn of((tickets, expected): (u64, U512)) -> Self {
        Self { tickets, expected }
    }

    fn add(&mut self, other: &Self) {
        self.tickets = self.tickets.saturating_add(other.tickets);
        self.expected = self.expected.saturating_add(other.expected);
    }
}

pub(super) fn totals(connection: &mut Connection) -> Result<Totals, Error> {
    // One view of them all.
    let view = connection.transaction()?;
    let sum = |what| sums::ever(&view, what).map(Sum::of);
    Ok(Totals {
        received: Tally::of(sums::ever(&view, What::Received)?),
        pending: sum(What::Pending)?,
        submitted: sum(What::Submitted)?,
        redeemed: sum(What::Redeemed)?,
        hopeless: sum(What::Hopeless)?,
        paid: sum(What::Paid)?.wei,
    })
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
    let view = connection.transaction()?;
    for (at, tickets, expected) in sums::by_hour(&view, What::Received, from, to)? {
        series.at(at).received.add(&Tally { tickets, expected });
    }
    for (at, count, wei) in sums::by_hour(&view, What::Won, from, to)? {
        series.at(at).won.add(Sum::of((count, wei)));
    }
    for (at, count, wei) in sums::by_hour(&view, What::Paid, from, to)? {
        series.at(at).paid.add(Sum::of((count, wei)));
    }
    let empty = |bucket: &Bucket| {
        let Bucket {
            received, won, paid, ..
        } = bucket;
        received.tickets == 0 && won.count == 0 && paid.count == 0
    };
    Ok(series
        .buckets
        .into_values()
        .filter(|bucket| !empty(bucket))
        .collect())
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
