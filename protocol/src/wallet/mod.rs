//! What a page asks of a wallet, in words and in bytes. No I/O.
//!
//! - [`Intent`]: what the visitor wants; [`Intent::transaction`] is its bytes, [`Intent::words`] all that stands in them.
//! - [`approval`]: leave for a session key, as typed data to sign.
//! - [`Query`]: what is read from the chain, as calls, and their answers.
//! - [`refusal`]: why a contract refused, as a code and a sentence.
//! - [`developer`]: transactions signed with a key in the page, for tests and play money.
//!
//! A page shows the words before the wallet opens: nothing is signed that they do not say. JSON spells amounts as decimal
//! strings, since no number of JavaScript holds a wei's.
//!
//! ```
//! use headwater_protocol::wallet::{Context, Intent, Network};
//! let network: Network = serde_json::from_str(
//!     r#"{"chainId": 31337, "contracts": {"TicketBroker": "0x00000000000000000000000000000000000000b0"}}"#,
//! )?;
//! let fund: Intent =
//!     serde_json::from_str(r#"{"do": "fund", "deposit": "500000000000000000", "reserve": "0"}"#)?;
//! assert_eq!(fund.transaction(&network)?.data.len(), 4);
//! let words = fund.words(&network, &Context::default())?;
//! assert!(words.sentences[0].starts_with("Puts 0.5 ETH into your deposit"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod abi;
pub mod amount;
pub mod approval;
pub mod developer;
mod fields;
mod intent;
mod network;
mod query;
pub mod refusal;
#[cfg(test)]
mod tests;
mod transaction;
mod words;

pub use fields::Invalid;
pub use intent::Intent;
pub use network::Network;
pub use query::{Call, Query};
pub use transaction::Transaction;
pub use words::{Context, Words};
