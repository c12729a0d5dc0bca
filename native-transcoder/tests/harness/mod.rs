//! A transcoder on a real worker process, and a look at what it makes.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    missing_debug_implementations,
    reason = "shared by test files alone"
)]

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use headwater_film as film;
use headwater_protocol::ladder::{Ladder, Size};
use native_transcoder::transcoder::{
    Codec, Config, Devices, Encoded, Event, Flow, Key, Preset, Program, Stats, Transcoder, Unit, Workers,
};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Nothing here takes this long; a test that waits for what never comes fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(20);

pub fn config(flow: Flow) -> Config {
    Config {
        codec: Codec::H264,
        ladder: Ladder::standard(),
        rungs: Vec::new(),
        preset: Preset::Ultrafast,
        flow,
        encoders: Vec::new(),
        devices: Devices::default(),
    }
}

/// The film's units at 25 pictures a second from `start` on.
pub fn feeding(film: &[film::Unit], start: u64) -> Vec<Unit> {
    let unit = |(i, unit): (u64, &film::Unit)| Unit {
        time: start + i * 3600,
        keyframe: unit.keyframe,
        contiguous: true,
        data: unit.data.clone(),
    };
    (0..).zip(film).map(unit).collect()
}

pub fn program() -> Program {
    Program::new(env!("CARGO_BIN_EXE_headwater"))
}

pub struct Harness {
    pub transcoder: Transcoder,
    pub events: mpsc::Receiver<(Key, Event)>,
    pub all: All,
}

/// Everything that came out so far.
#[derive(Debug, Default)]
pub struct All {
    pub pid: u32,
    /// The sandbox that the worker says it is in.
    pub confined: String,
    /// The source's size when the rungs were last named.
    pub source: Option<Size>,
    pub rungs: Vec<Encoded>,
    /// How often they were named.
    pub ladders: usize,
    /// H.264, rung by rung.
    pub frames: Vec<Vec<Frame>>,
    /// Other codecs.
    pub extra: HashMap<(usize, Codec), Vec<Frame>>,
    pub refused: Vec<(usize, Codec, String)>,
    pub notices: Vec<String>,
    pub stats: Stats,
    pub need_keyframe: usize,
    pub replaced: Vec<String>,
    pub finished: bool,
    pub failed: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Frame {
    pub time: u64,
    pub keyframe: bool,
    pub data: Arc<[u8]>,
}

impl Harness {
    pub fn start(config: Config) -> Self {
        Self::start_on(&Workers::without_spare(program()), config)
    }

    pub fn start_on(workers: &Workers, config: Config) -> Self {
        let (sender, events) = mpsc::channel(64);
        let transcoder = Transcoder::start(workers, config, Key(7), sender);
        Self {
            transcoder,
            events,
            all: All::default(),
        }
    }

    /// Feeds at the worker's own speed, noting what comes out meanwhile.
    pub async fn feed_all(&mut self, units: Vec<Unit>) {
        for unit in units {
            loop {
                let feed = self.transcoder.feed(unit.clone());
                tokio::select! {
                    biased;
                    event = self.events.recv() => self.all.note(event.expect("the session lives").1),
                    () = feed => break,
                }
            }
        }
    }

    /// The next event, noted too.
    pub async fn next(&mut self) -> Event {
        let event = timeout(PATIENCE, self.events.recv())
            .await
            .expect("an event comes");
        let (key, event) = event.expect("the session lives");
        assert_eq!(key, Key(7));
        self.all.note(event.clone());
        event
    }

    pub async fn next_frame(&mut self) -> (usize, Frame) {
        loop {
            if let Event::Frame {
                rung,
                time,
                keyframe,
                data,
                ..
            } = self.next().await
            {
                return (rung, Frame { time, keyframe, data });
            }
        }
    }

    pub async fn next_frame_of(&mut self, wanted: Codec) -> Frame {
        loop {
            if let Event::Frame {
                codec,
                time,
                keyframe,
                data,
                ..
            } = self.next().await
                && codec == wanted
            {
                return Frame { time, keyframe, data };
            }
        }
    }

    /// Ends the source, and waits until everything is out.
    pub async fn finish(self) -> All {
        let Self {
            transcoder,
            mut events,
            mut all,
        } = self;
        let collect = async {
            while let Some((_, event)) = events.recv().await {
                all.note(event);
            }
        };
        timeout(PATIENCE, async { tokio::join!(transcoder.finish(), collect) })
            .await
            .expect("the session ends");
        assert!(all.finished, "{:?}", all.failed);
        all
    }
}

impl All {
    fn note(&mut self, event: Event) {
        assert!(
            !self.finished && self.failed.is_none(),
            "{event:?} after the last event"
        );
        match event {
            Event::Started { pid } => self.pid = pid,
            Event::Confined { layers } => self.confined = layers,
            Event::Ladder { source, rungs } => {
                assert!(rungs.starts_with(&self.rungs), "the ladder only grows");
                self.source = Some(source);
                self.ladders += 1;
                self.frames.resize(rungs.len(), Vec::new());
                self.rungs = rungs;
            }
            Event::Frame {
                rung,
                codec,
                time,
                keyframe,
                data,
            } => {
                let frame = Frame { time, keyframe, data };
                match codec {
                    Codec::H264 => self.frames[rung].push(frame),
                    _ => self.extra.entry((rung, codec)).or_default().push(frame),
                }
            }
            Event::Refused { rung, codec, reason } => self.refused.push((rung, codec, reason)),
            Event::Notice { message } => self.notices.push(message),
            Event::NeedKeyframe => self.need_keyframe += 1,
            Event::Stats(stats) => self.stats = stats,
            Event::Replaced { reason } => self.replaced.push(reason),
            Event::Finished => self.finished = true,
            Event::Failed { reason } => self.failed = Some(reason),
        }
    }
}

/// Whether a unit begins, after a delimiter at most, with a sequence and a picture parameter set.
pub fn starts_with_parameter_sets(unit: &[u8]) -> bool {
    let starts = unit.windows(4).filter(|code| code[..3] == [0, 0, 1]);
    let kinds: Vec<u8> = starts
        .map(|code| code[3] & 0x1f)
        .filter(|&kind| kind != 9)
        .take(2)
        .collect();
    kinds == [7, 8]
}

/// Frames as one byte stream in a file of its own under the target folder.
pub fn written(name: &str, frames: &[Frame]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let size = frames.first().map_or(0, |frame| frame.data.len());
    let path = folder.join(format!("{name}-{}-{size}.h264", std::process::id()));
    let bytes: Vec<u8> = frames
        .iter()
        .flat_map(|frame| frame.data.iter().copied())
        .collect();
    std::fs::write(&path, bytes).expect("the target folder can be written");
    path
}

/// What a byte stream says of its colours: range, matrix, transfer, primaries.
pub fn colour(stream: &Path) -> String {
    let entries = "stream=color_range,color_space,color_transfer,color_primaries";
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-show_entries", entries, "-of", "csv=p=0"])
        .arg(stream)
        .output()
        .expect("ffprobe runs");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A decoded picture's brightness.
pub struct Luma {
    pub width: usize,
    pub height: usize,
    pixels: Vec<u8>,
}

impl Luma {
    /// How much neighbouring pixels differ, on average.
    pub fn detail(&self) -> f64 {
        let rows = self.pixels.chunks(self.width);
        let differences = rows.flat_map(|row| row.windows(2).map(|pair| pair[0].abs_diff(pair[1])));
        differences.map(f64::from).sum::<f64>() / self.pixels.len() as f64
    }

    /// The mean over these columns.
    pub fn mean(&self, columns: Range<usize>) -> f64 {
        let count = (columns.len() * self.height) as f64;
        let rows = self.pixels.chunks(self.width);
        rows.flat_map(|row| &row[columns.clone()])
            .map(|&pixel| f64::from(pixel))
            .sum::<f64>()
            / count
    }
}

/// What another decoder makes of a byte stream: picture by picture, in the size that each says it has.
pub fn decoded(stream: &Path) -> Vec<Luma> {
    let probe = Command::new("ffprobe")
        .args([
            "-v",
            "error",
            "-select_streams",
            "v",
            "-show_entries",
            "frame=width,height",
            "-of",
            "csv=p=0",
        ])
        .arg(stream)
        .output()
        .expect("ffprobe runs");
    let pixels = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(stream)
        .args([
            "-fps_mode",
            "passthrough",
            "-pix_fmt",
            "gray",
            "-f",
            "rawvideo",
            "-",
        ])
        .output()
        .expect("ffmpeg runs");
    assert!(
        probe.stderr.is_empty() && pixels.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&pixels.stderr)
    );
    let mut rest = &pixels.stdout[..];
    let mut pictures = Vec::new();
    // Side data adds a comma to a line, and a line of its own.
    let lines = String::from_utf8_lossy(&probe.stdout);
    for line in lines.lines().filter(|line| !line.is_empty()) {
        let mut sides = line
            .trim_end_matches(',')
            .split(',')
            .map(|side| side.parse::<usize>().expect("a length"));
        let (width, height) = (sides.next().expect("a width"), sides.next().expect("a height"));
        let (picture, after) = rest.split_at(width * height);
        rest = after;
        pictures.push(Luma {
            width,
            height,
            pixels: picture.to_vec(),
        });
    }
    assert!(rest.is_empty());
    pictures
}
