//! What the worker adds to a live picture: from handing a unit over to the last rung's picture; and recovery.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use headwater_protocol::ladder::Ladder;
use native_transcoder::transcoder::{
    Codec, Config, Devices, Event, Flow, Key, Preset, Program, Transcoder, Unit, Workers,
};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::interval;

use crate::machine;
use crate::summary::{quantile, rounded};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Print one JSON object on the last line.
    #[arg(long)]
    json: bool,
    /// Pictures a second.
    #[arg(long, default_value_t = 30)]
    fps: u32,
    /// Seconds of film.
    #[arg(long, default_value_t = 20)]
    seconds: u32,
    /// How often the worker is killed afterwards.
    #[arg(long, default_value_t = 5)]
    kills: u32,
    /// x264's effort: ultrafast, superfast or veryfast.
    #[arg(long, default_value = "veryfast")]
    preset: String,
}

/// The film retimed and at a camera's bitrate, a keyframe each second, so that a killed worker finds one in time.
const FILM: &str = "-an -c:v libx264 -preset medium -tune zerolatency -profile:v baseline -threads 1 -b:v 2500k \
    -maxrate 2500k -bufsize 2500k -g 30 -x264-params sliced-threads=0 -bsf:v h264_metadata=aud=insert";

pub(crate) fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(measure(options))
}

async fn measure(options: &Options) -> Result<()> {
    let busy = machine::busy()?;
    let workers = Workers::new(Program::new(machine::headwater()?));
    let (sender, mut events) = mpsc::channel(256);
    let preset = match options.preset.as_str() {
        "ultrafast" => Preset::Ultrafast,
        "superfast" => Preset::Superfast,
        _ => Preset::Veryfast,
    };
    let config = Config {
        codec: Codec::H264,
        ladder: Ladder::standard(),
        rungs: Vec::new(),
        preset,
        flow: Flow::Live,
        encoders: Vec::new(),
        devices: Devices::default(),
    };
    let transcoder = Transcoder::start(&workers, config, Key(0), sender);
    let film = headwater_film::made(
        &format!("film-{}fps.h264", options.fps),
        &["-r", &options.fps.to_string()],
        &headwater_film::source(),
        &FILM.split_whitespace().collect::<Vec<_>>(),
    )?;
    let film = headwater_film::annex_b(&std::fs::read(film)?);

    let mut sent: HashMap<u64, Instant> = HashMap::new();
    let mut latencies: Vec<Vec<f64>> = Vec::new();
    let mut slowest: HashMap<u64, (usize, f64)> = HashMap::new();
    let mut pid = 0;
    let mut ticks = interval(Duration::from_secs(1) / options.fps);
    let mut next = 0u64;
    while next < u64::from(options.seconds * options.fps) {
        tokio::select! {
            biased;
            Some((_, event)) = events.recv() => match event {
                Event::Started { pid: now } => pid = now,
                Event::Ladder { rungs, .. } => latencies.resize(rungs.len(), Vec::new()),
                Event::Frame { rung, time, .. } => {
                    if let Some(sent) = sent.get(&time) {
                        let ms = sent.elapsed().as_secs_f64() * 1000.0;
                        latencies[rung].push(ms);
                        let slowest = slowest.entry(time).or_default();
                        *slowest = (slowest.0 + 1, slowest.1.max(ms));
                    }
                }
                Event::Failed { reason } => anyhow::bail!(reason),
                _ => {}
            },
            _ = ticks.tick() => {
                let time = next * 90_000 / u64::from(options.fps);
                let index = usize::try_from(next)? % film.len();
                next += 1;
                sent.insert(time, Instant::now());
                let unit = &film[index];
                transcoder.video(Unit { time, keyframe: unit.keyframe, contiguous: true, data: unit.data.clone() });
            }
        }
    }
    let last: Vec<f64> = slowest
        .values()
        .filter(|(rungs, _)| *rungs == latencies.len())
        .map(|(_, ms)| *ms)
        .collect();
    for (rung, ms) in latencies.iter().enumerate() {
        println!(
            "rung {rung}: p50 {:.1} ms, p95 {:.1} ms, {} pictures",
            quantile(ms, 0.5),
            quantile(ms, 0.95),
            ms.len()
        );
    }
    println!(
        "slowest: p50 {:.1} ms, p95 {:.1} ms, p99 {:.1}, {} pictures",
        quantile(&last, 0.5),
        quantile(&last, 0.95),
        quantile(&last, 0.99),
        last.len()
    );
    println!("others used {:.0} % of the machine before", busy * 100.0);

    // Kill: the publisher answers a request for a keyframe after 100 ms, as browsers do.
    let mut gaps = Vec::new();
    for _ in 0..options.kills {
        gaps.push(kill(&transcoder, &mut events, &film, options.fps, &mut next, &mut pid).await?);
    }
    println!("killed → picture, with a publisher that needs 100 ms for a keyframe: {gaps:.0?}");
    if options.json {
        let (p50, p95) = (rounded(quantile(&last, 0.5)), rounded(quantile(&last, 0.95)));
        println!(
            "{}",
            json!({"worker_ms": {"p50": p50, "p95": p95}, "kill_ms": {"p50": rounded(quantile(&gaps, 0.5)), "p95": rounded(quantile(&gaps, 0.95))}, "busy": rounded(busy), "void": busy > machine::BUSY})
        );
    }
    Ok(())
}

/// Kills the worker and says after how many milliseconds every rung has a picture again.
async fn kill(
    transcoder: &Transcoder,
    events: &mut mpsc::Receiver<(Key, Event)>,
    film: &[headwater_film::Unit],
    fps: u32,
    next: &mut u64,
    pid: &mut u32,
) -> Result<f64> {
    const ANSWER: Duration = Duration::from_millis(100);
    // Let it run, and let a spare start.
    let mut ticks = interval(Duration::from_secs(1) / fps);
    let mut killed: Option<Instant> = None;
    let mut asked: Option<Instant> = None;
    let mut seen = 0u8;
    let start = *next;
    // The film's units between keyframes, and its keyframes: the source sends no keyframe unless asked.
    let deltas: Vec<_> = film.iter().filter(|unit| !unit.keyframe).collect();
    let key = &film[0];
    loop {
        tokio::select! {
            biased;
            event = events.recv() => match event.context("the session ended")?.1 {
                Event::Started { pid: now } => *pid = now,
                Event::NeedKeyframe if killed.is_some() => {
                    asked.get_or_insert_with(Instant::now);
                }
                Event::Frame { rung, .. } => {
                    if let Some(killed) = killed && asked.is_some() {
                        seen |= 1 << rung;
                        if seen == 0b111 {
                            return Ok(killed.elapsed().as_secs_f64() * 1000.0);
                        }
                    }
                }
                Event::Failed { reason } => anyhow::bail!(reason),
                _ => {}
            },
            _ = ticks.tick() => {
                let keyframe = *next == start || asked.is_some_and(|asked| asked.elapsed() >= ANSWER);
                let unit = if keyframe { key } else { deltas[usize::try_from(*next)? % deltas.len()] };
                if keyframe {
                    asked = asked.map(|_| Instant::now() + Duration::from_secs(60));
                }
                let time = *next * 90_000 / u64::from(fps);
                *next += 1;
                transcoder.video(Unit { time, keyframe: unit.keyframe, contiguous: true, data: unit.data.clone() });
                if killed.is_none() && *next > start + u64::from(fps) * 3 {
                    killed = Some(Instant::now());
                    let pid = nix::unistd::Pid::from_raw(i32::try_from(*pid)?);
                    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL)?;
                }
            }
        }
    }
}
