//! The demo's orchestrator on chain: its accounts, what its node is told of them, and its election.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use super::chain::Chain;
use super::server::Server;
use crate::repo::Repo;

/// The third of anvil's accounts, which the contracts' configuration gives tokens.
const ORCHESTRATOR: Account = Account {
    name: "orchestrator.key",
    address: "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
    key: "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
};
/// The seventh to ninth: each sends by itself.
const REDEEMER: Account = Account {
    name: "redeemer.key",
    address: "0x976EA74026E726554dB657fA54763abd0C3a0aa9",
    key: "0x92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e",
};
const REWARDS: Account = Account {
    name: "rewards.key",
    address: "0x14dC79964da2C08b23698B3D3cc7Ca32193d9955",
    key: "0x4bbbf85ce3377467afe5d46f804f221813b2bb87f24d81f60f1fcdbf7cbf4356",
};
const ROUNDS: Account = Account {
    name: "rounds.key",
    address: "0x23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f",
    key: "0xdbda1821b80551c9d65939329250298aa3472ba22feea921c0cf5d620ea67b97",
};
/// In tokens; it has a hundred thousand.
const STAKE: &str = "1000";

/// What encoded pixels cost, in wei each. A twentieth of a second of the pages' three renditions is worth 3.3·10^13 wei then.
const PRICE: &str = "30000000";
/// So short a time of work makes a ticket that a visitor sees hundreds of them, and winners, within seconds.
const TICKET_MS: &str = "50";
/// What a winner pays, in wei: one ticket in twelve wins. This limit alone decides it, since on a chain with little to do gas
/// costs next to nothing, and a hundred redemptions do not make a ticket.
const MAX_FACE_VALUE: &str = "400000000000000";
const MULTIPLE: &str = "1000000000";
/// Winners can be redeemed that much later: well within the two rounds, of twenty seconds each, that tickets are good for.
const PARAMS_SECONDS: &str = "8";

/// One of the accounts that every anvil has, whose keys everybody knows.
struct Account {
    /// Its file's.
    name: &'static str,
    address: &'static str,
    key: &'static str,
}

/// Where the node keeps what it must not lose, and the keys are. As new as the chain.
pub(super) struct Purse {
    folder: PathBuf,
}

impl Purse {
    /// An empty one.
    pub(super) fn new(repo: &Repo) -> Result<Self> {
        let folder = repo.target("xtask/chain/node");
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot empty {}", folder.display()));
            }
            _ => {}
        }
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        for account in [&ORCHESTRATOR, &REDEEMER, &REWARDS, &ROUNDS] {
            let file = folder.join(account.name);
            fs::write(&file, account.key).with_context(|| format!("cannot write {}", file.display()))?;
        }
        Ok(Self { folder })
    }

    /// What the node is told about its payment.
    pub(super) fn flags(&self, chain: &Chain) -> Vec<String> {
        let file = |account: &Account| self.key(account);
        let flags = [
            ("--network", chain.addresses.to_string_lossy().into_owned()),
            ("--rpc", chain.rpc.clone()),
            ("--recipient", ORCHESTRATOR.address.to_owned()),
            ("--price", PRICE.to_owned()),
            ("--admin", "0".to_owned()),
            ("--data", self.folder.to_string_lossy().into_owned()),
            ("--redeemer-key", file(&REDEEMER)),
            ("--reward-key", file(&REWARDS)),
            ("--rounds-key", file(&ROUNDS)),
            ("--ticket-ms", TICKET_MS.to_owned()),
            ("--ticket-multiple", MULTIPLE.to_owned()),
            ("--max-face-value", MAX_FACE_VALUE.to_owned()),
            ("--params-seconds", PARAMS_SECONDS.to_owned()),
            // It is this demo's alone.
            ("--rpc-per-second", "1000".to_owned()),
            // A chain of one node forgets no block.
            ("--confirmations", "0".to_owned()),
            ("--block-ms", super::chain::BLOCK_MS.to_string()),
        ];
        flags
            .into_iter()
            .flat_map(|(name, value)| [name.to_owned(), value])
            .collect()
    }

    /// Bonds the orchestrator's stake, publishes where the server is, and lets the round pass in which it is not elected.
    pub(super) fn activate(&self, repo: &Repo, binary: &Path, chain: &Chain, server: &Server) -> Result<()> {
        let node = server
            .node
            .as_deref()
            .context("the server named no key of its own")?;
        chain.begin_round(repo)?;
        let mut command: Command = repo.command(binary);
        command
            .args(["activate", "--yes", "--stake", STAKE, "--rpc", &chain.rpc])
            .args(["--node", node, "--url", &server.http])
            .args([
                "--reward-caller",
                REWARDS.address,
                "--key",
                &self.key(&ORCHESTRATOR),
            ])
            .arg("--network")
            .arg(&chain.addresses)
            .stdin(Stdio::null());
        let output = command.output().context("cannot start the binary")?;
        if !output.status.success() {
            bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
        }
        chain.pass_round(repo)
    }

    fn key(&self, account: &Account) -> String {
        self.folder.join(account.name).to_string_lossy().into_owned()
    }
}
