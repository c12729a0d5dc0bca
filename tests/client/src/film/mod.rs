//! The fixture film as a broadcaster's encoder would hand it over: access units and Opus packets.

mod log;
mod player;

pub use log::Log;
pub use player::Player;

use crate::Codec;
use crate::frame::starts_decoding;
use bytes::Bytes;
use std::path::PathBuf;
use std::{fs, io};

/// Why there is no film.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It could not be made.
    #[error(transparent)]
    Make(#[from] headwater_film::Error),
    /// It could not be read.
    #[error("could not read {0}: {1}")]
    Read(PathBuf, #[source] io::Error),
    /// It is not what it was made as.
    #[error("{0} holds no film; delete it to have it made again")]
    Malformed(PathBuf),
}

/// One frame of the film.
#[derive(Debug, Clone)]
pub struct Unit {
    /// Which picture of the film it is, from 0.
    pub index: usize,
    /// An access unit in Annex B, or a frame of another codec.
    pub data: Bytes,
    /// Whether decoding can start here.
    pub keyframe: bool,
}

/// How the film is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// Codec of the access units.
    pub codec: Codec,
    /// Frames per second; the pictures stay the same, they only follow each other faster or slower.
    pub fps: u32,
    /// Video bitrate in kbit/s.
    pub kbps: u32,
    /// Height in pixels, at 16:9; even.
    pub lines: u32,
}

impl Default for Config {
    /// The film's own rate, at what a browser sends for 720p.
    fn default() -> Self {
        Self {
            codec: Codec::H264,
            fps: 25,
            kbps: 2500,
            lines: 720,
        }
    }
}

/// The film, encoded with a keyframe every second and no reordering.
#[derive(Debug, Clone)]
pub struct Film {
    /// How it was encoded.
    pub config: Config,
    /// Its frames, the first of them a keyframe.
    pub units: Vec<Unit>,
    /// Its sound in Opus packets of 20 ms.
    pub opus: Vec<Bytes>,
}

/// Samples of an Opus packet of the film, at 48 kHz.
pub const OPUS_SAMPLES: u32 = 960;

impl Film {
    /// Encodes the film with the `ffmpeg` command, or reads what an earlier run kept under the target folder. Blocks
    /// for about a second the first time.
    pub fn load(config: Config) -> Result<Self, Error> {
        Ok(Self {
            config,
            units: video(config)?,
            opus: opus()?,
        })
    }

    /// Its frames over and over; every round starts on a keyframe.
    pub fn frames(&self) -> Frames<'_> {
        Frames { film: self, next: 0 }
    }
}

/// The endless film.
#[derive(Debug, Clone)]
pub struct Frames<'a> {
    film: &'a Film,
    next: usize,
}

impl Frames<'_> {
    /// Jumps ahead to the next keyframe, as an encoder makes one on request.
    pub fn skip_to_keyframe(&mut self) {
        let units = &self.film.units;
        self.next = (self.next..units.len()).find(|&n| units[n].keyframe).unwrap_or(0);
    }
}

impl Iterator for Frames<'_> {
    type Item = Unit;

    fn next(&mut self) -> Option<Unit> {
        let unit = self.film.units.get(self.next)?.clone();
        self.next = (self.next + 1) % self.film.units.len();
        Some(unit)
    }
}

fn video(config: Config) -> Result<Vec<Unit>, Error> {
    let Config {
        codec,
        fps,
        kbps,
        lines,
    } = config;
    let (extension, encoder) = match codec {
        Codec::H264 => (
            "h264",
            "-c:v libx264 -preset fast -profile:v baseline -bf 0 \
             -x264-params aud=1:scenecut=0:repeat-headers=1:sliced-threads=0:rc-lookahead=0",
        ),
        Codec::Vp8 => (
            "ivf",
            "-c:v libvpx -deadline realtime -cpu-used 4 -lag-in-frames 0 -auto-alt-ref 0",
        ),
        Codec::Vp9 => (
            "vp9.ivf",
            "-c:v libvpx-vp9 -deadline realtime -cpu-used 6 -lag-in-frames 0 -auto-alt-ref 0 -f ivf",
        ),
        Codec::Av1 => (
            "av1.ivf",
            "-c:v libaom-av1 -usage realtime -cpu-used 7 -lag-in-frames 0 -f ivf",
        ),
    };
    let rate = format!("-b:v {kbps}k -maxrate {kbps}k -bufsize {kbps}k -g {fps} -keyint_min {fps}");
    let (size, name) = match lines {
        720 => (String::new(), format!("outsider-{fps}fps-{kbps}k.{extension}")),
        _ => (
            format!("-vf scale={}:{lines}", lines * 16 / 9),
            format!("outsider-{lines}-{fps}fps-{kbps}k.{extension}"),
        ),
    };
    let arguments = format!("-an -pix_fmt yuv420p {size} -threads 1 {rate} {encoder}");
    let (path, bytes) = made(&name, &arguments, &["-r", &fps.to_string()])?;
    let units = match codec {
        Codec::H264 => headwater_film::annex_b(&bytes),
        Codec::Vp8 | Codec::Vp9 | Codec::Av1 => headwater_film::ivf(&bytes),
    };
    if !units
        .first()
        .is_some_and(|unit| starts_decoding(codec, &unit.data))
    {
        return Err(Error::Malformed(path));
    }
    let numbered = units.into_iter().enumerate();
    Ok(numbered
        .map(|(index, unit)| Unit {
            index,
            keyframe: starts_decoding(codec, &unit.data),
            data: Bytes::from_owner(unit.data),
        })
        .collect())
}

fn opus() -> Result<Vec<Bytes>, Error> {
    let (path, bytes) = made(
        "outsider.ogg",
        "-vn -c:a libopus -b:a 64k -frame_duration 20 -ac 2",
        &[],
    )?;
    let mut reader = ogg::PacketReader::new(io::Cursor::new(bytes));
    let mut packets = Vec::new();
    while let Some(packet) = reader.read_packet().map_err(|_| Error::Malformed(path.clone()))? {
        packets.push(Bytes::from(packet.data));
    }
    // OpusHead and OpusTags come first (RFC 7845 §3).
    if packets.len() > 2 {
        Ok(packets.split_off(2))
    } else {
        Err(Error::Malformed(path))
    }
}

fn made(name: &str, arguments: &str, before: &[&str]) -> Result<(PathBuf, Vec<u8>), Error> {
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    let path = headwater_film::made(name, before, &headwater_film::source(), &arguments)?;
    let bytes = fs::read(&path).map_err(|error| Error::Read(path.clone(), error))?;
    Ok((path, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_film_has_a_keyframe_every_second_and_loops_on_one() {
        let film = Film::load(Config {
            fps: 30,
            ..Config::default()
        })
        .expect("ffmpeg encodes the film");
        assert_eq!(film.units.len(), headwater_film::PICTURES);
        let keyframes: Vec<_> = film
            .units
            .iter()
            .filter(|unit| unit.keyframe)
            .map(|unit| unit.index)
            .collect();
        assert_eq!(keyframes, [0, 30, 60, 90, 120]);
        assert!(film.opus.len() >= 264, "5.28 s of 20 ms");
        let mut frames = film.frames();
        let around: Vec<_> = frames.by_ref().skip(130).take(3).map(|unit| unit.index).collect();
        assert_eq!(around, [130, 131, 0]);
        frames.skip_to_keyframe();
        assert_eq!(frames.next().map(|unit| unit.index), Some(30));
    }

    #[test]
    fn the_film_comes_in_every_codec() {
        for codec in Codec::ALL {
            let film = Film::load(Config {
                codec,
                ..Config::default()
            })
            .expect("ffmpeg encodes the film");
            assert_eq!(film.units.len(), headwater_film::PICTURES, "{codec:?}");
            let keyframes = [0, 1, 25].map(|at| film.units[at].keyframe);
            assert_eq!(keyframes, [true, false, true], "{codec:?}");
        }
    }
}
