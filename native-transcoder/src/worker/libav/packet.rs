//! One access unit on its way into a decoder.

use std::ptr::NonNull;

use super::{Error, ffi};

/// A unit whose bytes are read straight into libav's memory, which has the padding that decoders need behind it.
#[derive(Debug)]
pub(crate) struct Packet(NonNull<ffi::AVPacket>);

// SAFETY: the packet is owned alone, and libav's reference counts are atomic.
unsafe impl Send for Packet {}

impl Packet {
    /// A packet of `length` zero bytes, its caller's to fill.
    pub(crate) fn new(length: usize) -> Result<Self, Error> {
        let failed = || Error::memory("allocate a packet");
        // SAFETY: allocates; null is handled.
        let packet = Self(NonNull::new(unsafe { ffi::av_packet_alloc() }).ok_or_else(failed)?);
        let size = i32::try_from(length).map_err(|_| failed())?;
        // SAFETY: the packet is valid and empty.
        Error::check("allocate a packet", unsafe {
            ffi::av_new_packet(packet.0.as_ptr(), size)
        })?;
        let data = packet.0.as_ptr();
        // SAFETY: av_new_packet made `data` writable for `size` bytes.
        unsafe { (*data).data.write_bytes(0, length) };
        Ok(packet)
    }

    /// The unit's bytes.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: the packet owns `size` initialised bytes at `data`, and is borrowed mutably.
        unsafe {
            let packet = self.0.as_ref();
            std::slice::from_raw_parts_mut(packet.data, usize::try_from(packet.size).unwrap_or(0))
        }
    }

    /// Sets the media time, in 90 kHz ticks.
    pub(crate) fn set_time(&mut self, time: u64) {
        let time = i64::try_from(time).unwrap_or(i64::MAX);
        // SAFETY: the packet is valid and owned alone.
        unsafe {
            (*self.0.as_ptr()).pts = time;
            (*self.0.as_ptr()).dts = time;
        }
    }

    pub(super) fn as_ptr(&self) -> *const ffi::AVPacket {
        self.0.as_ptr()
    }
}

impl Drop for Packet {
    fn drop(&mut self) {
        let mut packet = self.0.as_ptr();
        // SAFETY: allocated by av_packet_alloc and freed once.
        unsafe { ffi::av_packet_free(&raw mut packet) };
    }
}
