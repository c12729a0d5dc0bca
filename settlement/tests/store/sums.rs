//! Running sums are what a count of everything would be.

use alloy_primitives::{Address, U256, U512};
use headwater_settlement::store::{Bucket, Change, Redemption, State, Store, Sum, Tally, Totals};
use proptest::prelude::*;

use crate::fixture::{Folder, NOW, change, commit, tx, winner, won};

const HOUR: u64 = 3600 * 1000;
const WINNERS: u64 = 4;

/// What a reader of every winner finds.
fn counted(store: &Store) -> Totals {
    let mut totals = Totals::default();
    for state in [State::Pending, State::Submitted, State::Redeemed, State::Hopeless] {
        for record in store.winners(state, 1_000).unwrap() {
            let sum = match state {
                State::Pending => &mut totals.pending,
                State::Submitted => &mut totals.submitted,
                State::Redeemed => &mut totals.redeemed,
                State::Hopeless => &mut totals.hopeless,
            };
            sum.count += 1;
            sum.wei += record.winner.ticket.faceValue;
            if let Redemption::Redeemed { paid, .. } = record.redemption {
                totals.paid += paid;
            }
        }
    }
    totals
}

fn by_hour(store: &Store) -> Vec<Bucket> {
    store.history(NOW - HOUR, NOW + 100 * HOUR, 1).unwrap()
}

fn step(kind: u8, number: u64, at: u64) -> Change {
    let hash = winner(number).hash;
    match kind {
        0 => Change::Submit {
            winners: vec![hash],
            account: Address::ZERO,
            nonce: at,
            tx: tx(at),
            block: at,
        },
        1 => Change::Redeem {
            winner: hash,
            tx: tx(at),
            block: at,
            paid: U256::from(at + 1),
        },
        2 => Change::Release { winners: vec![hash] },
        3 => Change::Abandon {
            winner: hash,
            reason: "used".into(),
        },
        _ => Change::Undo { from: at / 2 },
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn whatever_becomes_of_winners_the_sums_follow(steps in prop::collection::vec((0..5u8, 0..WINNERS), 1..25)) {
        let folder = Folder::new();
        let (store, _) = Store::open(&folder.store(), NOW).unwrap();
        commit(&store, won(0..WINNERS), NOW).unwrap();
        // Again: a ticket that is known is counted once.
        commit(&store, won(0..WINNERS), NOW).unwrap();
        for (at, (kind, number)) in (1..).zip(steps) {
            // Some are refused, and must count for nothing.
            let _ = change(&store, step(kind, number, at), NOW + at * HOUR);
            let totals = store.totals().unwrap();
            prop_assert_eq!(totals, counted(&store));
            let hours = by_hour(&store);
            let paid = hours.iter().fold(U256::ZERO, |sum, hour| sum + hour.paid.wei);
            prop_assert_eq!((paid, hours[0].won.count), (totals.paid, WINNERS));
        }
    }
}

#[test]
fn a_file_from_before_there_were_sums_gets_them() {
    let folder = Folder::new();
    let (store, _) = Store::open(&folder.store(), NOW).unwrap();
    commit(&store, won(0..WINNERS), NOW).unwrap();
    for (kind, number, at) in [(0, 0, 1), (1, 1, 2), (3, 2, 3)] {
        change(&store, step(kind, number, at), NOW + at * HOUR).unwrap();
    }
    let expected = U512::from(7) << 256;
    store.tally(Tally { tickets: 3, expected }, NOW).unwrap();
    commit(&store, won([]), NOW).unwrap();
    let (totals, hours) = (store.totals().unwrap(), by_hour(&store));
    assert_eq!((totals.received.tickets, totals.redeemed.count), (3, 1));
    drop(store);

    let file = rusqlite::Connection::open(folder.store()).unwrap();
    file.execute_batch(
        "CREATE TABLE hour (hour INTEGER PRIMARY KEY, tickets INTEGER NOT NULL, expected BLOB NOT NULL) STRICT;
             INSERT INTO hour SELECT hour, count, amount FROM sum WHERE what = 5 AND hour >= 0;
             DROP TABLE sum; PRAGMA user_version = 1;",
    )
    .unwrap();
    drop(file);
    let (store, _) = Store::open(&folder.store(), NOW).unwrap();
    assert_eq!((store.totals().unwrap(), by_hour(&store)), (totals, hours));
    assert_eq!(
        totals.hopeless,
        Sum {
            count: 1,
            wei: winner(2).ticket.faceValue
        }
    );
}

#[test]
fn the_newest_winners_come_first_with_the_transaction_that_was_signed_last() {
    let folder = Folder::new();
    let (store, _) = Store::open(&folder.store(), NOW).unwrap();
    commit(&store, won(0..WINNERS), NOW).unwrap();
    change(&store, step(0, 3, 1), NOW).unwrap();
    // In the same millisecond, so that time alone does not tell.
    let replace = Change::Replace {
        batch: tx(1),
        tx: tx(2),
        block: 9,
    };
    change(&store, replace, NOW).unwrap();
    let latest = store.latest(2).unwrap();
    let found: Vec<_> = latest
        .iter()
        .map(|latest| (latest.record.winner.hash, latest.sent))
        .collect();
    assert_eq!(found, [(winner(3).hash, Some(tx(2))), (winner(2).hash, None)]);
}
