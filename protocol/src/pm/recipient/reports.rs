//! What payers are told.

use alloy_primitives::B256;

use super::super::durable::{Commit, Credit};
use super::super::receipt::Receipt;
use super::refused::Refused;
use super::{Output, Paying, REFRESH, Recipient};
use crate::control::{Message, RefusedTicket};
use crate::session::registry::SessionId;
use crate::{Code, Millis};

impl Recipient {
    /// What is left, and what became of a payment.
    pub(super) fn tell(
        &mut self,
        id: SessionId,
        name: Option<B256>,
        accepted: Vec<u32>,
        refused: Vec<RefusedTicket>,
    ) {
        let Some(wei) = self.balance(id) else { return };
        let message = Message::Balance {
            recipient_rand_hash: name,
            accepted,
            refused,
            wei,
        };
        self.outputs.push_back(Output::Send(id, message));
    }

    pub(super) fn complain(&mut self, id: SessionId, reason: Refused) {
        let message = Message::Error {
            code: reason.code(),
            message: reason.to_string(),
        };
        self.outputs.push_back(Output::Send(id, message));
    }

    pub(super) fn say(&mut self, id: SessionId, code: Code, notice: bool) {
        let message = format!("{}; {}", code.message(), code.remedy());
        let message = if notice {
            Message::Notice { code, message }
        } else {
            Message::Error { code, message }
        };
        self.outputs.push_back(Output::Send(id, message));
    }

    /// Receipts for what was done.
    pub(super) fn report(&mut self, now: Millis) {
        let wall = self.wall(now);
        for id in self.ids() {
            self.receipt(id, wall);
        }
    }

    /// A receipt for what was done since the last, if anything was.
    pub(super) fn receipt(&mut self, id: SessionId, wall: u64) {
        let Some(paying) = self.sessions.get_mut(&id) else {
            return;
        };
        let session = &mut paying.session;
        let from = core::mem::replace(&mut session.receipted, wall);
        let Some(renditions) = session.take_done() else {
            return;
        };
        let receipt = Receipt {
            sender: session.sender,
            stream: session.stream.clone(),
            from,
            to: wall,
            renditions,
            price: session.account.price(),
        };
        self.outputs.push_back(Output::Receipt(id, receipt));
    }

    /// Asks the chain again about those who pay.
    pub(super) fn refresh(&mut self, now: Millis) {
        for paying in self.sessions.values_mut() {
            if now.since(paying.looked) >= REFRESH {
                paying.looked = now;
                let sender = paying.session.sender;
                let signer = (paying.signer != sender).then_some(paying.signer);
                self.outputs.push_back(Output::Look(sender, signer));
            }
        }
    }

    /// Writes down the accounts that have changed.
    pub(super) fn snapshot(&mut self) {
        let mut credits = Vec::new();
        for Paying { session, .. } in self.sessions.values_mut() {
            if core::mem::take(&mut session.changed) {
                credits.push(Credit {
                    sender: session.sender,
                    stream: session.stream.clone(),
                    account: session.account.clone(),
                });
            }
        }
        if !credits.is_empty() {
            let commit = Commit {
                credits,
                ..Commit::default()
            };
            self.commit(commit, None);
        }
    }

    pub(super) fn ids(&self) -> Vec<SessionId> {
        self.sessions.keys().copied().collect()
    }
}
