//! Pictures to access units: what all of libav's encoders share.
//!
//! Each family's file says in which way it differs, as pure data: [`Settings`].

pub(crate) mod aom;
pub(crate) mod nvenc;
mod options;
pub(crate) mod vaapi;
pub(crate) mod vpx;
pub(crate) mod x264;
pub(crate) mod x265;

use std::ffi::CString;
use std::ptr::NonNull;

use self::options::Options;
use super::device::Upload;
use super::picture::Picture;
use super::{Colour, Error, ffi};
use crate::worker::encoder::{self, Spec};

/// Keyframes come from the grid and from requests alone, so that they are aligned over rungs and codecs: ten hours at 30
/// pictures a second, since some encoders have no other word for never.
const NEVER: i32 = 1 << 20;

/// Ticks of media time in a second.
const SECOND: i64 = 90_000;

/// How one of libav's encoders is opened.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(super) name: &'static str,
    pub(super) options: Vec<(&'static str, String)>,
    pub(super) rate: Rate,
    pub(super) memory: Memory,
    /// Each unit begins with an AV1 temporal delimiter, which RTP leaves out.
    pub(super) delimited: bool,
}

/// How an encoder that spends bits per picture learns how many pictures a second there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rate {
    /// From the pictures' times.
    Timed,
    /// It counts pictures, and its bitrate can be changed as it runs.
    Steered,
    /// It counts pictures, and is opened again, at the next keyframe, for another rate.
    Reopened,
}

/// Where an encoder finds its pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Memory {
    /// In ours.
    System,
    /// In ours or a GPU's, as they come.
    Either,
    /// In a GPU's alone.
    Device,
}

/// An open encoder.
#[derive(Debug)]
pub(crate) struct Encoder {
    context: Context,
    settings: Settings,
    spec: Spec,
    colour: Colour,
    upload: Option<Upload>,
    /// The picture as the encoder gets it: the same pixels, another time and type.
    input: Picture,
    output: Output,
    /// The time that the encoder knows, and the media time of the picture before.
    clock: (i64, Option<u64>),
    /// The rate that it should be opened again for.
    reopen: Option<f64>,
}

impl Encoder {
    /// Opens an encoder for pictures like `first`.
    pub(crate) fn open(settings: Settings, spec: &Spec, first: &Picture) -> Result<Self, Error> {
        let upload = match settings.memory {
            Memory::Device if !first.is_on_device() => Some(Upload::new(&spec.device, spec.size)?),
            _ => None,
        };
        let frames = match &upload {
            Some(upload) => upload.frames(),
            None if settings.memory == Memory::System => std::ptr::null_mut(),
            None => first.frame().hw_frames_ctx,
        };
        let fps = f64::from(spec.fps);
        let colour = first.colour();
        let target = Target {
            spec,
            colour,
            frames,
            fps,
        };
        Ok(Self {
            context: Context::open(&settings, &target)?,
            settings,
            spec: spec.clone(),
            colour,
            upload,
            input: Picture::empty()?,
            output: Output::new()?,
            clock: (0, None),
            reopen: None,
        })
    }

    /// The next picture's time stamp.
    fn tick(&mut self, time: u64) -> i64 {
        let (clock, before) = &mut self.clock;
        let step = match (self.settings.rate, *before) {
            (_, None) => 0,
            (Rate::Steered | Rate::Reopened, _) => 1,
            // A jump in media time is no reason to believe that there was a pause, or to go back.
            (Rate::Timed, Some(before)) => i64::try_from(time.saturating_sub(before))
                .unwrap_or(SECOND)
                .clamp(1, SECOND),
        };
        *before = Some(time);
        *clock += step;
        *clock
    }

    fn reopen(&mut self, fps: f64) -> Result<(), Error> {
        // SAFETY: the context is valid; the reference stays alive with `self` or the new context's own.
        let frames = unsafe { (*self.context.0.as_ptr()).hw_frames_ctx };
        let target = Target {
            spec: &self.spec,
            colour: self.colour,
            frames,
            fps,
        };
        self.context = Context::open(&self.settings, &target)?;
        self.clock = (0, None);
        Ok(())
    }
}

impl encoder::Encoder for Encoder {
    fn encode(
        &mut self,
        picture: &Picture,
        keyframe: bool,
        emit: &mut dyn FnMut(&[u8], bool),
    ) -> Result<(), Error> {
        if keyframe && let Some(fps) = self.reopen.take() {
            self.reopen(fps)?;
        }
        let time = self.tick(picture.time());
        let uploaded = match &mut self.upload {
            Some(upload) => Some(upload.picture(picture)?),
            None => None,
        };
        let picture = uploaded.as_ref().unwrap_or(picture);
        let context = self.context.0.as_ptr();
        let input = self.input.as_mut_ptr();
        // SAFETY: context and frame are valid and owned alone; `picture` is only read.
        unsafe {
            ffi::av_frame_unref(input);
            Error::check("share a picture", ffi::av_frame_ref(input, picture.frame()))?;
            (*input).pts = time;
            // The decoder left the source's type here, which encoders take for an order.
            (*input).pict_type = if keyframe {
                ffi::AVPictureType::AV_PICTURE_TYPE_I
            } else {
                ffi::AVPictureType::AV_PICTURE_TYPE_NONE
            };
            if picture.is_yuv420() {
                (*input).format = ffi::AVPixelFormat::AV_PIX_FMT_YUV420P as i32;
            }
            let sent = ffi::avcodec_send_frame(context, input);
            ffi::av_frame_unref(input);
            Error::check("encode a picture", sent)?;
        }
        while let Some((unit, keyframe)) = self.output.receive(&self.context)? {
            let delimiter: &[u8] = if self.settings.delimited { &[0x12, 0] } else { &[] };
            emit(unit.strip_prefix(delimiter).unwrap_or(unit), keyframe);
        }
        Ok(())
    }

    fn pace(&mut self, fps: f64) {
        match self.settings.rate {
            Rate::Timed => {}
            Rate::Steered => self.context.set_rate(&self.spec, f64::from(self.spec.fps) / fps),
            Rate::Reopened => self.reopen = Some(fps),
        }
    }
}

/// What a context is opened for.
struct Target<'a> {
    spec: &'a Spec,
    colour: Colour,
    /// Null, or the pool of the GPU's memory that pictures come from.
    frames: *mut ffi::AVBufferRef,
    fps: f64,
}

#[derive(Debug)]
struct Context(NonNull<ffi::AVCodecContext>);

// SAFETY: a context may move between threads as long as one uses it at a time.
unsafe impl Send for Context {}

impl Context {
    fn open(settings: &Settings, target: &Target<'_>) -> Result<Self, Error> {
        let name = CString::new(settings.name).map_err(|_| Error::memory("name an encoder"))?;
        // SAFETY: a lookup by a terminated name; null is handled.
        let found = unsafe { ffi::avcodec_find_encoder_by_name(name.as_ptr()) };
        if found.is_null() {
            return Err(Error {
                doing: settings.name,
                code: ffi::AVERROR_ENCODER_NOT_FOUND,
            });
        }
        // SAFETY: allocates; null is handled.
        let context = NonNull::new(unsafe { ffi::avcodec_alloc_context3(found) })
            .ok_or_else(|| Error::memory("allocate an encoder"))?;
        let opened = Self(context);
        let (spec, colour) = (target.spec, target.colour);
        let side = |length: u32| i32::try_from(length).expect("a rung's sides are at most MAX_SIDE");
        #[expect(clippy::cast_possible_truncation, reason = "at most 120 pictures a second")]
        let fps = ffi::AVRational {
            num: (target.fps * 1000.0).round() as i32,
            den: 1000,
        };
        // SAFETY: the context is valid, not yet open and owned alone; a reference to the pool is taken, not borrowed.
        unsafe {
            let context = &mut *context.as_ptr();
            context.width = side(spec.size.width);
            context.height = side(spec.size.height);
            context.pix_fmt = ffi::AVPixelFormat::AV_PIX_FMT_YUV420P;
            if !target.frames.is_null() {
                context.hw_frames_ctx = ffi::av_buffer_ref(target.frames);
                context.pix_fmt = (*(*target.frames).data.cast::<ffi::AVHWFramesContext>()).format;
            }
            context.framerate = fps;
            context.time_base = match settings.rate {
                Rate::Timed => ffi::AVRational { num: 1, den: 90_000 },
                Rate::Steered | Rate::Reopened => ffi::AVRational {
                    num: fps.den,
                    den: fps.num,
                },
            };
            context.color_range = colour.range;
            context.colorspace = colour.matrix;
            context.color_primaries = colour.primaries;
            context.color_trc = colour.transfer;
            context.thread_count = 1;
            context.max_b_frames = 0;
            context.gop_size = NEVER;
            context.keyint_min = NEVER;
            // Three quarters of a second of bits. With x264 on film at 480 lines and 600 kbit/s, half a second costs
            // 0.015 of SSIM, a full second gains 0.006 but makes keyframes a quarter larger, and they travel through
            // everyone's queues.
            context.rc_buffer_size = i32::try_from(spec.bitrate / 4 * 3).unwrap_or(i32::MAX);
        }
        opened.set_rate(spec, 1.0);
        let mut options = Options::new(&settings.options)?;
        // SAFETY: the context is valid and not yet open; the dictionary is ours.
        let code = unsafe { ffi::avcodec_open2(context.as_ptr(), found, options.as_mut_ptr()) };
        Error::check(settings.name, code)?;
        Ok(opened)
    }

    /// Makes the bitrate hold when an encoder that counts pictures gets `factor` times as many bits for each.
    fn set_rate(&self, spec: &Spec, factor: f64) {
        #[expect(clippy::cast_possible_truncation, reason = "at most 50 Mbit/s × 120")]
        let rate = (f64::from(spec.bitrate) * factor) as i64;
        // SAFETY: the context is valid and owned alone; encoders that can be steered look at these before each picture.
        unsafe {
            (*self.0.as_ptr()).bit_rate = rate;
            (*self.0.as_ptr()).rc_max_rate = rate;
            (*self.0.as_ptr()).rc_min_rate = rate;
        }
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        let mut context = self.0.as_ptr();
        // SAFETY: allocated by libav and freed once.
        unsafe { ffi::avcodec_free_context(&raw mut context) };
    }
}

#[derive(Debug)]
struct Output(NonNull<ffi::AVPacket>);

// SAFETY: the packet is owned alone.
unsafe impl Send for Output {}

impl Output {
    fn new() -> Result<Self, Error> {
        // SAFETY: allocates; null is handled.
        let packet = NonNull::new(unsafe { ffi::av_packet_alloc() });
        packet.map(Self).ok_or_else(|| Error::memory("allocate a packet"))
    }

    /// The next unit that the encoder has ready, and whether it is a keyframe.
    fn receive(&mut self, context: &Context) -> Result<Option<(&[u8], bool)>, Error> {
        // SAFETY: context and packet are valid; the packet is emptied before it is filled again.
        unsafe {
            let code = ffi::avcodec_receive_packet(context.0.as_ptr(), self.0.as_ptr());
            if code == ffi::AVERROR(ffi::EAGAIN) || code == ffi::AVERROR_EOF {
                return Ok(None);
            }
            Error::check("encode a picture", code)?;
            let packet = self.0.as_ref();
            let bytes = std::slice::from_raw_parts(packet.data, usize::try_from(packet.size).unwrap_or(0));
            Ok(Some((bytes, packet.flags & ffi::AV_PKT_FLAG_KEY != 0)))
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        let mut packet = self.0.as_ptr();
        // SAFETY: allocated by libav and freed once.
        unsafe { ffi::av_packet_free(&raw mut packet) };
    }
}
