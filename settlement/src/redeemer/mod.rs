//! Brings winning tickets to the chain, in batches, each before its time runs out.
//!
//! ```text
//!   store: pending ─▶ wait for a good price ─▶ try each by eth_call ─▶ estimate ─▶ store: submitted ─▶ send
//!             ▲          or the deadline          │ never: hopeless                      │ stuck: again, for more
//!             └──────── a reorganisation ◀── store: redeemed ◀── receipt: what was paid ─┘
//! ```
//!
//! - [`Machine`] decides all of it, and knows neither chain nor disk nor clock.
//! - [`Redeemer`] carries it out: [`run`] it beside an orchestrator, or alone with a key of its own.

mod flight;
mod judge;
mod machine;
mod service;
mod waiting;

pub use flight::Payment;
pub use judge::Verdict;
pub use machine::{Input, Machine, Output};
pub(crate) use service::now;
pub use service::{Config, Error, Redeemer, run};

use std::time::Duration;

use crate::chain::transit;

/// When and for how much tickets are redeemed.
#[derive(Clone, Debug)]
pub struct Policy {
    /// As many as wait are sent at any price. Of twenty, each costs half the gas that one alone does.
    pub enough: usize,
    /// As many as go in one transaction at most: a hundred take a sixth of Ethereum's block.
    pub most: usize,
    /// Whether to take less than a ticket's face value, past its deadline, where its sender has no more. For that the key
    /// must be the recipient's or its redeemer's.
    pub partially: bool,
    /// The time from block to block, by which moments are told in blocks.
    pub block_time: Duration,
    /// A transaction's fees and patience.
    pub transit: transit::Policy,
}

impl Default for Policy {
    /// For Ethereum.
    fn default() -> Self {
        Self {
            enough: 20,
            most: 100,
            partially: false,
            block_time: Duration::from_secs(12),
            transit: transit::Policy::default(),
        }
    }
}
