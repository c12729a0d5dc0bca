//! What an orchestrator says about itself before anybody pays it.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Millis;
use crate::chain::words::B256;
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
    /// SHA-256 of the certificate that the node's DTLS connections show (RFC 8122).
    pub certificate: B256,
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

/// Whether an SDP answer is of the connection that an offer names: each of its fingerprints is this SHA-256, and there is one.
///
/// Who speaks for an orchestrator on chain then is who media goes to, whatever lies between.
#[must_use]
pub fn is_bound(sdp: &str, certificate: &B256) -> bool {
    let mut fingerprints = sdp
        .lines()
        .filter_map(|line| line.trim_end().strip_prefix("a=fingerprint:"))
        .peekable();
    let named = |fingerprint: &str| {
        let (function, digest) = fingerprint.split_once(' ')?;
        let mut bytes = digest.split(':').map(|byte| u8::from_str_radix(byte, 16).ok());
        let alike = certificate.iter().all(|byte| bytes.next() == Some(Some(*byte)));
        (function.eq_ignore_ascii_case("sha-256") && alike && bytes.next().is_none()).then_some(())
    };
    fingerprints.peek().is_some() && fingerprints.all(|fingerprint| named(fingerprint).is_some())
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
            certificate: B256::repeat_byte(0xab),
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
    fn an_answer_is_bound_by_every_fingerprint_in_it() {
        let certificate = B256::repeat_byte(0xab);
        let line =
            |function: &str, byte: &str| format!("a=fingerprint:{function} {}\r\n", [byte; 32].join(":"));
        let good = line("sha-256", "AB");
        assert!(is_bound(
            &format!("v=0\r\n{good}m=video 9\r\n{good}"),
            &certificate
        ));
        assert!(is_bound(&line("SHA-256", "ab"), &certificate));
        for bad in [
            "v=0\r\n".to_owned(),
            format!("{good}{}", line("sha-256", "AC")),
            line("sha-1", "AB"),
            good.replace("\r\n", ":AB\r\n"),
            good.replace("AB:", ""),
            "a=fingerprint:sha-256\r\n".to_owned(),
        ] {
            assert!(!is_bound(&bad, &certificate), "{bad}");
        }
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
