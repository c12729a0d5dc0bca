//! A chain of its own for each test: anvil in a process, the contracts deployed on it, calls and answers through
//! `headwater_protocol::chain`.
//!
//! Blocks come when told: each [`Chain::send_all`] is one block, and nothing else moves the clock.

mod anvil;
mod chain;
mod deploy;
mod error;
mod network;
mod receipt;
mod rpc;

pub use anvil::{Anvil, History};
pub use chain::{Chain, Transaction};
pub use error::Error;
pub use network::{Network, UNIT};
pub use receipt::Receipt;
pub use rpc::Rpc;
