//! What a viewer would see: streams into pictures, and how alike two pictures are.

use crate::Codec;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// Why there are no pictures.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The command did not start or could not be talked to.
    #[error("could not run ffmpeg, is it installed? {0}")]
    Run(#[from] io::Error),
    /// The command found fault with the stream.
    #[error("ffmpeg could not decode the stream: {0}")]
    Decode(String),
    /// The command's output is not what it was told to make.
    #[error("ffmpeg's pictures are cut short")]
    Malformed,
}

/// Decoded pictures, brightness only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pictures {
    /// Width of each in pixels.
    pub width: usize,
    /// Height of each in pixels.
    pub height: usize,
    /// One byte for each pixel, row by row; one entry for each picture.
    pub luma: Vec<Vec<u8>>,
}

/// Decodes access units in Annex B. A picture comes out for each unit, as long as the first is a keyframe, nothing
/// is missing between them, and they all have one size; what the decoder complains of is an error.
pub fn decode<'a>(units: impl IntoIterator<Item = &'a [u8]>) -> Result<Pictures, Error> {
    let stream: Vec<u8> = units.into_iter().flatten().copied().collect();
    let mut command = Command::new("ffmpeg");
    command.args(["-f", "h264", "-i", "pipe:0"]);
    run(command, &stream)
}

/// Decodes frames of any codec that came one after another; what the decoder complains of is an error.
pub fn decode_frames<'a>(
    codec: Codec,
    frames: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Pictures, Error> {
    let fourcc = match codec {
        Codec::H264 => return decode(frames),
        Codec::Vp8 => b"VP80",
        Codec::Vp9 => b"VP90",
        Codec::Av1 => b"AV01",
    };
    let mut stream = [&b"DKIF\0\0\x20\0"[..], fourcc].concat();
    // Size and rate are the frames' own business; then 16 bytes of counts that nobody reads.
    stream.extend_from_slice(&[0, 0, 0, 0, 25, 0, 0, 0, 1, 0, 0, 0]);
    stream.resize(32, 0);
    for (time, frame) in (0_u64..).zip(frames) {
        stream.extend_from_slice(&u32::try_from(frame.len()).unwrap_or(u32::MAX).to_le_bytes());
        stream.extend_from_slice(&time.to_le_bytes());
        stream.extend_from_slice(frame);
    }
    let mut command = Command::new("ffmpeg");
    command.args(["-f", "ivf", "-i", "pipe:0"]);
    run(command, &stream)
}

/// Decodes a film, scaled to a size.
pub fn scaled(film: &Path, width: usize, height: usize) -> Result<Pictures, Error> {
    let mut command = Command::new("ffmpeg");
    command
        .arg("-i")
        .arg(film)
        .args(["-an", "-vf", &format!("scale={width}:{height}:flags=bicubic")]);
    run(command, &[])
}

fn run(mut command: Command, input: &[u8]) -> Result<Pictures, Error> {
    command.args([
        "-v",
        "level+debug",
        "-fps_mode",
        "passthrough",
        "-pix_fmt",
        "yuv420p",
        "-f",
        "yuv4mpegpipe",
        "pipe:1",
    ]);
    let command = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let (mut output, mut failure) = (Vec::new(), None);
    std::thread::scope(|scope| {
        // From a thread of its own: the command stops reading when nobody takes its pictures.
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
        failure = stdout.and_then(|mut stdout| stdout.read_to_end(&mut output).err());
    });
    let finished = child.wait_with_output()?;
    if let Some(failure) = failure {
        return Err(failure.into());
    }
    // A decoder that conceals what is missing succeeds.
    let said = String::from_utf8_lossy(&finished.stderr);
    let complaints: Vec<&str> = said.lines().filter(|line| is_complaint(line)).collect();
    if !finished.status.success() || !complaints.is_empty() {
        return Err(Error::Decode(complaints.join("\n")));
    }
    parse(&output).ok_or(Error::Malformed)
}

/// Whether the decoder found fault: an error, or an H.264 picture whose predecessor is missing, which it mentions in passing.
fn is_complaint(line: &str) -> bool {
    ["[error]", "[fatal]", "[panic]", "Frame num gap"]
        .iter()
        .any(|fault| line.contains(fault))
}

/// Reads a YUV4MPEG2 stream of 4:2:0 pictures.
fn parse(stream: &[u8]) -> Option<Pictures> {
    let (header, mut rest) = line(stream)?;
    let header = std::str::from_utf8(header).ok()?;
    let field = |tag| {
        header
            .split(' ')
            .find_map(|field| field.strip_prefix(tag)?.parse::<usize>().ok())
    };
    let (width, height) = (field('W')?, field('H')?);
    let (pixels, chroma) = (width * height, width.div_ceil(2) * height.div_ceil(2));
    let mut luma = Vec::new();
    while !rest.is_empty() {
        let (_, picture) = line(rest)?;
        luma.push(picture.get(..pixels)?.to_vec());
        rest = picture.get(pixels + 2 * chroma..)?;
    }
    Some(Pictures { width, height, luma })
}

fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|&byte| byte == b'\n')?;
    Some((&bytes[..end], &bytes[end + 1..]))
}

/// Mean structural similarity of two pictures over 8×8 windows, four pixels apart: 1 for equal ones.
///
/// # Panics
/// If a picture does not have `width × height` pixels, or is smaller than a window.
pub fn ssim(a: &[u8], b: &[u8], width: usize, height: usize) -> f64 {
    const SIDE: usize = 8;
    const STEP: usize = 4;
    assert!(
        a.len() == width * height && b.len() == a.len(),
        "both pictures must be {width}×{height}"
    );
    assert!(width >= SIDE && height >= SIDE, "a picture must hold a window");
    let (mut sum, mut windows) = (0.0, 0u32);
    for y in (0..=height - SIDE).step_by(STEP) {
        for x in (0..=width - SIDE).step_by(STEP) {
            let (mut sa, mut sb, mut saa, mut sbb, mut sab) = (0u32, 0u32, 0u32, 0u32, 0u32);
            for row in y..y + SIDE {
                let at = row * width + x;
                for (&pa, &pb) in a[at..at + SIDE].iter().zip(&b[at..at + SIDE]) {
                    let (pa, pb) = (u32::from(pa), u32::from(pb));
                    sa += pa;
                    sb += pb;
                    saa += pa * pa;
                    sbb += pb * pb;
                    sab += pa * pb;
                }
            }
            sum += window([sa, sb, saa, sbb, sab].map(|value| f64::from(value) / 64.0));
            windows += 1;
        }
    }
    sum / f64::from(windows)
}

/// Similarity of one window from its means, with the constants of Wang et al. (2004) for eight bits.
fn window([ma, mb, maa, mbb, mab]: [f64; 5]) -> f64 {
    const C1: f64 = (0.01 * 255.0) * (0.01 * 255.0);
    const C2: f64 = (0.03 * 255.0) * (0.03 * 255.0);
    let (va, vb, covariance) = (maa - ma * ma, mbb - mb * mb, mab - ma * mb);
    ((2.0 * ma * mb + C1) * (2.0 * covariance + C2)) / ((ma * ma + mb * mb + C1) * (va + vb + C2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::film::{Config, Film};

    #[test]
    fn a_picture_is_like_itself_and_unlike_its_negative() {
        let picture: Vec<u8> = (0..64 * 48).map(|n: u32| (n * n % 251) as u8).collect();
        let negative: Vec<u8> = picture.iter().map(|pixel| 255 - pixel).collect();
        assert!((ssim(&picture, &picture, 64, 48) - 1.0).abs() < 1e-9);
        assert!(ssim(&picture, &negative, 64, 48) < 0.0);
    }

    #[test]
    fn the_encoded_film_decodes_to_what_it_was_made_of() {
        let film = Film::load(Config::default()).expect("ffmpeg encodes the film");
        let pictures = decode(film.units[..30].iter().map(|unit| &unit.data[..])).expect("it decodes");
        let source = scaled(&headwater_film::source(), 1280, 720).expect("the source decodes");
        assert_eq!(
            (
                pictures.width,
                pictures.height,
                pictures.luma.len(),
                source.luma.len()
            ),
            (1280, 720, 30, 132)
        );
        let likeness = |n: usize, m: usize| ssim(&pictures.luma[n], &source.luma[m], 1280, 720);
        assert!(
            likeness(29, 29) > 0.9,
            "encoding costs this much: {}",
            likeness(29, 29)
        );
        assert!(
            likeness(29, 100) < 0.7,
            "another scene is told apart: {}",
            likeness(29, 100)
        );
    }

    #[test]
    fn an_h264_picture_whose_reference_is_missing_is_an_error() {
        let film = Film::load(Config::default()).expect("ffmpeg encodes the film");
        let without = |missing: usize| {
            let units = film.units[..12].iter().filter(|unit| unit.index != missing);
            decode(units.map(|unit| &unit.data[..]))
        };
        assert!(without(11).is_ok(), "the last is nobody's reference");
        assert!(matches!(without(5), Err(Error::Decode(_))));
    }

    #[test]
    fn a_stream_that_is_none_is_an_error() {
        assert!(decode([&b"not a stream"[..]]).is_err());
    }

    #[test]
    fn a_cut_off_picture_is_an_error() {
        assert!(parse(b"YUV4MPEG2 W16 H8 F25:1\nFRAME\n1234").is_none());
        assert!(parse(b"YUV4MPEG2 W16\n").is_none());
    }
}
