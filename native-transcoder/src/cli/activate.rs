//! `headwater activate`: makes an account an orchestrator that payers find, with this node's key in its address.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use anyhow::{Context, bail, ensure};
use clap::Args;
use headwater_protocol::chain::words::U256;
use headwater_protocol::key::{Address, SessionKey};
use headwater_protocol::wallet::{self, Network, amount};
use headwater_settlement::activation::{self, Wishes};
use headwater_settlement::chain::{self, Chain, endpoints::Policy};

use super::payment::secret;

/// Flags of `headwater activate`.
#[derive(Args)]
pub(super) struct Flags {
    /// The contracts' addresses, as `cargo xtask deploy` writes them.
    #[arg(long, env = "HEADWATER_NETWORK")]
    network: PathBuf,
    /// RPC address of a node of the chain, the preferred first; may be repeated.
    #[arg(long, env = "HEADWATER_RPC", value_delimiter = ',', required = true)]
    rpc: Vec<chain::Url>,
    /// The file with the orchestrator's own key, which holds its stake. Only this command needs it.
    #[arg(long)]
    key: PathBuf,
    /// The node's key, as `headwater orchestrator` says it when it starts (`node`).
    #[arg(long)]
    node: Address,
    /// Where the node is reached, e.g. `https://node.example:8443`.
    #[arg(long)]
    url: String,
    /// The stake that it is to have at least, in tokens.
    #[arg(long)]
    stake: String,
    /// How many per cent of its pool's rewards it keeps.
    #[arg(long, default_value_t = 10.0)]
    reward_cut: f64,
    /// How many per cent of the fees it shares with all stake in its pool.
    #[arg(long, default_value_t = 50.0)]
    fee_share: f64,
    /// Whose key claims its rewards (`--reward-key`'s address); default: nobody but itself.
    #[arg(long)]
    reward_caller: Option<Address>,
    /// Ask nothing.
    #[arg(long)]
    yes: bool,
}

/// Says what it will send, and sends it.
pub(super) fn run(flags: &Flags) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(&flags.network);
    let network: Network = text
        .context("cannot read it")
        .and_then(|text| Ok(serde_json::from_str(&text)?))
        .with_context(|| format!("--network {}", flags.network.display()))?;
    let key = secret(&flags.key).context("--key")?;
    let wishes = wishes(flags)?;
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(activate(flags, &network, &key, &wishes))
}

async fn activate(flags: &Flags, network: &Network, key: &SessionKey, wishes: &Wishes) -> anyhow::Result<()> {
    let chain = Chain::connect(&chain::Config {
        nodes: flags.rpc.clone(),
        chain_id: network.chain_id,
        controller: network.contract("Controller")?,
        // Nothing here waits for what is final.
        confirmations: 0,
        policy: Policy::default(),
    })
    .await
    .context("cannot reach the chain; see --rpc and --network")?;
    let account = key.address();
    let intents = activation::missing(&chain, network, account.into(), wishes).await?;
    if intents.is_empty() {
        println!("{account} is as wished: nothing to send");
        return Ok(());
    }
    let context = wallet::Context {
        account: Some(account.into()),
        ..wallet::Context::default()
    };
    println!("{} transactions of {account}:", intents.len());
    for intent in &intents {
        let words = intent.words(network, &context)?;
        println!("\n{}", words.title);
        for sentence in words.sentences.iter().chain(&words.warns) {
            println!("  {sentence}");
        }
    }
    if !flags.yes {
        confirm()?;
    }
    for intent in &intents {
        let title = intent.words(network, &context)?.title;
        print!("\n{title} … ");
        std::io::stdout().flush()?;
        let receipt = activation::send(&chain, network, key, intent)
            .await
            .with_context(|| title.clone())?;
        print!("in block {}", receipt.block_number);
    }
    println!("\n\n{account} is an orchestrator, and may be elected from the next round on");
    Ok(())
}

fn wishes(flags: &Flags) -> anyhow::Result<Wishes> {
    ensure!(
        flags.url.starts_with("http://") || flags.url.starts_with("https://"),
        "--url {}: pages reach a node by https:// or, on the same machine, http://",
        flags.url
    );
    ensure!(
        !flags.url.contains('#'),
        "--url {}: the node's key is put behind it by itself",
        flags.url
    );
    Ok(Wishes {
        stake: amount::parse(&flags.stake)
            .with_context(|| format!("--stake {} is no amount", flags.stake))?,
        reward_cut: share(flags.reward_cut).context("--reward-cut")?,
        fee_share: share(flags.fee_share).context("--fee-share")?,
        service_uri: format!("{}#{}", flags.url.trim_end_matches('/'), flags.node),
        reward_caller: flags.reward_caller.unwrap_or(Address([0; 20])).into(),
    })
}

/// Per cent as the contracts' millionths.
fn share(percent: f64) -> anyhow::Result<U256> {
    ensure!(
        (0.0..=100.0).contains(&percent),
        "{percent} is not from 0 to 100 per cent"
    );
    // At most a million.
    Ok(U256::from((percent * 10_000.0).round() as u64))
}

fn confirm() -> anyhow::Result<()> {
    if !std::io::stdin().is_terminal() {
        bail!("nobody is there to agree: add --yes");
    }
    print!("\nSend them? [y/N] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    ensure!(answer.trim().eq_ignore_ascii_case("y"), "nothing was sent");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_per_cent_and_become_millionths() {
        assert_eq!(share(12.5).unwrap(), U256::from(125_000));
        assert!(share(-0.1).is_err() && share(100.1).is_err() && share(f64::NAN).is_err());
    }
}
