//! `cargo xtask deploy`: a whole network on any chain, in its owner's hands, or one that was interrupted brought to its end.
//!
//! The steps are those of `contracts/script/Deploy.s.sol`, each a transaction that is passed over when it was done. What
//! going on takes is the nonce that the deployer began with: it is written down before anything is sent ([`journal`]).

mod chain;
mod config;
mod journal;
mod script;
mod signer;

use std::io::{BufRead as _, Write as _, stdin, stdout};
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use serde_json::Value;

use chain::Chain;
use config::Config;
use journal::Journal;
use script::{Estimate, Script};
pub(crate) use signer::Signer;

use crate::build::Stamp;
use crate::repo::Repo;
use crate::step::Steps;

/// Where address files are kept, by chain.
const FOLDER: &str = "contracts/deployments";
/// What decides what is deployed, besides the configuration.
const SOURCES: [&str; 4] = [
    "contracts/src",
    "contracts/script",
    "contracts/foundry.toml",
    "contracts/package-lock.json",
];

/// Through which forge deploys libraries, so that their addresses depend on nobody's nonce.
const LIBRARIES: &str = "0x4e59b44847b379578588920cA78FbF26c0B4956C";

/// What deploying is asked for.
#[derive(Args)]
pub(crate) struct Options {
    /// The JSON-RPC address of a node.
    #[arg(long, value_name = "URL", env = "ETH_RPC_URL", hide_env_values = true)]
    pub(crate) rpc: String,

    /// What to deploy: contracts/config/local.json, or a file like it.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,

    /// Who owns the network in the end, instead of whom the configuration names.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) owner: Option<String>,

    /// Where the addresses go [default: contracts/deployments/CHAIN_ID.json].
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,

    /// Say what would be done, and send nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Go on with a deployment that was interrupted.
    #[arg(long)]
    pub(crate) resume: bool,

    /// Send without asking.
    #[arg(long)]
    pub(crate) yes: bool,

    /// Do not say what will be done.
    #[arg(skip)]
    pub(crate) quiet: bool,

    #[command(flatten)]
    pub(crate) signer: Signer,

    /// Further flags for `forge script`, such as --legacy.
    #[arg(last = true, value_name = "FORGE")]
    pub(crate) forge: Vec<String>,
}

/// Deploys, or says what deploying would do.
pub(crate) fn run(repo: &Repo, steps: &mut Steps, options: &Options) -> Result<()> {
    let path = repo.typed(&options.config);
    let config = Config::read(&path, options.owner.as_deref())?;
    let chain = Chain::reach(repo, &options.rpc)?;
    if chain.id != config.chain_id {
        bail!(
            "{} is for chain {}, and the node is of chain {}: name that chain's configuration, or another node",
            options.config.display(),
            config.chain_id,
            chain.id
        );
    }
    if !chain.has_contract(LIBRARIES)? {
        bail!(
            "this chain lacks the deterministic deployer {LIBRARIES}: contracts/ROLLOUT.md says how to bring it there"
        );
    }
    let journal = Journal::at(options.out.as_ref().map_or_else(
        || repo.path(FOLDER).join(format!("{}.json", chain.id)),
        |out| repo.typed(out),
    ));
    refuse_twice(&chain, &journal)?;
    let stamp = stamp(repo, &path, &config)?;
    let begun = journal.resume(options.resume, &stamp)?;
    let deployer = deployer(repo, options, begun.as_ref())?;
    chain.settle(&deployer)?;

    let parties = (deployer.as_str(), config.owner.as_str());
    let mut script = Script::new(repo, &options.rpc, &path, parties, &options.forge)?;
    script.nonce = begun.as_ref().and_then(|plan| plan["nonce"].as_u64());
    let estimate = script.simulate(steps)?;
    let plan = match begun {
        Some(plan) => plan,
        None => script.addresses()?,
    };
    let balance = chain.balance(&deployer)?;
    if !options.quiet {
        describe(options, &chain, &config, &plan, &estimate, balance);
    }
    if options.dry_run {
        println!("\n  dry run: nothing was sent");
        return Ok(());
    }
    if balance < estimate.eth {
        bail!(
            "{deployer} has {balance} ETH, and about {} are needed: fund it, then try again",
            estimate.eth
        );
    }
    if !options.yes && !agreed()? {
        bail!("nothing was sent");
    }
    if !options.resume {
        journal.begin(&stamp, &plan)?;
    }
    script.nonce = plan["nonce"].as_u64();
    script.send(steps, &options.signer)?;
    script.check(steps)?;
    journal.finish(&plan)?;
    if !options.quiet {
        println!("\n  deployed: {}", journal.out.display());
    }
    Ok(())
}

/// One network a file: another one would be lost.
fn refuse_twice(chain: &Chain<'_>, journal: &Journal) -> Result<()> {
    let Some(addresses) = journal.finished() else {
        return Ok(());
    };
    let controller = addresses["contracts"]["Controller"].as_str().unwrap_or_default();
    if addresses["chainId"] == chain.id && chain.has_contract(controller)? {
        bail!(
            "{} names a network that is on this chain: give another --out for a second one",
            journal.out.display()
        );
    }
    Ok(())
}

fn stamp(repo: &Repo, path: &std::path::Path, config: &Config) -> Result<String> {
    let sources = Stamp::of(repo, PathBuf::new(), &SOURCES)?;
    let text = std::fs::read_to_string(path)?;
    Ok(format!("{} {} {text}", sources.value(), config.owner))
}

/// Who goes on is who began.
fn deployer(repo: &Repo, options: &Options, begun: Option<&Value>) -> Result<String> {
    let deployer = options.signer.address(repo)?;
    let before = begun.and_then(|plan| plan["deployer"].as_str());
    if let Some(before) = before.filter(|before| !before.eq_ignore_ascii_case(&deployer)) {
        bail!("{before} began this deployment, and {deployer} cannot go on with it: use the same key");
    }
    Ok(deployer)
}

fn describe(
    options: &Options,
    chain: &Chain<'_>,
    config: &Config,
    plan: &Value,
    estimate: &Estimate,
    balance: f64,
) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    println!("\n  chain      {} ({})", chain.id, options.config.display());
    println!(
        "  deployer   {}, nonce {}, {balance} ETH",
        text(&plan["deployer"]),
        plan["nonce"]
    );
    let how = if config.staged {
        "by a Governor"
    } else {
        "directly"
    };
    println!("  owner      {}, {how}; the deployer keeps nothing", config.owner);
    println!(
        "  cost       about {} ETH: {} gas at {} gwei",
        estimate.eth, estimate.gas, estimate.gas_price
    );
    println!("  parameters");
    for (name, value) in &config.parameters {
        println!("    {name:<22} {value}");
    }
    println!("  addresses");
    for (name, address) in plan["contracts"].as_object().into_iter().flatten() {
        println!("    {name:<22} {}", text(address));
    }
}

fn agreed() -> Result<bool> {
    print!("\n  send it? [y/N] ");
    stdout().flush()?;
    let mut answer = String::new();
    stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
