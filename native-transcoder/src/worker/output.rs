//! The socket's writing end, shared by all threads.

use std::io::{self, IoSlice, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Failed;
use crate::transcoder::wire::{self, Codec, ToParent};

/// A publisher that is asked for a keyframe needs 50 to 100 ms to answer; asking again before it could have would only
/// make it send two.
const ASK_AGAIN: Duration = Duration::from_millis(250);

/// Writes messages, one at a time, straight from the thread that has them: a queue would add a hop to every picture.
///
/// A node that does not read blocks the writers. Pictures are then dropped in front of the encoders, where that harms no
/// reference, and no memory grows.
#[derive(Clone, Debug)]
pub(super) struct Output(Arc<Mutex<Writer>>);

#[derive(Debug)]
struct Writer {
    socket: UnixStream,
    head: Vec<u8>,
    /// When a keyframe was last asked for.
    asked: Option<Instant>,
    /// One is needed that has not been asked for yet.
    owed: bool,
}

impl Output {
    pub(super) fn new(socket: UnixStream) -> Self {
        Self(Arc::new(Mutex::new(Writer {
            socket,
            head: Vec::with_capacity(256),
            asked: None,
            owed: false,
        })))
    }

    /// Sends a message without a payload.
    pub(super) fn send(&self, message: &ToParent) -> Result<(), Failed> {
        self.lock().write(message, &[])
    }

    /// Sends one encoded picture.
    pub(super) fn frame(
        &self,
        (rung, codec): (u8, Codec),
        time: u64,
        keyframe: bool,
        unit: &[u8],
    ) -> Result<(), Failed> {
        let frame = ToParent::Frame {
            rung,
            codec,
            time,
            keyframe,
        };
        self.lock().write(&frame, unit)
    }

    /// Asks for a keyframe: now, or as soon as [`Output::ask_owed`] finds that it is time to ask again.
    pub(super) fn need_keyframe(&self) -> Result<(), Failed> {
        self.lock().owed = true;
        self.ask_owed().map(|_| ())
    }

    /// A keyframe has come: what was owed before it is settled.
    pub(super) fn settled(&self) {
        self.lock().owed = false;
    }

    /// Asks for the keyframe that is owed, if it is time. Otherwise says how long that takes.
    pub(super) fn ask_owed(&self) -> Result<Option<Duration>, Failed> {
        let mut writer = self.lock();
        if !writer.owed {
            return Ok(None);
        }
        let left = writer
            .asked
            .map_or(Duration::ZERO, |asked| ASK_AGAIN.saturating_sub(asked.elapsed()));
        if !left.is_zero() {
            return Ok(Some(left));
        }
        (writer.asked, writer.owed) = (Some(Instant::now()), false);
        writer.write(&ToParent::NeedKeyframe, &[])?;
        Ok(None)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Writer> {
        // A thread that panicked in between may have left half a message; the process ends over that panic anyway.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Writer {
    fn write(&mut self, message: &ToParent, payload: &[u8]) -> Result<(), Failed> {
        self.head.clear();
        wire::write(message, payload.len(), &mut self.head)?;
        Ok(write_all(&mut self.socket, &self.head, payload)?)
    }
}

/// Writes both with one system call where the socket takes them.
fn write_all(socket: &mut UnixStream, mut head: &[u8], mut payload: &[u8]) -> io::Result<()> {
    while !head.is_empty() || !payload.is_empty() {
        match socket.write_vectored(&[IoSlice::new(head), IoSlice::new(payload)]) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                let of_head = written.min(head.len());
                head = &head[of_head..];
                payload = &payload[written - of_head..];
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
