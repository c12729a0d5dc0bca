//! Who signed a hash, by libsecp256k1: five times as fast as what a page does, with the same answers.

use headwater_protocol::key::{Address, Signature, keccak256};
use secp256k1::Message;
use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};

/// Who signed `hash`; as [`Signature::recover`] answers it.
#[must_use]
pub fn recover(signature: &Signature, hash: &[u8; 32]) -> Option<Address> {
    let id = match signature.0[64] {
        27 => RecoveryId::Zero,
        28 => RecoveryId::One,
        _ => return None,
    };
    let signature = RecoverableSignature::from_compact(&signature.0[..64], id).ok()?;
    let mut low = signature.to_standard();
    let given = low;
    low.normalize_s();
    if low != given {
        return None;
    }
    let key = signature.recover(Message::from_digest(*hash)).ok()?;
    let hash = keccak256(&key.serialize_uncompressed()[1..]);
    let mut address = [0; 20];
    address.copy_from_slice(&hash[12..]);
    Some(Address(address))
}

#[cfg(test)]
mod tests {
    use headwater_protocol::key::SessionKey;

    use super::*;

    #[test]
    fn it_answers_as_the_page_does() {
        let key = SessionKey::from_bytes(&[7; 32]).unwrap();
        for seed in 0u8..64 {
            let hash = keccak256(&[seed]);
            let good = key.sign(&hash);
            assert_eq!(recover(&good, &hash), Some(key.address()));
            for (at, bit) in [
                (0, 1u8),
                (31, 0x80),
                (32, 0x80),
                (40, 4),
                (63, 1),
                (64, 1),
                (64, 2),
                (64, 28),
            ] {
                let mut bad = good;
                bad.0[at] ^= bit.rotate_left(u32::from(seed) % 3);
                assert_eq!(recover(&bad, &hash), bad.recover(&hash), "{seed} {at}");
            }
        }
        for bytes in [[0; 65], [0xff; 65], [27; 65], [28; 65]] {
            assert_eq!(
                recover(&Signature(bytes), &[1; 32]),
                Signature(bytes).recover(&[1; 32])
            );
        }
    }

    #[test]
    fn a_second_spelling_of_a_signature_is_nobodys() {
        const ORDER: [u8; 32] = secp256k1::constants::CURVE_ORDER;
        let key = SessionKey::from_bytes(&[7; 32]).unwrap();
        let hash = keccak256(b"headwater");
        let mut high = key.sign(&hash);
        // n − s, by hand: borrow from the right.
        let mut borrow = 0i16;
        for i in (0..32).rev() {
            let digit = i16::from(ORDER[i]) - i16::from(high.0[32 + i]) - borrow;
            borrow = i16::from(digit < 0);
            high.0[32 + i] = (digit & 0xff) as u8;
        }
        high.0[64] = 27 + 28 - high.0[64];
        assert_eq!(recover(&high, &hash), None);
        assert_eq!(high.recover(&hash), None);
    }
}
