//! The steps from a winner to money, and back.

use alloy_primitives::{Address, B256, U256};
use headwater_settlement::store::{Attempt, Batch, Change, Error, Redemption, State, Store, Sum};

use crate::fixture::{Folder, NOW, change, commit, tx, winner, won};

const HOT: Address = Address::repeat_byte(7);

fn store(winners: u64) -> (Folder, Store) {
    let folder = Folder::new();
    let (store, _) = Store::open(&folder.store(), NOW).unwrap();
    commit(&store, won(0..winners), NOW).unwrap();
    (folder, store)
}

fn hash(number: u64) -> B256 {
    winner(number).hash
}

fn submit(numbers: &[u64], name: u64) -> Change {
    Change::Submit {
        winners: numbers.iter().map(|number| hash(*number)).collect(),
        account: HOT,
        nonce: name,
        tx: tx(name),
        block: 100 + name,
    }
}

fn redeem(number: u64, block: u64) -> Change {
    Change::Redeem {
        winner: hash(number),
        tx: tx(1),
        block,
        paid: U256::from(10),
    }
}

fn abandon(number: u64) -> Change {
    Change::Abandon {
        winner: hash(number),
        reason: "used".into(),
    }
}

fn release(numbers: &[u64]) -> Change {
    Change::Release {
        winners: numbers.iter().map(|number| hash(*number)).collect(),
    }
}

fn redemption(store: &Store, number: u64) -> Redemption {
    store.winner(hash(number)).unwrap().unwrap().redemption
}

#[test]
fn a_batch_is_known_by_each_of_its_attempts_after_a_restart() {
    let (folder, store) = store(4);
    change(&store, submit(&[0, 2], 1), NOW + 1).unwrap();
    let replace = |batch, next| Change::Replace {
        batch,
        tx: tx(next),
        block: 200 + next,
    };
    change(&store, replace(tx(1), 2), NOW + 2).unwrap();
    // Any attempt names it.
    change(&store, replace(tx(2), 3), NOW + 3).unwrap();
    assert!(matches!(
        change(&store, replace(tx(9), 4), NOW),
        Err(Error::UnknownTransaction(unknown)) if unknown == tx(9)
    ));
    drop(store);
    let (store, recovered) = Store::open(&folder.store(), NOW).unwrap();
    let attempt = |name, block, at| Attempt {
        tx: tx(name),
        block,
        at,
    };
    let batch = Batch {
        account: HOT,
        nonce: 1,
        attempts: vec![
            attempt(1, 101, NOW + 1),
            attempt(2, 202, NOW + 2),
            attempt(3, 203, NOW + 3),
        ],
        winners: vec![hash(0), hash(2)],
    };
    assert_eq!(store.batches().unwrap(), [batch]);
    assert_eq!(redemption(&store, 2), Redemption::Submitted { batch: tx(1) });
    assert_eq!(store.outstanding().unwrap(), recovered.known.outstanding);
    // What is under way still counts against its sender.
    assert_eq!(
        recovered
            .known
            .outstanding
            .values()
            .fold(U256::ZERO, |sum, wei| sum + *wei),
        (0..4).fold(U256::ZERO, |sum, number| sum + winner(number).ticket.faceValue)
    );
}

#[test]
fn a_step_that_one_winner_is_unfit_for_is_taken_by_none() {
    let (_folder, store) = store(3);
    change(&store, submit(&[1], 1), NOW).unwrap();
    assert!(
        matches!(change(&store, submit(&[0, 1, 2], 2), NOW), Err(Error::Unfit(unfit)) if unfit == hash(1))
    );
    assert_eq!(redemption(&store, 0), Redemption::Pending);
    assert_eq!(store.batches().unwrap().len(), 1);
    assert!(matches!(change(&store, redeem(5, 1), NOW), Err(Error::Unfit(_))));
}

#[test]
fn a_reorganisation_brings_back_what_was_redeemed_in_the_blocks_that_are_gone() {
    let (_folder, store) = store(3);
    change(&store, submit(&[0, 1, 2], 1), NOW).unwrap();
    for (number, block) in [(0, 10), (1, 11), (2, 12)] {
        change(&store, redeem(number, block), NOW).unwrap();
    }
    change(&store, Change::Undo { from: 11 }, NOW).unwrap();
    assert!(matches!(
        redemption(&store, 0),
        Redemption::Redeemed { block: 10, .. }
    ));
    assert_eq!(redemption(&store, 1), Redemption::Pending);
    assert_eq!(redemption(&store, 2), Redemption::Pending);
    change(&store, redeem(1, 13), NOW).unwrap();
    assert_eq!(store.totals().unwrap().paid, U256::from(20));
}

#[test]
fn every_step_leads_where_the_table_says_and_nowhere_else() {
    // From pending, submitted, redeemed and hopeless; a dash is a refusal.
    let steps: [(Change, [Option<State>; 4]); 4] = [
        (submit(&[0], 2), [Some(State::Submitted), None, None, None]),
        (redeem(0, 5), [Some(State::Redeemed); 4]),
        (
            release(&[0]),
            [None, Some(State::Pending), None, Some(State::Pending)],
        ),
        (
            abandon(0),
            [Some(State::Hopeless), Some(State::Hopeless), None, None],
        ),
    ];
    let ways: [Vec<Change>; 4] = [
        vec![],
        vec![submit(&[0], 1)],
        vec![redeem(0, 4)],
        vec![abandon(0)],
    ];
    for (step, ends) in steps {
        for (way, end) in ways.iter().zip(ends) {
            let (_folder, store) = store(1);
            for step in way {
                change(&store, step.clone(), NOW).unwrap();
            }
            let before = redemption(&store, 0);
            let result = change(&store, step.clone(), NOW);
            assert_eq!(result.is_ok(), end.is_some(), "{way:?} {step:?}: {result:?}");
            match end {
                Some(state) => assert_eq!(store.winners(state, 9).unwrap().len(), 1, "{way:?} {step:?}"),
                None => assert_eq!(redemption(&store, 0), before),
            }
        }
    }
}

#[test]
fn sums_are_to_the_wei_and_by_when_it_was_paid() {
    const HOUR: u64 = 3600 * 1000;
    let (_folder, store) = store(5);
    let later = NOW + 3 * HOUR;
    change(&store, submit(&[0, 1], 1), later).unwrap();
    change(&store, redeem(1, 9), later).unwrap();
    change(&store, abandon(2), later).unwrap();
    let face = |numbers: &[u64]| Sum {
        count: numbers.len() as u64,
        wei: numbers
            .iter()
            .fold(U256::ZERO, |sum, number| sum + winner(*number).ticket.faceValue),
    };
    let totals = store.totals().unwrap();
    assert_eq!((totals.pending, totals.submitted), (face(&[3, 4]), face(&[0])));
    assert_eq!((totals.redeemed, totals.hopeless), (face(&[1]), face(&[2])));
    assert_eq!(totals.paid, U256::from(10));
    let hours = store.history(NOW - HOUR, later + HOUR, 1).unwrap();
    assert_eq!(hours.len(), 2);
    assert_eq!(
        (hours[0].start, hours[0].won),
        (NOW - NOW % HOUR, face(&[0, 1, 2, 3, 4]))
    );
    assert_eq!((hours[1].paid.count, hours[1].paid.wei), (1, U256::from(10)));
    let days = store.history(NOW - HOUR, later + HOUR, 24 * 365).unwrap();
    assert_eq!(
        (days.len(), days[0].won, days[0].paid.count),
        (1, face(&[0, 1, 2, 3, 4]), 1)
    );
}
