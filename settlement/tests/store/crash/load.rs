//! What a round hands in: other things in each round, the same each time that it is run.

use alloy_primitives::{Address, B256, U256, keccak256};
use headwater_protocol::pm::durable::{Ceiling, Commit, Credit};
use headwater_protocol::pm::secret::Venue;
use headwater_protocol::pm::{Params, Price, Secret};
use headwater_settlement::store::Change;

use crate::fixture::{NOW, ceiling, credit, tx, winner};

/// How much at most: enough to fill the log several times over.
pub(super) const LOAD: u64 = 3000;

/// Tells secrets apart.
pub(super) fn mark(secret: &Secret) -> B256 {
    let params = Params {
        recipient: headwater_protocol::key::Address([1; 20]),
        sender: headwater_protocol::key::Address([2; 20]),
        face_value: U256::from(3),
        win_prob: U256::from(4),
        price: Price::new(5, 6).unwrap(),
        creation_round: 7,
        creation_round_hash: B256::ZERO,
        expires: 8,
        seed: B256::ZERO,
        recipient_rand_hash: B256::ZERO,
    };
    let venue = Venue {
        chain_id: 1,
        broker: headwater_protocol::key::Address([9; 20]),
    };
    params.sealed(secret, &venue).recipient_rand_hash
}

fn chance(round: u64, n: u64) -> u32 {
    let drawn = keccak256([round.to_be_bytes(), n.to_be_bytes()].concat());
    u32::from_be_bytes(drawn[..4].try_into().unwrap())
}

pub(super) fn number(round: u64, n: u64) -> u64 {
    round * 1_000_000 + n * 4
}

pub(super) fn winners(round: u64, n: u64) -> impl Iterator<Item = u64> {
    (0..u64::from(chance(round, n) % 4) + 1).map(move |k| number(round, n) + k)
}

pub(super) fn raised(round: u64, n: u64) -> Ceiling {
    ceiling(round * 5 + n % 5, chance(round, n), NOW + 1)
}

pub(super) fn left(round: u64, n: u64) -> Credit {
    credit((round % 200) as u8, (n % 50) as u32)
}

pub(super) fn commit(round: u64, n: u64) -> Commit {
    Commit {
        winners: winners(round, n).map(winner).collect(),
        ceilings: vec![raised(round, n)],
        credits: vec![left(round, n)],
    }
}

pub(super) fn submission(round: u64, n: u64) -> Change {
    Change::Submit {
        winners: winners(round, n).map(|number| winner(number).hash).collect(),
        account: Address::ZERO,
        nonce: n,
        tx: tx(number(round, n)),
        block: n,
    }
}

pub(super) fn payment(round: u64, n: u64) -> Change {
    Change::Redeem {
        winner: winner(number(round, n)).hash,
        tx: tx(number(round, n)),
        block: n,
        paid: U256::from(n),
    }
}
