//! The socket's reading end.

use std::io::{self, BufReader, Read};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};

use super::Failed;
use super::libav::Packet;
use super::output::Output;
use crate::transcoder::wire::{Codec, Configure, Encodings, Flow, HEAD, Head, Message, ToWorker};

/// Units between the reader and the decoder: a quarter of a second, the burst that a network hiccup leaves behind. A
/// decoder that is further behind will not catch up, and what waits only gets older.
pub(super) const QUEUE: usize = 8;

/// What one system call reads: nearly any unit of a camera's stream at once.
const BUFFER: usize = 64 << 10;

/// What travels from the reader to the pipeline.
#[derive(Debug)]
pub(super) enum Unit {
    Video {
        packet: Packet,
        keyframe: bool,
        contiguous: bool,
    },
    /// Audio has come. The queue need not hold each packet for that, see [`Signals::audio`].
    Audio,
}

/// The way into the pipeline.
#[derive(Debug)]
pub(super) struct Units {
    pub(super) queue: SyncSender<Unit>,
    pub(super) signals: Arc<Signals>,
}

/// What passes the queue by.
#[derive(Debug, Default)]
pub(super) struct Signals {
    /// What viewers want a keyframe of, as [`Encodings::bits`].
    pub(super) keyframes: AtomicU64,
    /// What is to be encoded beside H.264, likewise.
    pub(super) extra: AtomicU64,
    /// What was turned off since the pipeline last looked, likewise.
    pub(super) off: AtomicU64,
    /// Units that found the queue full, not yet counted.
    pub(super) dropped: AtomicU64,
    /// Packets of audio, not yet counted.
    pub(super) audio: AtomicU64,
    /// Whether a unit of video was dropped since the last one that was queued.
    pub(super) lost: AtomicBool,
}

impl Signals {
    fn encode(&self, rung: u8, codec: Codec, on: bool) {
        let Some(one) = Encodings::of(usize::from(rung), codec).filter(|_| codec != Codec::H264) else {
            return;
        };
        if on {
            self.extra.fetch_or(one.bits(), Ordering::Relaxed);
        } else {
            self.extra.fetch_and(!one.bits(), Ordering::Relaxed);
            self.off.fetch_or(one.bits(), Ordering::Relaxed);
        }
    }
}

/// Reads messages.
#[derive(Debug)]
pub(super) struct Input {
    socket: BufReader<UnixStream>,
    fields: Vec<u8>,
}

impl Input {
    pub(super) fn new(socket: UnixStream) -> Self {
        Self {
            socket: BufReader::with_capacity(BUFFER, socket),
            fields: Vec::new(),
        }
    }

    /// The first message; `None` if the node left without one, as it does with spare workers.
    pub(super) fn configure(&mut self) -> Result<Option<Configure>, Failed> {
        match self.message()? {
            Some((ToWorker::Configure(configure), _)) => Ok(Some(configure)),
            Some(_) => Err(Failed::OutOfTurn),
            None => Ok(None),
        }
    }

    /// Hands units to the pipeline until the node closes the socket, or the pipeline ends.
    pub(super) fn run(&mut self, units: &Units, flow: Flow, output: &Output) -> Result<(), Failed> {
        let lost = &units.signals.lost;
        while let Some((message, payload)) = self.message()? {
            let unit = match message {
                ToWorker::Configure(_) => return Err(Failed::OutOfTurn),
                ToWorker::Keyframe { of } => {
                    units.signals.keyframes.fetch_or(of.bits(), Ordering::Relaxed);
                    continue;
                }
                ToWorker::Encode { rung, codec, on } => {
                    units.signals.encode(rung, codec, on);
                    continue;
                }
                ToWorker::Audio { .. } => {
                    self.skip(payload)?;
                    if units.signals.audio.fetch_add(1, Ordering::Relaxed) == 0 {
                        // If the queue is full, the pipeline is awake anyway; if it has ended, the next unit tells.
                        let _ = units.queue.try_send(Unit::Audio);
                    }
                    continue;
                }
                ToWorker::Video {
                    time,
                    keyframe,
                    contiguous,
                } => {
                    let mut packet = Packet::new(payload)?;
                    self.socket.read_exact(packet.bytes_mut())?;
                    packet.set_time(time);
                    Unit::Video {
                        packet,
                        keyframe,
                        contiguous: contiguous && !lost.load(Ordering::Relaxed),
                    }
                }
            };
            let sent = match flow {
                Flow::Live => units.queue.try_send(unit),
                Flow::Lossless => units
                    .queue
                    .send(unit)
                    .map_err(|error| TrySendError::Disconnected(error.0)),
            };
            match sent {
                Ok(()) => lost.store(false, Ordering::Relaxed),
                Err(TrySendError::Full(_)) => {
                    lost.store(true, Ordering::Relaxed);
                    units.signals.dropped.fetch_add(1, Ordering::Relaxed);
                    output.need_keyframe()?;
                }
                Err(TrySendError::Disconnected(_)) => return Ok(()),
            }
        }
        Ok(())
    }

    /// The next message and the length of the payload that follows it; `None` at the end.
    fn message(&mut self) -> Result<Option<(ToWorker, usize)>, Failed> {
        let mut head = [0; HEAD];
        match self.socket.read(&mut head[..1]) {
            Ok(0) => return Ok(None),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return self.message(),
            Err(error) => return Err(error.into()),
        }
        self.socket.read_exact(&mut head[1..])?;
        let head = Head::parse::<ToWorker>(head)?;
        self.fields.resize(head.fields, 0);
        self.socket.read_exact(&mut self.fields)?;
        Ok(Some((ToWorker::parse(head.kind, &self.fields)?, head.payload)))
    }

    fn skip(&mut self, length: usize) -> Result<(), Failed> {
        let skipped = io::copy(&mut self.socket.by_ref().take(length as u64), &mut io::sink())?;
        if skipped == length as u64 {
            Ok(())
        } else {
            Err(io::Error::from(io::ErrorKind::UnexpectedEof).into())
        }
    }
}
