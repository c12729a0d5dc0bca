//! Options by name.

use std::ffi::CString;
use std::ptr;

use super::super::{Error, ffi};

/// A dictionary, freed with whatever the encoder did not take.
pub(super) struct Options(*mut ffi::AVDictionary);

impl Options {
    pub(super) fn new(options: &[(&'static str, String)]) -> Result<Self, Error> {
        let mut dictionary = Self(ptr::null_mut());
        for (key, value) in options {
            dictionary.set(key, value)?;
        }
        Ok(dictionary)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        let text = |text: &str| CString::new(text).map_err(|_| Error::memory("copy an option"));
        let (key, value) = (text(key)?, text(value)?);
        // SAFETY: both strings are terminated and copied; the dictionary is null or ours.
        let code = unsafe { ffi::av_dict_set(&raw mut self.0, key.as_ptr(), value.as_ptr(), 0) };
        Error::check("set an option", code).map(|_| ())
    }

    pub(super) fn as_mut_ptr(&mut self) -> *mut *mut ffi::AVDictionary {
        &raw mut self.0
    }
}

impl Drop for Options {
    fn drop(&mut self) {
        // SAFETY: null or ours, freed once.
        unsafe { ffi::av_dict_free(&raw mut self.0) };
    }
}
