//! What a transaction did.

use alloy_primitives::{Address, B256, Bytes, Log};
use alloy_sol_types::SolEvent;
use serde_json::Value;

use crate::Error;
use crate::rpc::{parsed, quantity};

const METHOD: &str = "eth_getTransactionReceipt";

/// A transaction that is in a block and was not refused.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// Its hash.
    pub hash: B256,
    /// The block's number.
    pub block: u64,
    /// All of its gas, the 21,000 and the calldata included.
    pub gas_used: u64,
    /// What the contracts told, in order.
    pub logs: Vec<Log>,
}

impl Receipt {
    /// The events of this kind, whichever contract's.
    pub fn events<E: SolEvent>(&self) -> impl Iterator<Item = E> {
        self.logs
            .iter()
            .filter_map(|log| E::decode_log_data(&log.data).ok())
    }

    /// From the node's JSON; `None` in the place of one that was refused.
    pub(crate) fn read(json: &Value) -> Result<Option<Self>, Error> {
        if quantity(METHOD, &json["status"])?.is_zero() {
            return Ok(None);
        }
        let logs = json["logs"].as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(Some(Self {
            hash: parsed(METHOD, &json["transactionHash"])?,
            block: quantity(METHOD, &json["blockNumber"])?.to(),
            gas_used: quantity(METHOD, &json["gasUsed"])?.to(),
            logs: logs.iter().map(log).collect::<Result<_, _>>()?,
        }))
    }
}

fn log(json: &Value) -> Result<Log, Error> {
    let topics = json["topics"].as_array().map(Vec::as_slice).unwrap_or_default();
    let topics: Vec<B256> = topics
        .iter()
        .map(|topic| parsed(METHOD, topic))
        .collect::<Result<_, _>>()?;
    let address: Address = parsed(METHOD, &json["address"])?;
    let data: Bytes = parsed(METHOD, &json["data"])?;
    Log::new(address, topics, data).ok_or_else(|| Error::Answer {
        method: METHOD.to_owned(),
        answer: json.clone(),
    })
}
