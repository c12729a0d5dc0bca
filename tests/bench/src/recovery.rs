//! How long a viewer misses a worker that is killed with -9: kill → first picture of the new worker, on the same session.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use headwater_test_client::frame::{Frame, Kind};
use headwater_test_client::whep::Viewer;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;
use tokio::time::timeout_at;

use crate::camera::Camera;
use crate::load::{self, Load, Process, Share};
use crate::node::Node;
use crate::summary::{quantile, rounded};

/// What is watched.
const RUNG: &str = "480p";

/// The time that a worker is left alone before it is killed: below four in ten seconds, of which a session may lose five.
/// Where between the two varies from kill to kill, so that kills meet pictures and seconds at every phase. The film
/// returns to its keyframe later than this, so that it is no help.
const ALONE: (Duration, Duration) = (Duration::from_millis(2600), Duration::from_millis(3600));

/// How long processes are watched for the one that works.
const LOOK: Duration = Duration::from_millis(600);

/// A browser's encoder needs up to this long to answer a keyframe request.
const ENCODER: Duration = Duration::from_millis(100);

/// A picture later than this is none: more than the time in which viewers are told that a stream has ended.
const PATIENCE: Duration = Duration::from_secs(8);

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Print one JSON object on the last line.
    #[arg(long)]
    json: bool,
    /// Kills with a publisher that answers at once, and as many with one that takes as long as a browser.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
    kills: u32,
}

pub(crate) async fn run(options: &Options) -> Result<()> {
    let node = Node::start("veryfast").await?;
    let camera = Camera::new(node.publisher(headwater_test_client::Codec::H264).await?)?;
    tokio::select! {
        filmed = camera.run() => bail!("the film ended first: {filmed:?}"),
        done = kills(options, &node, &camera) => done,
    }
}

async fn kills(options: &Options, node: &Node, camera: &Camera) -> Result<()> {
    let viewer = node.viewer(RUNG).await?;
    let load = Load::start(node.pid()?)?;
    let (mut prompt, mut browser) = (Vec::new(), Vec::new());
    println!(
        "recovery: ms from the kill to the keyframe request at the publisher, and to the picture at the viewer"
    );
    println!(
        "kill  answered at once   answered after {} ms",
        ENCODER.as_millis()
    );
    for n in 0..options.kills {
        let mut cells = Vec::new();
        for (delay, times) in [(Duration::ZERO, &mut prompt), (ENCODER, &mut browser)] {
            camera.answer_after(delay);
            // The golden ratio's multiples leave no gap anywhere.
            let phase = (f64::from(n) * 0.618_034).fract();
            let time = once(node, camera, &viewer, phase).await?;
            cells.push(format!("{:5.0} {:9.0}", time.asked, time.seen));
            times.push(time);
        }
        println!("{:4}  {}    {}", n + 1, cells[0], cells[1]);
    }
    report(options, &prompt, &browser, load.share()?);
    Ok(())
}

/// Milliseconds since the kill.
#[derive(Clone, Copy, Debug)]
struct Time {
    /// Until the publisher was asked for a keyframe.
    asked: f64,
    /// Until the last packet of the picture had arrived.
    seen: f64,
}

/// Leaves the worker alone for a while, kills it and waits for the next one's picture.
async fn once(node: &Node, camera: &Camera, viewer: &Viewer, phase: f64) -> Result<Time> {
    let until = Instant::now() + ALONE.0 + (ALONE.1 - ALONE.0).mul_f64(phase);
    let mut times = watch(viewer, until - LOOK).await?;
    let before = load::children(node.pid()?);
    times.extend(watch(viewer, until).await?);
    let offset = camera
        .offset(&times)
        .context("the rung's times are not the publisher's")?;
    let worker = working(&before, &load::children(node.pid()?)).context("no worker works")?;

    let killed = Instant::now();
    kill(Pid::from_raw(worker.try_into()?), Signal::SIGKILL)?;
    loop {
        let frame = timeout_at((killed + PATIENCE).into(), viewer.next()).await;
        let frame = frame.context("no picture came")?.context("the session ended")?;
        let time = frame.rtp_time.wrapping_sub(offset);
        // What was sent before the kill may be the old worker's work, on its way when that died.
        if !video(&frame) || camera.sent_at(time).is_none_or(|sent| sent <= killed) {
            continue;
        }
        ensure!(
            frame.keyframe,
            "pictures go on without a keyframe: process {worker} was not the worker"
        );
        let asked = camera
            .asked_after(killed)
            .context("nobody asked for a keyframe")?;
        let since = |at: Instant| at.saturating_duration_since(killed).as_secs_f64() * 1000.0;
        return Ok(Time {
            asked: since(asked),
            seen: since(frame.last_packet_at),
        });
    }
}

/// The RTP times of the pictures that come until then.
async fn watch(viewer: &Viewer, until: Instant) -> Result<Vec<u32>> {
    let mut times = Vec::new();
    while let Ok(frame) = timeout_at(until.into(), viewer.next()).await {
        let frame = frame.context("the session ended")?;
        times.extend(video(&frame).then_some(frame.rtp_time));
    }
    Ok(times)
}

fn video(frame: &Frame) -> bool {
    matches!(frame.kind, Kind::Video(_))
}

/// The process that used most CPU; the spare uses none.
fn working(before: &[Process], now: &[Process]) -> Option<u32> {
    let used = |process: &Process| {
        let earlier = before.iter().find(|earlier| earlier.pid == process.pid);
        process.ticks - earlier.map_or(0.0, |earlier| earlier.ticks)
    };
    let busiest = now.iter().max_by(|a, b| used(a).total_cmp(&used(b)))?;
    (used(busiest) > 0.0).then_some(busiest.pid)
}

fn report(options: &Options, prompt: &[Time], browser: &[Time], share: Share) {
    let figures = |times: &[Time], of: fn(&Time) -> f64| {
        let ms: Vec<f64> = times.iter().map(of).collect();
        [0.5, 0.95, 0.0, 1.0].map(|share| rounded(quantile(&ms, share)))
    };
    let json = |[p50, p95, min, max]: [f64; 4]| json!({ "p50": p50, "p95": p95, "min": min, "max": max });
    let (seen, slow) = (figures(prompt, |t| t.seen), figures(browser, |t| t.seen));
    let all: Vec<Time> = prompt.iter().chain(browser).copied().collect();
    let asked = figures(&all, |time| time.asked);
    let line =
        |[p50, p95, min, max]: [f64; 4]| format!("p50 {p50:.0}, p95 {p95:.0}, {min:.0} to {max:.0} ms");
    println!(
        "picture after a kill, publisher answers at once: {}; reach p95 300 ms",
        line(seen)
    );
    println!(
        "  publisher answers after {} ms: {}",
        ENCODER.as_millis(),
        line(slow)
    );
    println!("  keyframe asked for: {}", line(asked));
    println!(
        "the machine was {:.0} % busy, {:.0} % with something else",
        share.busy * 100.0,
        share.others * 100.0
    );
    if share.void() {
        println!("VOID: the machine was too busy");
    }
    if options.json {
        let mut delayed = json(slow);
        delayed["delay_ms"] = ENCODER.as_millis().try_into().unwrap_or(u64::MAX).into();
        let results = json!({
            "worker_kill_ms": json(seen), "with_publisher_delay": delayed, "keyframe_asked_ms": json(asked),
            "kills": { "at_once": prompt.len(), "with_delay": browser.len() },
            "load": { "busy": rounded(share.busy), "others": rounded(share.others) }, "void": share.void(),
        });
        println!("{results}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worker_is_the_process_that_uses_cpu_now() {
        let at = |worn, working, spare| {
            [(1, worn), (2, working), (3, spare)].map(|(pid, ticks)| Process::stub(pid, ticks))
        };
        let before = at(900.0, 20.0, 3.0);
        assert_eq!(working(&before, &at(900.0, 45.0, 3.0)), Some(2));
        assert_eq!(working(&before, &before), None);
        assert_eq!(working(&[], &[]), None);
    }
}
