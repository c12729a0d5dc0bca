//! An orchestrator's signed claim of work.

use serde::{Deserialize, Serialize};

use super::price::Price;
use crate::key::Address;
use crate::signed::{Document, Signed, Unreadable};
use crate::stream;

/// The most renditions that a receipt tells of: as many as a manifest has.
pub const MAX_RENDITIONS: usize = 16;

/// What was encoded of a stream in an interval. The payer keeps them: they are what it can hold against the orchestrator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// For whom the work was done.
    pub sender: Address,
    /// Of what.
    pub stream: stream::Id,
    /// Milliseconds since 1970 by the orchestrator's clock.
    pub from: u64,
    /// Likewise; the next one begins here.
    pub to: u64,
    /// What was done, at most [`MAX_RENDITIONS`].
    pub renditions: Vec<Work>,
    /// What it costs.
    pub price: Price,
}

/// One rendition's part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// Its name in the manifest.
    pub name: String,
    /// Encoded pixels: width × height of each picture.
    pub pixels: u64,
}

impl Document for Receipt {
    const KIND: &'static str = "receipt";
}

impl Receipt {
    /// Of all renditions.
    #[must_use]
    pub fn pixels(&self) -> u64 {
        self.renditions
            .iter()
            .fold(0, |sum, work| sum.saturating_add(work.pixels))
    }
}

/// The payer's end: takes each claim once, and none of anybody else's or for other work.
#[derive(Clone, Debug)]
pub struct Receipts {
    node: Address,
    sender: Address,
    stream: stream::Id,
    /// Up to when work was claimed.
    until: u64,
}

impl Receipts {
    /// Of this node, to this sender, for this stream.
    #[must_use]
    pub const fn new(node: Address, sender: Address, stream: stream::Id) -> Self {
        Self {
            node,
            sender,
            stream,
            until: 0,
        }
    }

    /// Reads the next one.
    ///
    /// # Errors
    /// [`Refused`]; then nothing was taken.
    pub fn take(&mut self, text: &str) -> Result<Receipt, Refused> {
        let signed = Signed::<Receipt>::parse(text)?;
        let receipt = signed.document();
        if signed.signer() != self.node {
            return Err(Refused::Node(signed.signer()));
        }
        if receipt.sender != self.sender || receipt.stream != self.stream {
            return Err(Refused::Work(receipt.sender, receipt.stream.clone()));
        }
        if receipt.from < self.until || receipt.to < receipt.from {
            return Err(Refused::Time {
                from: receipt.from,
                to: receipt.to,
                until: self.until,
            });
        }
        self.until = receipt.to;
        Ok(receipt.clone())
    }
}

/// Why a receipt counts for nothing. [`Code::BadReceipt`](crate::Code::BadReceipt).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// Not a signed receipt.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// Somebody else's, or changed.
    #[error("the receipt is signed by {0}, who is not this orchestrator's node; choose another orchestrator")]
    Node(Address),
    /// For other work.
    #[error("the receipt is for {1}, paid by {0}, which is not this stream; choose another orchestrator")]
    Work(Address, stream::Id),
    /// For time that was claimed before, or that runs backwards.
    #[error(
        "the receipt claims {from} ms to {to} ms, and up to {until} ms was claimed before; choose another orchestrator"
    )]
    Time {
        /// When it begins.
        from: u64,
        /// When it ends.
        to: u64,
        /// What was claimed before.
        until: u64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SessionKey;

    fn key() -> SessionKey {
        SessionKey::from_bytes(&[7; 32]).unwrap()
    }

    fn id(name: &str) -> stream::Id {
        stream::Id::new(Address([2; 20]), name.parse().unwrap())
    }

    fn receipt(from: u64, to: u64) -> Receipt {
        Receipt {
            sender: Address([1; 20]),
            stream: id("studio"),
            from,
            to,
            renditions: vec![Work {
                name: "480p".to_owned(),
                pixels: 7,
            }],
            price: Price::new(3, 1).unwrap(),
        }
    }

    fn receipts() -> Receipts {
        Receipts::new(key().address(), Address([1; 20]), id("studio"))
    }

    fn signed(receipt: &Receipt) -> String {
        Signed::new(&key(), receipt.clone()).text().to_owned()
    }

    #[test]
    fn every_field_that_is_changed_makes_a_receipt_nobodys() {
        let good = receipt(10, 20);
        // Without `..`, so that one more field does not compile before it is changed here.
        let Receipt {
            sender: _,
            stream: _,
            from,
            to,
            renditions,
            price: _,
        } = good.clone();
        let Work { name: _, pixels } = renditions[0].clone();
        let changes: [&dyn Fn(&mut Receipt); 9] = [
            &|r| r.sender = Address([3; 20]),
            &|r| r.stream = id("another"),
            &|r| r.from = from - 1,
            &|r| r.to = to + 1,
            &|r| r.renditions.clear(),
            &|r| r.renditions[0].name.push('0'),
            &|r| r.renditions[0].pixels = pixels + 1,
            &|r| r.price = Price::new(2, 1).unwrap(),
            &|r| r.price = Price::new(3, 2).unwrap(),
        ];
        let signature = signed(&good).split_once('.').unwrap().1.to_owned();
        for change in changes {
            let mut changed = good.clone();
            change(&mut changed);
            let json = signed(&changed).split_once('.').unwrap().0.to_owned();
            let mut receipts = receipts();
            let end = receipts.take(&format!("{json}.{signature}"));
            assert!(
                matches!(
                    end,
                    Err(Refused::Node(_) | Refused::Unreadable(Unreadable::Signature))
                ),
                "{changed:?}: {end:?}"
            );
            assert_eq!(receipts.until, 0);
        }
        assert_eq!(receipts().take(&signed(&good)), Ok(good));
    }

    #[test]
    fn a_receipt_for_other_work_is_refused_though_the_node_signed_it() {
        let others = [
            Receipt {
                sender: Address([3; 20]),
                ..receipt(10, 20)
            },
            Receipt {
                stream: id("another"),
                ..receipt(10, 20)
            },
        ];
        for other in others {
            let refused = Refused::Work(other.sender, other.stream.clone());
            assert_eq!(receipts().take(&signed(&other)), Err(refused));
        }
        let theirs = Signed::new(&SessionKey::from_bytes(&[8; 32]).unwrap(), receipt(10, 20));
        assert_eq!(
            receipts().take(theirs.text()),
            Err(Refused::Node(theirs.signer()))
        );
    }

    #[test]
    fn no_time_is_claimed_twice_even_after_a_refusal() {
        let mut receipts = receipts();
        let (first, second) = (signed(&receipt(10, 20)), signed(&receipt(20, 30)));
        assert!(receipts.take(&first).is_ok() && receipts.take(&second).is_ok());
        for _ in 0..2 {
            for again in [&first, &second] {
                assert!(matches!(
                    receipts.take(again),
                    Err(Refused::Time { until: 30, .. })
                ));
            }
        }
        let backwards = signed(&receipt(40, 39));
        assert!(matches!(receipts.take(&backwards), Err(Refused::Time { .. })));
        assert!(receipts.take(&signed(&receipt(30, 40))).is_ok());
    }
}
