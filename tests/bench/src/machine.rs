//! The machine that measures: whether it is free, and what a process used of it.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::resource::{Usage, UsageWho, getrusage};

/// A machine busier than this before a run measures something else: the run is void.
pub(crate) const BUSY: f64 = 0.85;

/// The share of all CPU time that others use, watched for half a second.
pub(crate) fn busy() -> Result<f64> {
    let before = ticks()?;
    std::thread::sleep(Duration::from_millis(500));
    let after = ticks()?;
    let (total, idle) = (after.0 - before.0, after.1 - before.1);
    Ok(if total == 0.0 { 0.0 } else { 1.0 - idle / total })
}

/// All and idle ticks since boot.
fn ticks() -> Result<(f64, f64)> {
    let stat = fs::read_to_string("/proc/stat").context("this bench needs Linux's /proc")?;
    let line = stat.lines().next().unwrap_or_default();
    let fields: Vec<f64> = line
        .split_whitespace()
        .skip(1)
        .filter_map(|field| field.parse().ok())
        .collect();
    // user, nice, system, idle, iowait, irq, softirq, steal; what follows is counted in user already.
    let idle = fields.get(3..5).map_or(0.0, |idle| idle.iter().sum());
    Ok((fields.iter().take(8).sum(), idle))
}

/// What a command used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Used {
    /// CPU-seconds of the process and all its children.
    pub(crate) cpu: f64,
    /// Seconds from start to end.
    pub(crate) wall: f64,
}

/// Runs a command to its end and says what it used.
pub(crate) fn measure(command: &mut Command) -> Result<Used> {
    let (cpu, started) = (children()?, Instant::now());
    let output = command
        .output()
        .with_context(|| format!("could not run {command:?}"))?;
    let wall = started.elapsed().as_secs_f64();
    check(command, output.status, &output.stderr)?;
    Ok(Used {
        cpu: children()? - cpu,
        wall,
    })
}

fn check(command: &Command, status: ExitStatus, errors: &[u8]) -> Result<()> {
    if !status.success() {
        bail!(
            "{command:?} failed ({status}): {}",
            String::from_utf8_lossy(errors)
        );
    }
    Ok(())
}

/// CPU-seconds of all children that have ended.
fn children() -> Result<f64> {
    let usage: Usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let seconds = |time: nix::sys::time::TimeVal| {
        #[expect(clippy::cast_precision_loss, reason = "seconds and microseconds of a run")]
        let seconds = time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
        seconds
    };
    Ok(seconds(usage.user_time()) + seconds(usage.system_time()))
}

/// The `headwater` binary that was built beside this one.
pub(crate) fn headwater() -> Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name("headwater");
    if !path.exists() {
        bail!(
            "{} is missing; build it with `cargo build --release -p headwater-native-transcoder`",
            path.display()
        );
    }
    Ok(path)
}
