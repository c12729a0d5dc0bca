//! `headwater redeem`: brings a node's winners to the chain from a process of its own.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use headwater_protocol::key::Address;
use headwater_settlement::chain::{self, Chain};
use headwater_settlement::redeemer;
use headwater_settlement::services::{Keeper, Rewarding};
use native_transcoder::payment::STORE;

use super::payment::{Rate, controller, keys};

/// Flags of `headwater redeem`.
#[derive(Args)]
pub(super) struct Flags {
    /// The contracts' addresses, as `cargo xtask deploy` writes them.
    #[arg(long, env = "HEADWATER_NETWORK")]
    network: PathBuf,
    /// RPC address of a node of the chain, the preferred first; may be repeated.
    #[arg(long, env = "HEADWATER_RPC", value_delimiter = ',', required = true)]
    rpc: Vec<chain::Url>,
    #[command(flatten)]
    rate: Rate,
    /// The folder of the node whose winners these are, on a disk of this machine; the node may run or not.
    #[arg(long, default_value = "headwater-data", env = "HEADWATER_DATA")]
    data: PathBuf,
    /// The file with the key that pays for redemptions. No node and no other process uses it.
    #[arg(long, env = "HEADWATER_REDEEMER_KEY")]
    redeemer_key: PathBuf,
    /// The file with the key that claims the orchestrator's rewards: its reward caller, not the key of its stake.
    #[arg(long, env = "HEADWATER_REWARD_KEY", requires = "recipient")]
    reward_key: Option<PathBuf>,
    /// Whose rewards: the orchestrator's address on chain.
    #[arg(long, env = "HEADWATER_RECIPIENT")]
    recipient: Option<Address>,
    /// The file with the key that begins rounds when they are due, for everybody.
    #[arg(long, env = "HEADWATER_ROUNDS_KEY")]
    rounds_key: Option<PathBuf>,
    /// A block is final once so many are above it.
    #[arg(long, default_value_t = 12, env = "HEADWATER_CONFIRMATIONS")]
    confirmations: u64,
    /// The time from block to block, in milliseconds.
    #[arg(long, default_value_t = 12_000, value_parser = clap::value_parser!(u64).range(100..), env = "HEADWATER_BLOCK_MS")]
    block_ms: u64,
}

/// Until it is told to stop. A redemption that is under way then is looked for at the next start.
pub(super) fn run(flags: Flags) -> anyhow::Result<()> {
    super::log();
    let (chain_id, controller) =
        controller(&flags.network).with_context(|| format!("--network {}", flags.network.display()))?;
    let chain = chain::Config {
        nodes: flags.rpc,
        chain_id,
        controller: controller.into(),
        confirmations: flags.confirmations,
        policy: flags.rate.policy(),
    };
    let [redeemer, rewards, rounds] = keys([
        ("--redeemer-key", Some(&flags.redeemer_key)),
        ("--reward-key", flags.reward_key.as_deref()),
        ("--rounds-key", flags.rounds_key.as_deref()),
    ])?;
    let policy = redeemer::Policy {
        block_time: Duration::from_millis(flags.block_ms),
        ..redeemer::Policy::default()
    };
    let poll = Duration::from_millis(flags.block_ms / 2);
    let config = redeemer::Config {
        chain: chain.clone(),
        store: flags.data.join(STORE),
        key: redeemer.context("--redeemer-key")?,
        policy: policy.clone(),
        poll,
    };
    let rewarding = rewards.zip(flags.recipient).map(|(key, orchestrator)| Rewarding {
        orchestrator: orchestrator.into(),
        key,
    });
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(async {
            println!(
                "{}",
                serde_json::json!({ "redeemer": config.key.address(), "store": config.store })
            );
            let keep = async {
                if rewarding.is_none() && rounds.is_none() {
                    return std::future::pending().await;
                }
                let keeper = Keeper::new(Chain::connect(&chain).await?, rounds, rewarding, policy.transit);
                anyhow::Ok(keeper.run(poll).await)
            };
            tokio::select! {
                ended = super::interrupted() => Ok(ended?),
                kept = keep => match kept? {},
                redeemed = redeemer::run(config) => match redeemed.with_context(|| {
                    "cannot redeem; the node that --data is of makes the store at its first start"
                })? {},
            }
        })
}
