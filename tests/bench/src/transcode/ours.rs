//! Our side: a node's transcoder on a worker process, fed as fast as it takes the clip.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};
use native_transcoder::transcoder::{
    Codec, Config, Devices, Event, Flow, Key, Preset, Program, Transcoder, Unit, Workers,
};
use tokio::sync::mpsc;

use super::{Clip, FPS};
use crate::machine;

/// The command that does what [`run`] does, to be measured with its worker.
pub(super) fn command(folder: &Path) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["transcode", "--ours"]).arg(folder);
    Ok(command)
}

/// Transcodes the clip into a byte stream a rung in `folder`.
pub(super) fn run(clip: &Clip, folder: &Path) -> Result<()> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(transcode(clip, folder))
}

async fn transcode(clip: &Clip, folder: &Path) -> Result<()> {
    // Without a spare: its start is not part of transcoding a clip.
    let workers = Workers::without_spare(Program::new(machine::headwater()?));
    let config = Config {
        codec: Codec::H264,
        ladder: clip.ladder.clone(),
        rungs: Vec::new(),
        preset: Preset::Veryfast,
        flow: Flow::Lossless,
        encoders: Vec::new(),
        devices: Devices::default(),
    };
    let (sender, mut events) = mpsc::channel(64);
    let transcoder = Transcoder::start(&workers, config, Key(0), sender);
    let units = headwater_film::annex_b(&std::fs::read(&clip.stream)?);
    let feed = async {
        for (i, unit) in (0u64..).zip(units) {
            let time = i * 90_000 / u64::from(FPS);
            transcoder
                .feed(Unit {
                    time,
                    keyframe: unit.keyframe,
                    contiguous: true,
                    data: unit.data,
                })
                .await;
        }
        transcoder.finish().await;
    };
    let write = async {
        let mut files = Vec::new();
        while let Some((_, event)) = events.recv().await {
            match event {
                Event::Ladder { rungs, .. } => {
                    for encoded in rungs {
                        files.push(BufWriter::with_capacity(
                            256 << 10,
                            File::create(folder.join(format!("{}.h264", encoded.rung.name)))?,
                        ));
                    }
                }
                Event::Frame { rung, data, .. } => files[rung].write_all(&data)?,
                Event::Replaced { reason } | Event::Failed { reason } => bail!(reason),
                Event::Finished => {
                    for file in &mut files {
                        file.flush()?;
                    }
                    return Ok(());
                }
                _ => {}
            }
        }
        bail!("the session ended without a word")
    };
    tokio::join!(feed, write).1
}
