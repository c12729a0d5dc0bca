//! What was sent: looked for, replaced, given up, and booked once a block has it.

use alloy_primitives::B256;

use super::super::flight::{self, Fate, Flight, Payment};
use super::{Machine, OVERTAKEN, Output, Stage};
use crate::chain::{Fees, Receipt};
use crate::store::Change;

impl Machine {
    pub(super) fn looked(&mut self, now: u64, receipt: Option<Receipt>, nonce: u64, known: bool) {
        let Stage::Flying(mut flight) = std::mem::replace(&mut self.stage, Stage::Idle) else {
            return;
        };
        flight.fresh = false;
        if let Some(receipt) = receipt {
            return self.landed(now, &flight, &receipt);
        }
        let used = nonce > flight.transit.nonce();
        flight.overtaken = if used { flight.overtaken + 1 } else { 0 };
        if flight.overtaken >= OVERTAKEN {
            // By another transaction of the key. Whether these were paid is seen when they are tried.
            return self.release(&flight);
        }
        if used {
            self.stage = Stage::Flying(flight);
            return;
        }
        let market = match &self.head {
            Some(head) => Fees::of(&head.header, head.tip),
            None => flight.transit.fees(),
        };
        let overdue = flight.transit.overdue(&self.policy.transit, market, now);
        match (&flight.call, overdue) {
            (None, Some(_)) => return self.release(&flight),
            (None, None) if !known => return self.release(&flight),
            (Some((call, gas)), Some(_)) => {
                let signed = self.sign(call, *gas, &flight.transit);
                self.store(Change::Replace {
                    batch: flight.transit.hashes()[0],
                    tx: signed.hash,
                    block: self.head.as_ref().map_or(0, |head| head.header.number),
                });
                flight.transit.sent(signed.hash);
                self.outputs.push_back(Output::Send(signed));
            }
            // Nodes forget what waits, in restarts and under load.
            (Some((call, gas)), None) if !known => {
                let signed = self.sign(call, *gas, &flight.transit);
                self.outputs.push_back(Output::Send(signed));
            }
            (_, None) => {}
        }
        self.stage = Stage::Flying(flight);
    }

    pub(super) fn landed(&mut self, now: u64, flight: &Flight, receipt: &Receipt) {
        let fates = flight::fates(&flight.winners, receipt);
        let mut back = Vec::new();
        for (winner, fate) in flight.winners.iter().zip(&fates) {
            match fate {
                Fate::Paid(payment) => self.redeemed(winner.hash, *payment),
                Fate::Refused(_) | Fate::Undecided => back.push(winner.hash),
            }
        }
        if !back.is_empty() {
            self.store(Change::Release { winners: back });
        }
        if !receipt.succeeded() {
            self.hold();
        }
        for (winner, fate) in flight.winners.iter().zip(fates) {
            if let Fate::Refused(revert) = fate {
                self.refused(now, winner.clone(), &revert);
            }
        }
    }

    pub(super) fn found(&mut self, winner: B256, paid: Option<Payment>) {
        // Not found: by a node that lags. It is put off already.
        if let Some(payment) = paid {
            self.waiting.remove(&winner);
            self.redeemed(winner, payment);
        }
    }

    pub(super) fn redeemed(&mut self, winner: B256, payment: Payment) {
        let Payment { tx, block, paid } = payment;
        self.store(Change::Redeem {
            winner,
            tx,
            block,
            paid,
        });
    }

    pub(super) fn not_taken(&mut self, hash: B256) {
        let Stage::Flying(flight) = &self.stage else {
            return;
        };
        // A replacement's refusal leaves what it was to replace; a repetition's may mean that it is in a block.
        if !flight.fresh || flight.transit.hashes() != [hash] {
            return;
        }
        if let Stage::Flying(flight) = std::mem::replace(&mut self.stage, Stage::Idle) {
            self.release(&flight);
            self.hold();
        }
    }

    pub(super) fn release(&mut self, flight: &Flight) {
        self.store(Change::Release {
            winners: flight::hashes(&flight.winners),
        });
    }
}
