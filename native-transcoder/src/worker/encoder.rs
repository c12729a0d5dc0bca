//! What every encoder can do, and which ones there are.

use std::fmt;

use headwater_protocol::ladder::Size;

use super::libav::{self, Picture, Pool, Settings, nvenc, vaapi, vpx, x264, x265};
use crate::transcoder::wire::{Codec, Preset};

/// Pictures in, access units out, one for one and without delay.
pub(crate) trait Encoder: fmt::Debug + Send {
    /// Encodes a picture of the size and colour that the encoder was opened for, as a keyframe if `keyframe`. Hands the
    /// unit (see [`Codec`]; parameter sets in front of each keyframe) and whether it is one to `emit`.
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
    /// The GPU, by its name (see [`libav::Device`]); empty for none.
    pub(crate) device: String,
}

/// The encoders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    X264,
    X265,
    Vpx8,
    Vpx9,
    Aom,
    Nvenc(Codec),
    Vaapi(Codec),
    /// Stands for a GPU that fails at its third picture.
    #[cfg(test)]
    Faulty,
}

impl Kind {
    /// The encoder that works wherever the build's libraries are.
    pub(super) fn software(codec: Codec) -> Self {
        match codec {
            Codec::H264 => Self::X264,
            Codec::Vp8 => Self::Vpx8,
            Codec::Vp9 => Self::Vpx9,
            Codec::Av1 => Self::Aom,
            Codec::Hevc => Self::X265,
        }
    }

    /// The encoders of `codec`, in order of preference.
    pub(super) fn candidates(codec: Codec) -> Vec<Self> {
        let mut candidates = match codec {
            Codec::H264 | Codec::Hevc => vec![Self::Nvenc(codec), Self::Vaapi(codec)],
            Codec::Av1 => vec![Self::Nvenc(codec)],
            Codec::Vp8 | Codec::Vp9 => Vec::new(),
        };
        candidates.push(Self::software(codec));
        candidates
    }

    /// The encoder of `codec` that libav calls `name`.
    pub(super) fn named(codec: Codec, name: &str) -> Option<Self> {
        let mut candidates = Self::candidates(codec).into_iter();
        candidates.find(|kind| kind.name() == name)
    }

    /// The name under which libav knows it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::X264 => x264::NAME,
            Self::X265 => x265::NAME,
            Self::Vpx8 => vpx::VP8,
            Self::Vpx9 => vpx::VP9,
            Self::Aom => libav::aom::NAME,
            Self::Nvenc(codec) => nvenc::name(codec),
            Self::Vaapi(codec) => vaapi::name(codec),
            #[cfg(test)]
            Self::Faulty => "faulty",
        }
    }

    /// Whether it runs on a GPU, whose driver may fail at any time.
    pub(super) fn is_gpu(self) -> bool {
        match self {
            Self::Nvenc(_) | Self::Vaapi(_) => true,
            #[cfg(test)]
            Self::Faulty => true,
            _ => false,
        }
    }

    /// Whether it works on a device of this name.
    pub(super) fn runs_on(self, device: &str) -> bool {
        match self {
            Self::Nvenc(_) => device.starts_with("cuda:"),
            Self::Vaapi(_) => device.starts_with("vaapi:"),
            _ => true,
        }
    }

    /// Opens one for pictures like `first`.
    pub(super) fn open(self, spec: &Spec, first: &Picture) -> Result<Box<dyn Encoder>, libav::Error> {
        let settings: Settings = match self {
            Self::X264 => x264::settings(spec),
            Self::X265 => x265::settings(),
            Self::Vpx8 => vpx::vp8(),
            Self::Vpx9 => vpx::vp9(),
            Self::Aom => libav::aom::settings(),
            Self::Nvenc(codec) => nvenc::settings(codec, spec),
            Self::Vaapi(codec) => vaapi::settings(codec),
            #[cfg(test)]
            Self::Faulty => return Ok(Box::new(faulty::Faulty::default())),
        };
        Ok(Box::new(libav::Encoder::open(settings, spec, first)?))
    }

    /// Encodes a picture here and now: that an encoder is compiled in says nothing about a driver or a device. Returns
    /// the unit.
    pub(super) fn attempt(self, device: &str) -> Result<Vec<u8>, libav::Error> {
        let size = Size::new(320, 192);
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
            device: device.to_owned(),
        };
        let mut unit = Vec::new();
        let mut keep = |bytes: &[u8], key: bool| {
            if key {
                unit.extend_from_slice(bytes);
            }
        };
        self.open(&spec, &picture)?.encode(&picture, true, &mut keep)?;
        if unit.is_empty() {
            return Err(libav::Error::nothing(self.name()));
        }
        Ok(unit)
    }
}

#[cfg(test)]
mod faulty {
    use super::*;

    #[derive(Debug, Default)]
    pub(super) struct Faulty(u32);

    impl Encoder for Faulty {
        fn encode(
            &mut self,
            _: &Picture,
            keyframe: bool,
            emit: &mut dyn FnMut(&[u8], bool),
        ) -> Result<(), libav::Error> {
            self.0 += 1;
            if self.0 == 3 {
                return Err(libav::Error::nothing("encode, as it was told"));
            }
            emit(b"faulty", keyframe);
            Ok(())
        }

        fn pace(&mut self, _: f64) {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_codec_ends_its_preference_with_software() {
        for codec in Codec::ALL {
            let candidates = Kind::candidates(codec);
            let (last, gpus) = candidates.split_last().unwrap();
            assert!(!last.is_gpu() && gpus.iter().all(|kind| kind.is_gpu()));
            for kind in candidates {
                assert_eq!(Kind::named(codec, kind.name()), Some(kind));
            }
        }
        assert_eq!(Kind::named(Codec::Vp8, "libx264"), None);
    }

    #[test]
    fn software_encodes_a_keyframe_of_every_codec() {
        for codec in Codec::ALL {
            let unit = Kind::software(codec).attempt("").unwrap();
            assert!(!unit.is_empty(), "{codec:?}");
        }
    }

    #[test]
    fn a_gpu_encoder_without_a_gpu_is_an_error() {
        for kind in [Kind::Nvenc(Codec::H264), Kind::Vaapi(Codec::H264)] {
            assert!(kind.attempt("cuda:99").is_err());
            assert!(kind.attempt("vaapi:/dev/null").is_err());
        }
    }
}
