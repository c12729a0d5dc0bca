//! Headwater's numbers, each measured beside its reference: `headwater-bench NAME [--json]`.

mod camera;
mod hostile;
mod latency;
mod load;
mod machine;
mod node;
mod recovery;
mod summary;
mod switch;
mod transcode;
mod worker;

use clap::{Parser, Subcommand};

/// Measures one number of the design.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Debug, Subcommand)]
enum Bench {
    /// What strangers' floods cost the streams that run beside them.
    Hostile(hostile::Options),
    /// What the node adds to a live picture, seen by an outsider.
    Latency(latency::Options),
    /// How long a viewer misses a worker that is killed.
    Recovery(recovery::Options),
    /// How long a viewer waits for the layer that it selects, and what it sees meanwhile.
    Switch(switch::Options),
    /// CPU and time to transcode 30 s of film, beside the FFmpeg command.
    Transcode(transcode::Options),
    /// What the worker adds to a live picture, and how long a killed one is missed.
    Worker(worker::Options),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().bench {
        Bench::Hostile(options) => live(hostile::run(&options)),
        Bench::Latency(options) => live(latency::run(&options)),
        Bench::Recovery(options) => live(recovery::run(&options)),
        Bench::Switch(options) => live(switch::run(&options)),
        Bench::Transcode(options) => transcode::run(&options),
        Bench::Worker(options) => worker::run(&options),
    }
}

/// Runs what publishes and watches. Two threads: none of its tasks may wait for another's encryption.
fn live(bench: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?
        .block_on(bench)
}
