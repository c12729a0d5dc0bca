//! A session key's approval as typed data (EIP-712), for `eth_signTypedData_v4`.

use alloy_primitives::B256;
use alloy_sol_types::SolStruct;
use serde_json::Value;

use super::fields::{Fields, Invalid};
use super::words::{Context, Words};
use super::{Network, intent};
use crate::chain::ticket::{SignerApproval, domain};

/// Reads an approval's fields, as `approveSigner` has them.
///
/// # Errors
/// [`Invalid::Field`].
pub fn read(value: &Value) -> Result<SignerApproval, Invalid> {
    intent::approval(&Fields::of(value)?)
}

/// EIP-712's types.
const TYPES: &str = r#"{
    "EIP712Domain": [
        {"name": "name", "type": "string"},
        {"name": "version", "type": "string"},
        {"name": "chainId", "type": "uint256"},
        {"name": "verifyingContract", "type": "address"}
    ],
    "SignerApproval": [
        {"name": "sender", "type": "address"},
        {"name": "signer", "type": "address"},
        {"name": "maxDepositSpend", "type": "uint256"},
        {"name": "validUntilRound", "type": "uint256"},
        {"name": "anyRecipient", "type": "bool"},
        {"name": "nonce", "type": "uint256"}
    ]
}"#;

/// What the wallet signs, as JSON text. Its hash is [`hash`]'s.
///
/// # Errors
/// [`Invalid::Contract`] without a TicketBroker.
pub fn typed_data(approval: &SignerApproval, network: &Network) -> Result<String, Invalid> {
    let text = |parts: &[(&str, String)]| {
        let field = |(name, value): &(&str, String)| ["\"", name, "\": \"", value, "\""].concat();
        parts.iter().map(field).collect::<Vec<_>>().join(", ")
    };
    let domain = text(&[
        ("name", "Headwater TicketBroker".to_owned()),
        ("version", "1".to_owned()),
        ("verifyingContract", network.contract("TicketBroker")?.to_string()),
    ]);
    let message = text(&[
        ("sender", approval.sender.to_string()),
        ("signer", approval.signer.to_string()),
        ("maxDepositSpend", approval.maxDepositSpend.to_string()),
        ("validUntilRound", approval.validUntilRound.to_string()),
        ("nonce", approval.nonce.to_string()),
    ]);
    let (chain, any) = (network.chain_id, approval.anyRecipient);
    Ok(format!(
        r#"{{"types": {TYPES}, "primaryType": "SignerApproval", "domain": {{{domain}, "chainId": {chain}}},
            "message": {{{message}, "anyRecipient": {any}}}}}"#
    ))
}

/// What is signed, in words.
///
/// # Errors
/// [`Invalid::Contract`] without a TicketBroker.
pub fn words(approval: &SignerApproval, network: &Network, context: &Context) -> Result<Words, Invalid> {
    let mut words = Words {
        title: "Let a session key pay for you".to_owned(),
        ..Words::default()
    };
    super::words::leave(approval, network, context, &mut words);
    words.say(&[
        "You sign this without a transaction; it counts from when somebody puts it on chain, in the network's TicketBroker, ",
        &network.contract("TicketBroker")?.to_string(),
        ", on ",
        &network.title(),
        ".",
    ]);
    Ok(words)
}

/// The hash that a signature of it is of, as TicketBroker recovers it.
///
/// # Errors
/// [`Invalid::Contract`] without a TicketBroker.
pub fn hash(approval: &SignerApproval, network: &Network) -> Result<B256, Invalid> {
    Ok(approval.eip712_signing_hash(&domain(network.chain_id, network.contract("TicketBroker")?)))
}

/// The hash of what [`typed_data`] made for any network, and of no other typed data.
///
/// # Errors
/// [`Invalid::Field`] for anything else.
pub fn typed_hash(typed: &Value) -> Result<B256, Invalid> {
    let other = || Invalid::Field("typedData", "a session key's approval, as approval() made it");
    let approval = read(typed.get("message").ok_or_else(other)?)?;
    let domain = Fields::of(typed.get("domain").ok_or_else(other)?)?;
    let broker = domain.address("verifyingContract")?;
    let network = Network {
        chain_id: u64::try_from(domain.number("chainId")?).map_err(|_| other())?,
        name: None,
        contracts: [("TicketBroker".to_owned(), broker.into())].into(),
        currency: None,
        token: None,
    };
    let ours: Value = serde_json::from_str(&typed_data(&approval, &network)?).map_err(|_| other())?;
    if ours != *typed {
        return Err(other());
    }
    hash(&approval, &network)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::key::SessionKey;

    fn approval() -> SignerApproval {
        read(&json!({ "sender": "0xa11ce000000000000000000000000000000a11ce",
            "signer": "0xb0b0000000000000000000000000000000000b0b", "maxDepositSpend": "1234567890123456789",
            "validUntilRound": "7042", "anyRecipient": true, "nonce": "991" }))
        .unwrap()
    }

    fn typed() -> Value {
        let text = typed_data(&approval(), &super::super::tests::network()).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    // What viem 2.57 makes of the same typed data, in `pkg/test/wallet.test.mjs`, too.
    #[test]
    fn its_hash_is_another_implementations() {
        let network = super::super::tests::network();
        let hash = hash(&approval(), &network).unwrap();
        assert_eq!(
            hash.to_string(),
            "0xff15eea677c668816bc9d644cd6721fad4678255e6ad812888fa860e47cc61a7"
        );
        assert_eq!(typed_hash(&typed()), Ok(hash));
    }

    #[test]
    fn its_signature_is_its_keys() {
        let key = SessionKey::from_bytes(&[7; 32]).unwrap();
        let hash = typed_hash(&typed()).unwrap();
        assert_eq!(key.sign(&hash).recover(&hash), Some(key.address()));
    }

    #[test]
    fn other_typed_data_is_not_signed() {
        let good = typed();
        for (pointer, value) in [
            ("/primaryType", json!("Permit")),
            ("/domain/name", json!("Another")),
            ("/domain/version", json!("2")),
            ("/domain/chainId", json!("31337")),
            ("/domain/verifyingContract", json!(null)),
            ("/types/SignerApproval/0/type", json!("bytes20")),
            ("/types/SignerApproval/5/name", json!("number")),
            ("/message/nonce", json!("0991")),
            ("/message/anyRecipient", json!("true")),
            ("/message", json!(null)),
        ] {
            let mut bad = good.clone();
            *bad.pointer_mut(pointer).unwrap() = value;
            assert!(typed_hash(&bad).is_err(), "{pointer}");
        }
        assert!(typed_hash(&json!([])).is_err());
        let mut more = good;
        more["message"]["more"] = json!(1);
        assert!(typed_hash(&more).is_err(), "a field that no words tell of");
    }

    #[test]
    fn its_words_are_the_transactions() {
        let network = super::super::tests::network();
        let signed = words(&approval(), &network, &Context::default()).unwrap();
        let sent = super::super::Intent::ApproveSigner(approval())
            .words(&network, &Context::default())
            .unwrap();
        let told = sent.sentences.len() - 1;
        assert_eq!(signed.sentences[..told], sent.sentences[..told]);
        assert_eq!(signed.warns, sent.warns);
    }
}
