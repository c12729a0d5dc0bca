//! Video codecs, and the encodings that a ladder is made into.

use headwater_protocol::ladder::MAX_RUNGS;

use super::Malformed;

/// A video codec, of a source or of an encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// H.264, Annex B.
    H264,
    /// VP8.
    Vp8,
    /// VP9, one spatial layer.
    Vp9,
    /// AV1, the low-overhead format without temporal delimiters.
    Av1,
    /// H.265, Annex B.
    Hevc,
}

impl Codec {
    /// Every codec, in the order of their numbers on the wire.
    pub const ALL: [Self; 5] = [Self::H264, Self::Vp8, Self::Vp9, Self::Av1, Self::Hevc];

    /// Its number on the wire.
    pub(super) const fn number(self) -> u8 {
        match self {
            Self::H264 => 0,
            Self::Vp8 => 1,
            Self::Vp9 => 2,
            Self::Av1 => 3,
            Self::Hevc => 4,
        }
    }

    pub(super) fn of_number(number: u8) -> Result<Self, Malformed> {
        let codec = Self::ALL.get(usize::from(number));
        codec.copied().ok_or(Malformed::Value("the codec"))
    }
}

/// A set of encodings, each a rung's place in the ladder and a codec.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Encodings(u64);

impl Encodings {
    /// No encoding.
    pub const NONE: Self = Self(0);

    /// Every encoding that there can be.
    pub const ALL: Self = Self(u64::from_ne_bytes([0b1_1111; MAX_RUNGS]));

    /// One encoding. `None` where a ladder has no such place.
    #[must_use]
    pub fn of(rung: usize, codec: Codec) -> Option<Self> {
        // A byte a rung, the codec's bit in it.
        (rung < MAX_RUNGS).then(|| Self(1 << (rung * 8 + usize::from(codec.number()))))
    }

    /// Whether the set has that encoding.
    #[must_use]
    pub fn contains(self, rung: usize, codec: Codec) -> bool {
        Self::of(rung, codec).is_some_and(|one| self.0 & one.0 != 0)
    }

    /// Both sets' encodings.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The encodings that are not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them, the largest rung's first.
    pub fn iter(self) -> impl Iterator<Item = (usize, Codec)> {
        (0..MAX_RUNGS)
            .flat_map(|rung| Codec::ALL.map(|codec| (rung, codec)))
            .filter(move |&(rung, codec)| self.contains(rung, codec))
    }

    /// As one number, for atomics.
    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    /// From [`Encodings::bits`]; bits that mean nothing are left out.
    pub(crate) const fn from_bits(bits: u64) -> Self {
        Self(bits & Self::ALL.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_was_put_in_and_nothing_else() {
        let set = Encodings::of(0, Codec::Hevc)
            .unwrap()
            .with(Encodings::of(7, Codec::H264).unwrap());
        assert_eq!(
            set.iter().collect::<Vec<_>>(),
            [(0, Codec::Hevc), (7, Codec::H264)]
        );
        assert!(!set.contains(0, Codec::H264) && !set.contains(8, Codec::H264));
        assert!(set.without(set).is_empty());
        assert_eq!(Encodings::of(8, Codec::H264), None);
        assert_eq!(Encodings::ALL.iter().count(), 40);
    }
}
