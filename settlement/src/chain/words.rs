//! Blocks, logs and receipts, as far as they are read here. Fields that other chains leave out are not asked for.

use alloy_primitives::{Address, B256, Bytes, LogData, U64, U256};
use alloy_sol_types::SolEvent;
use serde::Deserialize;

/// A block's head.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// How many blocks are before it.
    #[serde(deserialize_with = "word")]
    pub number: u64,
    /// Its name.
    pub hash: B256,
    /// The name of the one before.
    pub parent_hash: B256,
    /// Seconds since 1970.
    #[serde(deserialize_with = "word")]
    pub timestamp: u64,
    /// What each unit of gas costs at least, in wei; zero on chains without EIP-1559.
    #[serde(default)]
    pub base_fee_per_gas: U256,
}

/// What a contract told.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Log {
    /// The contract.
    pub address: Address,
    topics: Vec<B256>,
    data: Bytes,
    /// In which block.
    #[serde(deserialize_with = "word")]
    pub block_number: u64,
    /// That block's name.
    pub block_hash: B256,
    /// By which transaction.
    pub transaction_hash: B256,
}

impl Log {
    /// This event with its values, if it is that one.
    #[must_use]
    pub fn is<E: SolEvent>(&self) -> Option<E> {
        let data = LogData::new(self.topics.clone(), self.data.clone())?;
        E::decode_log_data(&data).ok()
    }
}

/// A transaction that is in a block.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// The transaction.
    pub transaction_hash: B256,
    /// In which block.
    #[serde(deserialize_with = "word")]
    pub block_number: u64,
    /// That block's name.
    pub block_hash: B256,
    /// All of its gas.
    #[serde(deserialize_with = "word")]
    pub gas_used: u64,
    status: U64,
    /// What the contracts told, in order.
    pub logs: Vec<Log>,
}

impl Receipt {
    /// Whether it was not refused.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        !self.status.is_zero()
    }
}

fn word<'de, D: serde::Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    U64::deserialize(from).map(|word| word.to())
}
