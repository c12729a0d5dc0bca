//! Pictures to H.264 in software.

use std::ffi::CString;
use std::ptr::{self, NonNull};

use super::picture::Picture;
use super::{Colour, Error, ffi};
use crate::worker::encoder::{Encoder, Spec};

/// libx264 behind libavcodec: constrained baseline, no delay, keyframes only where they are asked for.
#[derive(Debug)]
pub(crate) struct X264 {
    context: NonNull<ffi::AVCodecContext>,
    /// The picture as x264 gets it: the same pixels, another time stamp and type.
    input: Picture,
    output: NonNull<ffi::AVPacket>,
    count: i64,
    bitrate: u32,
    fps: u32,
}

// SAFETY: a context may move between threads as long as one uses it at a time.
unsafe impl Send for X264 {}

/// `keyint=infinite`, `scenecut=0`: keyframes come from the grid and from requests alone, aligned over rungs.
/// `threads=1`: rungs run beside each other already.
const PARAMS: &str = "keyint=infinite:scenecut=0:bframes=0:threads=1:sliced-threads=0";

impl X264 {
    pub(crate) const NAME: &str = "libx264";

    /// Opens an encoder for pictures of `colour`.
    pub(crate) fn open(spec: &Spec, colour: Colour) -> Result<Self, Error> {
        // SAFETY: a lookup by a terminated name; null is handled.
        let found = unsafe { ffi::avcodec_find_encoder_by_name(c"libx264".as_ptr()) };
        if found.is_null() {
            return Err(Error {
                doing: "find libx264",
                code: ffi::AVERROR_ENCODER_NOT_FOUND,
            });
        }
        // SAFETY: allocates; null is handled.
        let context = NonNull::new(unsafe { ffi::avcodec_alloc_context3(found) })
            .ok_or_else(|| Error::memory("allocate an encoder"))?;
        // SAFETY: allocates; null is handled.
        let Some(output) = NonNull::new(unsafe { ffi::av_packet_alloc() }) else {
            let mut context = context.as_ptr();
            // SAFETY: just allocated, freed once.
            unsafe { ffi::avcodec_free_context(&raw mut context) };
            return Err(Error::memory("allocate a packet"));
        };
        let encoder = Self {
            context,
            input: Picture::empty()?,
            output,
            count: 0,
            bitrate: spec.bitrate,
            fps: spec.fps,
        };
        let side = |length: u32| i32::try_from(length).expect("a rung's sides are at most MAX_SIDE");
        let fps = i32::try_from(spec.fps).expect("a rung's rate is at most 120");
        // SAFETY: the context is valid, not yet open and owned alone.
        unsafe {
            let context = &mut *encoder.context.as_ptr();
            context.width = side(spec.size.width);
            context.height = side(spec.size.height);
            context.pix_fmt = ffi::AVPixelFormat::AV_PIX_FMT_YUV420P;
            context.time_base = ffi::AVRational { num: 1, den: fps };
            context.framerate = ffi::AVRational { num: fps, den: 1 };
            context.color_range = colour.range;
            context.colorspace = colour.matrix;
            context.color_primaries = colour.primaries;
            context.color_trc = colour.transfer;
            context.thread_count = 1;
            context.max_b_frames = 0;
        }
        encoder.set_rate(f64::from(spec.fps));
        // Three quarters of a second of bits. On film at 480 lines and 600 kbit/s, half a second costs 0.015 of SSIM, a
        // full second gains 0.006 but makes keyframes a quarter larger, and they travel through everyone's queues.
        // SAFETY: as above.
        unsafe {
            (*encoder.context.as_ptr()).rc_buffer_size =
                i32::try_from(spec.bitrate / 4 * 3).unwrap_or(i32::MAX);
        }
        let mut options = Options(ptr::null_mut());
        options.set("preset", spec.preset.name())?;
        options.set("tune", "zerolatency")?;
        options.set("profile", "baseline")?;
        options.set("forced-idr", "1")?;
        options.set("x264-params", PARAMS)?;
        // SAFETY: the context is valid and not yet open; the dictionary is ours.
        let opened = unsafe { ffi::avcodec_open2(encoder.context.as_ptr(), found, &raw mut options.0) };
        Error::check("open libx264", opened)?;
        Ok(encoder)
    }

    /// Makes `bitrate` hold at `fps` pictures a second. x264 spends bits per picture, at the rate it was opened with:
    /// its other mode, by time stamps, holds every picture back until the next one arrives.
    fn set_rate(&self, fps: f64) {
        let per_picture = f64::from(self.fps) / fps;
        #[expect(clippy::cast_possible_truncation, reason = "at most 50 Mbit/s × 120")]
        let rate = (f64::from(self.bitrate) * per_picture) as i64;
        // SAFETY: the context is valid and owned alone; libx264 looks at these before each picture.
        unsafe {
            (*self.context.as_ptr()).bit_rate = rate;
            (*self.context.as_ptr()).rc_max_rate = rate;
        }
    }
}

impl Encoder for X264 {
    fn encode(
        &mut self,
        picture: &Picture,
        keyframe: bool,
        emit: &mut dyn FnMut(&[u8], bool),
    ) -> Result<(), Error> {
        let context = self.context.as_ptr();
        let input = self.input.as_mut_ptr();
        // SAFETY: context, frame and packet are valid and owned alone; `picture` is only read.
        unsafe {
            ffi::av_frame_unref(input);
            Error::check("share a picture", ffi::av_frame_ref(input, picture.frame()))?;
            (*input).pts = self.count;
            // The decoder left the source's type here, which x264 would take for an order.
            (*input).pict_type = if keyframe {
                ffi::AVPictureType::AV_PICTURE_TYPE_I
            } else {
                ffi::AVPictureType::AV_PICTURE_TYPE_NONE
            };
            (*input).format = ffi::AVPixelFormat::AV_PIX_FMT_YUV420P as i32;
            self.count += 1;
            let sent = ffi::avcodec_send_frame(context, input);
            ffi::av_frame_unref(input);
            Error::check("encode a picture", sent)?;
            loop {
                let code = ffi::avcodec_receive_packet(context, self.output.as_ptr());
                if code == ffi::AVERROR(ffi::EAGAIN) || code == ffi::AVERROR_EOF {
                    return Ok(());
                }
                Error::check("encode a picture", code)?;
                let packet = self.output.as_ref();
                let bytes =
                    std::slice::from_raw_parts(packet.data, usize::try_from(packet.size).unwrap_or(0));
                emit(bytes, packet.flags & ffi::AV_PKT_FLAG_KEY != 0);
                ffi::av_packet_unref(self.output.as_ptr());
            }
        }
    }

    fn pace(&mut self, fps: f64) {
        self.set_rate(fps);
    }
}

impl Drop for X264 {
    fn drop(&mut self) {
        let (mut context, mut output) = (self.context.as_ptr(), self.output.as_ptr());
        // SAFETY: allocated by libav and freed once.
        unsafe {
            ffi::avcodec_free_context(&raw mut context);
            ffi::av_packet_free(&raw mut output);
        }
    }
}

/// Options by name, freed with whatever the encoder did not take.
struct Options(*mut ffi::AVDictionary);

impl Options {
    fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        let text = |text: &str| CString::new(text).map_err(|_| Error::memory("copy an option"));
        let (key, value) = (text(key)?, text(value)?);
        // SAFETY: both strings are terminated and copied; the dictionary is null or ours.
        let code = unsafe { ffi::av_dict_set(&raw mut self.0, key.as_ptr(), value.as_ptr(), 0) };
        Error::check("set an option", code).map(|_| ())
    }
}

impl Drop for Options {
    fn drop(&mut self) {
        // SAFETY: null or ours, freed once.
        unsafe { ffi::av_dict_free(&raw mut self.0) };
    }
}
