//! The FFmpeg command as its own documentation would have it done.

use std::fmt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::{Clip, FPS};

/// One way to ask the command for the same thing.
#[derive(Debug)]
pub(super) struct Variant {
    /// Each rung is scaled from the one before it, or each from the source.
    cascade: bool,
    /// Threads of the decoder; `0` lets it choose.
    decoder: u32,
    /// Threads of each encoder; `0` lets it choose.
    encoder: u32,
}

/// All ways worth trying: what is thrifty with one thread may be slow, and the other way round.
pub(super) const VARIANTS: &[Variant] = &[
    Variant {
        cascade: true,
        decoder: 1,
        encoder: 1,
    },
    Variant {
        cascade: false,
        decoder: 1,
        encoder: 1,
    },
    Variant {
        cascade: true,
        decoder: 0,
        encoder: 1,
    },
    Variant {
        cascade: true,
        decoder: 0,
        encoder: 2,
    },
    Variant {
        cascade: true,
        decoder: 0,
        encoder: 0,
    },
    Variant {
        cascade: false,
        decoder: 0,
        encoder: 0,
    },
];

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let threads = |count: u32| {
            if count == 0 {
                "auto".to_owned()
            } else {
                count.to_string()
            }
        };
        let scaling = if self.cascade { "cascade" } else { "split" };
        write!(
            f,
            "{scaling}, threads {} + {}",
            threads(self.decoder),
            threads(self.encoder)
        )
    }
}

/// The command that transcodes `clip` into a byte stream a rung in `folder`.
pub(super) fn command(variant: &Variant, clip: &Clip, folder: &Path) -> Command {
    let rungs = clip.rungs();
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-y"]);
    command
        .args(["-threads", &variant.decoder.to_string(), "-i"])
        .arg(&clip.file)
        .arg("-an");
    command.args([
        "-filter_complex_threads",
        "1",
        "-filter_complex",
        &graph(variant, clip),
    ]);
    for (i, rung) in rungs.iter().enumerate() {
        let bitrate = rung.bitrate.to_string();
        command
            .args([
                "-map",
                &format!("[r{i}]"),
                "-c:v",
                "libx264",
                "-preset",
                "veryfast",
                "-tune",
                "zerolatency",
            ])
            .args(["-profile:v", "baseline", "-b:v", &bitrate, "-maxrate", &bitrate])
            .args([
                "-bufsize",
                &(rung.bitrate / 4 * 3).to_string(),
                "-threads",
                &variant.encoder.to_string(),
            ])
            .args(["-forced-idr", "1", "-force_key_frames", "expr:gte(t,n_forced)"])
            .args(["-x264-params", "keyint=infinite:scenecut=0:bframes=0"])
            .args(["-fps_mode", "passthrough", "-r", &FPS.to_string(), "-f", "h264"])
            .arg(folder.join(format!("{}.h264", rung.name)));
    }
    command
}

fn graph(variant: &Variant, clip: &Clip) -> String {
    let rungs = clip.rungs();
    let scale = |i: usize| {
        format!(
            "scale={}:{}:flags={SCALER}",
            rungs[i].size.width, rungs[i].size.height
        )
    };
    let last = rungs.len() - 1;
    if variant.cascade {
        let step = |i: usize| {
            let from = if i == 0 { "0:v".to_owned() } else { format!("s{i}") };
            if i == last {
                format!("[{from}]{}[r{i}]", scale(i))
            } else {
                format!("[{from}]{},split[r{i}][s{}]", scale(i), i + 1)
            }
        };
        (0..=last).map(step).collect::<Vec<_>>().join(";")
    } else {
        let names: String = (0..=last).map(|i| format!("[s{i}]")).collect();
        let steps: Vec<String> = (0..=last).map(|i| format!("[s{i}]{}[r{i}]", scale(i))).collect();
        format!("[0:v]split={}{names};{}", rungs.len(), steps.join(";"))
    }
}

/// What our worker scales with.
const SCALER: &str = "bicubic";

/// How many pictures a byte stream holds.
pub(super) fn pictures(stream: &Path) -> Result<usize> {
    let output = Command::new("ffprobe")
        .args([
            "-v",
            "error",
            "-count_packets",
            "-show_entries",
            "stream=nb_read_packets",
            "-of",
            "csv=p=0",
        ])
        .arg(stream)
        .output()
        .context("could not run ffprobe; it comes with ffmpeg")?;
    String::from_utf8_lossy(&output.stdout)
        .trim()
        .parse()
        .with_context(|| format!("{}", stream.display()))
}
