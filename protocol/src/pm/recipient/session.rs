//! One stream's payer: what it has left, and whether there is work for it.

use core::time::Duration;

use super::super::account::{Account, Balance};
use super::super::price::Price;
use super::super::receipt::{MAX_RENDITIONS, Work};
use crate::key::Address;
use crate::{Millis, stream};

/// Work begins, and goes on after a stop, when so much of it is paid for: half of what a payment covers.
pub const LEAD: Duration = Duration::from_secs(1);

/// Whether there is work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    /// Nothing was paid yet.
    Shut,
    /// Paid for.
    Open,
    /// Owed for since then.
    Grace(Millis),
    /// Owed for too long.
    Stopped,
}

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Opened,
    Due,
    Stopped,
}

#[derive(Debug)]
pub(super) struct Session {
    pub(super) stream: stream::Id,
    pub(super) sender: Address,
    pub(super) account: Account,
    /// Encoded pixels a second, as the shell expects them.
    pub(super) rate: u64,
    pub(super) gate: Gate,
    /// Work since the last receipt.
    done: Vec<Work>,
    /// When that was, by the wall clock.
    pub(super) receipted: u64,
    /// Whether the account on disk is another.
    pub(super) changed: bool,
}

impl Session {
    pub(super) fn new(stream: stream::Id, sender: Address, account: Account, rate: u64, wall: u64) -> Self {
        Self {
            stream,
            sender,
            account,
            rate,
            gate: Gate::Shut,
            done: Vec::new(),
            receipted: wall,
            changed: false,
        }
    }

    /// Counts work. More renditions than a receipt can tell of count together with the last.
    pub(super) fn work(&mut self, name: &str, pixels: u64) {
        self.account.work(pixels);
        self.changed = true;
        if let Some(done) = self.done.iter_mut().find(|done| done.name == name) {
            done.pixels = done.pixels.saturating_add(pixels);
        } else if self.done.len() < MAX_RENDITIONS {
            self.done.push(Work {
                name: name.to_owned(),
                pixels,
            });
        } else if let Some(last) = self.done.last_mut() {
            last.pixels = last.pixels.saturating_add(pixels);
        }
    }

    /// The work since the last receipt, if there was any.
    pub(super) fn take_done(&mut self) -> Option<Vec<Work>> {
        (!self.done.is_empty()).then(|| core::mem::take(&mut self.done))
    }

    /// Payments come at another price from now on.
    pub(super) fn reprice(&mut self, price: Price) {
        if price != self.account.price() {
            self.account = self.account.at(price);
            self.changed = true;
        }
    }

    /// Opens or shuts the gate, as the account says.
    pub(super) fn look(&mut self, now: Millis, grace: Duration) -> Option<Change> {
        let paid = self.account.covers(lead(self.rate));
        let owes = matches!(self.account.balance(), Balance::Debt(_));
        let (gate, change) = match self.gate {
            Gate::Shut | Gate::Stopped if paid => (Gate::Open, Change::Opened),
            Gate::Open if owes => (Gate::Grace(now), Change::Due),
            Gate::Grace(_) if !owes => (Gate::Open, Change::Opened),
            Gate::Grace(since) if now.since(since) >= grace => (Gate::Stopped, Change::Stopped),
            _ => return None,
        };
        let reopened = matches!(self.gate, Gate::Grace(_)) && gate == Gate::Open;
        self.gate = gate;
        (!reopened).then_some(change)
    }

    /// Since when work goes on that is owed for.
    pub(super) const fn owes_since(&self) -> Option<Millis> {
        match self.gate {
            Gate::Grace(since) => Some(since),
            _ => None,
        }
    }
}

fn lead(rate: u64) -> u64 {
    let millis = u64::try_from(LEAD.as_millis()).unwrap_or(u64::MAX);
    rate.saturating_mul(millis) / 1000
}
