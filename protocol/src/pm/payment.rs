//! Tickets on their way to the recipient, and what of them can be told without knowing what came before.

use alloy_primitives::{B256, U256};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::odds::Odds;
use super::params::{Altered, Params, TooMuch};
use super::secret::{Secret, Venue};
use crate::chain::ticket::drawn;
use crate::hex;
use crate::key::{Address, SessionKey, Signature};

/// The most tickets in one payment: with their parameters they stay below a fourth of a control message.
pub const MAX_TICKETS: usize = 64;

/// The largest nonce for one set of parameters; the smallest is 1. A recipient keeps a bit for each.
pub const MAX_NONCE: u32 = 1024;

/// Some tickets for the same parameters, as they travel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// What the recipient gave out, unchanged.
    pub params: Params,
    /// One to [`MAX_TICKETS`].
    pub tickets: Vec<Signed>,
}

/// What is a ticket's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// Unlike that of any other ticket for the same parameters.
    pub nonce: u32,
    /// Of the ticket's typed hash, by the sender or its session signer.
    #[serde(serialize_with = "write_signature", deserialize_with = "read_signature")]
    pub signature: Signature,
}

impl Payment {
    /// Signs tickets with these nonces.
    #[must_use]
    pub fn sign(
        params: Params,
        nonces: impl IntoIterator<Item = u32>,
        key: &SessionKey,
        venue: &Venue,
    ) -> Self {
        let series = params.series(venue);
        let tickets = nonces
            .into_iter()
            .map(|nonce| Signed {
                nonce,
                signature: key.sign(&series.hash(nonce).0),
            })
            .collect();
        Self { params, tickets }
    }

    /// Everything that takes time and no memory: whose tickets these are, and which of them win. `recover` says who signed
    /// a hash: [`Signature::recover`], or a faster one that answers the same.
    ///
    /// Tickets without a signer are among the answers, so that the others are not lost for them.
    ///
    /// # Errors
    /// [`Refusal`], of the whole payment.
    pub fn inspect(
        &self,
        recipient: Address,
        secret: &Secret,
        venue: &Venue,
        mut recover: impl FnMut(&Signature, &[u8; 32]) -> Option<Address>,
    ) -> Result<Inspected, Refusal> {
        if self.tickets.is_empty() || self.tickets.len() > MAX_TICKETS {
            return Err(Refusal::Count(self.tickets.len()));
        }
        if self.params.recipient != recipient {
            return Err(Refusal::Recipient {
                theirs: self.params.recipient,
                ours: recipient,
            });
        }
        let odds = self.params.odds()?;
        let recipient_rand = self.params.open(secret, venue)?;
        let series = self.params.series(venue);
        let look_at = |signed: &Signed| {
            let hash = series.hash(signed.nonce);
            Ticket {
                nonce: signed.nonce,
                hash,
                signer: recover(&signed.signature, &hash.0),
                wins: drawn(&signed.signature, recipient_rand) < odds.win_prob,
            }
        };
        let tickets = self.tickets.iter().map(look_at).collect();
        Ok(Inspected {
            odds,
            recipient_rand,
            tickets,
        })
    }
}

/// A payment whose parameters are the recipient's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspected {
    /// What each of its tickets may pay.
    pub odds: Odds,
    /// What a winner is redeemed with. To be kept from the sender until its parameters have expired: whoever knows it
    /// signs winners only.
    pub recipient_rand: U256,
    /// In the order they came in.
    pub tickets: Vec<Ticket>,
}

/// What a ticket says by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Its own number.
    pub nonce: u32,
    /// Its name on chain.
    pub hash: B256,
    /// Who signed it; `None` if nobody did.
    pub signer: Option<Address>,
    /// Whether it wins, if it is good.
    pub wins: bool,
}

/// Why a payment is refused as a whole: nothing of it can be collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// No tickets, or more than [`MAX_TICKETS`].
    #[error("a payment has 1 to {MAX_TICKETS} tickets, not {0}; send the rest in another")]
    Count(usize),
    /// For somebody else.
    #[error("these tickets pay {theirs}, and this is {ours}; ask for this orchestrator's parameters")]
    Recipient {
        /// Whom they pay.
        theirs: Address,
        /// Who got them.
        ours: Address,
    },
    /// Other parameters than were given out.
    #[error(transparent)]
    Altered(#[from] Altered),
    /// A face value that cannot be.
    #[error(transparent)]
    TooMuch(#[from] TooMuch),
}

fn write_signature<S: Serializer>(signature: &Signature, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&hex::encode(&signature.0))
}

fn read_signature<'de, D: Deserializer<'de>>(from: D) -> Result<Signature, D::Error> {
    let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
    hex::decode(&text)
        .map(Signature)
        .ok_or_else(|| serde::de::Error::custom("a ticket's signature is 0x and 130 hexadecimal digits"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control;
    use crate::pm::{Account, Price};

    const RECIPIENT: Address = Address([1; 20]);

    fn key() -> SessionKey {
        SessionKey::from_bytes(&[7; 32]).unwrap()
    }

    fn secret() -> Secret {
        Secret::new([6; 32], [3; 16])
    }

    fn venue() -> Venue {
        Venue {
            chain_id: 31_337,
            broker: Address([9; 20]),
        }
    }

    fn params(win_prob: U256) -> Params {
        let unsealed = Params {
            recipient: RECIPIENT,
            sender: key().address(),
            face_value: U256::from(1_000u64),
            win_prob,
            price: Price::new(1, 1).unwrap(),
            creation_round: 7,
            creation_round_hash: B256::repeat_byte(8),
            expires: 1_700_000_000_000,
            seed: B256::repeat_byte(5),
            recipient_rand_hash: B256::ZERO,
        };
        unsealed.sealed(&secret(), &venue())
    }

    fn inspect(payment: &Payment) -> Result<Inspected, Refusal> {
        payment.inspect(RECIPIENT, &secret(), &venue(), Signature::recover)
    }

    #[test]
    fn what_was_signed_is_read_by_the_recipient_from_its_json() {
        let payment = Payment::sign(params(U256::MAX), 1..=3, &key(), &venue());
        let json = serde_json::to_string(&payment).unwrap();
        let read: Payment = serde_json::from_str(&json).unwrap();
        let inspected = inspect(&read).unwrap();
        assert_eq!(
            inspected.tickets.iter().map(|t| t.nonce).collect::<Vec<_>>(),
            [1, 2, 3]
        );
        assert!(
            inspected
                .tickets
                .iter()
                .all(|t| t.wins && t.signer == Some(key().address()))
        );
    }

    #[test]
    fn the_largest_payment_is_a_fourth_of_a_control_message() {
        let nonces = u32::MAX - 63..=u32::MAX;
        let payment = Payment::sign(params(U256::MAX), nonces, &key(), &venue());
        assert_eq!(payment.tickets.len(), MAX_TICKETS);
        assert!(serde_json::to_string(&payment).unwrap().len() < control::MAX_BYTES / 4);
    }

    #[test]
    fn one_ticket_that_nobody_signed_does_not_cost_the_others() {
        let mut payment = Payment::sign(params(U256::MAX), 1..=3, &key(), &venue());
        payment.tickets[1].signature.0[64] = 0;
        let signers: Vec<_> = inspect(&payment)
            .unwrap()
            .tickets
            .iter()
            .map(|t| t.signer)
            .collect();
        assert_eq!(signers, [Some(key().address()), None, Some(key().address())]);
    }

    #[test]
    fn tickets_for_another_chain_or_nonce_are_somebody_elses() {
        let mut payment = Payment::sign(params(U256::MAX), 1..=2, &key(), &venue());
        payment.tickets[0].nonce = 3;
        let elsewhere = Venue {
            chain_id: 1,
            ..venue()
        };
        payment.tickets[1] = Payment::sign(params(U256::MAX), [2], &key(), &elsewhere).tickets[0];
        for ticket in inspect(&payment).unwrap().tickets {
            assert_ne!(ticket.signer, Some(key().address()));
        }
    }

    #[test]
    fn a_payment_that_nothing_of_can_be_collected_is_refused_with_the_reason() {
        let good = Payment::sign(params(U256::MAX), [1], &key(), &venue());
        let empty = Payment {
            tickets: vec![],
            ..good.clone()
        };
        assert_eq!(inspect(&empty), Err(Refusal::Count(0)));
        let many = Payment {
            tickets: vec![good.tickets[0]; MAX_TICKETS + 1],
            ..good.clone()
        };
        assert_eq!(inspect(&many), Err(Refusal::Count(MAX_TICKETS + 1)));
        let mut foreign = good.clone();
        foreign.params.recipient = Address([2; 20]);
        let refusal = Refusal::Recipient {
            theirs: Address([2; 20]),
            ours: RECIPIENT,
        };
        assert_eq!(inspect(&foreign), Err(refusal));
        let mut altered = good.clone();
        altered.params.face_value += U256::from(1);
        assert_eq!(inspect(&altered), Err(Refusal::Altered(Altered)));
        let mut huge = good;
        huge.params.face_value = U256::MAX;
        assert_eq!(inspect(&huge), Err(Refusal::TooMuch(TooMuch(U256::MAX))));
    }

    #[test]
    fn malformed_signatures_are_no_json() {
        for bad in ["0x00", "00", &"0x".repeat(66), &format!("0x{}", "zz".repeat(65))] {
            let json = format!(r#"{{"nonce":1,"signature":"{bad}"}}"#);
            assert!(serde_json::from_str::<Signed>(&json).is_err(), "{bad}");
        }
    }

    /// The draw is fair: of 4,096 tickets with a chance of a fourth, 1,024 win, within five standard deviations of 28; and
    /// the account counts them all the same.
    #[test]
    fn tickets_win_as_often_as_they_say() {
        let quarter = params(U256::from(1) << 254);
        let mut account = Account::new(quarter.price);
        let mut won = 0;
        for start in (0..4096).step_by(MAX_TICKETS) {
            let payment = Payment::sign(quarter.clone(), start..start + 64, &key(), &venue());
            let inspected = payment
                .inspect(RECIPIENT, &secret(), &venue(), |_, _| None)
                .unwrap();
            for ticket in inspected.tickets {
                account.ticket(&inspected.odds);
                won += i32::from(ticket.wins);
            }
        }
        assert!((won - 1024).abs() < 5 * 28, "{won}");
        assert!(account.covers(4096 * 250) && !account.covers(4096 * 250 + 1));
    }
}
