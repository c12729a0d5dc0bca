//! The core of Headwater: what a page, an orchestrator and a simulator all run.
//!
//! This crate never reads a clock, opens a socket, spawns a task, draws randomness or calls JS. Time, entropy and
//! keys are arguments. Three shapes of code live here:
//!
//! | shape | where | contract |
//! |---|---|---|
//! | documents that travel | [`stream`], [`ladder`], [`token`], [`manifest`], [`control`] | parse once, hold only valid values |
//! | the chain's words | [`chain`] | made from `contracts/abi`; nobody is asked |
//! | what a wallet signs | [`wallet`] | nothing that its words do not say |
//! | payments | [`pm`] | exact; its two ends, [`pm::sender`] and [`pm::recipient`], are state machines |
//! | state machines | [`session`] | **after every `handle_input`, drain `poll_output` until it says how long to wait** |
//!
//! Read [`session::client::Client`] first (a broadcaster's or viewer's connection), then
//! [`session::registry::Registry`] (who publishes and who watches, on the server).
#![forbid(unsafe_code)]

pub mod chain;
pub mod code;
pub mod control;
pub mod hex;
pub mod key;
pub mod ladder;
pub mod manifest;
pub mod offer;
pub mod pm;
pub mod session;
pub mod signed;
pub mod stream;
mod time;
pub mod token;
pub mod wallet;

pub use code::Code;
pub use time::Millis;
