//! The numbers that decide, with a ticket's signature, whether it wins: known to the recipient alone until it redeems.

use core::fmt;

use alloy_primitives::U256;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::params::Params;
use crate::key::Address;

/// What all of a recipient's secret numbers follow from. To be kept: with another, the tickets that are on their way earn
/// nothing. Never shown by `Debug`, never serialised.
#[derive(Clone)]
pub struct Secret {
    key: [u8; 32],
    instance: [u8; 16],
}

/// Where tickets are good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Venue {
    /// The chain.
    pub chain_id: u64,
    /// Its TicketBroker.
    pub broker: Address,
}

impl Secret {
    /// From a key that the shell draws from its platform's generator, once. `instance` is unlike that of any other node
    /// with the same key: what nonces the other has seen is not known here.
    #[must_use]
    pub const fn new(key: [u8; 32], instance: [u8; 16]) -> Self {
        Self { key, instance }
    }

    /// The number for these parameters, all of which but its own hash are part of it: HMAC-SHA-256 (RFC 2104) over the
    /// fields, each behind its length, so that none runs into the next.
    #[must_use]
    pub fn recipient_rand(&self, venue: &Venue, params: &Params) -> U256 {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of any length");
        let mut field = |bytes: &[u8]| {
            let length = u32::try_from(bytes.len()).expect("fields are short");
            mac.update(&length.to_be_bytes());
            mac.update(bytes);
        };
        field(b"Headwater recipientRand 1");
        field(params.seed.as_slice());
        field(&venue.chain_id.to_be_bytes());
        field(&venue.broker.0);
        field(&self.instance);
        field(&params.recipient.0);
        field(&params.sender.0);
        field(&params.face_value.to_be_bytes::<32>());
        field(&params.win_prob.to_be_bytes::<32>());
        field(&params.price.wei().to_be_bytes());
        field(&params.price.pixels().to_be_bytes());
        field(&params.creation_round.to_be_bytes());
        field(params.creation_round_hash.as_slice());
        field(&params.expires.to_be_bytes());
        U256::from_be_bytes(mac.finalize().into_bytes().into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_shown() {
        assert_eq!(format!("{:?}", Secret::new([7; 32], [0; 16])), "Secret");
    }
}
