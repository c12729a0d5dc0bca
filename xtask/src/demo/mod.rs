//! The whole of Headwater on one machine: set up, build, start, print the links, and leave nothing behind.

mod chain;
mod headless;
mod lan;
mod network;
mod payment;
mod server;

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;

use anyhow::{Result, bail};
use clap::Args;

use chain::{Chain, Genesis};
use payment::Purse;
use server::{Flags, Server};

use crate::build;
use crate::interrupt::{Interrupt, POLL};
use crate::repo::{Profile, Repo};
use crate::setup::{self, Need};
use crate::step::Steps;

/// The port people see first; another one is taken when it is in use.
const PORT: u16 = 8080;

/// What the demo is asked for.
#[derive(Args)]
pub(crate) struct Options {
    /// Serve other devices on this network too, over TLS, so that a phone's camera works.
    #[arg(long)]
    lan: bool,

    /// The HTTP port, if it is free [default: 8080, headless any].
    #[arg(long)]
    port: Option<u16>,

    /// Drive headless Chromium through it instead of printing links: one page broadcasts, two watch.
    #[arg(long, conflicts_with = "lan")]
    headless: bool,

    /// How long the headless viewers watch, in seconds.
    #[arg(long, default_value_t = 20, requires = "headless", value_parser = clap::value_parser!(u32).range(1..=3600))]
    seconds: u32,

    /// End with one JSON object on the last line.
    #[arg(long, requires = "headless")]
    json: bool,
}

/// Starts it, and stays until it is interrupted or, headless, done.
pub(crate) fn run(repo: &Repo, steps: &mut Steps, options: &Options) -> Result<ExitCode> {
    let mut needs = vec![Need::Media, Need::Wasm, Need::Npm, Need::Contracts];
    if options.headless {
        needs.push(Need::Browser);
    }
    setup::ensure(repo, steps, &needs)?;
    let (binary, genesis) = prepare(repo, steps)?;

    let interrupt = Interrupt::listen()?;
    let mut flags = flags(repo, steps, options)?;
    // The chain listens on this machine only: to other devices it would be a promise.
    let chain = match genesis.filter(|_| !options.lan) {
        Some(genesis) => Some(steps.work("start the chain", || Chain::start(repo, genesis))?),
        None => None,
    };
    if let Some(pages) = &flags.pages {
        network::write(pages, chain.as_ref())?;
    }
    let purse = chain.as_ref().map(|_| Purse::new(repo)).transpose()?;
    if let (Some(chain), Some(purse)) = (&chain, &purse) {
        flags.payment = purse.flags(chain);
    }
    let mut server = steps.work("start", || Server::start(repo, &binary, &flags))?;
    if let (Some(chain), Some(purse)) = (&chain, &purse) {
        steps.work("elect the orchestrator", || {
            purse.activate(repo, &binary, chain, &server)
        })?;
        chain.run(repo)?;
    }
    if options.headless {
        if let Some(chain) = &chain {
            steps.note(&format!("chain {} ({})", chain.rpc, chain.addresses.display()));
        }
        return headless::run(repo, &server, options, &interrupt);
    }
    print_links(&server, &flags, chain.as_ref());
    while !interrupt.heard() {
        if let Some(status) = server.ended() {
            bail!("the server ended by itself ({status}):\n{}", server.words());
        }
        thread::sleep(POLL);
    }
    drop((server, chain));
    println!("\nstopped");
    Ok(ExitCode::SUCCESS)
}

/// Builds what runs, and prepares the chain beside it. Nothing needs the chain yet, so its failure ends nothing.
fn prepare(repo: &Repo, steps: &mut Steps) -> Result<(PathBuf, Option<Genesis>)> {
    let mut beside = Steps::new(repo, steps.verbose())?;
    thread::scope(|scope| {
        let chain = scope.spawn(|| Genesis::prepare(repo, &mut beside));
        let binary = build::pages(repo, steps).and_then(|()| build::server(repo, steps, Profile::Release));
        let genesis = match chain.join() {
            Ok(Ok(genesis)) => genesis,
            Ok(Err(error)) => {
                steps.note(&format!("no chain: {error:#}"));
                None
            }
            Err(panic) => std::panic::resume_unwind(panic),
        };
        Ok((binary?, genesis))
    })
}

fn flags(repo: &Repo, steps: &Steps, options: &Options) -> Result<Flags> {
    let address = if options.lan {
        Ipv4Addr::UNSPECIFIED
    } else {
        Ipv4Addr::LOCALHOST
    };
    let port = match options.port {
        None if options.headless => 0,
        port => free_port(steps, address.into(), port.unwrap_or(PORT)),
    };
    Ok(Flags {
        http: SocketAddr::new(address.into(), port),
        udp: SocketAddr::new(address.into(), 0),
        advertise: options.lan.then(lan::address).transpose()?,
        pages: repo.has("web/dist").then(|| repo.path("web/dist")),
        payment: Vec::new(),
    })
}

/// The wanted port, or 0, for which the system picks a free one.
fn free_port(steps: &Steps, address: IpAddr, wanted: u16) -> u16 {
    if wanted == 0 || TcpListener::bind((address, wanted)).is_ok() {
        return wanted;
    }
    steps.note(&format!("port {wanted} is in use: taking a free one"));
    0
}

fn print_links(server: &Server, flags: &Flags, chain: Option<&Chain>) {
    let base = match flags.advertise {
        Some(address) => lan::link(&server.http, address),
        None => server.http.clone(),
    };
    println!("\n  broadcast  {base}/");
    println!("  watch      {base}/watch/");
    if let Some(chain) = chain {
        println!("  chain      {} ({})", chain.rpc, chain.addresses.display());
        if flags.advertise.is_none() {
            println!("  payments   {base}/payments/");
            println!("  stake      {base}/stake/");
            if let Some(admin) = &server.admin {
                println!("  earnings   {admin}/");
            }
        }
    }
    if flags.advertise.is_some() {
        println!("\n  The certificate is self-signed: the browser warns once per device; go on from there.");
    }
    println!("\n  Ctrl-C stops it.");
}
