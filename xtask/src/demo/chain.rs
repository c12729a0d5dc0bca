//! A chain of the demo's own: anvil, with the contracts on it and short rounds. It begins anew with every demo.
//!
//! Deploying takes a minute where the contracts have to be compiled, so what anvil holds afterwards is kept, for as long as
//! the contracts do not change.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::build::Stamp;
use crate::deploy;
use crate::foundry;
use crate::interrupt::Group;
use crate::repo::Repo;
use crate::step::Steps;

/// Anvil's usual port; another one is taken when it is in use.
const PORT: u16 = 8545;
/// From block to block: with `ROUND` blocks a round, three rounds a minute.
pub(super) const BLOCK_MS: u64 = 1000;
/// Blocks a round, in `CONFIG`.
const ROUND: &str = "20";
const CONFIG: &str = "contracts/config/local.json";
/// The first of anvil's accounts, which it signs for.
const DEPLOYER: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
/// What a start may take; it is well under a second, unless the machine is busy with something else.
const READY: Duration = Duration::from_secs(20);
const INPUTS: [&str; 5] = [
    "contracts/src",
    "contracts/script",
    CONFIG,
    "contracts/foundry.toml",
    "contracts/package-lock.json",
];

/// A running one. Dropping it ends it.
pub(super) struct Chain {
    pub(super) rpc: String,
    pub(super) addresses: PathBuf,
    _group: Group,
}

/// What a chain begins with: anvil's memory after the deployment, and the addresses.
pub(super) struct Genesis {
    state: PathBuf,
    addresses: PathBuf,
}

impl Genesis {
    /// The one that is kept, or a new one. Nothing where there is no anvil for this platform.
    pub(super) fn prepare(repo: &Repo, steps: &mut Steps) -> Result<Option<Self>> {
        if foundry::program(repo, "anvil").is_none() {
            steps.skip(
                "chain",
                "npm has no Foundry for this platform; the demo goes on without a chain",
            );
            return Ok(None);
        }
        let folder = repo.target("xtask/chain");
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let genesis = Self {
            state: folder.join("state.json"),
            addresses: folder.join("addresses.json"),
        };
        let stamp = Stamp::of(repo, folder.join("stamp"), &INPUTS)?;
        if !stamp.is_current(&[genesis.state.clone(), genesis.addresses.clone()]) {
            genesis.make(repo, steps)?;
            stamp.write()?;
        }
        Ok(Some(genesis))
    }

    fn make(&self, repo: &Repo, steps: &mut Steps) -> Result<()> {
        let unfinished = [".unfinished", ""].map(|end| format!("{}{end}", self.addresses.display()));
        for file in unfinished.iter().map(Path::new).chain([self.state.as_path()]) {
            // Of another network, which is gone.
            let _ = fs::remove_file(file);
        }
        let state = self.state.to_string_lossy();
        let (rpc, anvil) = anvil(repo, &["--port", "0", "--dump-state", &state])?;
        deploy::run(repo, steps, &options(repo, rpc, self.addresses.clone()))?;
        // Anvil writes what it holds as it ends.
        drop(anvil);
        if !self.state.exists() {
            bail!("anvil did not keep what was deployed");
        }
        Ok(())
    }
}

impl Chain {
    /// Starts it from where the deployment ended, with a block for each transaction until it is told to [`run`](Self::run). From the main thread: anvil ends with the thread that starts it.
    pub(super) fn start(repo: &Repo, genesis: Genesis) -> Result<Self> {
        let port = if TcpListener::bind((Ipv4Addr::LOCALHOST, PORT)).is_ok() {
            PORT
        } else {
            0
        };
        let (port, state) = (port.to_string(), genesis.state.to_string_lossy());
        let (rpc, group) = anvil(repo, &["--port", &port, "--load-state", &state])?;
        Ok(Self {
            rpc,
            addresses: genesis.addresses,
            _group: group,
        })
    }

    /// From now on its blocks come by the clock.
    pub(super) fn run(&self, repo: &Repo) -> Result<()> {
        let seconds = (BLOCK_MS / 1000).to_string();
        self.ask(repo, &["rpc", "evm_setAutomine", "false"])?;
        self.ask(repo, &["rpc", "evm_setIntervalMining", &seconds])
    }

    /// Begins the round, unless somebody has.
    pub(super) fn begin_round(&self, repo: &Repo) -> Result<()> {
        let rounds = self.contract("RoundsManager")?;
        let begun = foundry::ask(
            repo,
            &self.rpc,
            &["call", &rounds, "currentRoundInitialized()(bool)"],
        )?;
        if begun == "true" {
            return Ok(());
        }
        let sent = self.ask(
            repo,
            &[
                "send",
                "--unlocked",
                "--from",
                DEPLOYER,
                &rounds,
                "initializeRound()",
            ],
        );
        // The node may have been faster.
        match foundry::ask(
            repo,
            &self.rpc,
            &["call", &rounds, "currentRoundInitialized()(bool)"],
        )?
        .as_str()
        {
            "true" => Ok(()),
            _ => sent,
        }
    }

    /// Lets a round pass, and begins the next one.
    pub(super) fn pass_round(&self, repo: &Repo) -> Result<()> {
        self.ask(repo, &["rpc", "anvil_mine", ROUND])?;
        self.begin_round(repo)
    }

    fn contract(&self, name: &str) -> Result<String> {
        let file =
            fs::read(&self.addresses).with_context(|| format!("cannot read {}", self.addresses.display()))?;
        let deployed: serde_json::Value = serde_json::from_slice(&file)?;
        let address = deployed["contracts"][name].as_str();
        Ok(address
            .with_context(|| format!("{name} was not deployed"))?
            .to_owned())
    }

    fn ask(&self, repo: &Repo, question: &[&str]) -> Result<()> {
        foundry::ask(repo, &self.rpc, question).map(drop)
    }
}

fn options(repo: &Repo, rpc: String, out: PathBuf) -> deploy::Options {
    deploy::Options {
        rpc,
        config: repo.path(CONFIG),
        owner: None,
        out: Some(out),
        dry_run: false,
        resume: false,
        yes: true,
        quiet: true,
        signer: deploy::Signer::unlocked(DEPLOYER),
        forge: Vec::new(),
    }
}

/// Starts one on loopback, and waits until it listens.
fn anvil(repo: &Repo, flags: &[&str]) -> Result<(String, Group)> {
    let mut command = foundry::command(repo, "anvil")?;
    command
        .args(["--host", "127.0.0.1"])
        .args(flags)
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut group = Group::start(&mut command)?;
    let output = group.child().stdout.take().context("anvil has no output")?;
    let (sender, receiver) = sync_channel(1);
    thread::spawn(move || {
        // To the end, so that it never waits for us.
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Some(address) = line.strip_prefix("Listening on ") {
                let _ = sender.send(address.trim().to_owned());
            }
        }
    });
    match receiver.recv_timeout(READY) {
        Ok(address) => Ok((format!("http://{address}"), group)),
        Err(error) => bail!("anvil did not say where it listens: {error}"),
    }
}
