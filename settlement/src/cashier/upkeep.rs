//! What the store is told now and then: what was received, and to forget what has expired.

use core::time::Duration;

use alloy_primitives::U512;
use headwater_protocol::Millis;
use headwater_protocol::pm::recipient::Tally;
use tracing::warn;

use crate::store::{self, Store};

/// Between two additions to the hour's sums: one more sync in ten seconds is nothing, and what a node that dies forgets
/// of them is for the eye alone.
const TALLY: Duration = Duration::from_secs(10);

/// Between two times of forgetting; the store keeps what has expired for an hour anyway.
const PRUNE: Duration = Duration::from_secs(3600);

#[derive(Debug)]
pub(super) struct Upkeep {
    /// What the store was told of.
    told: Tally,
    tallied: Millis,
    pruned: Millis,
}

impl Upkeep {
    /// From now on; a store forgets when it is opened, too.
    pub(super) fn new(now: Millis) -> Self {
        Self {
            told: Tally::default(),
            tallied: now,
            pruned: now,
        }
    }

    /// Does what is due.
    pub(super) fn turn(&mut self, store: &Store, tally: Tally, now: Millis, wall: u64) {
        if now.since(self.tallied) >= TALLY {
            self.tallied = now;
            self.tally(store, tally, wall);
        }
        if now.since(self.pruned) >= PRUNE {
            self.pruned = now;
            if let Err(error) = store.prune(wall) {
                warn!(%error, "what has expired is forgotten an hour later");
            }
        }
    }

    /// Tells the store what it does not know. What it refuses it is told again.
    pub(super) fn tally(&mut self, store: &Store, tally: Tally, wall: u64) {
        let received = store::Tally {
            tickets: tally.accepted - self.told.accepted,
            expected: tally.expected.saturating_sub(self.told.expected),
        };
        if received.tickets == 0 && received.expected == U512::ZERO {
            return;
        }
        match store.tally(received, wall) {
            Ok(()) => self.told = tally,
            Err(error) => warn!(%error, "what was received is summed up later"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use alloy_primitives::B256;
    use headwater_protocol::pm::Commit;
    use headwater_protocol::pm::durable::Ceiling;

    use super::*;

    const HOUR: u64 = 3_600_000;

    /// The store's file, and the wall's time.
    fn file(name: &str) -> (PathBuf, u64) {
        let name = format!("headwater-upkeep-{name}-{}", std::process::id());
        (std::env::temp_dir().join(name), 500_000 * HOUR)
    }

    fn tally(accepted: u64) -> Tally {
        Tally {
            accepted,
            expected: U512::from(accepted) << 256,
            ..Tally::default()
        }
    }

    #[test]
    fn each_ticket_is_summed_up_once() {
        let (file, wall) = file("tally");
        let (store, _) = Store::open(&file, wall).unwrap();
        let mut upkeep = Upkeep::new(Millis(0));
        for (at, accepted) in [(9_999, 3), (10_000, 5), (10_001, 6), (20_000, 6), (30_000, 6)] {
            upkeep.turn(&store, tally(accepted), Millis(at), wall);
        }
        upkeep.tally(&store, tally(7), wall);
        drop(store);
        let (store, _) = Store::open(&file, wall).unwrap();
        let received = store.totals().unwrap().received;
        assert_eq!((received.tickets, received.expected), (7, tally(7).expected));
        std::fs::remove_file(file).unwrap();
    }

    #[test]
    fn what_has_expired_is_forgotten_while_the_node_runs() {
        let (file, wall) = file("prune");
        let (store, _) = Store::open(&file, wall).unwrap();
        let ceiling = Ceiling {
            recipient_rand_hash: B256::ZERO,
            nonce: 1,
            expires: wall,
        };
        let commit = Commit {
            ceilings: vec![ceiling],
            ..Commit::default()
        };
        store.commit(commit, wall, |_| {}).unwrap();
        let mut upkeep = Upkeep::new(Millis(0));
        let known = |store: Store| {
            drop(store);
            // The same moment as before, so that opening forgets nothing by itself.
            let (store, recovered) = Store::open(&file, wall).unwrap();
            (store, recovered.known.ceilings.len())
        };
        upkeep.turn(&store, tally(0), Millis(HOUR - 1), wall + 3 * HOUR);
        let (store, before) = known(store);
        upkeep.turn(&store, tally(0), Millis(HOUR), wall + 3 * HOUR);
        let (store, after) = known(store);
        assert_eq!((before, after), (1, 0));
        drop(store);
        std::fs::remove_file(file).unwrap();
    }
}
