//! The chain's process.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use crate::Error;

const PROGRAM: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../contracts/node_modules/.bin/anvil"
);
/// What it says once it listens, before the address.
const READY: &str = "Listening on ";

/// A running one. Dropping it ends it.
#[derive(Debug)]
pub struct Anvil {
    child: Child,
    url: String,
}

/// How many states of the past a chain keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum History {
    /// All: it can be reorganised.
    Whole,
    /// Those of the last four blocks, of which it is asked why something was refused: many accounts cost a tenth of the time.
    Short,
}

impl Anvil {
    /// Starts one on a free loopback port and waits until it listens. Gas is free and blocks are large, so that any
    /// account can send anything; the rules are those that the contracts are compiled for.
    ///
    /// # Errors
    /// It is not installed, or does not come up.
    pub fn start(history: History) -> Result<Self, Error> {
        if !Path::new(PROGRAM).exists() {
            return Err(Error::Missing(PROGRAM.into()));
        }
        let mut child = Command::new(PROGRAM)
            .args(["--host", "127.0.0.1", "--port", "0", "--hardfork", "cancun"])
            .args([
                "--gas-limit",
                "30000000000",
                "--block-base-fee-per-gas",
                "0",
                "--gas-price",
                "0",
            ])
            .args([
                "--disable-min-priority-fee",
                "--auto-impersonate",
                "--order",
                "fifo",
            ])
            .args(match history {
                History::Whole => &[][..],
                History::Short => &["--prune-history", "4"],
            })
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut said = String::new();
        let url = loop {
            let start = said.len();
            if output.read_line(&mut said)? == 0 {
                let _ = child.wait();
                return Err(Error::Silent(said));
            }
            if let Some(address) = said[start..].trim().strip_prefix(READY) {
                break format!("http://{address}");
            }
        };
        // It logs each request: a pipe that nobody reads would stop it.
        thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        Ok(Self { child, url })
    }

    /// Where it takes requests.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Anvil {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
