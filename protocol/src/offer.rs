//! What an orchestrator says about itself before anybody pays it.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Millis;
use crate::key::Address;
use crate::pm::Price;
use crate::signed::{Document, Signed, Unreadable};
use crate::token::CLOCK_SKEW;

/// How long an offer is good for: it is signed anew for everyone who asks.
pub const LIFE: Duration = Duration::from_secs(300);

/// An orchestrator's terms, signed with its node key: the key that signs its receipts as well. Which node key speaks for an
/// orchestrator is what the chain's ServiceRegistry says: the fragment of its service URI, `https://node.example/#0x…`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Offer {
    /// Who is paid, and who answers for the work with its stake.
    pub recipient: Address,
    /// The chain that it is paid on.
    pub chain_id: u64,
    /// The network's Controller there.
    pub controller: Address,
    /// Its TicketBroker, which tickets are for.
    pub broker: Address,
    /// What encoded pixels cost who has no price of its own.
    pub price: Price,
    /// Valid until, in milliseconds since 1970.
    pub expiry: u64,
}

impl Document for Offer {
    const KIND: &'static str = "offer";
}

impl Offer {
    /// Reads an offer, and says which node key signed it.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn verify(text: &str, wall: Millis) -> Result<(Self, Address), Refused> {
        let signed = Signed::<Self>::parse(text)?;
        if wall > Millis(signed.document().expiry) + CLOCK_SKEW {
            return Err(Refused::Expired);
        }
        Ok((signed.document().clone(), signed.signer()))
    }
}

/// Whether a service URI of the ServiceRegistry names this node key.
#[must_use]
pub fn names(service_uri: &str, node: Address) -> bool {
    let fragment = service_uri.split_once('#').map(|(_, fragment)| fragment);
    fragment.and_then(|fragment| fragment.parse().ok()) == Some(node)
}

/// Why an offer is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// Not a signed offer.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// Not valid any more.
    #[error("the orchestrator's offer has expired; check this machine's clock, and ask again")]
    Expired,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SessionKey;

    fn offer() -> Offer {
        Offer {
            recipient: Address([1; 20]),
            chain_id: 31_337,
            controller: Address([2; 20]),
            broker: Address([3; 20]),
            price: Price::new(1200, 1).unwrap(),
            expiry: 1_800_000_000_000,
        }
    }

    #[test]
    fn an_offer_names_the_key_that_signed_it_until_it_expires() {
        let key = SessionKey::from_bytes(&[7; 32]).unwrap();
        let text = Signed::new(&key, offer()).text().to_owned();
        let wall = Millis(offer().expiry);
        assert_eq!(Offer::verify(&text, wall), Ok((offer(), key.address())));
        let late = wall + CLOCK_SKEW + Duration::from_millis(1);
        assert_eq!(Offer::verify(&text, late), Err(Refused::Expired));
    }

    #[test]
    fn the_registry_names_a_node_key_in_the_uris_fragment() {
        let node = Address([7; 20]);
        assert!(names(&format!("https://node.example/#{node}"), node));
        assert!(!names(
            &format!("https://node.example/#{}", Address([8; 20])),
            node
        ));
        assert!(!names("https://node.example/", node));
        assert!(!names("", node));
    }
}
