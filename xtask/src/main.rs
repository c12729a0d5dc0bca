//! `cargo xtask`: everything that is done to this workspace, by people and by CI alike.
//!
//! Each command sets up what it needs (see [`setup`]), then prints one line per [`step`] on standard error. What a
//! command is asked for (links, tables, JSON) goes to standard output. Parts of the workspace that do not exist are
//! passed over with a line that says so.

mod bench;
mod build;
mod check;
mod codes;
mod demo;
mod deploy;
mod foundry;
mod fuzz;
mod interrupt;
mod repo;
mod setup;
mod size;
mod step;
mod test;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use repo::Repo;
use step::Steps;

/// The commands of the workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// Show the output of every tool, not only of those that fail.
    #[arg(long, short, global = true)]
    verbose: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Install what is missing: system packages, Python programs, the wasm target, npm packages, cargo-deny.
    Setup,
    /// Build the light node, its package and the pages.
    Wasm,
    /// Start everything on this machine and print the links to open; Ctrl-C ends it.
    Demo(demo::Options),
    /// Deploy the contracts to a chain, wire them, and hand them to their owner.
    Deploy(deploy::Options),
    /// Run every test of every part.
    Test,
    /// Formatting, lints, types, documentation, licences, import rules, file sizes, size budget.
    Check,
    /// Measure; `size` here, the others in tests.
    Bench(bench::Options),
    /// Mutate what strangers may send, for as long as you like; the seeds alone run in every test.
    Fuzz(fuzz::Options),
    /// Write the package's list of error codes from the protocol's.
    Codes,
}

fn main() -> ExitCode {
    if let Some(documented) = check::rustdoc::stand_in() {
        return documented;
    }
    let cli = Cli::parse();
    run(&cli).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(cli: &Cli) -> Result<ExitCode> {
    let repo = Repo::open()?;
    let mut steps = Steps::new(&repo, cli.verbose)?;
    match &cli.command {
        Command::Setup => setup::ensure(&repo, &mut steps, &setup::Need::ALL).map(|()| ExitCode::SUCCESS),
        Command::Wasm => {
            setup::ensure(&repo, &mut steps, &[setup::Need::Wasm, setup::Need::Npm])?;
            build::pages(&repo, &mut steps).map(|()| ExitCode::SUCCESS)
        }
        Command::Demo(options) => demo::run(&repo, &mut steps, options),
        Command::Deploy(options) => {
            setup::ensure(&repo, &mut steps, &[setup::Need::Contracts])?;
            deploy::run(&repo, &mut steps, options).map(|()| ExitCode::SUCCESS)
        }
        Command::Test => test::run(&repo, &mut steps),
        Command::Check => check::run(&repo, &mut steps),
        Command::Bench(options) => bench::run(&repo, &mut steps, options),
        Command::Fuzz(options) => fuzz::run(&repo, &mut steps, options),
        Command::Codes => codes::write(&repo, &mut steps).map(|()| ExitCode::SUCCESS),
    }
}
