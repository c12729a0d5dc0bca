//! How values stand in a message's fields.

use headwater_protocol::ladder::{MAX_RUNGS, Profile, Rung, Size};

use super::{Codec, Encoders, Encodings, MAX_TIME, Malformed, VERSION};

/// Text longer than this is cut when written: a message for a log line, not a document.
const MAX_TEXT: usize = 1024;

/// Reads one field after the other.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    kind: u8,
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) fn new(kind: u8, bytes: &'a [u8]) -> Self {
        Self { kind, rest: bytes }
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(Malformed::Short(self.kind))?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(super) fn u8(&mut self) -> Result<u8, Malformed> {
        self.take().map(u8::from_be_bytes)
    }

    pub(super) fn u16(&mut self) -> Result<u16, Malformed> {
        self.take().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Malformed> {
        self.take().map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Malformed> {
        self.take().map(u64::from_be_bytes)
    }

    pub(super) fn flag(&mut self) -> Result<bool, Malformed> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed::Value("a flag")),
        }
    }

    pub(super) fn codec(&mut self) -> Result<Codec, Malformed> {
        Codec::of_number(self.u8()?)
    }

    pub(super) fn encodings(&mut self) -> Result<Encodings, Malformed> {
        let bits = self.u64()?;
        let encodings = Encodings::from_bits(bits);
        if encodings.bits() == bits {
            Ok(encodings)
        } else {
            Err(Malformed::Value("a set of encodings"))
        }
    }

    /// A count of at most `most`, then as many of what `read` reads.
    pub(super) fn list<T>(
        &mut self,
        most: usize,
        mut read: impl FnMut(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        let count = usize::from(self.u8()?);
        if count > most {
            return Err(Malformed::Value("the length of a list"));
        }
        (0..count).map(|_| read(self)).collect()
    }

    pub(super) fn encoders(&mut self) -> Result<Encoders, Malformed> {
        self.list(Codec::ALL.len(), |fields| Ok((fields.codec()?, fields.text()?)))
    }

    pub(super) fn time(&mut self) -> Result<u64, Malformed> {
        let time = self.u64()?;
        if time > MAX_TIME {
            Err(Malformed::Value("a media time"))
        } else {
            Ok(time)
        }
    }

    pub(super) fn version(&mut self) -> Result<(), Malformed> {
        let version = self.u16()?;
        if version == VERSION {
            Ok(())
        } else {
            Err(Malformed::Version(version))
        }
    }

    pub(super) fn text(&mut self) -> Result<String, Malformed> {
        let length = usize::from(self.u16()?);
        let (text, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(Malformed::Short(self.kind))?;
        if length > MAX_TEXT {
            return Err(Malformed::Value("a text's length"));
        }
        self.rest = rest;
        str::from_utf8(text)
            .map(str::to_owned)
            .map_err(|_| Malformed::Value("a text's encoding"))
    }

    /// A count of rungs, then as many of what `read` reads.
    pub(super) fn per_rung<T>(
        &mut self,
        read: impl FnMut(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        self.list(MAX_RUNGS, read)
    }

    /// A source's size: whatever a decoder may report.
    pub(super) fn size(&mut self) -> Result<Size, Malformed> {
        Ok(Size::new(self.u32()?, self.u32()?))
    }

    pub(super) fn profile(&mut self) -> Result<Profile, Malformed> {
        let (name, size) = (self.text()?, self.size()?);
        let (bitrate, fps) = (self.u32()?, self.u32()?);
        Profile::new(&name, size, bitrate, fps).map_err(|_| Malformed::Value("a rendition"))
    }

    /// A rung obeys a profile's bounds and has even sides.
    pub(super) fn rung(&mut self) -> Result<Rung, Malformed> {
        let profile = self.profile()?;
        let size = profile.bounds();
        if !size.width.is_multiple_of(2) || !size.height.is_multiple_of(2) {
            return Err(Malformed::Value("a rung's size"));
        }
        Ok(Rung {
            name: profile.name().to_owned(),
            size,
            bitrate: profile.bitrate(),
            fps: profile.fps(),
        })
    }

    /// Every byte must have been read.
    pub(super) fn end(self) -> Result<(), Malformed> {
        match self.rest.len() {
            0 => Ok(()),
            left => Err(Malformed::Trailing(left)),
        }
    }
}

pub(super) fn put_text(out: &mut Vec<u8>, text: &str) {
    let text = &text[..text.floor_char_boundary(MAX_TEXT)];
    let length = u16::try_from(text.len()).expect("cut to MAX_TEXT");
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(text.as_bytes());
}

pub(super) fn put_list<T>(
    out: &mut Vec<u8>,
    most: usize,
    items: &[T],
    mut put: impl FnMut(&mut Vec<u8>, &T),
) {
    let items = &items[..items.len().min(most)];
    out.push(u8::try_from(items.len()).expect("lists are shorter than 256"));
    for item in items {
        put(out, item);
    }
}

pub(super) fn put_encoders(out: &mut Vec<u8>, encoders: &Encoders) {
    put_list(out, Codec::ALL.len(), encoders, |out, (codec, name)| {
        out.push(codec.number());
        put_text(out, name);
    });
}

pub(super) fn put_size(out: &mut Vec<u8>, size: Size) {
    out.extend_from_slice(&size.width.to_be_bytes());
    out.extend_from_slice(&size.height.to_be_bytes());
}

/// A profile or a rung: the two are written alike.
pub(super) fn put_rendition(out: &mut Vec<u8>, name: &str, size: Size, bitrate: u32, fps: u32) {
    put_text(out, name);
    put_size(out, size);
    out.extend_from_slice(&bitrate.to_be_bytes());
    out.extend_from_slice(&fps.to_be_bytes());
}

pub(super) fn put_per_rung<T>(out: &mut Vec<u8>, items: &[T], put: impl FnMut(&mut Vec<u8>, &T)) {
    put_list(out, MAX_RUNGS, items, put);
}
