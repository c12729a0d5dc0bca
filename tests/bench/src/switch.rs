//! How long a viewer waits for the layer that it selects: HTTP request → last packet of the first picture of the new size;
//! and whether a picture is missing, late or broken on the way.

mod watched;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use headwater_test_client::Codec;
use headwater_test_client::whep::Viewer;
use serde_json::{Value, json};
use tokio::time::timeout_at;

use crate::camera::Camera;
use crate::load::{Load, Share};
use crate::node::Node;
use crate::summary::{quantile, rounded};
use watched::{Stretch, Switched};

/// The layers of the film, and how wide each is.
const LAYERS: [(&str, usize); 4] = [("source", 1280), ("480p", 854), ("360p", 640), ("240p", 426)];

/// Every way from one layer to another once, by their places above, from the source back to the source.
const ROUND: [usize; 12] = [1, 0, 2, 0, 3, 1, 2, 1, 3, 2, 3, 0];

/// The time that a layer is watched for. Where between the two varies from switch to switch, so that requests meet
/// pictures and the keyframes of each second at every phase; more than the 500 ms within which requests are answered once.
const WATCHED: (Duration, Duration) = (Duration::from_millis(800), Duration::from_millis(1400));

/// A browser's encoder needs up to this long to answer the keyframe request that a switch to the source comes to.
const ENCODER: Duration = Duration::from_millis(100);

/// Until every connection is as it will stay, and every rung is there.
const WARM_UP: Duration = Duration::from_secs(3);

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Print one JSON object on the last line.
    #[arg(long)]
    json: bool,
    /// Rounds of 12 switches each, every way from one layer to another; the publisher answers at once in every other one,
    /// and takes as long as a browser in the rest.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u32).range(2..=60))]
    rounds: u32,
}

pub(crate) async fn run(options: &Options) -> Result<()> {
    let node = Node::start("veryfast").await?;
    let camera = Camera::new(node.publisher(Codec::H264).await?)?;
    tokio::select! {
        filmed = camera.run() => bail!("the film ended first: {filmed:?}"),
        done = switches(options, &node, &camera) => done,
    }
}

async fn switches(options: &Options, node: &Node, camera: &Camera) -> Result<()> {
    let viewer = node.switcher().await?;
    let mut stretches = vec![stretch(&viewer, LAYERS[0].1, WARM_UP).await?];
    let load = Load::start(node.pid()?)?;
    let mut ways = Vec::new();
    for round in 0..options.rounds {
        let late = round % 2 == 1;
        camera.answer_after(if late { ENCODER } else { Duration::ZERO });
        for (n, layer) in (0u32..).zip(ROUND) {
            let (rid, width) = LAYERS[layer];
            // The golden ratio's multiples leave no gap anywhere.
            let phase = (f64::from(round * 12 + n) * 0.618_034).fract();
            let length = WATCHED.0 + (WATCHED.1 - WATCHED.0).mul_f64(phase);
            let (stretch, selected) =
                tokio::join!(stretch(&viewer, width, length), viewer.session.select(rid));
            selected.with_context(|| format!("{rid} is not to be had"))?;
            stretches.push(stretch?);
            ways.push(Way { rid, late });
        }
    }
    let share = load.share()?;
    let unread = viewer.unread();
    ensure!(unread == 0, "{unread} frames were lost in this client");

    report(options, &ways, &watched::judge(&stretches)?, share);
    Ok(())
}

/// A switch that was made.
#[derive(Clone, Copy, Debug)]
struct Way {
    rid: &'static str,
    /// Whether the publisher took its time to answer.
    late: bool,
}

impl Way {
    fn is_rung(self) -> bool {
        self.rid != LAYERS[0].0
    }

    /// Whether the publisher's encoder is part of it, which no node can hurry.
    fn waits_for_encoder(self) -> bool {
        self.late && !self.is_rung()
    }
}

fn report(options: &Options, ways: &[Way], switched: &[Switched], share: Share) {
    println!(
        "switch: ms from a layer's selection to its first picture, and the longest time without any picture"
    );
    for (way, switched) in ways.iter().zip(switched) {
        let notes = [(switched.frozen(), "FROZEN"), (switched.broken > 0, "BROKEN")];
        let notes: Vec<_> = notes
            .iter()
            .filter(|(is, _)| *is)
            .map(|(_, note)| *note)
            .collect();
        println!(
            "  {:8} {:5.0} {:5.0}  {}{}",
            way.rid,
            switched.came.unwrap_or(f64::NAN),
            switched.gap,
            if way.waits_for_encoder() {
                "publisher's answer delayed "
            } else {
                ""
            },
            notes.join(" ")
        );
    }
    let of = |wanted: fn(Way) -> bool| -> Vec<f64> {
        let wanted = ways.iter().zip(switched).filter(|(way, _)| wanted(**way));
        wanted.filter_map(|(_, switched)| switched.came).collect()
    };
    let all = of(|way| !way.waits_for_encoder());
    let (rung, delayed) = (of(Way::is_rung), of(Way::waits_for_encoder));
    let source = of(|way| !way.is_rung() && !way.late);
    let missed = switched.iter().filter(|switched| switched.came.is_none()).count();
    let frozen = switched.iter().filter(|switched| switched.frozen()).count();
    let broken: usize = switched.iter().map(|switched| switched.broken).sum();
    println!("a layer after its selection: {}; reach p95 150 ms", line(&all));
    println!("  a rung: {}", line(&rung));
    println!("  the source: {}", line(&source));
    println!(
        "  the source, {} ms in its publisher's encoder: {}",
        ENCODER.as_millis(),
        line(&delayed)
    );
    println!(
        "  of {} switches {missed} were never made and {frozen} froze; {broken} pictures were broken; reach none",
        switched.len()
    );
    println!(
        "the machine was {:.0} % busy, {:.0} % with something else",
        share.busy * 100.0,
        share.others * 100.0
    );
    if share.void() {
        println!("VOID: the machine was too busy");
    }
    if options.json {
        let mut slow = figures(&delayed);
        slow["delay_ms"] = ENCODER.as_millis().try_into().unwrap_or(u64::MAX).into();
        let results = json!({
            "switch_ms": figures(&all), "to_rung_ms": figures(&rung), "to_source_ms": figures(&source),
            "to_source_with_publisher_delay_ms": slow,
            "switches": switched.len(), "never_made": missed, "frozen": frozen, "broken": broken,
            "load": { "busy": rounded(share.busy), "others": rounded(share.others) }, "void": share.void(),
        });
        println!("{results}");
    }
}

/// What comes within `length` of now, while a layer of this width is awaited.
async fn stretch(viewer: &Viewer, width: usize, length: Duration) -> Result<Stretch> {
    let asked = Instant::now();
    let mut frames = Vec::new();
    while let Ok(frame) = timeout_at((asked + length).into(), viewer.next()).await {
        frames.push(frame.context("the session ended")?);
    }
    Ok(Stretch { asked, width, frames })
}

fn line(ms: &[f64]) -> String {
    let [p50, p95, min, max] = [0.5, 0.95, 0.0, 1.0].map(|share| quantile(ms, share));
    format!(
        "p50 {p50:.0}, p95 {p95:.0}, {min:.0} to {max:.0} ms of {}",
        ms.len()
    )
}

fn figures(ms: &[f64]) -> Value {
    let [p50, p95, max] = [0.5, 0.95, 1.0].map(|share| rounded(quantile(ms, share)));
    json!({ "p50": p50, "p95": p95, "max": max, "count": ms.len() })
}
