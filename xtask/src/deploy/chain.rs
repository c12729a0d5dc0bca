//! The chain that is deployed to, as far as deploying asks it.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::foundry;
use crate::repo::Repo;

/// How long what was sent before may take to be mined: a few blocks of the slowest chains.
const SETTLED: Duration = Duration::from_secs(300);
/// How often that is asked for.
const PAUSE: Duration = Duration::from_secs(1);

/// A chain behind an RPC address.
pub(super) struct Chain<'a> {
    repo: &'a Repo,
    rpc: &'a str,
    pub(super) id: u64,
}

impl<'a> Chain<'a> {
    /// Asks for its id, and so whether anybody answers.
    pub(super) fn reach(repo: &'a Repo, rpc: &'a str) -> Result<Self> {
        let answer = foundry::ask(repo, rpc, &["chain-id"]).with_context(
            || "nobody answers at the RPC address: start the node, or name its JSON-RPC address with --rpc",
        )?;
        let id = answer
            .parse()
            .with_context(|| format!("the node's chain id is {answer:?}, which is no number"))?;
        Ok(Self { repo, rpc, id })
    }

    /// How many transactions of an account are mined.
    pub(super) fn nonce(&self, account: &str) -> Result<u64> {
        self.number(&["nonce", account])
    }

    /// Its balance in ETH, as near as deciding whether it suffices takes.
    pub(super) fn balance(&self, account: &str) -> Result<f64> {
        let answer = self.ask(&["balance", "--ether", account])?;
        answer
            .parse()
            .with_context(|| format!("{answer:?} is no balance"))
    }

    /// Whether there is a contract.
    pub(super) fn has_contract(&self, address: &str) -> Result<bool> {
        Ok(self.ask(&["code", address])? != "0x")
    }

    /// Waits until nothing that an account sent is on its way, for the next transaction has to know its nonce.
    pub(super) fn settle(&self, account: &str) -> Result<()> {
        let start = Instant::now();
        loop {
            let mined = self.nonce(account)?;
            let sent: u64 = self.number(&["nonce", "--block", "pending", account])?;
            if sent <= mined {
                return Ok(());
            }
            if start.elapsed() > SETTLED {
                bail!(
                    "{} transactions of {account} are not mined yet: wait for them or replace them, then try again",
                    sent - mined
                );
            }
            thread::sleep(PAUSE);
        }
    }

    fn number(&self, question: &[&str]) -> Result<u64> {
        let answer = self.ask(question)?;
        answer.parse().with_context(|| format!("{answer:?} is no number"))
    }

    fn ask(&self, question: &[&str]) -> Result<String> {
        foundry::ask(self.repo, self.rpc, question)
    }
}
