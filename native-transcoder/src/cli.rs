//! What the command line offers.

use clap::{Parser, Subcommand};

/// Headwater's native node.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Transcodes one stream, spoken to over standard input. Started by the node, not by people.
    #[command(hide = true)]
    Worker,
}

pub(crate) fn run() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Worker => Ok(native_transcoder::worker::run()?),
    }
}
