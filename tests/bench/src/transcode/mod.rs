//! Our transcoding beside the FFmpeg command's: the same units, encoder and scaler settings, pictures and keyframes.

mod command;
mod ours;

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use headwater_protocol::ladder::{Ladder, Rung, Size};
use serde_json::json;

use crate::machine::{self, Used};
use crate::summary::{median, quantile, rounded};
use command::Variant;

/// Pictures of the clip: 30 s at the film's 25 a second.
const PICTURES: usize = 750;

/// The clip's rate.
const FPS: u32 = 25;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Print one JSON object on the last line.
    #[arg(long)]
    json: bool,
    /// Pairs of runs, ours and the command's in turn.
    #[arg(long, default_value_t = 5)]
    pairs: usize,
    /// Only transcode the clip with our worker into this folder: what the bench starts and measures.
    #[arg(long, hide = true)]
    ours: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let clip = Clip::load()?;
    if let Some(folder) = &options.ours {
        return ours::run(&clip, folder);
    }
    let folder = clip.stream.with_file_name("transcode");
    let (our_folder, their_folder) = (folder.join("ours"), folder.join("ffmpeg"));
    std::fs::create_dir_all(&our_folder)?;
    std::fs::create_dir_all(&their_folder)?;
    let ours = || machine::measure(&mut ours::command(&our_folder)?);
    let theirs = |variant: &Variant| machine::measure(&mut command::command(variant, &clip, &their_folder));

    // The command may take its best way to save CPU and its best way to save time, and is compared in both.
    let mut busiest = machine::busy()?;
    let mut tried = Vec::new();
    for variant in command::VARIANTS {
        let (first, second) = (theirs(variant)?, theirs(variant)?);
        let used = Used {
            cpu: first.cpu.min(second.cpu),
            wall: first.wall.min(second.wall),
        };
        println!("ffmpeg, {variant}: {:.2} s CPU, {:.2} s", used.cpu, used.wall);
        tried.push((variant, used));
    }
    let best = |by: fn(&Used) -> f64| {
        let (variant, _) = tried
            .iter()
            .min_by(|a, b| by(&a.1).total_cmp(&by(&b.1)))
            .expect("there are variants");
        *variant
    };
    let (thrifty, quick) = (best(|used| used.cpu), best(|used| used.wall));

    let (mut cpu, mut wall, mut used) = (Vec::new(), Vec::new(), Vec::new());
    println!("pair  ours CPU  time   ffmpeg CPU  time   ratio CPU  time");
    for pair in 1..=options.pairs {
        busiest = busiest.max(machine::busy()?);
        let our = ours()?;
        let saving = theirs(thrifty)?;
        let fast = if std::ptr::eq(thrifty, quick) {
            saving
        } else {
            theirs(quick)?
        };
        cpu.push(our.cpu / saving.cpu);
        wall.push(our.wall / fast.wall);
        used.push((our, saving, fast));
        println!(
            "{pair:4}  {:8.2}  {:5.2}  {:10.2}  {:5.2}  {:9.3}  {:5.3}",
            our.cpu,
            our.wall,
            saving.cpu,
            fast.wall,
            our.cpu / saving.cpu,
            our.wall / fast.wall
        );
    }
    // The picture is judged against the command that saves CPU.
    theirs(thrifty)?;
    let (ssim, bitrate) = compare(&clip, &our_folder, &their_folder)?;
    let void = busiest > machine::BUSY;
    println!(
        "CPU ratio {:.3}, time ratio {:.3}, against ffmpeg, {thrifty}, and {quick}",
        median(&cpu),
        median(&wall)
    );
    println!(
        "SSIM {:+.2} %, bitrate {:+.2} %, the worst of the rungs",
        ssim * 100.0,
        bitrate * 100.0
    );
    if void {
        println!(
            "VOID: others kept the machine {:.0} % busy; run it again when it is free",
            busiest * 100.0
        );
    }
    if options.json {
        let spread = |values: &[f64]| [rounded(quantile(values, 0.0)), rounded(quantile(values, 1.0))];
        let middle =
            |of: fn(&(Used, Used, Used)) -> f64| rounded(median(&used.iter().map(of).collect::<Vec<_>>()));
        println!(
            "{}",
            json!({
                "cpu_ratio": rounded(median(&cpu)), "cpu_spread": spread(&cpu),
                "wall_ratio": rounded(median(&wall)), "wall_spread": spread(&wall),
                "ssim_delta": rounded(ssim), "bitrate_delta": rounded(bitrate),
                "ours": {"cpu_s": middle(|u| u.0.cpu), "wall_s": middle(|u| u.0.wall)},
                "ffmpeg": {"cpu_s": middle(|u| u.1.cpu), "wall_s": middle(|u| u.2.wall)},
                "pairs": options.pairs, "busy": rounded(busiest), "void": void,
            })
        );
    }
    Ok(())
}

/// The largest relative differences of SSIM and of size over the rungs, ours from theirs.
fn compare(clip: &Clip, ours: &Path, theirs: &Path) -> Result<(f64, f64)> {
    let (mut ssim, mut bitrate) = (0.0f64, 0.0f64);
    let larger = |a: f64, b: f64| if b.abs() > a.abs() { b } else { a };
    for rung in clip.rungs() {
        let Size { width, height } = rung.size;
        let look = |folder: &Path| -> Result<(f64, f64)> {
            let stream = folder.join(format!("{}.h264", rung.name));
            ensure!(
                command::pictures(&stream)? == PICTURES,
                "{} misses pictures",
                stream.display()
            );
            #[expect(clippy::cast_precision_loss, reason = "a few megabytes")]
            let bytes = std::fs::metadata(&stream)?.len() as f64;
            Ok((
                headwater_film::ssim(&stream, FPS, &clip.file, width, height)?,
                bytes,
            ))
        };
        let (our, their) = (look(ours)?, look(theirs)?);
        println!(
            "{}: SSIM {:.4} and {:.4}, {:.0} and {:.0} kbit/s",
            rung.name,
            our.0,
            their.0,
            our.1 * 8.0 / 30_000.0,
            their.1 * 8.0 / 30_000.0
        );
        ssim = larger(ssim, our.0 / their.0 - 1.0);
        bitrate = larger(bitrate, our.1 / their.1 - 1.0);
    }
    Ok((ssim, bitrate))
}

/// The same units twice: as a byte stream for us, in the container that the command reads fastest for it.
#[derive(Debug)]
struct Clip {
    stream: PathBuf,
    file: PathBuf,
    ladder: Ladder,
}

impl Clip {
    fn load() -> Result<Self> {
        let looped = ["-an", "-c", "copy", "-t", "30"];
        let file = headwater_film::made(
            "film-30s.mp4",
            &["-stream_loop", "5"],
            &headwater_film::source(),
            &looped,
        )?;
        let copy = ["-c", "copy", "-bsf:v", headwater_film::ANNEX_B];
        let stream = headwater_film::made("film-30s.h264", &[], &file, &copy)?;
        let profile = |name: &str| name.parse();
        let profiles = ["P480p25fps16x9", "P360p25fps16x9", "P240p25fps16x9"].map(profile);
        let ladder = Ladder::new(profiles.into_iter().collect::<Result<_, _>>()?)?;
        Ok(Self { stream, file, ladder })
    }

    fn rungs(&self) -> Vec<Rung> {
        self.ladder.fit(Size::new(1280, 720))
    }
}
