//! The only module that speaks to FFmpeg's libraries.
//!
//! Each file wraps one object of libav in an owner that frees it; nothing above this module is unsafe. Streams come
//! from strangers, so decoders are a closed list, and sizes are bounded before anything is allocated for them.

mod decoder;
mod device;
mod encoder;
mod graph;
mod packet;
mod picture;
mod scaler;

use std::ffi::CStr;

use ffmpeg_sys_next as ffi;

pub(crate) use decoder::Decoder;
pub(crate) use device::devices;
pub(crate) use encoder::{Encoder, Settings, aom, nvenc, vaapi, vpx, x264, x265};
pub(crate) use graph::Graph;
pub(crate) use packet::Packet;
pub(crate) use picture::{Colour, Picture, Pool};
pub(crate) use scaler::{Rect, Scaler};

/// A call into libav that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("libav could not {doing}: {}", self.text())]
pub(crate) struct Error {
    doing: &'static str,
    code: i32,
}

impl Error {
    /// Turns libav's return code into a result.
    fn check(doing: &'static str, code: i32) -> Result<i32, Self> {
        if code < 0 {
            Err(Self { doing, code })
        } else {
            Ok(code)
        }
    }

    /// The error of an allocation that returned null.
    fn memory(doing: &'static str) -> Self {
        Self {
            doing,
            code: ffi::AVERROR(ffi::ENOMEM),
        }
    }

    /// The error of something that worked and made nothing.
    pub(crate) fn nothing(doing: &'static str) -> Self {
        Self {
            doing,
            code: ffi::AVERROR_EXTERNAL,
        }
    }

    fn text(&self) -> String {
        let mut text = [0; 128];
        // SAFETY: the buffer is writable for the length given, and libav ends what it writes with a zero.
        unsafe { ffi::av_strerror(self.code, text.as_mut_ptr(), text.len()) };
        // SAFETY: `text` starts as zeros and av_strerror never writes its last byte anything else.
        unsafe { CStr::from_ptr(text.as_ptr()) }
            .to_string_lossy()
            .into_owned()
    }
}

/// Lets libav report only what ends the process. Damaged input is normal here, and logging each damaged unit would let
/// a stranger fill the disk; libav's own handler writes to standard error.
pub(crate) fn quiet() {
    // SAFETY: sets a global integer.
    unsafe { ffi::av_log_set_level(ffi::AV_LOG_FATAL) };
}
