//! Raw pictures, and the pools that scaled ones come from.

use std::ptr::{self, NonNull};

use headwater_protocol::ladder::Size;

use super::scaler::Rect;
use super::{Error, ffi};

/// A raw picture. Copies share its pixels, which nobody changes once it is shared.
#[derive(Debug)]
pub(crate) struct Picture(NonNull<ffi::AVFrame>);

// SAFETY: libav's reference counts are atomic; pixels are written only through `&mut Picture`, before sharing.
unsafe impl Send for Picture {}
// SAFETY: as above; `&Picture` only reads.
unsafe impl Sync for Picture {}

/// How a picture's numbers mean colours; carried from the source to every rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Colour {
    pub(super) range: ffi::AVColorRange,
    pub(super) matrix: ffi::AVColorSpace,
    pub(super) primaries: ffi::AVColorPrimaries,
    pub(super) transfer: ffi::AVColorTransferCharacteristic,
}

impl Picture {
    /// An empty picture for libav to fill.
    pub(super) fn empty() -> Result<Self, Error> {
        // SAFETY: allocates; null is handled.
        let frame = NonNull::new(unsafe { ffi::av_frame_alloc() });
        frame.map(Self).ok_or_else(|| Error::memory("allocate a picture"))
    }

    /// Another owner of the same pixels.
    pub(crate) fn share(&self) -> Result<Self, Error> {
        // SAFETY: the frame is valid; null is handled.
        let frame = NonNull::new(unsafe { ffi::av_frame_clone(self.0.as_ptr()) });
        frame.map(Self).ok_or_else(|| Error::memory("share a picture"))
    }

    /// Its size in pixels.
    pub(crate) fn size(&self) -> Size {
        let frame = self.frame();
        Size::new(
            u32::try_from(frame.width).unwrap_or(0),
            u32::try_from(frame.height).unwrap_or(0),
        )
    }

    /// Its media time in 90 kHz ticks.
    pub(crate) fn time(&self) -> u64 {
        u64::try_from(self.frame().pts).unwrap_or(0)
    }

    /// Sets it.
    #[cfg(test)]
    pub(crate) fn set_time(&mut self, time: u64) {
        self.frame_mut().pts = i64::try_from(time).expect("within MAX_TIME");
    }

    /// How its numbers mean colours.
    pub(crate) fn colour(&self) -> Colour {
        let frame = self.frame();
        Colour {
            // Not by the format: libav keeps the full-range one when the source changes to the limited range.
            range: frame.color_range,
            matrix: frame.colorspace,
            primaries: frame.color_primaries,
            transfer: frame.color_trc,
        }
    }

    /// Whether encoders take it as it is: 8 bits, 4:2:0.
    pub(crate) fn is_yuv420(&self) -> bool {
        let format = self.frame().format;
        format == ffi::AVPixelFormat::AV_PIX_FMT_YUV420P as i32
            || format == ffi::AVPixelFormat::AV_PIX_FMT_YUVJ420P as i32
    }

    /// Whether its pixels lie in a GPU's memory.
    pub(crate) fn is_on_device(&self) -> bool {
        !self.frame().hw_frames_ctx.is_null()
    }

    /// The same picture in our memory.
    pub(crate) fn download(&self) -> Result<Self, Error> {
        let mut picture = Self::empty()?;
        // SAFETY: both frames are valid; libav allocates what the empty one needs.
        let code = unsafe { ffi::av_hwframe_transfer_data(picture.as_mut_ptr(), self.frame(), 0) };
        Error::check("bring a picture from the GPU", code)?;
        picture.describe_as(self);
        Ok(picture)
    }

    /// A picture in the arrangement that GPUs take: luma, then both chromas interleaved.
    pub(super) fn nv12(size: Size) -> Result<Self, Error> {
        let mut picture = Self::empty()?;
        let frame = picture.frame_mut();
        frame.format = ffi::AVPixelFormat::AV_PIX_FMT_NV12 as i32;
        frame.width = i32::try_from(size.width).expect("a rung's sides are at most MAX_SIDE");
        frame.height = i32::try_from(size.height).expect("a rung's sides are at most MAX_SIDE");
        // SAFETY: the frame has a format and a size and no buffers.
        let code = unsafe { ffi::av_frame_get_buffer(picture.as_mut_ptr(), 0) };
        Error::check("allocate a picture", code)?;
        Ok(picture)
    }

    /// Takes over time and colour of the picture it is scaled from.
    pub(super) fn describe_as(&mut self, source: &Self) {
        let colour = source.colour();
        let time = source.frame().pts;
        let frame = self.frame_mut();
        frame.pts = time;
        frame.color_range = colour.range;
        frame.colorspace = colour.matrix;
        frame.color_primaries = colour.primaries;
        frame.color_trc = colour.transfer;
    }

    /// Forgets captions, user data and whatever else a stranger's stream carried beside its pixels.
    pub(super) fn strip(&mut self) {
        while self.frame().nb_side_data > 0 {
            // SAFETY: side_data holds nb_side_data valid entries; removing the first one's type shrinks the list.
            unsafe {
                let kind = (**self.frame().side_data).type_;
                ffi::av_frame_remove_side_data(self.as_mut_ptr(), kind);
            }
        }
    }

    /// Paints everything outside `inner` black, for pictures of a pool.
    pub(crate) fn paint_bars(&mut self, inner: Rect) {
        let full = self.colour().range == ffi::AVColorRange::AVCOL_RANGE_JPEG;
        let frame = self.frame_mut();
        for plane in 0..3 {
            let (shift, black) = if plane == 0 {
                (0, if full { 0 } else { 16 })
            } else {
                (1, 128)
            };
            let (width, height) = ((frame.width >> shift) as usize, (frame.height >> shift) as usize);
            let (left, top) = ((inner.x >> shift) as usize, (inner.y >> shift) as usize);
            let (right, bottom) = (
                left + (inner.size.width >> shift) as usize,
                top + (inner.size.height >> shift) as usize,
            );
            let stride = usize::try_from(frame.linesize[plane]).expect("a pool's strides are positive");
            for y in 0..height {
                // SAFETY: a pool's plane has `height` rows of `stride` ≥ `width` bytes, owned alone until shared.
                let row = unsafe { std::slice::from_raw_parts_mut(frame.data[plane].add(y * stride), width) };
                if y < top || y >= bottom {
                    row.fill(black);
                } else {
                    row[..left].fill(black);
                    row[right..].fill(black);
                }
            }
        }
    }

    pub(super) fn frame(&self) -> &ffi::AVFrame {
        // SAFETY: valid while self lives.
        unsafe { self.0.as_ref() }
    }

    fn frame_mut(&mut self) -> &mut ffi::AVFrame {
        // SAFETY: valid while self lives, and borrowed mutably.
        unsafe { self.0.as_mut() }
    }

    /// For calls of libav's that take a reference of their own and declare no `const`.
    pub(super) fn raw(&self) -> *mut ffi::AVFrame {
        self.0.as_ptr()
    }

    pub(super) fn as_mut_ptr(&mut self) -> *mut ffi::AVFrame {
        self.0.as_ptr()
    }
}

impl Drop for Picture {
    fn drop(&mut self) {
        let mut frame = self.0.as_ptr();
        // SAFETY: allocated by libav and freed once; the pixels go when their last owner does.
        unsafe { ffi::av_frame_free(&raw mut frame) };
    }
}

/// Pictures of one size, 4:2:0; one that is dropped by its last owner is used again.
#[derive(Debug)]
pub(crate) struct Pool {
    pool: NonNull<ffi::AVBufferPool>,
    size: Size,
}

// SAFETY: libav's buffer pools lock themselves.
unsafe impl Send for Pool {}

/// Rows start on cache lines, which is also what the widest vector instructions want.
const ALIGN: usize = 64;

impl Pool {
    /// A pool of pictures of `size`, whose sides must be even.
    pub(crate) fn new(size: Size) -> Result<Self, Error> {
        let [luma, chroma] = Self::planes(size);
        // SAFETY: allocates; null is handled.
        let pool = unsafe { ffi::av_buffer_pool_init(luma.1 + 2 * chroma.1 + ALIGN, None) };
        let pool = NonNull::new(pool).ok_or_else(|| Error::memory("allocate a pool of pictures"))?;
        Ok(Self { pool, size })
    }

    /// Stride and length of the luma plane and of each chroma plane.
    fn planes(size: Size) -> [(usize, usize); 2] {
        [(size.width, size.height), (size.width / 2, size.height / 2)].map(|(width, height)| {
            let stride = (width as usize).next_multiple_of(ALIGN);
            (stride, stride * height as usize)
        })
    }

    /// A picture with whatever pixels were there before.
    pub(crate) fn picture(&self) -> Result<Picture, Error> {
        let mut picture = Picture::empty()?;
        // SAFETY: the pool is valid; null is handled.
        let buffer = unsafe { ffi::av_buffer_pool_get(self.pool.as_ptr()) };
        if buffer.is_null() {
            return Err(Error::memory("take a picture from its pool"));
        }
        let [luma, chroma] = Self::planes(self.size);
        let frame = picture.frame_mut();
        frame.buf[0] = buffer;
        frame.format = ffi::AVPixelFormat::AV_PIX_FMT_YUV420P as i32;
        frame.width = i32::try_from(self.size.width).expect("a rung's sides are at most MAX_SIDE");
        frame.height = i32::try_from(self.size.height).expect("a rung's sides are at most MAX_SIDE");
        // SAFETY: the buffer holds one luma and two chroma planes, see `new`.
        unsafe {
            let start = (*buffer).data;
            frame.data[..3].copy_from_slice(&[start, start.add(luma.1), start.add(luma.1 + chroma.1)]);
        }
        for (plane, stride) in [luma.0, chroma.0, chroma.0].into_iter().enumerate() {
            frame.linesize[plane] = i32::try_from(stride).expect("a rung's sides are at most MAX_SIDE");
        }
        frame.extended_data = ptr::from_mut(&mut frame.data).cast();
        Ok(picture)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let mut pool = self.pool.as_ptr();
        // SAFETY: freed once; libav keeps what is still in use until its owners let go.
        unsafe { ffi::av_buffer_pool_uninit(&raw mut pool) };
    }
}
