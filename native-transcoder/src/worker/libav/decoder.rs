//! Access units to pictures.

use std::ptr::{self, NonNull};

use headwater_protocol::ladder::MAX_SIDE;

use super::device::Device;
use super::picture::Picture;
use super::{Error, Packet, ffi};
use crate::transcoder::wire::Codec;

/// A 4096 × 2304 picture, level 5.1's largest: libav refuses more before it allocates anything.
const MAX_PIXELS: i64 = 4096 * 2304;

/// A decoder that returns each picture with the unit that completes it.
#[derive(Debug)]
pub(crate) struct Decoder {
    context: NonNull<ffi::AVCodecContext>,
    on_device: bool,
}

// SAFETY: a context may move between threads as long as one uses it at a time.
unsafe impl Send for Decoder {}

impl Decoder {
    /// Opens the decoder of `codec`. There are no others: every decoder is code that strangers may talk to.
    pub(crate) fn open(codec: Codec) -> Result<Self, Error> {
        Self::open_on(codec, None)
    }

    /// Opens it on the NVIDIA GPU of that name, in whose memory its pictures then lie.
    pub(crate) fn on_device(codec: Codec, name: &str) -> Result<Self, Error> {
        Self::open_on(codec, Some(&Device::open(name)?))
    }

    /// Whether it was opened on a GPU.
    pub(crate) fn is_on_device(&self) -> bool {
        self.on_device
    }

    fn open_on(codec: Codec, device: Option<&Device>) -> Result<Self, Error> {
        let id = match codec {
            Codec::H264 => ffi::AVCodecID::AV_CODEC_ID_H264,
            Codec::Vp8 => ffi::AVCodecID::AV_CODEC_ID_VP8,
            Codec::Vp9 => ffi::AVCodecID::AV_CODEC_ID_VP9,
            Codec::Av1 => ffi::AVCodecID::AV_CODEC_ID_AV1,
            Codec::Hevc => ffi::AVCodecID::AV_CODEC_ID_HEVC,
        };
        let name = match codec {
            Codec::H264 => c"h264",
            Codec::Vp8 => c"vp8",
            Codec::Vp9 => c"vp9",
            // libav's own needs a GPU.
            Codec::Av1 if device.is_some() => c"av1",
            Codec::Av1 => c"libdav1d",
            Codec::Hevc => c"hevc",
        };
        // SAFETY: a lookup by a terminated name; null is handled.
        let found = unsafe { ffi::avcodec_find_decoder_by_name(name.as_ptr()) };
        if found.is_null() {
            return Err(Error {
                doing: "find the stream's decoder",
                code: ffi::AVERROR_DECODER_NOT_FOUND,
            });
        }
        // SAFETY: allocates; null is handled.
        let context = NonNull::new(unsafe { ffi::avcodec_alloc_context3(found) });
        let decoder = Self {
            context: context.ok_or_else(|| Error::memory("allocate a decoder"))?,
            on_device: device.is_some(),
        };
        let context = decoder.context.as_ptr();
        // SAFETY: the context is valid, not yet open and owned alone.
        unsafe {
            debug_assert_eq!((*found).id, id);
            (*context).flags |= ffi::AV_CODEC_FLAG_LOW_DELAY as i32;
            // More threads would hold pictures back: libav's frame threads add one frame of delay each.
            (*context).thread_count = 1;
            (*context).max_pixels = MAX_PIXELS;
            if let Some(device) = device {
                device.lend(&mut *context);
                (*context).get_format = Some(prefer_device);
                // A picture that is being scaled, and its successors meanwhile.
                (*context).extra_hw_frames = 4;
            }
            Error::check(
                "open a decoder",
                ffi::avcodec_open2(context, found, ptr::null_mut()),
            )?;
        }
        Ok(decoder)
    }

    /// Decodes one unit and hands each picture that comes out to `each`.
    ///
    /// # Errors
    /// What libav finds wrong with the unit. It finds little: a missing reference, for one, it does not mention.
    pub(crate) fn decode(&mut self, packet: &Packet, mut each: impl FnMut(Picture)) -> Result<(), Error> {
        // SAFETY: context and packet are valid; the packet is only read.
        let sent = unsafe { ffi::avcodec_send_packet(self.context.as_ptr(), packet.as_ptr()) };
        Error::check("decode a unit", sent)?;
        loop {
            let mut picture = Picture::empty()?;
            // SAFETY: context and frame are valid.
            let code = unsafe { ffi::avcodec_receive_frame(self.context.as_ptr(), picture.as_mut_ptr()) };
            if code == ffi::AVERROR(ffi::EAGAIN) || code == ffi::AVERROR_EOF {
                return Ok(());
            }
            Error::check("decode a unit", code)?;
            let frame = picture.frame();
            let size = picture.size();
            let damaged = frame.decode_error_flags != 0 || frame.flags & ffi::AV_FRAME_FLAG_CORRUPT != 0;
            if damaged || size.width > MAX_SIDE || size.height > MAX_SIDE {
                return Err(Error {
                    doing: "decode a unit undamaged",
                    code: ffi::AVERROR_INVALIDDATA,
                });
            }
            picture.strip();
            each(picture);
        }
    }

    /// Forgets everything decoded so far; the next unit must be a keyframe.
    pub(crate) fn reset(&mut self) {
        // SAFETY: the context is valid and open.
        unsafe { ffi::avcodec_flush_buffers(self.context.as_ptr()) };
    }
}

/// Chooses the GPU's memory where the decoder offers it, else ours: a stream that the GPU cannot decode is decoded anyway.
unsafe extern "C" fn prefer_device(
    _: *mut ffi::AVCodecContext,
    offered: *const ffi::AVPixelFormat,
) -> ffi::AVPixelFormat {
    let mut format = offered;
    // SAFETY: libav ends the list with AV_PIX_FMT_NONE, which is never read past.
    unsafe {
        while *format != ffi::AVPixelFormat::AV_PIX_FMT_NONE {
            if *format == ffi::AVPixelFormat::AV_PIX_FMT_CUDA {
                return *format;
            }
            format = format.add(1);
        }
        // The last one is the decoder's own.
        if format == offered {
            *offered
        } else {
            *format.sub(1)
        }
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        let mut context = self.context.as_ptr();
        // SAFETY: allocated by avcodec_alloc_context3 and freed once.
        unsafe { ffi::avcodec_free_context(&raw mut context) };
    }
}
