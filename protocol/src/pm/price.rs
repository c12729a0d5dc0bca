//! What work costs.

use core::fmt;
use core::num::NonZeroU64;

use serde::{Deserialize, Serialize};

/// The most that either number of a price may be: what every JSON reader keeps exact (2^53 − 1).
pub const MAX: u64 = (1 << 53) - 1;

/// So many wei for so many encoded output pixels. Two ways to write one price are one price only if both numbers are the
/// same: it is part of what tickets are made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Text", into = "Text")]
pub struct Price {
    wei: u64,
    pixels: NonZeroU64,
}

impl Price {
    /// `wei` for `pixels`; 0 wei is free.
    ///
    /// # Errors
    /// [`InvalidPrice`].
    pub const fn new(wei: u64, pixels: u64) -> Result<Self, InvalidPrice> {
        match NonZeroU64::new(pixels) {
            Some(pixels) if wei <= MAX && pixels.get() <= MAX => Ok(Self { wei, pixels }),
            _ => Err(InvalidPrice { wei, pixels }),
        }
    }

    /// The wei that [`pixels`](Self::pixels) cost.
    #[must_use]
    pub const fn wei(self) -> u64 {
        self.wei
    }

    /// The pixels that [`wei`](Self::wei) pay for.
    #[must_use]
    pub const fn pixels(self) -> u64 {
        self.pixels.get()
    }

    /// Whether a pixel costs more than at `other`.
    #[must_use]
    pub const fn exceeds(self, other: Self) -> bool {
        self.wei as u128 * other.pixels.get() as u128 > other.wei as u128 * self.pixels.get() as u128
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pixels.get() {
            1 => write!(f, "{} wei per pixel", self.wei),
            pixels => write!(f, "{} wei per {pixels} pixels", self.wei),
        }
    }
}

/// A number is out of bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a price is 0 to {MAX} wei for 1 to {MAX} pixels, not {wei} for {pixels}")]
pub struct InvalidPrice {
    /// As given.
    pub wei: u64,
    /// As given.
    pub pixels: u64,
}

#[derive(Serialize, Deserialize)]
struct Text {
    wei: u64,
    pixels: u64,
}

impl TryFrom<Text> for Price {
    type Error = InvalidPrice;

    fn try_from(text: Text) -> Result<Self, InvalidPrice> {
        Self::new(text.wei, text.pixels)
    }
}

impl From<Price> for Text {
    fn from(price: Price) -> Self {
        Self {
            wei: price.wei,
            pixels: price.pixels.get(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_compared_as_fractions() {
        let price = |wei, pixels| Price::new(wei, pixels).unwrap();
        assert!(price(2, 3).exceeds(price(1, 2)));
        assert!(!price(1, 2).exceeds(price(2, 4)));
        assert!(!price(0, 1).exceeds(price(0, 9)));
        assert!(price(MAX, 1).exceeds(price(MAX, 2)));
    }

    #[test]
    fn what_is_no_price_is_refused_in_json_too() {
        assert_eq!(Price::new(1, 0), Err(InvalidPrice { wei: 1, pixels: 0 }));
        assert!(Price::new(MAX + 1, 1).is_err() && Price::new(1, MAX + 1).is_err());
        assert!(serde_json::from_str::<Price>(r#"{"wei":1,"pixels":0}"#).is_err());
        let price = Price::new(1200, 1).unwrap();
        let json = serde_json::to_string(&price).unwrap();
        assert_eq!(json, r#"{"wei":1200,"pixels":1}"#);
        assert_eq!(serde_json::from_str::<Price>(&json).unwrap(), price);
    }
}
