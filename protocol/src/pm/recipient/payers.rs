//! Sessions that are paid for: they come, their work grows, they are cut off, they leave.

use alloy_primitives::U256;

use super::super::account::{Account, Balance};
use super::super::durable::{Commit, Credit};
use super::refused::Refused;
use super::session::{Change, Session};
use super::{MAX_LEFT, Output, Paying, Recipient};
use crate::key::Address;
use crate::session::registry::SessionId;
use crate::{Code, Millis};

impl Recipient {
    pub(super) fn ask(&mut self, now: Millis, id: SessionId, sender: Address, signer: Address) {
        if let Some(paying) = self.sessions.get_mut(&id) {
            if paying.session.sender != sender {
                let ours = paying.session.sender;
                self.complain(id, Refused::Sender { theirs: sender, ours });
                return;
            }
            paying.signer = signer;
            paying.wants = true;
            paying.told = None;
        } else {
            let Some((stream, rate)) = self.opened.get(&id).cloned() else {
                return;
            };
            let price = self.price_for(sender);
            let account = match self.left.remove(&(sender, stream.clone())) {
                Some(account) => account.at(price),
                None => Account::new(price),
            };
            let session = Session::new(stream, sender, account, rate, self.wall(now));
            let balance = session.account.balance();
            self.payers.insert((sender, id));
            self.sessions.insert(
                id,
                Paying {
                    session,
                    signer,
                    wants: true,
                    told: None,
                    looked: now,
                },
            );
            if balance != Balance::Credit(U256::ZERO) {
                self.tell(id, None, Vec::new(), Vec::new());
            }
        }
        self.outputs
            .push_back(Output::Look(sender, (signer != sender).then_some(signer)));
        self.look(now, id);
        self.offer(now, id);
    }

    pub(super) fn rate(&mut self, now: Millis, id: SessionId, rate: u64) {
        if let Some((_, known)) = self.opened.get_mut(&id) {
            *known = rate;
        }
        let Some(paying) = self.sessions.get_mut(&id) else {
            return;
        };
        // Tickets are worth what a session's work costs: twice as much work makes them half the time, and too many.
        let before = paying.session.rate;
        paying.session.rate = rate;
        if rate > before.saturating_add(before / 2) || rate < before / 2 {
            paying.wants = true;
            self.offer(now, id);
        }
        self.look(now, id);
    }

    pub(super) fn close(&mut self, now: Millis, id: SessionId) {
        self.receipt(id, self.wall(now));
        self.opened.remove(&id);
        let Some(Paying { session, .. }) = self.sessions.remove(&id) else {
            return;
        };
        if let Some(since) = session.owes_since() {
            self.owing.remove(&(since, id));
        }
        let credit = Credit {
            sender: session.sender,
            stream: session.stream.clone(),
            account: session.account.clone(),
        };
        if self.left.len() >= MAX_LEFT {
            self.left.pop_first();
        }
        self.left
            .insert((session.sender, session.stream), session.account);
        self.commit(
            Commit {
                credits: vec![credit],
                ..Commit::default()
            },
            None,
        );
        let sender = session.sender;
        self.payers.remove(&(sender, id));
        if self.paid_by(sender).is_empty() {
            self.standing.forget(sender);
        }
    }

    pub(super) fn paid_by(&self, sender: Address) -> Vec<SessionId> {
        let all = (sender, SessionId(0))..=(sender, SessionId(u64::MAX));
        self.payers.range(all).map(|(_, session)| *session).collect()
    }

    pub(super) fn look(&mut self, now: Millis, id: SessionId) {
        let Some(paying) = self.sessions.get_mut(&id) else {
            return;
        };
        let before = paying.session.owes_since();
        let change = paying.session.look(now, self.config.grace);
        let after = paying.session.owes_since();
        if before != after {
            if let Some(since) = before {
                self.owing.remove(&(since, id));
            }
            if let Some(since) = after {
                self.owing.insert((since, id));
            }
        }
        match change {
            None => {}
            Some(Change::Opened) => self.outputs.push_back(Output::Gate(id, true)),
            Some(Change::Due) => self.say(id, Code::PaymentDue, true),
            Some(Change::Stopped) => {
                self.outputs.push_back(Output::Gate(id, false));
                self.say(id, Code::PaymentOverdue, false);
            }
        }
    }
}
