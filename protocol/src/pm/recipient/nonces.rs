//! Which tickets have earned credit: a bit for each nonce of each set of parameters.

use alloy_primitives::B256;
use std::collections::BTreeMap;

use super::super::durable::Ceiling;
use super::super::payment::MAX_NONCE;
use crate::key::Address;

/// So many nonces are reserved on disk at a time: at one ticket in two seconds, a write in two minutes. After a restart at
/// most as many tickets earn nothing.
const BLOCK: u32 = 64;

/// The most sets of parameters of one sender that tickets have come for and that have not expired. A sender that uses a set
/// to its end needs two.
pub const MAX_SETS: usize = 16;

/// All sets that have not expired.
#[derive(Debug, Default)]
pub(super) struct Nonces {
    sets: BTreeMap<B256, Set>,
    /// How many of them are of this sender.
    of: BTreeMap<Address, usize>,
}

#[derive(Debug)]
struct Set {
    sender: Option<Address>,
    expires: u64,
    seen: [u64; MAX_NONCE as usize / 64],
    /// What is on disk.
    durable: u32,
    /// What was asked to be.
    reserved: u32,
    /// What was on disk when the node started.
    forgotten: u32,
}

/// Why a nonce earns nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// 0, or above [`MAX_NONCE`].
    OutOfRange,
    /// It came before.
    Seen,
    /// It may have come before a restart, and has not since.
    Forgotten,
    /// [`MAX_SETS`] of the sender's sets are in use.
    TooManySets,
}

impl Nonces {
    /// Those that may have been used before a restart.
    pub(super) fn recover(ceilings: impl IntoIterator<Item = Ceiling>) -> Self {
        let mut sets = BTreeMap::new();
        for ceiling in ceilings {
            let nonce = ceiling.nonce.min(MAX_NONCE);
            let mut set = Set::new(None, ceiling.expires);
            (set.durable, set.reserved, set.forgotten) = (nonce, nonce, nonce);
            sets.insert(ceiling.recipient_rand_hash, set);
        }
        Self {
            sets,
            of: BTreeMap::new(),
        }
    }

    /// Takes a nonce, once.
    pub(super) fn take(
        &mut self,
        sender: Address,
        name: B256,
        expires: u64,
        nonce: u32,
    ) -> Result<(), Taken> {
        if nonce == 0 || nonce > MAX_NONCE {
            return Err(Taken::OutOfRange);
        }
        if !self.sets.contains_key(&name) {
            let count = self.of.entry(sender).or_default();
            if *count >= MAX_SETS {
                return Err(Taken::TooManySets);
            }
            *count += 1;
            self.sets.insert(name, Set::new(Some(sender), expires));
        }
        let set = self.sets.get_mut(&name).expect("it is there now");
        if set.has(nonce) {
            return Err(Taken::Seen);
        }
        set.mark(nonce);
        if nonce <= set.forgotten {
            return Err(Taken::Forgotten);
        }
        Ok(())
    }

    /// Gives back what was taken and is not to count.
    pub(super) fn release(&mut self, name: &B256, nonces: &[u32]) {
        if let Some(set) = self.sets.get_mut(name) {
            for nonce in nonces {
                set.seen[(nonce - 1) as usize / 64] &= !(1 << ((nonce - 1) % 64));
            }
        }
    }

    /// What has to be on disk before a nonce of these counts, if it is not.
    pub(super) fn reserve(&mut self, name: &B256, nonces: &[u32]) -> Option<Ceiling> {
        let set = self.sets.get_mut(name)?;
        let highest = nonces.iter().copied().max()?;
        if highest <= set.durable {
            return None;
        }
        if highest > set.reserved {
            set.reserved = highest.next_multiple_of(BLOCK).min(MAX_NONCE);
        }
        Some(Ceiling {
            recipient_rand_hash: *name,
            nonce: set.reserved,
            expires: set.expires,
        })
    }

    /// That is on disk now.
    pub(super) fn reserved(&mut self, ceiling: &Ceiling) {
        if let Some(set) = self.sets.get_mut(&ceiling.recipient_rand_hash) {
            set.durable = set.durable.max(ceiling.nonce);
        }
    }

    /// Forgets what earns no credit any more.
    pub(super) fn expire(&mut self, wall: u64) {
        let of = &mut self.of;
        self.sets.retain(|_, set| {
            let stays = set.expires > wall;
            if !stays
                && let Some(sender) = set.sender
                && let Some(count) = of.get_mut(&sender)
            {
                *count -= 1;
                if *count == 0 {
                    of.remove(&sender);
                }
            }
            stays
        });
    }

    /// How many sets there are.
    pub(super) fn len(&self) -> usize {
        self.sets.len()
    }
}

impl Set {
    const fn new(sender: Option<Address>, expires: u64) -> Self {
        Self {
            sender,
            expires,
            seen: [0; MAX_NONCE as usize / 64],
            durable: 0,
            reserved: 0,
            forgotten: 0,
        }
    }

    const fn has(&self, nonce: u32) -> bool {
        self.seen[(nonce - 1) as usize / 64] & (1 << ((nonce - 1) % 64)) != 0
    }

    const fn mark(&mut self, nonce: u32) {
        self.seen[(nonce - 1) as usize / 64] |= 1 << ((nonce - 1) % 64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENDER: Address = Address([2; 20]);
    const NAME: B256 = B256::repeat_byte(7);

    #[test]
    fn a_nonce_is_taken_once_in_any_order() {
        let mut nonces = Nonces::default();
        for nonce in [3, 1, MAX_NONCE, 2, 64, 65] {
            assert_eq!(nonces.take(SENDER, NAME, 10, nonce), Ok(()));
            assert_eq!(nonces.take(SENDER, NAME, 10, nonce), Err(Taken::Seen));
        }
        assert_eq!(nonces.take(SENDER, NAME, 10, 0), Err(Taken::OutOfRange));
        assert_eq!(
            nonces.take(SENDER, NAME, 10, MAX_NONCE + 1),
            Err(Taken::OutOfRange)
        );
        nonces.release(&NAME, &[64, MAX_NONCE]);
        assert_eq!(nonces.take(SENDER, NAME, 10, 64), Ok(()));
        assert_eq!(nonces.take(SENDER, NAME, 10, MAX_NONCE), Ok(()));
        assert_eq!(nonces.take(SENDER, NAME, 10, 65), Err(Taken::Seen));
    }

    #[test]
    fn a_sender_has_so_many_sets_and_gets_more_as_they_expire() {
        let mut nonces = Nonces::default();
        for set in 0..MAX_SETS {
            nonces
                .take(SENDER, B256::repeat_byte(set as u8), set as u64 + 1, 1)
                .unwrap();
        }
        assert_eq!(
            nonces.take(SENDER, B256::repeat_byte(99), 50, 1),
            Err(Taken::TooManySets)
        );
        assert_eq!(
            nonces.take(Address([3; 20]), B256::repeat_byte(98), 50, 1),
            Ok(())
        );
        nonces.expire(1);
        assert_eq!(nonces.take(SENDER, B256::repeat_byte(99), 50, 1), Ok(()));
        nonces.expire(100);
        assert_eq!((nonces.len(), nonces.of.len()), (0, 0));
    }

    #[test]
    fn nonces_are_reserved_in_blocks_and_unusable_after_a_restart() {
        let mut nonces = Nonces::default();
        nonces.take(SENDER, NAME, 10, 1).unwrap();
        let ceiling = nonces.reserve(&NAME, &[1]).unwrap();
        assert_eq!(ceiling.nonce, 64);
        // Not on disk yet, so the next has to wait for it as well.
        assert_eq!(nonces.reserve(&NAME, &[2]), Some(ceiling));
        nonces.reserved(&ceiling);
        assert_eq!(nonces.reserve(&NAME, &[64]), None);
        assert_eq!(nonces.reserve(&NAME, &[65]).unwrap().nonce, 128);

        let mut after = Nonces::recover([ceiling]);
        assert_eq!(after.take(SENDER, NAME, 10, 64), Err(Taken::Forgotten));
        assert_eq!(after.take(SENDER, NAME, 10, 64), Err(Taken::Seen));
        assert_eq!(after.take(SENDER, NAME, 10, 65), Ok(()));
        assert_eq!(after.reserve(&NAME, &[65]).unwrap().nonce, 128);
    }
}
