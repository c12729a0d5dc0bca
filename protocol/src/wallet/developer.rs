//! Transactions signed with a key in the page: the developer wallet's, for tests and play money.

use alloy_primitives::{Address, U256};
use alloy_rlp::{Encodable, Header};
use serde::Deserialize;
use serde_json::Value;

use super::fields::{Fields, Invalid};
use crate::key::{SessionKey, keccak256};

/// A transaction of EIP-1559's kind, with all that a node would fill in. JSON: the same names as JSON-RPC's
/// `eth_sendTransaction`, besides `chainId`; numbers as `0x…` or decimal text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub struct Unsigned {
    /// `chainId`
    pub chain_id: u64,
    /// `nonce`
    pub nonce: u64,
    /// `maxPriorityFeePerGas`, in wei
    pub tip: u128,
    /// `maxFeePerGas`, in wei
    pub most: u128,
    /// `gas`
    pub gas: u64,
    /// `to`
    pub to: Address,
    /// `value`, in wei; 0 where there is none
    pub value: U256,
    /// `data`; nothing where there is none
    pub data: Vec<u8>,
}

impl TryFrom<Value> for Unsigned {
    type Error = Invalid;

    fn try_from(value: Value) -> Result<Self, Invalid> {
        let fields = Fields::of(&value)?;
        Ok(Self {
            chain_id: narrow(&fields, "chainId")?,
            nonce: narrow(&fields, "nonce")?,
            tip: narrow(&fields, "maxPriorityFeePerGas")?,
            most: narrow(&fields, "maxFeePerGas")?,
            gas: narrow(&fields, "gas")?,
            to: fields.address("to")?,
            value: fields.maybe("value")?.unwrap_or_default(),
            data: if fields.has("data") {
                fields.bytes("data")?.to_vec()
            } else {
                Vec::new()
            },
        })
    }
}

/// EIP-2718's number of EIP-1559's transactions.
const KIND: u8 = 2;

impl Unsigned {
    /// What `eth_sendRawTransaction` takes.
    #[must_use]
    pub fn sign(&self, key: &SessionKey) -> Vec<u8> {
        let signature = key.sign(&keccak256(&self.encode(None))).0;
        self.encode(Some(&signature))
    }

    fn encode(&self, signature: Option<&[u8; 65]>) -> Vec<u8> {
        let mut fields = Vec::new();
        self.chain_id.encode(&mut fields);
        self.nonce.encode(&mut fields);
        self.tip.encode(&mut fields);
        self.most.encode(&mut fields);
        self.gas.encode(&mut fields);
        self.to.as_slice().encode(&mut fields);
        number(self.value.to_be_bytes(), &mut fields);
        self.data.as_slice().encode(&mut fields);
        // An empty access list.
        Header {
            list: true,
            payload_length: 0,
        }
        .encode(&mut fields);
        if let Some(signature) = signature {
            let (r, rest) = signature.split_at(32);
            (signature[64] - 27).encode(&mut fields);
            number(r.try_into().unwrap_or_default(), &mut fields);
            number(rest[..32].try_into().unwrap_or_default(), &mut fields);
        }
        let mut all = vec![KIND];
        Header {
            list: true,
            payload_length: fields.len(),
        }
        .encode(&mut all);
        all.append(&mut fields);
        all
    }
}

/// RLP's numbers have no zeros in front.
fn number(bytes: [u8; 32], out: &mut Vec<u8>) {
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    bytes[zeros..].encode(out);
}

fn narrow<N: TryFrom<U256>>(fields: &Fields<'_>, name: &'static str) -> Result<N, Invalid> {
    N::try_from(fields.number(name)?).map_err(|_| Invalid::Field(name, "smaller"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The first account that anvil and hardhat make for everybody.
    fn key() -> SessionKey {
        let secret = crate::hex::decode("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
        SessionKey::from_bytes(&secret.unwrap()).unwrap()
    }

    fn signed(json: Value) -> String {
        let unsigned: Unsigned = serde_json::from_value(json).unwrap();
        crate::hex::encode(&unsigned.sign(&key()))
    }

    // What viem 2.57 signs with the same key.
    #[test]
    fn transactions_are_those_that_another_wallet_signs() {
        assert_eq!(
            signed(
                json!({ "chainId": 31_337, "nonce": "0x0", "maxPriorityFeePerGas": "0x0",
                "maxFeePerGas": "0x3b9aca00", "gas": "0x5208", "to": "0xb0b0000000000000000000000000000000000b0b" })
            ),
            "0x02f868827a698080843b9aca0082520894b0b0000000000000000000000000000000000b0b8080c001a053468327cdf0d8b3611\
             467c74beb3981b11b724a92e3e8660447a5ea1071e9c4a004d2f989db78227504f05fdcd93c95cb3c50a2089735121b6d8b7cc695\
             7670fa"
        );
        assert_eq!(
            signed(
                json!({ "chainId": "421614", "nonce": 300, "maxPriorityFeePerGas": "1500000000",
                "maxFeePerGas": "123456789012", "gas": 250_000, "to": "0xb0b0000000000000000000000000000000000b0b",
                "value": "1234567890123456789", "data": format!("0x{}", "7f".repeat(68)) })
            ),
            [
                "0x02f8be83066eee82012c8459682f00851cbe991a148303d09094b0b0000000000000000000000000000000000b0b",
                "88112210f47de98115b844",
                &"7f".repeat(68),
                "c001a09c5202c4c207b0009017d6f672b1c0232ffc4018d9adbe9ad536e77058803eda",
                "a055ec513463997eb2022a1d4862671c19785f93a051fe03b952556c0dd2e2f0c2",
            ]
            .concat()
        );
    }

    #[test]
    fn a_signature_with_zeros_in_front_loses_them() {
        assert_eq!(
            signed(
                json!({ "chainId": 1, "nonce": 117, "maxPriorityFeePerGas": 1, "maxFeePerGas": 2, "gas": 21_000,
                "to": "0xb0b0000000000000000000000000000000000b0b", "value": 128 })
            ),
            "0x02f8620175010282520894b0b0000000000000000000000000000000000b0b818080c001a03c644fd6e564b6f965e68b6cedce9b\
             72a6e69337332ab8fb5dba377e2a8de74e9fe3ed3e9807affb8cd0cc70932aaa3d26e72fd69982421cb18c18fe5113ab29"
        );
    }

    #[test]
    fn what_no_transaction_has_is_refused() {
        let good = json!({ "chainId": 1, "nonce": 0, "maxPriorityFeePerGas": 0, "maxFeePerGas": 0, "gas": 21_000,
            "to": "0xb0b0000000000000000000000000000000000b0b" });
        assert!(serde_json::from_value::<Unsigned>(good.clone()).is_ok());
        for (name, value) in [
            ("nonce", json!("0x10000000000000000")),
            ("to", json!(null)),
            ("data", json!("0x1")),
            ("value", json!("1.0")),
            ("gas", json!(-1)),
        ] {
            let mut bad = good.clone();
            bad[name] = value;
            let error = serde_json::from_value::<Unsigned>(bad).unwrap_err().to_string();
            assert!(error.starts_with(&format!("\"{name}\"")), "{error}");
        }
    }
}
