//! The fixture film as encoders deliver it: access units, made with the `ffmpeg` command once and kept under the target
//! folder; and how like the film a rendition still is.

mod units;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs, io};

pub use units::{Unit, annex_b, ivf, to_ivf};

/// Pictures of the film.
pub const PICTURES: usize = 132;

/// Why there is no film.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The command did not start.
    #[error("could not run ffmpeg: {0}; install it")]
    Start(#[source] io::Error),
    /// The command failed.
    #[error("ffmpeg failed: {0}")]
    Failed(String),
    /// A file could not be kept or read.
    #[error("could not use {0}: {1}")]
    File(PathBuf, #[source] io::Error),
    /// The command printed no figure.
    #[error("ffmpeg compared nothing; do both streams have the same size?")]
    Compared,
}

/// The film: 1280×720, 25 fps, [`PICTURES`] pictures, one keyframe at the start.
#[must_use]
pub fn source() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures/bbb-720p25.mp4")
}

/// The film's own pictures as access units, without a keyframe but the first.
///
/// # Errors
/// [`Error`] if there is no `ffmpeg`, or no room.
pub fn h264() -> Result<Vec<Unit>, Error> {
    let copy = ["-an", "-c", "copy", "-bsf:v", ANNEX_B];
    read(&made("film.h264", &[], &source(), &copy)?).map(|bytes| annex_b(&bytes))
}

/// The film turned upright and scaled to 360×640, as a phone delivers it once it is turned.
///
/// # Errors
/// As [`h264`].
pub fn upright() -> Result<Vec<Unit>, Error> {
    let encode = "-an -vf transpose=1,scale=360:640 -c:v libx264 -preset veryfast -profile:v baseline -g 25 -threads 1";
    let arguments: Vec<&str> = encode.split(' ').chain(["-bsf:v", ANNEX_B]).collect();
    read(&made("film-upright.h264", &[], &source(), &arguments)?).map(|bytes| annex_b(&bytes))
}

/// The film at 320×180, as a browser sends it before it knows its network, a keyframe each second.
///
/// # Errors
/// As [`h264`].
pub fn small() -> Result<Vec<Unit>, Error> {
    let encode = "-an -vf scale=320:180 -c:v libx264 -preset veryfast -profile:v baseline -g 25 -threads 1";
    let arguments: Vec<&str> = encode.split(' ').chain(["-bsf:v", ANNEX_B]).collect();
    read(&made("film-small.h264", &[], &source(), &arguments)?).map(|bytes| annex_b(&bytes))
}

/// The first second of the film in BT.709 colours of the `full` range, as screens are captured, or of the limited one.
///
/// # Errors
/// As [`h264`].
pub fn coloured(full: bool) -> Result<Vec<Unit>, Error> {
    let (name, range, format) = if full {
        ("full", "pc", "yuvj420p")
    } else {
        ("limited", "tv", "yuv420p")
    };
    let encode = format!(
        "-an -t 1 -vf scale=out_range={name},format={format} -c:v libx264 -preset veryfast -tune zerolatency -threads 1 \
         -color_range {range} -colorspace bt709 -color_primaries bt709 -color_trc bt709 -bsf:v"
    );
    let arguments: Vec<&str> = encode.split_whitespace().chain([ANNEX_B]).collect();
    read(&made(
        &format!("film-{name}-range.h264"),
        &[],
        &source(),
        &arguments,
    )?)
    .map(|bytes| annex_b(&bytes))
}

/// The film in VP8, a keyframe each second.
///
/// # Errors
/// As [`h264`].
pub fn vp8() -> Result<Vec<Unit>, Error> {
    let encode = "-an -c:v libvpx -b:v 2500k -deadline realtime -cpu-used 8 -g 25 -auto-alt-ref 0 -f ivf";
    let arguments: Vec<&str> = encode.split(' ').collect();
    read(&made("film.ivf", &[], &source(), &arguments)?).map(|bytes| ivf(&bytes))
}

/// The film in VP9, a keyframe each second.
///
/// # Errors
/// As [`h264`].
pub fn vp9() -> Result<Vec<Unit>, Error> {
    let encode =
        "-an -c:v libvpx-vp9 -b:v 2500k -deadline realtime -cpu-used 8 -lag-in-frames 0 -g 25 -f ivf";
    let arguments: Vec<&str> = encode.split(' ').collect();
    read(&made("film-vp9.ivf", &[], &source(), &arguments)?).map(|bytes| ivf(&bytes))
}

/// The film in AV1, a keyframe each second.
///
/// # Errors
/// As [`h264`].
pub fn av1() -> Result<Vec<Unit>, Error> {
    let encode = "-an -c:v libaom-av1 -b:v 2500k -usage realtime -cpu-used 8 -lag-in-frames 0 -g 25 -f ivf";
    let arguments: Vec<&str> = encode.split(' ').collect();
    read(&made("film-av1.ivf", &[], &source(), &arguments)?).map(|bytes| ivf(&bytes))
}

/// Delimiters make a byte stream easy to cut into access units.
pub const ANNEX_B: &str = "h264_mp4toannexb,h264_metadata=aud=insert";

/// A file called `name` under the target folder, made from `input` with `arguments` if it is not there yet. `before` goes
/// in front of the input.
///
/// # Errors
/// As [`h264`].
pub fn made(name: &str, before: &[&str], input: &Path, arguments: &[&str]) -> Result<PathBuf, Error> {
    let target = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target"));
    let folder = target.join("film");
    let path = folder.join(name);
    if path.exists() {
        return Ok(path);
    }
    fs::create_dir_all(&folder).map_err(|error| Error::File(folder.clone(), error))?;
    // Tests run side by side: only a whole file gets the name.
    let part = folder.join(format!(
        "{}-{:?}-{name}",
        std::process::id(),
        std::thread::current().id()
    ));
    run(Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-y"])
        .args(before)
        .arg("-i")
        .arg(input)
        .args(arguments)
        .arg(&part))?;
    fs::rename(&part, &path).map_err(|error| Error::File(path.clone(), error))?;
    Ok(path)
}

/// Mean luma SSIM of a file (IVF by its extension, H.265 likewise, else an H.264 byte stream) of `fps` pictures a second
/// against `reference`, scaled to its size: 1 is equal.
///
/// # Errors
/// As [`h264`], and if the two cannot be compared.
pub fn ssim(stream: &Path, fps: u32, reference: &Path, width: u32, height: u32) -> Result<f64, Error> {
    let graph = format!("[1:v]scale={width}:{height}:flags=bicubic[r];[0:v][r]ssim");
    let rate = fps.to_string();
    let extension = stream.extension().and_then(|extension| extension.to_str());
    let form = extension
        .filter(|form| ["ivf", "hevc"].contains(form))
        .unwrap_or("h264");
    let output = run(Command::new("ffmpeg")
        .args(["-nostdin", "-hide_banner", "-r", &rate, "-f", form, "-i"])
        .arg(stream)
        .args(["-r", &rate, "-i"])
        .arg(reference)
        .args(["-lavfi", &graph, "-f", "null", "-"]))?;
    let text = String::from_utf8_lossy(&output.stderr);
    let figure = text
        .rsplit_once("SSIM Y:")
        .and_then(|(_, rest)| rest.split_whitespace().next()?.parse().ok());
    figure.ok_or(Error::Compared)
}

fn run(command: &mut Command) -> Result<Output, Error> {
    let output = command.output().map_err(Error::Start)?;
    if output.status.success() {
        Ok(output)
    } else {
        Err(Error::Failed(
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|error| Error::File(path.to_owned(), error))
}
