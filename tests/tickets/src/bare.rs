//! The reference: libsecp256k1's recovery alone, without an address or a look at the spelling.

use headwater_protocol::key::Signature;
use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use secp256k1::{Message, PublicKey};

/// The key that signed a hash.
pub(crate) fn recover(signature: &Signature, hash: &[u8; 32]) -> Option<PublicKey> {
    let id = RecoveryId::from_u8_masked(signature.0[64].wrapping_sub(27));
    let compact = RecoverableSignature::from_compact(&signature.0[..64], id).ok()?;
    compact.recover(Message::from_digest(*hash)).ok()
}
