//! What this machine can do, found out once when a node starts.

use std::io;
use std::time::Duration;

use super::link::{self, Reader};
use super::process::{self, Program};
use super::wire::{Capabilities, ToParent};

/// Loading a GPU's driver takes seconds where it has to wake the card up; more means that it hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// Starts a worker that decodes and encodes a small picture with every candidate, and returns what worked. In a process of
/// its own, because a driver may take down whatever loads it.
///
/// # Errors
/// [`ProbeFailed`]
pub async fn probe(program: &Program) -> Result<Capabilities, ProbeFailed> {
    let mut worker = process::start(program, &["--probe"]).map_err(ProbeFailed::Start)?;
    let (reading, _writing) = worker.socket.split();
    let answer = async {
        match Reader::new(reading).next().await? {
            Some((ToParent::Capabilities(capabilities), _)) => Ok(capabilities),
            Some((ToParent::Failed { message }, _)) => Err(ProbeFailed::Worker(message)),
            Some(_) => Err(ProbeFailed::Worker("it said something else".to_owned())),
            None => Err(ProbeFailed::Worker("it ended without a word".to_owned())),
        }
    };
    tokio::time::timeout(PATIENCE, answer)
        .await
        .unwrap_or(Err(ProbeFailed::Hung))
}

/// Why it is not known what the machine can do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProbeFailed {
    /// No process.
    #[error("no worker could be started to find out what this machine encodes: {0}")]
    Start(#[source] io::Error),
    /// The worker that was to find out failed.
    #[error("the worker that was to find out what this machine encodes failed: {0}")]
    Worker(String),
    /// It did not answer.
    #[error("what this machine encodes was not found out in {PATIENCE:?}; a GPU driver may hang")]
    Hung,
}

impl From<link::Error> for ProbeFailed {
    fn from(error: link::Error) -> Self {
        Self::Worker(error.to_string())
    }
}
