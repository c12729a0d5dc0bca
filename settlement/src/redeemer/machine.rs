//! What the redeemer does next. Sans-IO: each [`Output`] but [`Output::Store`] and [`Output::Send`] is answered by its
//! [`Input`] before the next head; `now` is milliseconds since 1970.

mod exchange;
mod flying;

use std::collections::{BTreeMap, VecDeque};

use alloy_primitives::{Address, B256, Bytes, U256};
use headwater_protocol::chain::{Revert, TicketBroker};
use headwater_protocol::key::SessionKey;
use headwater_protocol::pm::Winner;

pub use exchange::{Input, Output};

use super::flight::{self, Flight};
use super::judge::judge;
use super::waiting::{Prices, Waiting, urgency};
use super::{Policy, Verdict};
use crate::chain::transit::Transit;
use crate::chain::{Fees, Header, Round, Signed, Transaction};
use crate::store::{Batch, Change, Record};

/// Looks in a row at which none of a nonce's transactions is to be found before they are given up: a node that lags
/// must not decide alone.
const OVERTAKEN: u32 = 2;
/// Blocks to wait after the chain refused a whole transaction.
const HOLD: u64 = 5;
/// What a ticket's redemption takes, before the first estimate: more than it does, so that none is sent at a loss.
const FIRST_GUESS: u64 = 100_000;

#[derive(Debug)]
enum Stage {
    Idle,
    Trying(Vec<Winner>),
    Preparing { winners: Vec<Winner>, call: Bytes },
    Flying(Flight),
}

#[derive(Debug)]
struct Head {
    header: Header,
    last_final: u64,
    round: Round,
    tip: u128,
}

/// Redeems with one key, one transaction at a time: the key is nobody else's.
#[derive(Debug)]
pub struct Machine {
    policy: Policy,
    key: SessionKey,
    chain_id: u64,
    broker: Address,
    waiting: BTreeMap<B256, Waiting>,
    stage: Stage,
    /// What else was sent before a restart.
    resumed: VecDeque<Flight>,
    head: Option<Head>,
    prices: Prices,
    gas_per_ticket: u64,
    hold_until: u64,
    outputs: VecDeque<Output>,
}

impl Machine {
    /// Redeems at this TicketBroker of this chain.
    #[must_use]
    pub fn new(policy: Policy, key: SessionKey, chain_id: u64, broker: Address) -> Self {
        Self {
            policy,
            key,
            chain_id,
            broker,
            waiting: BTreeMap::new(),
            stage: Stage::Idle,
            resumed: VecDeque::new(),
            head: None,
            prices: Prices::default(),
            gas_per_ticket: FIRST_GUESS,
            hold_until: 0,
            outputs: VecDeque::new(),
        }
    }

    /// Takes in what happened.
    pub fn handle_input(&mut self, now: u64, input: Input) {
        match input {
            Input::Pending(records) => self.pending(records),
            Input::Resumed(batches) => self.resume(now, batches),
            Input::Head {
                header,
                last_final,
                round,
                tip,
            } => self.head(
                now,
                Head {
                    header,
                    last_final,
                    round,
                    tip,
                },
            ),
            Input::Undone { from } => self.undone(from),
            Input::Tried(refusals) => self.tried(now, refusals),
            Input::Prepared { gas, nonce } => self.prepared(now, gas, nonce),
            Input::Failed => self.failed(),
            Input::Looked {
                receipt,
                nonce,
                known,
            } => self.looked(now, receipt, nonce, known),
            Input::Found { winner, paid } => self.found(winner, paid),
            Input::NotTaken(hash) => self.not_taken(hash),
        }
    }

    /// What to do next.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// What one ticket's redemption takes, by the last estimate; before the first one, a guess.
    #[must_use]
    pub fn gas_per_ticket(&self) -> u64 {
        self.gas_per_ticket
    }

    fn pending(&mut self, records: Vec<Record>) {
        let mut before = std::mem::take(&mut self.waiting);
        for record in records {
            let hash = record.winner.hash;
            let mut waiting = Waiting::new(record);
            if let Some(before) = before.remove(&hash) {
                waiting.keep(before);
            }
            self.waiting.insert(hash, waiting);
        }
    }

    fn resume(&mut self, now: u64, batches: Vec<(Batch, Vec<Winner>)>) {
        for (batch, winners) in batches {
            let sent = batch.attempts.iter().map(|attempt| attempt.tx).collect();
            let free = Fees { most: 0, tip: 0 };
            self.resumed.push_back(Flight {
                transit: Transit::resumed(batch.nonce, sent, free, now),
                winners,
                call: None,
                fresh: false,
                overtaken: 0,
            });
        }
    }

    fn head(&mut self, now: u64, head: Head) {
        if self.head.is_none() {
            // What was paid in blocks that a reorganisation took in the meantime is found again where it was not.
            self.store(Change::Undo {
                from: head.last_final + 1,
            });
        }
        self.prices.seen(head.header.base_fee_per_gas.saturating_to());
        self.head = Some(head);
        if matches!(self.stage, Stage::Idle)
            && let Some(flight) = self.resumed.pop_front()
        {
            self.stage = Stage::Flying(flight);
        }
        match &self.stage {
            Stage::Flying(flight) => {
                let hashes = flight.transit.hashes().to_vec();
                self.outputs.push_back(Output::Look(hashes));
            }
            Stage::Idle => self.choose(now),
            Stage::Trying(_) | Stage::Preparing { .. } => {}
        }
    }

    fn undone(&mut self, from: u64) {
        self.store(Change::Undo { from });
        for waiting in self.waiting.values_mut() {
            waiting.condemned_at = None;
            waiting.retry_at = 0;
        }
    }

    /// Whether it is time, and for which.
    fn choose(&mut self, now: u64) {
        let Some(head) = &self.head else { return };
        let at = head.header.number;
        let price: u128 = head.header.base_fee_per_gas.saturating_to();
        if at < self.hold_until || price > self.policy.transit.most {
            return;
        }
        let cost = U256::from(price.saturating_add(head.tip)) * U256::from(self.gas_per_ticket);
        let mut ready: Vec<_> = self
            .waiting
            .values()
            // Before that its secret number would tell payers which tickets win.
            .filter(|waiting| waiting.winner.expires <= now && waiting.retry_at <= at)
            .filter(|waiting| waiting.winner.ticket.faceValue > cost)
            .map(|waiting| (waiting.span(&self.policy, &head.round, at, now), waiting))
            .collect();
        ready.sort_by_key(|(span, waiting)| (span.deadline, waiting.winner.hash));
        let Some((first, _)) = ready.first() else { return };
        let filled = (ready.len() * 1_000 / self.policy.enough.max(1)) as u64;
        let need = urgency(*first, at).max(filled);
        if !self.prices.suits(price, need) {
            return;
        }
        let winners: Vec<_> = ready
            .into_iter()
            .take(self.policy.most.max(1))
            .map(|(_, waiting)| waiting.winner.clone())
            .collect();
        self.outputs.push_back(Output::Try(winners.clone()));
        self.stage = Stage::Trying(winners);
    }

    fn tried(&mut self, now: u64, refusals: Vec<Option<Revert>>) {
        let Stage::Trying(winners) = std::mem::replace(&mut self.stage, Stage::Idle) else {
            return;
        };
        let (mut fine, mut partial) = (Vec::new(), None);
        for (winner, refusal) in winners.into_iter().zip(refusals) {
            match refusal {
                None => fine.push(winner),
                Some(revert) => {
                    if self.takes_less(&winner, &revert, now) {
                        partial = Some(winner);
                    } else {
                        self.refused(now, winner, &revert);
                    }
                }
            }
        }
        let winners = match (fine, partial) {
            (fine, Some(winner)) if fine.is_empty() => vec![winner],
            (fine, _) => fine,
        };
        let Some(first) = winners.first() else { return };
        let partially = self.lacks_funds(first);
        let call = flight::call(&winners, partially);
        self.outputs.push_back(Output::Prepare(call.clone()));
        self.stage = Stage::Preparing { winners, call };
    }

    fn lacks_funds(&self, winner: &Winner) -> bool {
        let waiting = self.waiting.get(&winner.hash);
        waiting.is_some_and(|waiting| waiting.lacks_funds)
    }

    /// Whether what there is of its sender's funds is better than to wait for more.
    fn takes_less(&mut self, winner: &Winner, revert: &Revert, now: u64) -> bool {
        let (Some(head), Some(short)) = (&self.head, revert.is::<TicketBroker::InsufficientFunds>()) else {
            return false;
        };
        let Some(waiting) = self.waiting.get_mut(&winner.hash) else {
            return false;
        };
        let at = head.header.number;
        let span = waiting.span(&self.policy, &head.round, at, now);
        waiting.lacks_funds = self.policy.partially && !short.available.is_zero() && at >= span.deadline;
        waiting.lacks_funds
    }

    /// It was refused alone; others of its batch need not be.
    fn refused(&mut self, now: u64, winner: Winner, revert: &Revert) {
        let Some(head) = &self.head else { return };
        let (at, round) = (head.header.number, head.round.clone());
        let confirmations = at.saturating_sub(head.last_final);
        let waiting = self
            .waiting
            .entry(winner.hash)
            .or_insert_with(|| Waiting::of(winner.clone(), now));
        let span = waiting.span(&self.policy, &round, at, now);
        match judge(revert, round.number) {
            Verdict::Used => {
                waiting.put_off(span, at);
                let created: u64 = winner.ticket.creationRound.saturating_to();
                let rounds = round.due.unwrap_or(round.number).saturating_sub(created);
                let from = round.start.saturating_sub(rounds.saturating_mul(round.length));
                self.outputs.push_back(Output::FindPaid { winner, from });
            }
            Verdict::NotYet => waiting.put_off(span, at),
            Verdict::Never(reason) => {
                // A reorganisation may still say otherwise.
                let since = *waiting.condemned_at.get_or_insert(at);
                if at >= since + confirmations {
                    self.waiting.remove(&winner.hash);
                    self.store(Change::Abandon {
                        winner: winner.hash,
                        reason: reason.to_owned(),
                    });
                } else {
                    waiting.retry_at = since + confirmations;
                }
            }
        }
    }

    fn prepared(&mut self, now: u64, gas: u64, nonce: u64) {
        let Stage::Preparing { winners, call } = std::mem::replace(&mut self.stage, Stage::Idle) else {
            return;
        };
        let Some(head) = &self.head else { return };
        let count = winners.len() as u64;
        self.gas_per_ticket = (gas / count.max(1)).max(1);
        let mut fees = Fees::of(&head.header, head.tip);
        fees.most = fees.most.min(self.policy.transit.most);
        fees.tip = fees.tip.min(fees.most);
        let block = head.header.number;
        // What is true of the state now may cost more in the next block: a first fee of a round, a first claim of a reserve.
        let gas = gas + gas / 4 + 50_000;
        let mut transit = Transit::new(nonce, fees, now);
        let signed = self.sign(&call, gas, &transit);
        transit.sent(signed.hash);
        self.store(Change::Submit {
            winners: flight::hashes(&winners),
            account: self.key.address().into(),
            nonce,
            tx: signed.hash,
            block,
        });
        for winner in &winners {
            self.waiting.remove(&winner.hash);
        }
        self.outputs.push_back(Output::Send(signed));
        self.stage = Stage::Flying(Flight {
            transit,
            winners,
            call: Some((call, gas)),
            fresh: true,
            overtaken: 0,
        });
    }

    fn failed(&mut self) {
        if matches!(self.stage, Stage::Trying(_) | Stage::Preparing { .. }) {
            self.stage = Stage::Idle;
            self.hold();
        }
    }

    fn hold(&mut self) {
        let at = self.head.as_ref().map_or(0, |head| head.header.number);
        self.hold_until = at + HOLD;
    }

    fn sign(&self, call: &Bytes, gas: u64, transit: &Transit) -> Signed {
        let transaction = Transaction {
            to: self.broker,
            data: call.clone(),
            nonce: transit.nonce(),
            gas,
            fees: transit.fees(),
        };
        transaction.sign(&self.key, self.chain_id)
    }

    fn store(&mut self, change: Change) {
        self.outputs.push_back(Output::Store(change));
    }
}

#[cfg(test)]
mod tests;
