//! What can go wrong between a test and its chain.

use std::io;
use std::path::PathBuf;

use headwater_protocol::chain::Revert;
use serde_json::Value;

/// Why something did not happen on the chain, or is not known to have.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A contract refused.
    #[error("{0}")]
    Reverted(Revert),
    /// The tools of the contracts are not installed.
    #[error("there is no {0}: run `npm ci` in contracts/, or `cargo xtask test`, which does")]
    Missing(PathBuf),
    /// Anvil did not come up.
    #[error("anvil ended before it listened: {0}")]
    Silent(String),
    /// The contracts are not there; what forge said.
    #[error("the contracts could not be deployed: {0}")]
    NotDeployed(String),
    /// A process did not start or could not be read.
    #[error("{0}")]
    Process(#[from] io::Error),
    /// HTTP failed.
    #[error("the chain does not answer: {0}")]
    Transport(#[from] reqwest::Error),
    /// The node refused a request that is no contract's matter.
    #[error("{method} is refused: {message} ({code})")]
    Refused {
        /// The RPC method.
        method: String,
        /// JSON-RPC's code.
        code: i64,
        /// The node's words.
        message: String,
    },
    /// The answer has another shape than it should.
    #[error("{method} was answered with {answer}")]
    Answer {
        /// The RPC method.
        method: String,
        /// What came.
        answer: Value,
    },
    /// The answer is not what the ABI says.
    #[error("the answer to {signature} is not as its ABI says: {cause}")]
    Abi {
        /// The function.
        signature: &'static str,
        /// Where it differs.
        cause: alloy_sol_types::Error,
    },
}
