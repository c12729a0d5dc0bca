//! What a publisher may send: size, frame rate, bitrate, changes of shape.
//!
//! Judged in front of everything, so that neither decoders nor viewers see what is refused. [`Intake`] does no I/O; its
//! clock is an argument. It reads a few header fields and believes none of them further than to refuse: what it cannot
//! read is left to the decoder, in its sandbox.

mod bucket;
pub mod header;

use std::time::{Duration, Instant};

use headwater_protocol::ladder::{MAX_SIDE, Size};

use self::bucket::Bucket;
use self::header::Shape;
use crate::media::VideoCodec;

/// The largest picture, in pixels: level 5.1's, either way up.
pub const MAX_PIXELS: u64 = 4096 * 2304;

/// Units of video a second: the fastest rung has 120, and a clock may run a little ahead.
const UNITS: u32 = 150;

/// Packets of sound a second: Opus' shortest make 400.
const SOUNDS: u32 = 500;

/// Bits a second of everything: cameras at 3840 × 2160 and 60 frames ask for 50 million.
const BITS: u32 = 60_000_000;

/// What may come at once after a silence: a network that stood still for two seconds delivers them in a burst.
const BURST: Duration = Duration::from_secs(2);

/// One change of shape in this time. Each costs new decoder tables and new scalers on every rung.
const CHANGE: Duration = Duration::from_secs(2);

/// Changes at once: a window that is shared and dragged larger changes with every picture for a second.
const CHANGES: u32 = 30;

/// A publisher is told of refusals at most this often: it is one notice for a person to read.
const TELL: Duration = Duration::from_secs(5);

/// One stream's intake, across all its publisher's sessions.
#[derive(Debug)]
pub struct Intake {
    units: Bucket,
    sounds: Bucket,
    bytes: Bucket,
    changes: Bucket,
    shape: Option<Shape>,
    /// A unit was refused since the last one that was taken.
    gap: bool,
    told: Option<Instant>,
}

/// Why a unit goes no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// Too many units or packets a second.
    #[error("more than {UNITS} pictures or {SOUNDS} packets of sound a second; send fewer")]
    Rate,
    /// Too many bytes a second.
    #[error("more than {} Mbit/s; lower the bitrate", BITS / 1_000_000)]
    Bitrate,
    /// Too large a picture, or one without any size.
    #[error("a picture of {0}; send at most 4096x2304")]
    Size(Size),
    /// Too many changes of size or parameters.
    #[error("the picture's size or parameters change all the time; keep them for two seconds each")]
    Changes,
    /// More parameter sets than any encoder sends.
    #[error("more parameter sets in front of a picture than any encoder sends; send one of each")]
    Crowded,
}

impl Default for Intake {
    fn default() -> Self {
        Self {
            units: Bucket::new(Duration::from_secs(1) / UNITS, BURST),
            sounds: Bucket::new(Duration::from_secs(1) / SOUNDS, BURST),
            bytes: Bucket::new(Duration::from_secs(8) / BITS, BURST),
            changes: Bucket::new(CHANGE, CHANGE * CHANGES),
            shape: None,
            gap: false,
            told: None,
        }
    }
}

impl Intake {
    /// Judges a unit of video. `Ok(false)` if it does not follow the one before it, because units between them were
    /// refused.
    ///
    /// # Errors
    /// [`Refused`]: drop it, and what depends on it.
    pub fn video(&mut self, now: Instant, codec: VideoCodec, unit: &[u8]) -> Result<bool, Refused> {
        match self.judge(now, codec, unit) {
            Ok(()) => Ok(!std::mem::take(&mut self.gap)),
            Err(refused) => {
                self.gap = true;
                Err(refused)
            }
        }
    }

    /// Judges a packet of sound.
    ///
    /// # Errors
    /// [`Refused`]: drop it.
    pub fn sound(&mut self, now: Instant, packet: &[u8]) -> Result<(), Refused> {
        self.pay(now, packet, |intake| &mut intake.sounds)
    }

    /// Whether it is time to tell the publisher of a refusal.
    pub fn tells(&mut self, now: Instant) -> bool {
        let due = self
            .told
            .is_none_or(|told| now.saturating_duration_since(told) >= TELL);
        if due {
            self.told = Some(now);
        }
        due
    }

    fn judge(&mut self, now: Instant, codec: VideoCodec, unit: &[u8]) -> Result<(), Refused> {
        self.pay(now, unit, |intake| &mut intake.units)?;
        let Some(shape) = header::inspect(codec, unit)? else {
            return Ok(());
        };
        let Size { width, height } = shape.size;
        let pixels = u64::from(width) * u64::from(height);
        if pixels == 0 || pixels > MAX_PIXELS || width > MAX_SIDE || height > MAX_SIDE {
            return Err(Refused::Size(shape.size));
        }
        if self.shape != Some(shape) {
            if self.shape.is_some() && !self.changes.take(now, 1) {
                return Err(Refused::Changes);
            }
            self.shape = Some(shape);
        }
        Ok(())
    }

    fn pay(&mut self, now: Instant, data: &[u8], kind: fn(&mut Self) -> &mut Bucket) -> Result<(), Refused> {
        if !kind(self).take(now, 1) {
            return Err(Refused::Rate);
        }
        let bytes = u32::try_from(data.len()).unwrap_or(u32::MAX);
        if self.bytes.take(now, bytes) {
            Ok(())
        } else {
            Err(Refused::Bitrate)
        }
    }
}

#[cfg(test)]
mod tests;
