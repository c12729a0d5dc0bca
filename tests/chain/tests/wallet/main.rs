//! What a page asks of a wallet, done on a chain: by intents and queries alone, with the developer wallet's signatures.

mod approving;
mod page;
mod paying;
mod staking;
