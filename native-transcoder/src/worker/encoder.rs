//! What every encoder can do, and which one is used.

use std::fmt;

use headwater_protocol::ladder::Size;

use super::Failed;
use super::libav::{self, Colour, Picture, Pool, X264};
use crate::transcoder::wire::Preset;

/// Pictures in, access units out, one for one and without delay.
pub(crate) trait Encoder: fmt::Debug + Send {
    /// Encodes a picture of the size and colour that the encoder was opened for, as an IDR picture if `keyframe`.
    /// Hands the access unit (Annex B, parameter sets in front of each IDR picture) and whether it is one to `emit`.
    fn encode(
        &mut self,
        picture: &Picture,
        keyframe: bool,
        emit: &mut dyn FnMut(&[u8], bool),
    ) -> Result<(), libav::Error>;

    /// Pictures come at `fps` a second from now on: the bitrate must hold at that rate.
    fn pace(&mut self, fps: f64);
}

/// What an encoder is opened for.
#[derive(Clone, Debug)]
pub(crate) struct Spec {
    pub(crate) size: Size,
    /// Bit/s.
    pub(crate) bitrate: u32,
    /// Pictures a second, until [`Encoder::pace`] says otherwise.
    pub(crate) fps: u32,
    pub(crate) preset: Preset,
}

/// The encoders, in order of preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    X264,
}

impl Kind {
    const PREFERENCE: &[Self] = &[Self::X264];

    /// The name under which libav knows it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::X264 => X264::NAME,
        }
    }

    /// Opens one.
    pub(super) fn open(self, spec: &Spec, colour: Colour) -> Result<Box<dyn Encoder>, libav::Error> {
        match self {
            Self::X264 => Ok(Box::new(X264::open(spec, colour)?)),
        }
    }

    /// Whether it encodes a picture here and now. That it is compiled in says nothing about a driver or a device.
    fn works(self) -> Result<bool, libav::Error> {
        let size = Size::new(160, 96);
        let mut picture = Pool::new(size)?.picture()?;
        picture.paint_bars(libav::Rect {
            x: 0,
            y: 0,
            size: Size::new(0, 0),
        });
        let spec = Spec {
            size,
            bitrate: 200_000,
            fps: 30,
            preset: Preset::Ultrafast,
        };
        let mut keyframe = false;
        self.open(&spec, picture.colour())?
            .encode(&picture, true, &mut |_, key| keyframe = key)?;
        Ok(keyframe)
    }
}

/// The first encoder that works on this machine.
pub(super) fn probe() -> Result<Kind, Failed> {
    let works = |kind: &Kind| matches!(kind.works(), Ok(true));
    Kind::PREFERENCE
        .iter()
        .copied()
        .find(works)
        .ok_or(Failed::NoEncoder)
}
