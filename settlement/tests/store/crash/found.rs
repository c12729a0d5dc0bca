//! What is on the platter, and whether it should be.

use std::collections::BTreeMap;
use std::path::Path;

use alloy_primitives::{B256, U256};
use headwater_settlement::store::{Error, Recovered, Redemption, State, Store};

use super::Acknowledged;
use super::load::{LOAD, left, mark, number, raised, winners};
use crate::fixture::{NOW, winner};

/// What is on the platter.
pub(super) struct Found {
    pub(super) secret: B256,
    recovered: Recovered,
    pub(super) winners: BTreeMap<B256, Redemption>,
}

impl Found {
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let (store, recovered) = Store::open(path, NOW)?;
        let mut winners = BTreeMap::new();
        for state in [State::Pending, State::Submitted, State::Redeemed, State::Hopeless] {
            for record in store.winners(state, usize::MAX)? {
                winners.insert(record.winner.hash, record.redemption);
            }
        }
        drop(store);
        let whole: String =
            rusqlite::Connection::open(path)?.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        assert_eq!(whole, "ok");
        Ok(Self {
            secret: mark(&recovered.secret),
            recovered,
            winners,
        })
    }

    /// Whether it is a beginning of what the round handed in, and one that has all that was acknowledged.
    pub(super) fn holds(&self, round: u64, acknowledged: &Acknowledged) -> Result<(), String> {
        let has = |number| self.winners.contains_key(&winner(number).hash);
        let length = (0..LOAD).take_while(|n| winners(round, *n).any(has)).count() as u64;
        if length < acknowledged.won {
            return Err(format!("{length} commits are left: the others are lost"));
        }
        for n in 0..length {
            if let Some(missing) = winners(round, n).find(|number| !has(*number)) {
                return Err(format!("commit {n} is there without its winner {missing}"));
            }
            self.redemption(round, n, n + 1 == length, acknowledged)?;
        }
        if (length..LOAD).any(|n| winners(round, n).any(has)) {
            return Err(format!("commit {length} is not there, and a later one is"));
        }
        let mut ceilings = BTreeMap::new();
        for ceiling in (0..length).map(|n| raised(round, n)) {
            let highest = ceilings.entry(ceiling.recipient_rand_hash).or_insert(0);
            *highest = ceiling.nonce.max(*highest);
        }
        for which in 0..5 {
            let key = raised(round, which).recipient_rand_hash;
            let found = self
                .recovered
                .known
                .ceilings
                .iter()
                .find(|found| found.recipient_rand_hash == key);
            if found.map(|found| found.nonce) != ceilings.get(&key).copied() {
                return Err(format!("ceiling {found:?}, and it was {:?}", ceilings.get(&key)));
            }
        }
        match length.checked_sub(1).map(|last| left(round, last)) {
            Some(credit) if !self.recovered.known.credits.contains(&credit) => {
                Err("credit is not the last one's".into())
            }
            _ => Ok(()),
        }
    }

    fn redemption(&self, round: u64, n: u64, last: bool, acknowledged: &Acknowledged) -> Result<(), String> {
        let first = &self.winners[&winner(number(round, n)).hash];
        let reached = match first {
            Redemption::Submitted { .. } => 1,
            Redemption::Redeemed { paid, .. } if *paid == U256::from(n) => 2,
            _ => 0,
        };
        let told = match n {
            n if n.is_multiple_of(6) && (n < acknowledged.paid || !last) => 2,
            n if n.is_multiple_of(3) && (n < acknowledged.submitted || !last) => 1,
            _ => 0,
        };
        if reached < told {
            return Err(format!(
                "winner {n} is {first:?}: what is known of its redemption is lost"
            ));
        }
        Ok(())
    }
}
