//! Session keys: secp256k1, as the chain recovers them.

use core::fmt;
use core::str::FromStr;

use k256::ecdsa::{RecoveryId, Signature as Ecdsa, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha3::{Digest, Keccak256};

use crate::hex;

/// Keccak-256, the chain's hash.
#[must_use]
pub fn keccak256(bytes: &[u8]) -> [u8; 32] {
    Keccak256::digest(bytes).into()
}

/// An Ethereum address: the last 20 bytes of the public key's keccak256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(pub [u8; 20]);

impl Address {
    fn of(key: &VerifyingKey) -> Self {
        let point = key.to_sec1_point(false);
        let hash = keccak256(&point.as_bytes()[1..]);
        let mut address = [0; 20];
        address.copy_from_slice(&hash[12..]);
        Self(address)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Not `0x` and 40 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an address is 0x and 40 hexadecimal digits")]
pub struct InvalidAddress;

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        hex::decode(text).map(Self).ok_or(InvalidAddress)
    }
}

impl TryFrom<String> for Address {
    type Error = InvalidAddress;

    fn try_from(text: String) -> Result<Self, InvalidAddress> {
        text.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

/// A private key made for one page or node. Never shown by `Debug`, never serialised.
#[derive(Clone)]
pub struct SessionKey(SigningKey);

impl SessionKey {
    /// The key with these secret bytes, which the shell draws from its platform's generator; `None` for the few values
    /// that are no key (zero, or not below the curve's order): draw again.
    #[must_use]
    pub fn from_bytes(secret: &[u8; 32]) -> Option<Self> {
        SigningKey::from_slice(secret).ok().map(Self)
    }

    /// The secret, for the shell's encrypted store and nothing else.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes().into()
    }

    /// The address that signatures recover to.
    #[must_use]
    pub fn address(&self) -> Address {
        Address::of(self.0.verifying_key())
    }

    /// Signs a 32-byte hash: deterministic (RFC 6979), low s.
    #[must_use]
    pub fn sign(&self, hash: &[u8; 32]) -> Signature {
        let (signature, recovery) = self.0.sign_prehash_recoverable(hash);
        let mut bytes = [0; 65];
        bytes[..64].copy_from_slice(&signature.to_bytes());
        bytes[64] = 27 + recovery.to_byte();
        Signature(bytes)
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionKey({})", self.address())
    }
}

/// r ‖ s ‖ v, 65 bytes, low s, v 27 or 28: the only form that the contracts take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature(pub [u8; 65]);

impl Signature {
    /// Who signed `hash`; `None` if this is no such signature of anyone.
    #[must_use]
    pub fn recover(&self, hash: &[u8; 32]) -> Option<Address> {
        let recovery = match self.0[64] {
            27 => RecoveryId::new(false, false),
            28 => RecoveryId::new(true, false),
            _ => return None,
        };
        let signature = Ecdsa::from_slice(&self.0[..64]).ok()?;
        // A high s is the same signature written twice; one spelling keeps hashes of signed things unique.
        if signature.normalize_s() != signature {
            return None;
        }
        VerifyingKey::recover_from_prehash(hash, &signature, recovery)
            .ok()
            .map(|key| Address::of(&key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first account of every Ethereum development chain.
    const DEV_SECRET: &str = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
    const DEV_ADDRESS: &str = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";

    fn dev_key() -> SessionKey {
        SessionKey::from_bytes(&hex::decode(DEV_SECRET).unwrap()).unwrap()
    }

    #[test]
    fn addresses_are_ethereum_addresses() {
        assert_eq!(dev_key().address().to_string(), DEV_ADDRESS);
        let checksummed = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
        assert_eq!(checksummed.parse::<Address>().unwrap(), dev_key().address());
    }

    #[test]
    fn a_signature_names_its_signer_and_nobody_for_other_words() {
        let hash = keccak256(b"headwater");
        let signature = dev_key().sign(&hash);
        assert_eq!(signature.recover(&hash), Some(dev_key().address()));
        assert_ne!(
            signature.recover(&keccak256(b"tailwater")),
            Some(dev_key().address())
        );
    }

    #[test]
    fn malleable_and_malformed_signatures_are_nobodys() {
        let hash = keccak256(b"headwater");
        let good = dev_key().sign(&hash);
        let mut wrong_v = good;
        wrong_v.0[64] = 1;
        assert_eq!(wrong_v.recover(&hash), None);

        let high_s = {
            let ecdsa = Ecdsa::from_slice(&good.0[..64]).unwrap();
            let flipped = Ecdsa::from_scalars(ecdsa.r().to_bytes(), (-*ecdsa.s()).to_bytes()).unwrap();
            let mut bytes = good.0;
            bytes[..64].copy_from_slice(&flipped.to_bytes());
            bytes[64] = 27 + 28 - good.0[64];
            Signature(bytes)
        };
        assert_eq!(high_s.recover(&hash), None);
        assert_eq!(Signature([0; 65]).recover(&hash), None);
    }

    #[test]
    fn a_key_does_not_show_its_secret() {
        assert_eq!(format!("{:?}", dev_key()), format!("SessionKey({DEV_ADDRESS})"));
        assert!(SessionKey::from_bytes(&[0; 32]).is_none());
    }
}
