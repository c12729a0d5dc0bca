//! The chain, as a node needs it: read in batches from several nodes, followed through gaps and reorganisations, written to
//! by keys of its own. All that is alloy's is named in this folder.
//!
//! - [`endpoints`], [`follow`] and [`transit`] decide; they know no clock and no socket.
//! - [`Chain`] asks and [`Follower`] follows: thin shells around them.

pub mod endpoints;
pub mod follow;
pub mod transit;

mod client;
mod follower;
mod pool;
mod state;
mod transaction;
mod words;

pub use client::{Batch, Chain, Config, Contracts, Error, Waiting};
pub use follow::Event;
pub use follower::Follower;
pub use reqwest::Url;
pub use state::{Node, Round, Sender};
pub use transaction::{Fees, Signed, Transaction};
pub use words::{Header, Log, Receipt};
