//! Flags, logs, signals.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use std::io::IsTerminal;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use headwater_protocol::ladder::{Ladder, Profile};
use native_transcoder::limit;
use native_transcoder::orchestrator::{Config, Orchestrator};
use native_transcoder::tls::Tls;
use native_transcoder::transcoder::Preset;
use native_transcoder::turn::Turn;
use native_transcoder::webrtc::{Ice, Tcp};

mod acme;
mod activate;
mod memory;
mod payment;
mod redeem;
mod token;

/// Live video without a company in the middle: Headwater's native node.
#[derive(Parser)]
#[command(name = "headwater", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Takes streams over WHIP, encodes their ladders, serves them over WHEP.
    Orchestrator(Box<Flags>),
    /// Makes an account an orchestrator on chain: bonds its stake, sets its rates, publishes where its node is.
    Activate(activate::Flags),
    /// Redeems a node's winning tickets from a process of its own, with a hot key of its own.
    Redeem(redeem::Flags),
    /// Makes a key and a publish token for encoders that take a fixed bearer token (OBS, FFmpeg).
    Token(token::Flags),
    /// What the orchestrator runs for each publisher.
    #[command(hide = true)]
    Worker {
        /// Say what this machine decodes and encodes, and end.
        #[arg(long)]
        probe: bool,
        /// Leave GPUs within reach.
        #[arg(long)]
        gpu: bool,
    },
}

#[derive(Args)]
struct Flags {
    /// Where HTTP listens; port 0 picks a free one.
    #[arg(long, default_value = "127.0.0.1:8080", env = "HEADWATER_HTTP")]
    http: SocketAddr,
    /// Where WebRTC listens; port 0 picks a free one.
    #[arg(long, default_value = "127.0.0.1:0", env = "HEADWATER_UDP")]
    udp: SocketAddr,
    /// The IP address that clients reach the UDP port by, where it is not the bound one.
    #[arg(long, env = "HEADWATER_ADVERTISE")]
    advertise: Option<IpAddr>,
    /// Where ICE-TCP listens, for clients whose network lets no UDP through: `like-udp` (the same address and number, or
    /// another number where that is taken), an address and port, or `off`.
    #[arg(long, default_value_t, env = "HEADWATER_TCP")]
    tcp: Tcp,
    /// How much of ICE this node does: `lite` answers checks, for a node that everybody reaches at its address; `full`
    /// makes checks too, for one behind a NAT (FFmpeg's WHIP does not work with it).
    #[arg(long, default_value = "lite", env = "HEADWATER_ICE")]
    ice: Ice,
    /// STUN server, as `host:port`, that tells this node how its UDP port is seen from outside; for nodes behind a NAT.
    #[arg(long, env = "HEADWATER_STUN")]
    stun: Option<String>,
    /// A folder of pages to serve at `/`.
    #[arg(long, env = "HEADWATER_PAGES")]
    pages: Option<PathBuf>,
    /// HTTPS: `self-signed`, or `cert.pem,key.pem`.
    #[arg(long, env = "HEADWATER_TLS")]
    tls: Option<Tls>,
    #[command(flatten)]
    acme: acme::Flags,
    #[command(flatten)]
    payment: payment::Flags,
    /// The ladder for publishers that name none, e.g. `P480p30fps16x9,P240p30fps16x9`.
    #[arg(long, value_delimiter = ',', env = "HEADWATER_LADDER")]
    ladder: Option<Vec<Profile>>,
    /// How hard software encoders try: ultrafast, superfast or veryfast.
    #[arg(long, default_value_t, env = "HEADWATER_PRESET")]
    preset: Preset,
    /// Requests that change something (POST, PATCH, DELETE), of one address: on average a second / at once.
    #[arg(long, default_value_t = limit::Limits::default().requests, env = "HEADWATER_LIMIT_REQUESTS")]
    limit_requests: limit::Rate,
    /// Sessions that are not connected yet: of one address / in all.
    #[arg(long, default_value_t = limit::Limits::default().half_open, env = "HEADWATER_LIMIT_HALF_OPEN")]
    limit_half_open: limit::Places,
    /// HTTP connections: of one address / in all.
    #[arg(long, default_value_t = limit::Limits::default().connections, env = "HEADWATER_LIMIT_CONNECTIONS")]
    limit_connections: limit::Places,
    /// Requests come through a proxy that adds `X-Forwarded-For`: count them to the last address in it.
    #[arg(long, env = "HEADWATER_BEHIND_PROXY")]
    behind_proxy: bool,
    /// STUN or TURN URL that clients are told; may be repeated.
    #[arg(long = "ice-server", env = "HEADWATER_ICE_SERVERS", value_delimiter = ',')]
    ice_servers: Vec<String>,
    /// TURN URL, such as `turn:turn.example:3478?transport=udp`, that clients are told with credentials of their own; may
    /// be repeated.
    #[arg(long, env = "HEADWATER_TURN", value_delimiter = ',', requires = "turn_secret")]
    turn: Vec<String>,
    /// The file with the secret that the TURN servers know, too (coturn's `static-auth-secret`).
    #[arg(long, env = "HEADWATER_TURN_SECRET", requires = "turn")]
    turn_secret: Option<PathBuf>,
}

/// Runs the command line.
pub(crate) fn run() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Orchestrator(flags) => orchestrate(*flags),
        Command::Activate(flags) => activate::run(&flags),
        Command::Redeem(flags) => redeem::run(flags),
        Command::Token(flags) => token::run(flags),
        Command::Worker { probe: true, .. } => {
            native_transcoder::worker::probe().context("the worker could not find out what works here")
        }
        Command::Worker { probe: false, gpu } => {
            native_transcoder::worker::run(gpu).context("the worker failed")
        }
    }
}

/// Logs go to standard error, so that standard output is for programs.
fn log() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_env("HEADWATER_LOG")
        .unwrap_or_else(|_| EnvFilter::new("info,str0m=warn,dimpl=warn,is=warn,rustls_acme=warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}

fn orchestrate(flags: Flags) -> anyhow::Result<()> {
    log();
    let ladder = match flags.ladder {
        Some(profiles) => Ladder::new(profiles).context("--ladder")?,
        None => Ladder::standard(),
    };
    let turn = match flags.turn_secret {
        Some(file) => {
            let secret = std::fs::read_to_string(&file)
                .with_context(|| format!("--turn-secret {}", file.display()))?;
            Some(Turn::new(flags.turn, secret.trim().as_bytes()))
        }
        None => None,
    };
    let config = Config {
        http: flags.http,
        udp: flags.udp,
        advertise: flags.advertise,
        tcp: flags.tcp,
        ice: flags.ice,
        stun: flags.stun.map(|url| url.trim_start_matches("stun:").to_owned()),
        pages: flags.pages,
        tls: flags.tls.or_else(|| flags.acme.acme().map(Tls::Acme)),
        ladder,
        preset: flags.preset,
        ice_servers: flags.ice_servers,
        turn,
        sources: limit::Limits {
            requests: flags.limit_requests,
            half_open: flags.limit_half_open,
            connections: flags.limit_connections,
        },
        behind_proxy: flags.behind_proxy,
        admin: flags.payment.admin(),
        payment: flags.payment.config()?,
        ..Config::default()
    };
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?
        .block_on(async {
            let node = Orchestrator::start(config).await?;
            // One line of JSON for programs that start this one; logs go to standard error.
            println!(
                "{}",
                serde_json::json!({
                    "http": node.url(), "udp": node.udp(), "node": node.key(), "admin": node.admin()
                })
            );
            tokio::select! {
                ended = interrupted() => ended?,
                () = memory::give_back() => {}
            }
            node.stop().await;
            Ok(())
        })
}

/// Ctrl-C, or the service manager's SIGTERM.
async fn interrupted() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result,
        _ = terminate.recv() => Ok(()),
    }
}
