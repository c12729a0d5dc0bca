//! GPUs.

use std::ffi::CString;
use std::ptr::{self, NonNull};

use headwater_protocol::ladder::Size;

use super::picture::Picture;
use super::scaler::{Rect, Scaler};
use super::{Error, ffi};

/// A GPU, open. Named `cuda:` and a number, or `vaapi:` and a path.
#[derive(Debug)]
pub(crate) struct Device(NonNull<ffi::AVBufferRef>);

// SAFETY: libav's reference counts are atomic, and its device contexts may be shared between threads.
unsafe impl Send for Device {}

impl Device {
    /// Opens the device of that name.
    pub(crate) fn open(name: &str) -> Result<Self, Error> {
        let failed = Error {
            doing: "understand a device's name",
            code: ffi::AVERROR(ffi::EINVAL),
        };
        let (kind, place) = name.split_once(':').ok_or_else(|| failed.clone())?;
        let kind = match kind {
            "cuda" => ffi::AVHWDeviceType::AV_HWDEVICE_TYPE_CUDA,
            "vaapi" => ffi::AVHWDeviceType::AV_HWDEVICE_TYPE_VAAPI,
            _ => return Err(failed),
        };
        let place = CString::new(place).map_err(|_| failed)?;
        let mut device = ptr::null_mut();
        // SAFETY: the name is terminated; on success libav hands over a reference.
        let code =
            unsafe { ffi::av_hwdevice_ctx_create(&raw mut device, kind, place.as_ptr(), ptr::null_mut(), 0) };
        Error::check("open the GPU", code)?;
        NonNull::new(device)
            .map(Self)
            .ok_or_else(|| Error::memory("open the GPU"))
    }

    /// Lets a decoder that is not yet open use the device.
    pub(super) fn lend(&self, context: &mut ffi::AVCodecContext) {
        // SAFETY: the device is valid; the context frees the new reference with itself.
        context.hw_device_ctx = unsafe { ffi::av_buffer_ref(self.0.as_ptr()) };
    }

    /// A pool of pictures on the device, which keeps it open.
    fn pool(&self, size: Size) -> Result<Frames, Error> {
        let side = |length: u32| i32::try_from(length).expect("a rung's sides are at most MAX_SIDE");
        // SAFETY: the device is valid; null is handled; the new context is owned alone until it is initialised.
        unsafe {
            let frames = ffi::av_hwframe_ctx_alloc(self.0.as_ptr());
            let frames = Frames(NonNull::new(frames).ok_or_else(|| Error::memory("allocate GPU memory"))?);
            let context = frames.0.as_ref().data.cast::<ffi::AVHWFramesContext>();
            (*context).format = match (*(*context).device_ctx).type_ {
                ffi::AVHWDeviceType::AV_HWDEVICE_TYPE_CUDA => ffi::AVPixelFormat::AV_PIX_FMT_CUDA,
                _ => ffi::AVPixelFormat::AV_PIX_FMT_VAAPI,
            };
            (*context).sw_format = ffi::AVPixelFormat::AV_PIX_FMT_NV12;
            (*context).width = side(size.width);
            (*context).height = side(size.height);
            // VA-API's encoders keep references to what they were given.
            (*context).initial_pool_size = 8;
            Error::check("allocate GPU memory", ffi::av_hwframe_ctx_init(frames.0.as_ptr()))?;
            Ok(frames)
        }
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        let mut device = self.0.as_ptr();
        // SAFETY: our reference, given back once.
        unsafe { ffi::av_buffer_unref(&raw mut device) };
    }
}

/// Every GPU of this machine that opens.
pub(crate) fn devices() -> Vec<String> {
    let cuda = (0..).map(|index| format!("cuda:{index}"));
    let vaapi = (128..144).map(|minor| format!("/dev/dri/renderD{minor}"));
    cuda.take_while(|name| Device::open(name).is_ok())
        .chain(
            vaapi
                .filter(|path| std::path::Path::new(path).exists())
                .map(|path| format!("vaapi:{path}"))
                .filter(|name| Device::open(name).is_ok()),
        )
        .collect()
}

#[derive(Debug)]
struct Frames(NonNull<ffi::AVBufferRef>);

// SAFETY: as for Device.
unsafe impl Send for Frames {}

impl Drop for Frames {
    fn drop(&mut self) {
        let mut frames = self.0.as_ptr();
        // SAFETY: our reference, given back once.
        unsafe { ffi::av_buffer_unref(&raw mut frames) };
    }
}

/// Brings pictures from our memory to a GPU's, for encoders that take no others.
#[derive(Debug)]
pub(crate) struct Upload {
    frames: Frames,
    scaler: Scaler,
    /// The picture in the GPU's arrangement, before it travels.
    staged: Picture,
}

impl Upload {
    /// To the device of that name, for pictures of `size`.
    pub(super) fn new(device: &str, size: Size) -> Result<Self, Error> {
        Ok(Self {
            frames: Device::open(device)?.pool(size)?,
            scaler: Scaler::new(),
            staged: Picture::nv12(size)?,
        })
    }

    pub(super) fn frames(&self) -> *mut ffi::AVBufferRef {
        self.frames.0.as_ptr()
    }

    /// The same picture on the device.
    pub(super) fn picture(&mut self, picture: &Picture) -> Result<Picture, Error> {
        let all = Rect::all(picture.size());
        self.scaler.scale(picture, all, &mut self.staged, all)?;
        let mut uploaded = Picture::empty()?;
        // SAFETY: pool and frames are valid; the staged picture is only read.
        unsafe {
            let code = ffi::av_hwframe_get_buffer(self.frames.0.as_ptr(), uploaded.as_mut_ptr(), 0);
            Error::check("take GPU memory", code)?;
            let code = ffi::av_hwframe_transfer_data(uploaded.as_mut_ptr(), self.staged.frame(), 0);
            Error::check("bring a picture to the GPU", code)?;
        }
        uploaded.describe_as(&self.staged);
        Ok(uploaded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_mean_no_device_are_refused() {
        for name in [
            "",
            "0",
            "cuda",
            "tpu:0",
            "cuda:9999",
            "vaapi:/dev/null",
            "vaapi:\0",
        ] {
            assert!(Device::open(name).is_err(), "{name:?}");
        }
    }
}
