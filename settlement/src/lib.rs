//! From a winning ticket to money: the part of an operator's node that must never forget.
//!
//! Knows no media. Whoever validates tickets (the orchestrator) hands winners to the [`store`], and the redeemer, in the same
//! process or in another one, brings them to the chain.
#![forbid(unsafe_code)]

pub mod activation;
pub mod cashier;
pub mod chain;
pub mod redeemer;
pub mod services;
pub mod store;
