//! From tickets to credit.

use super::super::durable::{Commit, Credit, Winner};
use super::super::payment::{Inspected, MAX_TICKETS, Payment, Refusal, Ticket};
use super::commits::Pending;
use super::nonces::Taken;
use super::refused::Refused;
use super::{LATE, MAX_WAITING, Output, Recipient, millis};
use crate::Millis;
use crate::control::RefusedTicket;
use crate::session::registry::SessionId;

/// What becomes of a ticket.
struct Verdict {
    /// It may be redeemed, and was not seen before.
    collect: bool,
    /// Why it earns nothing.
    refused: Option<Refused>,
}

impl Recipient {
    pub(super) fn payment(
        &mut self,
        now: Millis,
        id: SessionId,
        payment: &Payment,
        inspected: Result<Inspected, Refusal>,
    ) {
        let Some(paying) = self.sessions.get(&id) else {
            return;
        };
        let sender = paying.session.sender;
        let payer = (sender, paying.session.stream.clone());
        let inspected = match inspected {
            Err(refusal) => return self.refuse(id, payment, refusal.into()),
            Ok(_) if payment.params.sender != sender => {
                let theirs = payment.params.sender;
                let ours = sender;
                return self.refuse(id, payment, Refused::Sender { theirs, ours });
            }
            Ok(_) if self.waiting.len() >= MAX_WAITING => {
                return self.refuse(id, payment, Refused::NotStored);
            }
            Ok(inspected) => inspected,
        };

        let wall = self.wall(now);
        let mut credited = self.credited(wall, payment, &inspected);
        let mut pending = Pending::new(id, payer, &payment.params, inspected.odds);
        let mut commit = Commit::default();
        for (ticket, signed) in inspected.tickets.iter().zip(&payment.tickets) {
            let verdict = self.judge(wall, payment, ticket, credited);
            if verdict.collect && ticket.wins {
                commit.winners.push(Winner {
                    ticket: payment.params.ticket(ticket.nonce),
                    signature: signed.signature,
                    recipient_rand: inspected.recipient_rand,
                    hash: ticket.hash,
                    expires: payment.params.expires,
                });
                // What it may take backs none of those after it.
                self.standing.add_pending(sender, inspected.odds.face_value);
                credited = self.credited(wall, payment, &inspected);
            }
            match verdict.refused {
                None => pending.accepted.push(ticket.nonce),
                Some(reason) => pending.refuse(ticket.nonce, reason),
            }
        }
        if let Some(Refused::Signer(signer)) = pending.reason {
            self.outputs.push_back(Output::Look(sender, Some(signer)));
        }
        let name = &payment.params.recipient_rand_hash;
        commit
            .ceilings
            .extend(self.nonces.reserve(name, &pending.accepted));
        if commit.is_empty() {
            return self.count(now, pending);
        }
        if let Some(paying) = self.sessions.get(&id) {
            let mut account = paying.session.account.at(pending.price);
            pending.credit(&mut account);
            commit.credits.push(Credit {
                sender,
                stream: paying.session.stream.clone(),
                account,
            });
        }
        self.commit(commit, Some(pending));
    }

    /// Whether a payment's tickets earn credit, if each is collectable and new.
    fn credited(&self, wall: u64, payment: &Payment, inspected: &Inspected) -> Result<(), Refused> {
        let params = &payment.params;
        self.standing.stays(params.sender)?;
        if params.expires <= wall {
            return Err(Refused::Expired(params.expires));
        }
        let float = self.standing.float(params.sender);
        let float = float.ok_or(Refused::ChainUnknown)?;
        let face_value = inspected.odds.face_value;
        if float < face_value {
            return Err(Refused::Float { face_value, float });
        }
        Ok(())
    }

    fn judge(
        &mut self,
        wall: u64,
        payment: &Payment,
        ticket: &Ticket,
        credited: Result<(), Refused>,
    ) -> Verdict {
        let params = &payment.params;
        let worthless = |reason| Verdict {
            collect: false,
            refused: Some(reason),
        };
        if let Err(reason) = self.standing.collectable(params, ticket.signer) {
            return worthless(reason);
        }
        if params.expires.saturating_add(millis(LATE)) <= wall {
            return worthless(Refused::Expired(params.expires));
        }
        let name = params.recipient_rand_hash;
        let nonce = ticket.nonce;
        let refused = match self.nonces.take(params.sender, name, params.expires, nonce) {
            Ok(()) => credited.err(),
            Err(Taken::OutOfRange) => return worthless(Refused::Nonce(nonce)),
            Err(Taken::Seen) => return worthless(Refused::Seen(nonce)),
            Err(Taken::TooManySets) => return worthless(Refused::TooManySets),
            // It may have earned credit before the restart; whether it won nobody remembers who did not write it down.
            Err(Taken::Forgotten) => Some(Refused::Seen(nonce)),
        };
        Verdict {
            collect: true,
            refused,
        }
    }

    /// Answers a payment nothing of which counts.
    pub(super) fn refuse(&mut self, id: SessionId, payment: &Payment, reason: Refused) {
        let refused: Vec<_> = payment
            .tickets
            .iter()
            .take(MAX_TICKETS)
            .map(|ticket| RefusedTicket {
                nonce: ticket.nonce,
                code: reason.code(),
            })
            .collect();
        self.tally.refused += refused.len() as u64;
        let name = payment.params.recipient_rand_hash;
        self.tell(id, Some(name), Vec::new(), refused);
        self.complain(id, reason);
    }
}
