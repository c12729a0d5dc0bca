//! Two thousand hostile requests a second, from one core, beside running streams: how many of their pictures are late, and
//! what memory stays behind. Beside it the same streams left in peace, in the same run.

mod attack;
mod stream;

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::json;

use crate::load::{Load, Share};
use crate::node::Node;
use crate::summary::{median, rounded};
use attack::Attack;
use stream::{Seen, Stream};

/// Until every connection is as it will stay.
const WARM_UP: Duration = Duration::from_secs(5);

/// Samples of memory that a figure is the median of, one a second.
const SAMPLES: u32 = 5;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Print one JSON object on the last line.
    #[arg(long)]
    json: bool,
    /// Streams that must not notice, each transcoded and watched.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=16))]
    streams: u8,
    /// Hostile requests a second.
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(100..=100_000))]
    rate: u32,
    /// Seconds of attack, and of peace before it.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(2..=600))]
    seconds: u64,
    /// Seconds after the attack at which memory is compared.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(5..=600))]
    settle: u64,
}

pub(crate) async fn run(options: &Options) -> Result<()> {
    let node = Node::start("ultrafast").await?;
    let mut streams = Vec::new();
    for seed in 1..=options.streams {
        streams.push(Stream::start(&node, seed).await?);
    }
    let (length, settle) = (
        Duration::from_secs(options.seconds),
        Duration::from_secs(options.settle),
    );
    let victim = streams[0].ufrag()?;
    stream::play(&mut streams, WARM_UP).await?;
    let before = memory(&node, &mut streams).await?;

    println!(
        "hostile: {} streams, pictures later than {} ms or lost",
        options.streams,
        stream::LATE.as_millis()
    );
    let (peace, share) = watched(&node, &mut streams, length).await?;
    show("in peace", peace, share);
    let attack = Attack::start(&node, &victim, options.rate)?;
    let (under, busy) = watched(&node, &mut streams, length).await?;
    let rate = attack.stop()?;
    show("attacked", under, busy);
    println!("  {rate:.0} requests a second, of {} asked for", options.rate);

    stream::play(
        &mut streams,
        settle.saturating_sub(Duration::from_secs(SAMPLES.into())),
    )
    .await?;
    let after = memory(&node, &mut streams).await?;
    let growth = after - before;
    println!(
        "memory of the node: {before:.1} MB before, {after:.1} MB {} s after: {:+.1} %, reach within 5 %",
        options.settle,
        growth / before * 100.0
    );
    let slow = rate < f64::from(options.rate) * 0.95;
    let void = share.void() || slow;
    if void {
        println!(
            "VOID: the machine was too busy {}",
            if slow { "to attack" } else { "in peace already" }
        );
    }
    if options.json {
        let results = json!({
            "late_frames_ratio": rounded5(under.late()), "late_frames_ratio_in_peace": rounded5(peace.late()),
            "rss_growth_mb": rounded(growth), "rss_mb": { "before": rounded(before), "after": rounded(after) },
            "hostile_requests_per_s": rounded(rate), "frames": { "attacked": under.sent, "in_peace": peace.sent },
            "streams": options.streams, "load": { "in_peace": rounded(share.busy), "attacked": rounded(busy.busy) },
            "void": void,
        });
        println!("{results}");
    }
    Ok(())
}

/// A ratio whose reach is half a percent wants more digits than a time.
fn rounded5(value: f64) -> f64 {
    (value * 1e5).round() / 1e5
}

fn show(what: &str, seen: Seen, share: Share) {
    println!(
        "  {what}: {} of {} ({:.3} %), machine {:.0} % busy",
        seen.sent - seen.on_time,
        seen.sent,
        seen.late() * 100.0,
        share.busy * 100.0
    );
}

/// Plays for `length`, and says what arrived in time.
async fn watched(node: &Node, streams: &mut Vec<Stream>, length: Duration) -> Result<(Seen, Share)> {
    let load = Load::start(node.pid()?)?;
    stream::play(streams, length).await?;
    let share = load.share()?;
    let mut sum = Seen::default();
    for stream in streams {
        let seen = stream.look().await?;
        sum = Seen {
            sent: sum.sent + seen.sent,
            on_time: sum.on_time + seen.on_time,
        };
    }
    Ok((sum, share))
}

/// Megabytes that the node's own process holds, its streams running.
async fn memory(node: &Node, streams: &mut Vec<Stream>) -> Result<f64> {
    let mut samples = Vec::new();
    for _ in 0..SAMPLES {
        stream::play(streams, Duration::from_secs(1)).await?;
        let status = std::fs::read_to_string(format!("/proc/{}/status", node.pid()?))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib: f64 = line
            .and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
            .context("Linux does not say what the node holds")?;
        samples.push(kib / 1024.0);
    }
    for stream in streams {
        stream.look().await?;
    }
    Ok(median(&samples))
}
