//! Probabilistic micropayments: work paid by lottery tickets that are signed off chain, and redeemed when they win.
//!
//! ```text
//!   recipient                                       sender
//!   odds ─▶ params (recipientRandHash, price) ────▶ ticket: nonce, signature
//!   secret ─▶ recipientRand, again from the params ◀─┘   a win: TicketBroker.redeemWinningTicket
//!   account: + expected value of each ticket          account: the same sums
//!            − price of each pixel
//! ```
//!
//! Amounts are exact: expected values are counted in parts of 2^256 of a wei, prices in wei for a number of pixels, so both
//! sides come to the same balance whatever the order.

pub mod account;
pub mod durable;
pub mod odds;
pub mod params;
pub mod payment;
pub mod price;
pub mod receipt;
pub mod recipient;
pub mod secret;
pub mod sender;

pub use account::{Account, Balance};
pub use durable::{Commit, Winner};
pub use odds::Odds;
pub use params::Params;
pub use payment::Payment;
pub use price::Price;
pub use receipt::Receipt;
pub use recipient::Recipient;
pub use secret::Secret;
pub use sender::Sender;
