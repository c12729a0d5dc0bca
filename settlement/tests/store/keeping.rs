//! What comes in, and what is left of it after a restart.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::mpsc;

use alloy_primitives::U256;
use headwater_protocol::pm::Commit;
use headwater_settlement::store::{CREDIT_AGE, Error, QUEUE, State, Store, Tally};
use proptest::prelude::*;

use crate::disk::Disk;
use crate::fixture::{Folder, NOW, ceiling, commit, credit, winner, won};

const HOUR: u64 = 3600 * 1000;

/// Keeps the writer busy until what is returned is dropped.
fn stand_still(store: &Store) -> mpsc::Sender<()> {
    let (stands, standing) = mpsc::channel();
    let (go, still) = mpsc::channel::<()>();
    let stand = move |_| {
        stands.send(()).unwrap();
        still.recv().unwrap_or(());
    };
    store.commit(won([0]), NOW, stand).unwrap();
    standing.recv().unwrap();
    go
}

#[test]
fn a_winner_comes_back_as_it_was_won() {
    let folder = Folder::new();
    let (store, _) = Store::open(&folder.store(), NOW).unwrap();
    commit(&store, won(1..4), NOW + 7).unwrap();
    drop(store);
    let (store, recovered) = Store::open(&folder.store(), NOW).unwrap();
    let found = store.winners(State::Pending, 10).unwrap();
    assert_eq!(
        found
            .iter()
            .map(|record| record.winner.clone())
            .collect::<Vec<_>>(),
        won(1..4).winners
    );
    assert_eq!((found[0].won, found[0].changed), (NOW + 7, NOW + 7));
    assert_eq!(store.winners(State::Pending, 2).unwrap().len(), 2);
    let face = |number: u64| winner(number).ticket.faceValue;
    let outstanding: Vec<U256> = recovered.known.outstanding.values().copied().collect();
    assert_eq!(outstanding, [face(3), face(1), face(2)]);
}

#[test]
fn a_winner_that_is_stored_twice_stays_once_as_it_was() {
    let folder = Folder::new();
    let (store, _) = Store::open(&folder.store(), NOW).unwrap();
    commit(&store, won([1]), NOW).unwrap();
    let mut again = won([1, 2]);
    again.winners[0].signature.0[40] ^= 1;
    commit(&store, again, NOW + 1).unwrap();
    let found = store.winners(State::Pending, 10).unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!((&found[0].winner, found[0].won), (&winner(1), NOW));
}

#[test]
fn a_ceiling_is_kept_until_an_hour_after_its_end() {
    let folder = Folder::new();
    let (store, _) = Store::open(&folder.store(), NOW).unwrap();
    let kept = ceiling(1, 5, NOW);
    let commit_ = Commit {
        ceilings: vec![kept, ceiling(2, 6, NOW - 1)],
        ..Commit::default()
    };
    commit(&store, commit_, NOW).unwrap();
    drop(store);
    let (_, recovered) = Store::open(&folder.store(), NOW + HOUR).unwrap();
    assert_eq!(recovered.known.ceilings, [kept]);
    let (_, recovered) = Store::open(&folder.store(), NOW + HOUR + 1).unwrap();
    assert_eq!(recovered.known.ceilings, []);
}

#[test]
fn credit_is_the_last_one_and_is_kept_for_a_month_of_silence() {
    let folder = Folder::new();
    let (store, _) = Store::open(&folder.store(), NOW).unwrap();
    for (tickets, now) in [(9, NOW), (3, NOW + 1)] {
        let commit_ = Commit {
            credits: vec![credit(1, tickets), credit(2, tickets)],
            ..Commit::default()
        };
        commit(&store, commit_, now).unwrap();
    }
    drop(store);
    let (_, recovered) = Store::open(&folder.store(), NOW + 1 + CREDIT_AGE).unwrap();
    assert_eq!(recovered.known.credits, [credit(1, 3), credit(2, 3)]);
    let (_, recovered) = Store::open(&folder.store(), NOW + 2 + CREDIT_AGE).unwrap();
    assert_eq!(recovered.known.credits, []);
}

#[test]
fn a_store_is_its_owners_alone_and_no_second_node_has_it() {
    let folder = Folder::new();
    fs::write(folder.store(), "").unwrap();
    fs::set_permissions(folder.store(), fs::Permissions::from_mode(0o644)).unwrap();
    let (store, _) = Store::open(&folder.store(), NOW).unwrap();
    for file in fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", file.path());
    }
    assert!(matches!(Store::open(&folder.store(), NOW), Err(Error::Owned(_))));
    let redeemer = Store::attach(&folder.store()).unwrap();
    commit(&store, won([1]), NOW).unwrap();
    commit(&redeemer, won([2]), NOW).unwrap();
    assert_eq!(redeemer.winners(State::Pending, 9).unwrap().len(), 2);
    drop(store);
    Store::open(&folder.store(), NOW).unwrap();
}

#[test]
fn files_of_others_and_of_later_versions_are_left_alone() {
    let folder = Folder::new();
    let other = rusqlite::Connection::open(folder.store()).unwrap();
    other.execute_batch("CREATE TABLE theirs (one)").unwrap();
    assert!(matches!(
        Store::open(&folder.store(), NOW),
        Err(Error::Foreign(_))
    ));
    fs::write(folder.path().join("text"), "x".repeat(5000)).unwrap();
    assert!(matches!(
        Store::open(&folder.path().join("text"), NOW),
        Err(Error::Damaged(_))
    ));
    assert!(matches!(
        Store::open(&folder.path().join("no/such"), NOW),
        Err(Error::File { .. })
    ));

    let later = folder.path().join("later");
    drop(Store::open(&later, NOW).unwrap());
    rusqlite::Connection::open(&later)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    assert!(matches!(
        Store::open(&later, NOW),
        Err(Error::Newer { found: 99, .. })
    ));
}

#[test]
fn a_disk_that_stands_still_refuses_work_and_delays_nobody() {
    let folder = Folder::new();
    let (store, _) = Store::open(&folder.store(), NOW).unwrap();
    let go = stand_still(&store);
    let (done, ends) = mpsc::channel();
    let mut taken = 0;
    let refusal = loop {
        let done = done.clone();
        match store.commit(won([1]), NOW, move |end| done.send(end).unwrap()) {
            Ok(()) => taken += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(refusal, Error::Busy));
    assert_eq!(taken, QUEUE);
    drop((go, done));
    assert_eq!(ends.iter().filter(Result::is_ok).count(), taken);
}

#[test]
fn what_waits_together_shares_a_sync() {
    let folder = Folder::new();
    let disk = Disk::under(folder.path());
    let (store, _) = Store::open(&folder.store(), NOW).unwrap();
    let go = stand_still(&store);
    let (before, (done, ends)) = (disk.synced(), mpsc::channel());
    for number in 1..=200 {
        let done = done.clone();
        store
            .commit(won([number]), NOW, move |end| done.send(end).unwrap())
            .unwrap();
    }
    drop((go, done));
    assert_eq!(ends.iter().filter(Result::is_ok).count(), 200);
    assert_eq!(disk.synced() - before, 1);
}

#[test]
fn what_waits_is_written_before_a_store_is_gone() {
    let folder = Folder::new();
    let (store, _) = Store::open(&folder.store(), NOW).unwrap();
    let (done, ends) = mpsc::channel();
    for number in 0..500 {
        let done = done.clone();
        store
            .commit(won([number]), NOW, move |end| done.send(end).unwrap())
            .unwrap();
    }
    drop(store);
    assert_eq!(ends.try_iter().filter(Result::is_ok).count(), 500);
    let (store, _) = Store::open(&folder.store(), NOW).unwrap();
    assert_eq!(store.winners(State::Pending, 1000).unwrap().len(), 500);
}

#[test]
fn what_is_received_is_summed_by_the_hour() {
    let folder = Folder::new();
    let (store, _) = Store::open(&folder.store(), NOW).unwrap();
    let tally = |tickets, parts: u64| Tally {
        tickets,
        expected: alloy_primitives::U512::from(parts) << 300,
    };
    let begin = NOW - NOW % HOUR;
    store.tally(tally(2, 3), begin).unwrap();
    store.tally(tally(1, 1), begin + HOUR - 1).unwrap();
    store.tally(tally(5, 5), begin + HOUR).unwrap();
    commit(&store, Commit::default(), NOW).unwrap();
    let by_hour = store.history(begin, begin + 2 * HOUR, 1).unwrap();
    assert_eq!(
        by_hour.iter().map(|hour| hour.received).collect::<Vec<_>>(),
        [tally(3, 4), tally(5, 5)]
    );
    assert_eq!(store.totals().unwrap().received, tally(8, 9));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn ceilings_never_go_down(raised in prop::collection::vec((0..3u64, any::<u32>(), 0..9u64, any::<bool>()), 1..30)) {
        let folder = Folder::new();
        let (mut store, _) = Store::open(&folder.store(), NOW).unwrap();
        let mut highest = std::collections::BTreeMap::new();
        for (which, nonce, expires, restart) in raised {
            let ceilings = vec![ceiling(which, nonce, NOW + expires)];
            commit(&store, Commit { ceilings, ..Commit::default() }, NOW).unwrap();
            let most = highest.entry(which).or_insert((0, 0));
            *most = (nonce.max(most.0), (NOW + expires).max(most.1));
            if restart {
                drop(store);
                let recovered;
                (store, recovered) = Store::open(&folder.store(), NOW).unwrap();
                let mut expected: Vec<_> = highest.iter().map(|(which, (nonce, expires))| ceiling(*which, *nonce, *expires)).collect();
                expected.sort_by_key(|ceiling| ceiling.recipient_rand_hash);
                prop_assert_eq!(recovered.known.ceilings, expected);
            }
        }
    }
}
