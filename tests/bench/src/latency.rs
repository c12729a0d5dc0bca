//! What the node adds to a live picture, seen from outside: last packet of a source frame sent → last packet of the
//! slowest rung received. Beside it the same frames passed through untouched, which is what any relay costs here.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use headwater_test_client::Codec;
use headwater_test_client::film::{Config, Film, Player};
use headwater_test_client::frame::Kind;
use headwater_test_client::whep::Viewer;
use headwater_test_client::whip::Publisher;
use serde_json::{Map, Value, json};

use crate::load::{Load, Share};
use crate::node::Node;
use crate::summary::{median, quantile, rounded};

/// The standard ladder's rungs for the film, and what is compared with them.
const RUNGS: [&str; 3] = ["480p", "360p", "240p"];
const SOURCE: &str = "source";

/// The film is retimed to what cameras deliver.
const FPS: u32 = 30;

/// Until rate control has settled and every connection is as it will stay.
const WARM_UP: Duration = Duration::from_secs(3);
/// Played before a window and after it, so that a window's frames have neighbours and time to arrive.
const MARGIN: Duration = Duration::from_millis(500);

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Print one JSON object on the last line.
    #[arg(long)]
    json: bool,
    /// Windows that have to count; a busy machine gets as many tries again.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=10))]
    windows: u32,
    /// Seconds of a window; a viewer keeps no more than 50 unread.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=40))]
    seconds: u32,
    /// x264's effort: ultrafast, superfast or veryfast.
    #[arg(long, default_value = "veryfast")]
    preset: String,
    /// What the source is sent in: h264, vp8, vp9 or av1.
    #[arg(long, default_value = "h264", value_parser = source)]
    codec: Codec,
}

fn source(name: &str) -> Result<Codec, String> {
    match name {
        "h264" => Ok(Codec::H264),
        "vp8" => Ok(Codec::Vp8),
        "vp9" => Ok(Codec::Vp9),
        "av1" => Ok(Codec::Av1),
        _ => Err("the codecs are h264, vp8, vp9 and av1".to_owned()),
    }
}

pub(crate) async fn run(options: &Options) -> Result<()> {
    let film = Film::load(Config {
        codec: options.codec,
        fps: FPS,
        ..Config::default()
    })?;
    let node = Node::start(&options.preset).await?;
    let publisher = node.publisher(options.codec).await?;
    let mut player = Player::new(&film);
    let viewers = tokio::select! {
        played = player.play(&publisher, Duration::MAX / 4) => bail!("the film ended first: {played:?}"),
        viewers = watch(&node) => viewers?,
    };
    player.play(&publisher, WARM_UP).await?;

    println!("latency, the server's part: ms from the last packet sent to the last one received, p50/p95");
    println!(
        "window  {:^15}{:^15}{:^15}{:^15}{:^15}frames  missed   busy  others",
        "slowest", RUNGS[0], RUNGS[1], RUNGS[2], SOURCE
    );
    let (mut counted, mut tried) = (Vec::new(), Vec::new());
    while counted.len() < options.windows as usize && tried.len() < 2 * options.windows as usize {
        let window = watched(&node, &publisher, &mut player, &viewers, options.seconds).await?;
        println!("{:6}  {window}", tried.len() + 1);
        tried.push(window.clone());
        counted.extend((!window.share.void()).then_some(window));
    }
    for (name, viewer) in &viewers {
        let unread = viewer.unread();
        ensure!(unread == 0, "{unread} frames of {name} were lost in this client");
    }
    report(options, &counted, &tried);
    Ok(())
}

/// Connects a viewer to every rung and one to the source.
async fn watch(node: &Node) -> Result<Vec<(&'static str, Viewer)>> {
    let mut viewers = Vec::new();
    for name in RUNGS.into_iter().chain([SOURCE]) {
        viewers.push((name, node.viewer(name).await?));
    }
    Ok(viewers)
}

/// Milliseconds, one for each frame that arrived everywhere.
#[derive(Clone, Debug)]
struct Window {
    /// As [`RUNGS`], then the source.
    renditions: Vec<Vec<f64>>,
    slowest: Vec<f64>,
    /// Frames that were sent, but did not come back from every rung.
    missed: usize,
    share: Share,
}

async fn watched(
    node: &Node,
    publisher: &Publisher,
    player: &mut Player<'_>,
    viewers: &[(&'static str, Viewer)],
    seconds: u32,
) -> Result<Window> {
    let load = Load::start(node.pid()?)?;
    let length = Duration::from_secs(seconds.into());
    player.play(publisher, MARGIN + length + MARGIN).await?;
    let share = load.share()?;

    let mut arrivals = Vec::new();
    for (name, viewer) in viewers {
        arrivals.push(
            arrived(viewer, player)
                .await
                .with_context(|| format!("of {name}"))?,
        );
    }
    let (count, margin) = (FPS * seconds, FPS / 2);
    let newest: Vec<u32> = player.log.iter().map(|(time, _)| time).collect();
    let sent = newest.iter().rev().skip(margin as usize).take(count as usize);
    let mut window = Window {
        renditions: vec![Vec::new(); viewers.len()],
        slowest: Vec::new(),
        missed: 0,
        share,
    };
    for time in sent {
        let left = publisher.video_sent_at(*time).context("a frame was never sent")?;
        let took = arrivals.iter().map(|arrivals| {
            let arrived = arrivals.get(time)?;
            Some(arrived.saturating_duration_since(left).as_secs_f64() * 1000.0)
        });
        let Some(took) = took.collect::<Option<Vec<f64>>>() else {
            window.missed += 1;
            continue;
        };
        window
            .slowest
            .push(took[..RUNGS.len()].iter().copied().fold(0.0, f64::max));
        for (all, took) in window.renditions.iter_mut().zip(took) {
            all.push(took);
        }
    }
    Ok(window)
}

/// When the last packet of each frame that a viewer holds arrived, by the RTP time that the publisher gave it.
async fn arrived(viewer: &Viewer, player: &Player<'_>) -> Result<HashMap<u32, Instant>> {
    let mut frames = Vec::new();
    // Out of tokio's budget, or a long queue would look empty half way.
    let unread = || tokio::time::timeout(Duration::ZERO, tokio::task::unconstrained(viewer.next()));
    while let Ok(frame) = unread().await {
        let frame = frame.context("the connection has ended")?;
        if matches!(frame.kind, Kind::Video(_)) {
            frames.push((frame.rtp_time, frame.last_packet_at));
        }
    }
    let times: Vec<u32> = frames.iter().map(|(time, _)| *time).collect();
    let offset = player
        .log
        .offset(&times)
        .context("its times are not the publisher's")?;
    let known = frames.iter().map(|(time, at)| (time.wrapping_sub(offset), *at));
    Ok(known.collect())
}

impl std::fmt::Display for Window {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for ms in [&self.slowest].into_iter().chain(&self.renditions) {
            write!(f, "{:5.1} / {:5.1}  ", quantile(ms, 0.5), quantile(ms, 0.95))?;
        }
        let percent = |share: f64| share * 100.0;
        write!(f, "{:6}  {:6}  ", self.slowest.len(), self.missed)?;
        write!(
            f,
            "{:3.0} %  {:4.0} %",
            percent(self.share.busy),
            percent(self.share.others)
        )?;
        if self.share.void() {
            f.write_str("  void")
        } else {
            Ok(())
        }
    }
}

/// Medians of the windows that count; of all of them if too few do, and then the run is void.
fn report(options: &Options, counted: &[Window], tried: &[Window]) {
    let void = counted.len() < options.windows as usize;
    let windows = if void { tried } else { counted };
    let slowest = Figures::of(windows, |window| &window.slowest);
    let renditions: Vec<Figures> = (0..=RUNGS.len())
        .map(|i| Figures::of(windows, |window| &window.renditions[i]))
        .collect();
    let source = &renditions[RUNGS.len()];
    let [(p50, p95), (floor50, floor95)] = [&slowest, source].map(Figures::medians);
    println!(
        "medians: slowest rung {p50:.1} / {p95:.1} ms, reach 10 / 17; source passed through {floor50:.1} / {floor95:.1} ms"
    );
    let frames: usize = windows.iter().map(|window| window.slowest.len()).sum();
    let missed: usize = windows.iter().map(|window| window.missed).sum();
    if missed > 0 {
        println!(
            "{missed} of {} frames did not come back from every rung, and are in no figure",
            frames + missed
        );
    }
    if void {
        println!(
            "VOID: the machine was too busy during {} of {} windows",
            tried.len() - counted.len(),
            tried.len()
        );
    }
    if options.json {
        let rungs = RUNGS
            .iter()
            .zip(&renditions)
            .map(|(name, figures)| ((*name).to_owned(), figures.json()));
        let share = |of: fn(&Window) -> f64| rounded(median(&windows.iter().map(of).collect::<Vec<_>>()));
        let results = json!({
            "server_ms": slowest.json(), "source_ms": source.json(), "rungs_ms": rungs.collect::<Map<String, Value>>(),
            "spread": { "server_ms": slowest.spread(), "source_ms": source.spread() },
            "server_frames": { "counted": frames, "missed": missed },
            "server_windows": { "counted": counted.len(), "tried": tried.len(), "seconds": options.seconds },
            "server_load": { "busy": share(|window| window.share.busy), "others": share(|window| window.share.others) },
            "preset": options.preset, "codec": format!("{:?}", options.codec).to_lowercase(), "void": void,
        });
        println!("{results}");
    }
}

/// Of each window, the value that half of its frames and that 95 % of them stay below.
struct Figures {
    p50: Vec<f64>,
    p95: Vec<f64>,
}

impl Figures {
    fn of(windows: &[Window], values: impl Fn(&Window) -> &[f64]) -> Self {
        let all = |share: f64| {
            windows
                .iter()
                .map(|window| quantile(values(window), share))
                .collect()
        };
        Self {
            p50: all(0.5),
            p95: all(0.95),
        }
    }

    fn medians(&self) -> (f64, f64) {
        (median(&self.p50), median(&self.p95))
    }

    fn json(&self) -> Value {
        let (p50, p95) = self.medians();
        json!({ "p50": rounded(p50), "p95": rounded(p95) })
    }

    /// The lowest and the highest window.
    fn spread(&self) -> Value {
        let range = |values: &[f64]| [quantile(values, 0.0), quantile(values, 1.0)].map(rounded);
        json!({ "p50": range(&self.p50), "p95": range(&self.p95) })
    }
}
