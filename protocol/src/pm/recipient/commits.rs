//! What waits for the disk.

use std::collections::BTreeMap;

use alloy_primitives::{B256, U256, U512};

use super::super::account::Account;
use super::super::durable::{Ceiling, Commit, Credit};
use super::super::odds::Odds;
use super::super::params::Params;
use super::super::price::Price;
use super::refused::Refused;
use super::{Output, Recipient};
use crate::control::RefusedTicket;
use crate::key::Address;
use crate::session::registry::SessionId;
use crate::{Millis, stream};

/// A commit that is under way.
#[derive(Debug)]
pub(super) struct Waiting {
    /// `None` if nobody waits for it.
    payment: Option<Pending>,
    ceilings: Vec<Ceiling>,
    winners: Vec<(Address, U256)>,
}

/// A payment that was judged.
#[derive(Debug)]
pub(super) struct Pending {
    session: SessionId,
    /// Whose account it is for, should the session end before.
    payer: (Address, stream::Id),
    name: B256,
    pub(super) price: Price,
    pub(super) odds: Odds,
    pub(super) accepted: Vec<u32>,
    refused: Vec<RefusedTicket>,
    /// The last of the reasons.
    pub(super) reason: Option<Refused>,
}

impl Pending {
    pub(super) fn new(session: SessionId, payer: (Address, stream::Id), params: &Params, odds: Odds) -> Self {
        Self {
            session,
            payer,
            name: params.recipient_rand_hash,
            price: params.price,
            odds,
            accepted: Vec::new(),
            refused: Vec::new(),
            reason: None,
        }
    }

    pub(super) fn refuse(&mut self, nonce: u32, reason: Refused) {
        let code = reason.code();
        self.refused.push(RefusedTicket { nonce, code });
        self.reason = Some(reason);
    }

    pub(super) fn credit(&self, account: &mut Account) {
        for _ in &self.accepted {
            account.ticket(&self.odds);
        }
    }
}

impl Recipient {
    pub(super) fn commit(&mut self, commit: Commit, payment: Option<Pending>) {
        let id = self.next_commit;
        self.next_commit += 1;
        let winners = commit
            .winners
            .iter()
            .map(|winner| (winner.ticket.sender.into(), winner.ticket.faceValue));
        self.waiting.insert(
            id,
            Waiting {
                payment,
                ceilings: commit.ceilings.clone(),
                winners: winners.collect(),
            },
        );
        self.outputs.push_back(Output::Commit(id, commit));
    }

    pub(super) fn committed(&mut self, now: Millis, id: u64) {
        let Some(waiting) = self.waiting.remove(&id) else {
            return;
        };
        for ceiling in &waiting.ceilings {
            self.nonces.reserved(ceiling);
        }
        self.tally.won += waiting.winners.len() as u64;
        if let Some(payment) = waiting.payment {
            self.count(now, payment);
        }
    }

    /// What is on disk, and on its way there.
    pub(super) fn outstanding(&mut self, mut pending: BTreeMap<Address, U256>) {
        for (sender, face_value) in self.waiting.values().flat_map(|waiting| &waiting.winners) {
            let sum = pending.entry(*sender).or_default();
            *sum = sum.saturating_add(*face_value);
        }
        for sender in self.standing.set_pending(pending) {
            if !self.paid_by(sender).is_empty() {
                self.outputs.push_back(Output::Look(sender, None));
            }
        }
    }

    pub(super) fn failed(&mut self, id: u64) {
        let Some(waiting) = self.waiting.remove(&id) else {
            return;
        };
        for (sender, face_value) in waiting.winners {
            self.standing.remove_pending(sender, face_value);
        }
        if let Some(mut payment) = waiting.payment {
            // The same tickets may be sent again.
            self.nonces.release(&payment.name, &payment.accepted);
            for nonce in core::mem::take(&mut payment.accepted) {
                payment.refuse(nonce, Refused::NotStored);
            }
            payment.reason = Some(Refused::NotStored);
            self.answer(payment);
        }
    }

    /// Credits what was accepted, and says so.
    pub(super) fn count(&mut self, now: Millis, payment: Pending) {
        let tickets = payment.accepted.len() as u64;
        let worth = payment.odds.expected_value() * U512::from(tickets);
        self.tally.accepted += tickets;
        self.tally.expected = self.tally.expected.saturating_add(worth);
        let id = payment.session;
        if tickets > 0 {
            if let Some(paying) = self.sessions.get_mut(&id) {
                paying.session.reprice(payment.price);
                payment.credit(&mut paying.session.account);
                paying.session.changed = true;
            } else {
                self.credit_left(&payment);
            }
        }
        self.answer(payment);
        self.look(now, id);
    }

    /// Credits who left while its payment was being written.
    fn credit_left(&mut self, payment: &Pending) {
        let (sender, stream) = &payment.payer;
        let back = self.paid_by(*sender).into_iter().find(|session| {
            let paying = self.sessions.get(session);
            paying.is_some_and(|paying| paying.session.stream == *stream)
        });
        if let Some(paying) = back.and_then(|session| self.sessions.get_mut(&session)) {
            payment.credit(&mut paying.session.account);
            paying.session.changed = true;
        } else if let Some(account) = self.left.get_mut(&payment.payer) {
            *account = account.at(payment.price);
            payment.credit(account);
            let credit = Credit {
                sender: *sender,
                stream: stream.clone(),
                account: account.clone(),
            };
            let commit = Commit {
                credits: vec![credit],
                ..Commit::default()
            };
            self.commit(commit, None);
        }
    }

    fn answer(&mut self, payment: Pending) {
        self.tally.refused += payment.refused.len() as u64;
        self.tell(
            payment.session,
            Some(payment.name),
            payment.accepted,
            payment.refused,
        );
        if let Some(reason) = payment.reason {
            self.complain(payment.session, reason);
            self.want(payment.session);
        }
    }
}
