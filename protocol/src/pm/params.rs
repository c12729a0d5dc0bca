//! What a recipient asks of a sender's tickets.

use alloy_primitives::{B256, U256, U512};
use serde::{Deserialize, Serialize};

use super::odds::{MAX_FACE_VALUE, Odds};
use super::price::Price;
use super::secret::{Secret, Venue};
use crate::chain::ticket::{Series, Ticket, domain, recipient_rand_hash};
use crate::key::Address;

/// Ticket parameters, which travel from the recipient to the sender and back with each payment: the recipient keeps none of
/// them, and recognises its own by [`Secret`]. JSON; numbers of the chain as `0x…`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Params {
    /// Who is paid.
    pub recipient: Address,
    /// Who pays: parameters are for one sender.
    pub sender: Address,
    /// What a winner pays, in wei; at most [`MAX_FACE_VALUE`].
    pub face_value: U256,
    /// A ticket wins with a chance of this in 2^256.
    pub win_prob: U256,
    /// What work costs while these hold.
    pub price: Price,
    /// The round that tickets are of, whose initialisation is final.
    pub creation_round: u64,
    /// Its hash, as RoundsManager has it.
    pub creation_round_hash: B256,
    /// When they cease to earn credit: milliseconds since 1970 by the recipient's clock. A sender counts from when it got
    /// them, since clocks differ.
    pub expires: u64,
    /// Makes the secret number another one each time.
    pub seed: B256,
    /// Keccak-256 of the secret number.
    pub recipient_rand_hash: B256,
}

impl Params {
    /// These, with the hash of the number that follows from the others.
    #[must_use]
    pub fn sealed(mut self, secret: &Secret, venue: &Venue) -> Self {
        self.recipient_rand_hash = recipient_rand_hash(secret.recipient_rand(venue, &self));
        self
    }

    /// The secret number, if these are what was sealed: whatever was changed since makes it another.
    ///
    /// # Errors
    /// [`Altered`].
    pub fn open(&self, secret: &Secret, venue: &Venue) -> Result<U256, Altered> {
        let rand = secret.recipient_rand(venue, self);
        if recipient_rand_hash(rand) == self.recipient_rand_hash {
            Ok(rand)
        } else {
            Err(Altered)
        }
    }

    /// A ticket's face value and chance.
    ///
    /// # Errors
    /// [`TooMuch`]: no such ticket can be paid.
    pub fn odds(&self) -> Result<Odds, TooMuch> {
        if self.face_value > MAX_FACE_VALUE {
            return Err(TooMuch(self.face_value));
        }
        Ok(Odds {
            face_value: self.face_value,
            win_prob: self.win_prob,
        })
    }

    /// The tickets with these parameters at a place.
    #[must_use]
    pub fn series(&self, venue: &Venue) -> Series {
        Series::of(&self.ticket(0), &domain(venue.chain_id, venue.broker.into()))
    }

    /// What so many tickets are worth together, in whole wei, rounded down.
    #[must_use]
    pub fn value(&self, tickets: u64) -> U256 {
        let worth = U512::from(self.face_value).saturating_mul(U512::from(self.win_prob));
        U256::saturating_from(worth.saturating_mul(U512::from(tickets)) >> 256)
    }

    /// About how likely a ticket wins, from 0 to 1: for people to read.
    #[must_use]
    pub fn chance(&self) -> f64 {
        let [_, low, mid, high] = self.win_prob.into_limbs();
        // The lowest limb is beyond what 53 bits tell.
        let scale = 2f64.powi(-64);
        ((low as f64 * scale + mid as f64) * scale + high as f64) * scale
    }

    /// The ticket with this nonce.
    #[must_use]
    pub fn ticket(&self, nonce: u32) -> Ticket {
        Ticket {
            recipient: self.recipient.into(),
            sender: self.sender.into(),
            faceValue: self.face_value,
            winProb: self.win_prob,
            senderNonce: U256::from(nonce),
            recipientRandHash: self.recipient_rand_hash,
            creationRound: U256::from(self.creation_round),
            creationRoundBlockHash: self.creation_round_hash,
        }
    }
}

/// They are not what this recipient gave out, or it has another secret now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these ticket parameters are not this recipient's; ask it for new ones")]
pub struct Altered;

/// A face value above [`MAX_FACE_VALUE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no deposit holds a ticket's face value of {0} wei; the most is {MAX_FACE_VALUE}")]
pub struct TooMuch(pub U256);

#[cfg(test)]
mod tests {
    use super::*;

    fn venue() -> Venue {
        Venue {
            chain_id: 31_337,
            broker: Address([9; 20]),
        }
    }

    fn params() -> Params {
        Params {
            recipient: Address([1; 20]),
            sender: Address([2; 20]),
            face_value: U256::from(1_000_000u64),
            win_prob: U256::MAX >> 10,
            price: Price::new(1200, 1).unwrap(),
            creation_round: 7,
            creation_round_hash: B256::repeat_byte(8),
            expires: 1_700_000_000_000,
            seed: B256::repeat_byte(5),
            recipient_rand_hash: B256::ZERO,
        }
    }

    #[test]
    fn a_recipient_knows_its_own_parameters_again() {
        let secret = Secret::new([7; 32], [3; 16]);
        let sealed = params().sealed(&secret, &venue());
        let rand = sealed.open(&secret, &venue()).unwrap();
        assert_eq!(recipient_rand_hash(rand), sealed.recipient_rand_hash);
        let json = serde_json::to_string(&sealed).unwrap();
        assert_eq!(serde_json::from_str::<Params>(&json).unwrap(), sealed);
    }

    #[test]
    fn any_field_that_is_changed_makes_them_somebody_elses() {
        let secret = Secret::new([7; 32], [3; 16]);
        let sealed = params().sealed(&secret, &venue());
        let change: [fn(&mut Params); 10] = [
            |p| p.recipient.0[19] ^= 1,
            |p| p.sender.0[0] ^= 1,
            |p| p.face_value += U256::from(1),
            |p| p.win_prob -= U256::from(1),
            |p| p.price = Price::new(1199, 1).unwrap(),
            |p| p.price = Price::new(2400, 2).unwrap(),
            |p| p.creation_round += 1,
            |p| p.creation_round_hash.0[31] ^= 1,
            |p| p.expires += 1,
            |p| p.seed.0[0] ^= 1,
        ];
        for change in change {
            let mut changed = sealed.clone();
            change(&mut changed);
            assert_eq!(changed.open(&secret, &venue()), Err(Altered), "{changed:?}");
        }
        for other in [Secret::new([8; 32], [3; 16]), Secret::new([7; 32], [4; 16])] {
            assert_eq!(sealed.open(&other, &venue()), Err(Altered));
        }
        for elsewhere in [
            Venue {
                chain_id: 1,
                ..venue()
            },
            Venue {
                broker: Address([8; 20]),
                ..venue()
            },
        ] {
            assert_eq!(sealed.open(&secret, &elsewhere), Err(Altered));
        }
    }

    #[test]
    fn a_face_value_that_no_deposit_holds_is_refused() {
        let mut params = params();
        params.face_value = MAX_FACE_VALUE;
        assert!(params.odds().is_ok());
        params.face_value += U256::from(1);
        assert_eq!(params.odds(), Err(TooMuch(params.face_value)));
    }
}
