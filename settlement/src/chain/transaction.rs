//! Writing to the chain: transactions of a key that the node holds.

use alloy_consensus::{SignableTransaction, TxEip1559};
use alloy_primitives::{Address, B256, Bytes, TxKind, U64, U256};
use headwater_protocol::key::SessionKey;
use serde_json::json;

use super::{Chain, Error, Header};

/// What a unit of gas is offered, in wei (EIP-1559).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fees {
    /// In all, the block's base fee included.
    pub most: u128,
    /// Of it, at most, to who makes the block.
    pub tip: u128,
}

impl Fees {
    /// What brings a transaction into one of the next blocks: base fees rise by an eighth a block at most, so that twice
    /// the present one is enough for the next five.
    #[must_use]
    pub fn of(head: &Header, tip: u128) -> Self {
        let base: u128 = head.base_fee_per_gas.saturating_to();
        Self {
            most: base.saturating_mul(2).saturating_add(tip),
            tip,
        }
    }
}

/// A call of a contract, without wei.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// The contract.
    pub to: Address,
    /// The call.
    pub data: Bytes,
    /// Its place among the account's.
    pub nonce: u64,
    /// How much gas it may take.
    pub gas: u64,
    /// What that may cost.
    pub fees: Fees,
}

/// As nodes take it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Its name.
    pub hash: B256,
    /// What is sent.
    pub raw: Bytes,
}

impl Transaction {
    /// For this chain, by the account of `key`. The same words give the same bytes.
    #[must_use]
    pub fn sign(self, key: &SessionKey, chain_id: u64) -> Signed {
        let words = TxEip1559 {
            chain_id,
            nonce: self.nonce,
            gas_limit: self.gas,
            max_fee_per_gas: self.fees.most,
            max_priority_fee_per_gas: self.fees.tip,
            to: TxKind::Call(self.to),
            value: U256::ZERO,
            access_list: Default::default(),
            input: self.data,
        };
        let bytes = key.sign(&words.signature_hash()).0;
        let signature = alloy_primitives::Signature::from_bytes_and_parity(&bytes[..64], bytes[64] == 28);
        let signed = words.into_signed(signature);
        let mut raw = Vec::new();
        signed.eip2718_encode(&mut raw);
        Signed {
            hash: *signed.hash(),
            raw: raw.into(),
        }
    }
}

impl Chain {
    /// Hands a transaction to a node. One that it has already is no error.
    ///
    /// # Errors
    /// [`Error::Refused`] if it does not take it: the nonce is used, the account lacks wei, the fees are too low.
    pub async fn send(&self, signed: &Signed) -> Result<(), Error> {
        let sent: Result<B256, Error> = self.request("eth_sendRawTransaction", (&signed.raw,)).await;
        match sent {
            // In geth's words, which others repeat.
            Err(Error::Refused(why)) if why.contains("already known") || why.contains("already imported") => {
                Ok(())
            }
            other => other.map(drop),
        }
    }

    /// What a transaction is offered by others now, above the base fee.
    ///
    /// # Errors
    /// No node answers.
    pub async fn tip(&self) -> Result<u128, Error> {
        let tip: U256 = self.request("eth_maxPriorityFeePerGas", ()).await?;
        Ok(tip.saturating_to())
    }

    /// How much gas a call of `from` takes, by trying it.
    ///
    /// # Errors
    /// [`Error::Reverted`] if the contract refuses it.
    pub async fn estimate(&self, from: Address, to: Address, data: &Bytes) -> Result<u64, Error> {
        let call = json!({ "from": from, "to": to, "data": data });
        let gas: U64 = self.request("eth_estimateGas", (call,)).await?;
        Ok(gas.to())
    }

    /// Whether a node knows a transaction, in a block or waiting for one.
    ///
    /// # Errors
    /// No node answers.
    pub async fn knows(&self, hash: B256) -> Result<bool, Error> {
        let found: serde_json::Value = self.request("eth_getTransactionByHash", (hash,)).await?;
        Ok(!found.is_null())
    }
}
