//! libsecp256k1: who signed a hash.

use headwater_protocol::key::{Address, Signature, keccak256};
use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use secp256k1::{Message, PublicKey};

/// Half of the curve's order, above which an `s` is the other spelling of a signature.
const HALF: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x5d,
    0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0,
];

/// What [`Signature::recover`] answers.
pub(crate) fn recover(signature: &Signature, hash: &[u8; 32]) -> Option<Address> {
    if !matches!(signature.0[64], 27 | 28) || signature.0[32..64] > HALF[..] {
        return None;
    }
    let point = bare(signature, hash)?.serialize_uncompressed();
    let mut address = [0; 20];
    address.copy_from_slice(&keccak256(&point[1..])[12..]);
    Some(Address(address))
}

/// The key alone.
pub(crate) fn bare(signature: &Signature, hash: &[u8; 32]) -> Option<PublicKey> {
    let id = RecoveryId::from_u8_masked(signature.0[64].wrapping_sub(27));
    let compact = RecoverableSignature::from_compact(&signature.0[..64], id).ok()?;
    compact.recover_ecdsa(Message::from_digest(*hash)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use headwater_protocol::key::SessionKey;

    #[test]
    fn it_answers_what_the_page_s_implementation_answers() {
        for n in 1..=64u8 {
            let hash = keccak256(&[n]);
            let good = SessionKey::from_bytes(&[n; 32]).unwrap().sign(&hash);
            for at in [0, 31, 32, 33, 63, 64] {
                for flip in [0, 1, 0x80, 0xff] {
                    let mut signature = good;
                    signature.0[at] ^= flip;
                    assert_eq!(
                        recover(&signature, &hash),
                        signature.recover(&hash),
                        "{n} {at} {flip}"
                    );
                }
            }
        }
    }
}
