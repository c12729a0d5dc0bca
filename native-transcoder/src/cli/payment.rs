//! Flags of an orchestrator that is paid.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use headwater_protocol::chain::words::U256;
use headwater_protocol::key::{Address, SessionKey};
use headwater_protocol::pm::Price;
use headwater_settlement::chain::{self, endpoints::Policy, transit};
use headwater_settlement::redeemer;
use native_transcoder::payment::{Config, key};

#[derive(Args)]
#[group(skip)]
pub(super) struct Flags {
    /// The contracts' addresses, as `cargo xtask deploy` writes them: this orchestrator is paid for its work.
    #[arg(long, env = "HEADWATER_NETWORK", requires_all = ["rpc", "recipient", "price"])]
    network: Option<PathBuf>,
    /// RPC address of a node of the chain, the preferred first; may be repeated.
    #[arg(long, env = "HEADWATER_RPC", value_delimiter = ',', requires = "network")]
    rpc: Vec<chain::Url>,
    #[command(flatten)]
    rate: Rate,
    /// Who is paid: the orchestrator's address on chain.
    #[arg(long, env = "HEADWATER_RECIPIENT", requires = "network")]
    recipient: Option<Address>,
    /// What encoded pixels cost: `WEI/PIXELS`, or wei for each; 0 is free.
    #[arg(long, env = "HEADWATER_PRICE", requires = "network")]
    price: Option<Wanted>,
    /// What they cost one payer: `ADDRESS=WEI/PIXELS`; may be repeated.
    #[arg(
        long,
        env = "HEADWATER_PRICE_FOR",
        value_delimiter = ',',
        requires = "network"
    )]
    price_for: Vec<For>,
    /// Where you look at what comes in, by a browser or as JSON (`/payments`): a port of this machine, or an address and
    /// port. Whoever reaches it sees the income; asked by its IP address or as localhost alone.
    #[arg(long, env = "HEADWATER_ADMIN", requires = "network")]
    admin: Option<Admin>,
    /// A folder for winning tickets and the node's key, which must not be lost; no other node's.
    #[arg(long, default_value = "headwater-data", env = "HEADWATER_DATA")]
    data: PathBuf,
    /// The file with the key that pays for redemptions; without, another process does (`headwater redeem`).
    #[arg(long, env = "HEADWATER_REDEEMER_KEY", requires = "network")]
    redeemer_key: Option<PathBuf>,
    /// The file with the key that claims this orchestrator's rewards: its reward caller, not the key of its stake.
    #[arg(long, env = "HEADWATER_REWARD_KEY", requires = "network")]
    reward_key: Option<PathBuf>,
    /// The file with the key that begins rounds when they are due, for everybody; no other key of these.
    #[arg(long, env = "HEADWATER_ROUNDS_KEY", requires = "network")]
    rounds_key: Option<PathBuf>,
    /// So many milliseconds of work make a ticket: payments come every two seconds.
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u64).range(10..=60_000), env = "HEADWATER_TICKET_MS")]
    ticket_ms: u64,
    /// A winning ticket pays so many redemptions, so that redeeming takes a like part of the income: 100 for 1 %.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..), env = "HEADWATER_TICKET_MULTIPLE")]
    ticket_multiple: u32,
    /// The most that a winning ticket pays, in wei.
    #[arg(long, env = "HEADWATER_MAX_FACE_VALUE", requires = "network")]
    max_face_value: Option<U256>,
    /// For so many seconds ticket parameters are good; winners are redeemed after that.
    #[arg(long, default_value_t = 480, value_parser = clap::value_parser!(u64).range(6..=86_400), env = "HEADWATER_PARAMS_SECONDS")]
    params_seconds: u64,
    /// For so many milliseconds work goes on that is not paid for.
    #[arg(long, default_value_t = 4000, value_parser = clap::value_parser!(u64).range(0..=60_000), env = "HEADWATER_GRACE_MS")]
    grace_ms: u64,
    /// A block is final once so many are above it.
    #[arg(long, default_value_t = 12, env = "HEADWATER_CONFIRMATIONS")]
    confirmations: u64,
    /// The time from block to block, in milliseconds.
    #[arg(long, default_value_t = 12_000, value_parser = clap::value_parser!(u64).range(100..), env = "HEADWATER_BLOCK_MS")]
    block_ms: u64,
}

/// How chain nodes are treated.
#[derive(Args)]
#[group(skip)]
pub(super) struct Rate {
    /// So many requests a second each chain node gets, every call of a batch counted: public ones take no more for nothing, and
    /// your own takes a thousand.
    #[arg(long, default_value_t = Policy::default().per_second, value_parser = clap::value_parser!(u32).range(1..), env = "HEADWATER_RPC_PER_SECOND")]
    rpc_per_second: u32,
}

impl Rate {
    pub(super) fn policy(&self) -> Policy {
        Policy {
            per_second: self.rpc_per_second,
            ..Policy::default()
        }
    }
}

impl Flags {
    /// Where the operator looks.
    pub(super) fn admin(&self) -> Option<SocketAddr> {
        self.admin.map(|Admin(address)| address)
    }

    /// What was asked for; `None`: nobody is paid.
    pub(super) fn config(self) -> anyhow::Result<Option<Config>> {
        let (Some(network), Some(recipient), Some(price)) = (&self.network, self.recipient, self.price)
        else {
            return Ok(None);
        };
        let (chain_id, controller) =
            controller(network).with_context(|| format!("--network {}", network.display()))?;
        let [redeemer, rewards, rounds] = keys([
            ("--redeemer-key", self.redeemer_key.as_deref()),
            ("--reward-key", self.reward_key.as_deref()),
            ("--rounds-key", self.rounds_key.as_deref()),
        ])?;
        Ok(Some(Config {
            chain: chain::Config {
                nodes: self.rpc,
                chain_id,
                controller: controller.into(),
                confirmations: self.confirmations,
                policy: self.rate.policy(),
            },
            recipient,
            price: price.0,
            prices: self
                .price_for
                .iter()
                .map(|For(who, price)| (*who, *price))
                .collect::<BTreeMap<_, _>>(),
            data: self.data,
            ticket: Duration::from_millis(self.ticket_ms),
            multiple: self.ticket_multiple,
            max_face_value: self.max_face_value.unwrap_or(U256::MAX),
            good_for: Duration::from_secs(self.params_seconds),
            grace: Duration::from_millis(self.grace_ms),
            poll: Duration::from_millis(self.block_ms / 2),
            redeemer,
            rewards,
            rounds,
            redemption: redeemer::Policy {
                block_time: Duration::from_millis(self.block_ms),
                transit: transit::Policy::default(),
                ..redeemer::Policy::default()
            },
        }))
    }
}

/// The keys of these flags' files. Each sends by itself: of one account, their transactions would take each other's places.
pub(super) fn keys<const N: usize>(
    flags: [(&str, Option<&Path>); N],
) -> anyhow::Result<[Option<SessionKey>; N]> {
    let mut keys = [const { None }; N];
    let mut seen = BTreeMap::new();
    for ((flag, file), place) in flags.into_iter().zip(&mut keys) {
        let Some(file) = file else { continue };
        let key = secret(file).with_context(|| flag.to_owned())?;
        if let Some(other) = seen.insert(key.address(), flag) {
            bail!(
                "{other} and {flag} hold the same key, and need one each: they send transactions side by side"
            );
        }
        *place = Some(key);
    }
    Ok(keys)
}

/// The chain's id and the Controller's address.
pub(super) fn controller(file: &Path) -> anyhow::Result<(u64, Address)> {
    let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    let chain_id = json["chainId"].as_u64().context("there is no \"chainId\"")?;
    let controller = json["contracts"]["Controller"].as_str();
    let controller = controller.context("there is no Controller among the \"contracts\"")?;
    Ok((chain_id, controller.parse()?))
}

/// The key that a file holds.
pub(super) fn secret(file: &Path) -> anyhow::Result<SessionKey> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    match key(&text) {
        Some(key) => Ok(key),
        None => bail!(
            "{} does not hold a key: 0x and 64 hexadecimal digits",
            file.display()
        ),
    }
}

#[derive(Clone, Copy)]
struct Wanted(Price);

impl FromStr for Wanted {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (wei, pixels) = text.split_once('/').unwrap_or((text, "1"));
        Ok(Self(Price::new(wei.trim().parse()?, pixels.trim().parse()?)?))
    }
}

#[derive(Clone, Copy)]
struct For(Address, Price);

impl FromStr for For {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (who, price) = text.split_once('=').context("write it as ADDRESS=WEI/PIXELS")?;
        Ok(Self(who.parse()?, price.parse::<Wanted>()?.0))
    }
}

#[derive(Clone, Copy)]
struct Admin(SocketAddr);

impl FromStr for Admin {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        Ok(Self(match text.parse::<u16>() {
            Ok(port) => (Ipv4Addr::LOCALHOST, port).into(),
            Err(_) => text.parse().context("write it as PORT or ADDRESS:PORT")?,
        }))
    }
}
