//! The parameters that tickets are asked for by.

use alloy_primitives::{B256, U256, U512};

use super::super::odds::{Market, Odds};
use super::super::params::Params;
use super::super::price::Price;
use super::refused::Refused;
use super::standing::Rounds;
use super::{Output, Recipient, millis};
use crate::Millis;
use crate::control::Message;
use crate::key::{Address, keccak256};
use crate::session::registry::SessionId;

impl Recipient {
    pub(super) fn rounds(&mut self, now: Millis, rounds: Rounds) {
        let before = self.standing.rounds.replace(rounds);
        let newest = self.standing.rounds.as_ref().map(|rounds| rounds.newest);
        if before.map(|rounds| rounds.newest) == newest {
            self.offer_all(now);
        } else {
            self.want_all(now);
        }
    }

    pub(super) fn want(&mut self, id: SessionId) {
        if let Some(paying) = self.sessions.get_mut(&id) {
            paying.wants = true;
        }
    }

    /// Everybody gets new parameters.
    pub(super) fn want_all(&mut self, now: Millis) {
        for id in self.ids() {
            self.want(id);
        }
        self.offer_all(now);
    }

    pub(super) fn offer_all(&mut self, now: Millis) {
        for id in self.ids() {
            self.offer(now, id);
        }
    }

    /// Sends parameters to who wants them, as soon as all that they take is known.
    pub(super) fn offer(&mut self, now: Millis, id: SessionId) {
        let Some(paying) = self.sessions.get(&id).filter(|paying| paying.wants) else {
            return;
        };
        let (sender, rate, told) = (paying.session.sender, paying.session.rate, paying.told);
        match self.terms(now, sender, rate) {
            // Asked for again as soon as the chain has answered.
            Err(Refused::ChainUnknown) => {}
            Err(reason) => {
                if told != Some(reason.code()) {
                    self.complain(id, reason);
                    if let Some(paying) = self.sessions.get_mut(&id) {
                        paying.told = Some(reason.code());
                    }
                }
            }
            Ok(None) => {}
            Ok(Some(params)) => {
                if let Some(paying) = self.sessions.get_mut(&id) {
                    paying.wants = false;
                    paying.told = None;
                }
                let message = Message::Params {
                    params: Box::new(params),
                    good_for: millis(self.config.good_for),
                };
                self.outputs.push_back(Output::Send(id, message));
            }
        }
    }

    /// Parameters for a sender whose work comes at this rate; none where it costs nothing, or there is none yet.
    fn terms(&mut self, now: Millis, sender: Address, rate: u64) -> Result<Option<Params>, Refused> {
        let price = self.price_for(sender);
        let value = worth(price, rate, millis(self.config.ticket));
        if value.is_zero() {
            return Ok(None);
        }
        let round = self.standing.rounds.as_ref().ok_or(Refused::ChainUnknown)?;
        let round = round.newest;
        let redemption = self.redemption.ok_or(Refused::ChainUnknown)?;
        self.standing.stays(sender)?;
        let float = self.standing.float(sender).ok_or(Refused::ChainUnknown)?;
        let odds = Odds::worth(
            value,
            &Market {
                redemption,
                multiple: self.config.multiple,
                // So that a winner that is not redeemed yet leaves the tickets after it backed.
                float: float / U256::from(2),
                limit: self.config.max_face_value,
            },
        )?;
        let params = Params {
            recipient: self.config.recipient,
            sender,
            face_value: odds.face_value,
            win_prob: odds.win_prob,
            price,
            creation_round: round.number,
            creation_round_hash: round.hash,
            expires: self.wall(now) + millis(self.config.good_for),
            seed: self.draw(),
            recipient_rand_hash: B256::ZERO,
        };
        Ok(Some(params.sealed(&self.secret, &self.config.venue)))
    }

    pub(super) fn price_for(&self, sender: Address) -> Price {
        let own = self.config.prices.get(&sender);
        own.copied().unwrap_or(self.config.price)
    }

    pub(super) const fn wall(&self, now: Millis) -> u64 {
        self.wall + now.0
    }

    fn draw(&mut self) -> B256 {
        let mut bytes = [0; 40];
        bytes[..32].copy_from_slice(&self.entropy);
        bytes[32..].copy_from_slice(&self.drawn.to_be_bytes());
        self.drawn += 1;
        B256::new(keccak256(&bytes))
    }
}

/// What work at this rate costs in this time, in wei, rounded up.
fn worth(price: Price, rate: u64, millis: u64) -> U256 {
    let cost = U512::from(rate) * U512::from(millis) * U512::from(price.wei());
    let unit = U512::from(price.pixels()) * U512::from(1000u64);
    U256::saturating_from((cost + unit - U512::ONE) / unit)
}
