//! One picture to another size.

use std::ptr;

use headwater_protocol::ladder::Size;

use super::picture::Picture;
use super::{Error, ffi};

/// Part of a picture: even offsets and sides, so that chroma has it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rect {
    /// Pixels from the left edge.
    pub(crate) x: u32,
    /// Pixels from the top edge.
    pub(crate) y: u32,
    /// Its width and height.
    pub(crate) size: Size,
}

impl Rect {
    /// All of a picture of `size`.
    pub(crate) fn all(size: Size) -> Self {
        Self { x: 0, y: 0, size }
    }
}

/// A scaler that keeps its tables for as long as the sizes stay.
#[derive(Debug)]
pub(crate) struct Scaler(*mut ffi::SwsContext);

// SAFETY: a context may move between threads as long as one uses it at a time.
unsafe impl Send for Scaler {}

/// In a cascade, softness adds up. On film, 720p → 480/360/240 encoded at 1600/1200/600 kbit/s, mean luma SSIM and CPU of
/// the whole transcoding: fast bilinear 0.962/0.941/0.893, 1.00; bilinear 0.971/0.963/0.950, 1.02; area 0.973/0.968/0.960,
/// 1.04; bicubic 0.975/0.976/0.971, 1.09.
const FILTER: i32 = ffi::SWS_BICUBIC;

impl Scaler {
    pub(crate) fn new() -> Self {
        Self(ptr::null_mut())
    }

    /// Scales `part` of `from` into `target` of `to`, which takes over `from`'s time and colour. `part` must be all of
    /// `from` unless `from` comes from a pool, and `target` all of `to` likewise.
    pub(crate) fn scale(
        &mut self,
        from: &Picture,
        part: Rect,
        to: &mut Picture,
        target: Rect,
    ) -> Result<(), Error> {
        let side = |length: u32| i32::try_from(length).expect("sizes are at most MAX_SIDE");
        // SAFETY: a null or valid context in, a null or valid one out; null is handled.
        self.0 = unsafe {
            ffi::sws_getCachedContext(
                self.0,
                side(part.size.width),
                side(part.size.height),
                plain(from.frame().format),
                side(target.size.width),
                side(target.size.height),
                plain(to.frame().format),
                FILTER,
                ptr::null_mut(),
                ptr::null_mut(),
                ptr::null(),
            )
        };
        if self.0.is_null() {
            return Err(Error {
                doing: "scale this kind of picture",
                code: ffi::AVERROR(ffi::EINVAL),
            });
        }
        to.describe_as(from);
        let source = planes(from, part);
        let destination = planes(to, target);
        // SAFETY: both sets of planes hold the sizes that the context was made for; `to` is borrowed mutably.
        let rows = unsafe {
            ffi::sws_scale(
                self.0,
                source.0.as_ptr().cast(),
                source.1.as_ptr(),
                0,
                side(part.size.height),
                destination.0.as_ptr().cast(),
                destination.1.as_ptr(),
            )
        };
        Error::check("scale a picture", rows).map(|_| ())
    }
}

impl Drop for Scaler {
    fn drop(&mut self) {
        // SAFETY: null or valid, freed once.
        unsafe { ffi::sws_freeContext(self.0) };
    }
}

/// Where `part` starts in each plane, and the planes' strides.
fn planes(picture: &Picture, part: Rect) -> ([*mut u8; 4], [i32; 4]) {
    let frame = picture.frame();
    let mut data = [ptr::null_mut(); 4];
    data.copy_from_slice(&frame.data[..4]);
    let mut strides = [0; 4];
    strides.copy_from_slice(&frame.linesize[..4]);
    if part.x > 0 || part.y > 0 {
        for (plane, start) in data.iter_mut().take(3).enumerate() {
            let shift = u32::from(plane > 0);
            let row = isize::try_from(part.y >> shift).expect("at most MAX_SIDE") * strides[plane] as isize;
            let column = isize::try_from(part.x >> shift).expect("at most MAX_SIDE");
            // SAFETY: the part lies inside the picture, whose planes are 8 bits, 4:2:0.
            *start = unsafe { start.offset(row + column) };
        }
    }
    (data, strides)
}

/// The old full-range formats are the plain ones to a scaler that is to leave the range alone.
fn plain(format: i32) -> ffi::AVPixelFormat {
    use ffi::AVPixelFormat::*;
    match format {
        f if f == AV_PIX_FMT_YUVJ420P as i32 || f == AV_PIX_FMT_YUV420P as i32 => AV_PIX_FMT_YUV420P,
        f if f == AV_PIX_FMT_YUVJ422P as i32 || f == AV_PIX_FMT_YUV422P as i32 => AV_PIX_FMT_YUV422P,
        f if f == AV_PIX_FMT_YUVJ444P as i32 || f == AV_PIX_FMT_YUV444P as i32 => AV_PIX_FMT_YUV444P,
        f if f == AV_PIX_FMT_YUV420P10LE as i32 => AV_PIX_FMT_YUV420P10LE,
        f if f == AV_PIX_FMT_YUV422P10LE as i32 => AV_PIX_FMT_YUV422P10LE,
        f if f == AV_PIX_FMT_YUV444P10LE as i32 => AV_PIX_FMT_YUV444P10LE,
        f if f == AV_PIX_FMT_NV12 as i32 => AV_PIX_FMT_NV12,
        f if f == AV_PIX_FMT_GRAY8 as i32 => AV_PIX_FMT_GRAY8,
        _ => AV_PIX_FMT_NONE,
    }
}
