//! Calls and transactions, typed by the bindings, and the chain's clock.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;
use headwater_protocol::chain::Revert;
use serde_json::{Value, json};

use crate::rpc::{parsed, quantity};
use crate::{Anvil, Error, History, Receipt, Rpc};

/// More than any call of ours takes.
const GAS: u64 = 16_000_000;

/// A chain whose blocks come when told.
#[derive(Debug)]
pub struct Chain {
    rpc: Rpc,
    anvil: Anvil,
}

/// Something to be sent. Anybody's: the node asks for no signature.
#[derive(Clone, Debug)]
pub struct Transaction {
    from: Address,
    to: Address,
    value: U256,
    data: Bytes,
}

impl Transaction {
    /// A call of a contract.
    pub fn new<C: SolCall>(from: Address, to: Address, call: &C) -> Self {
        Self {
            from,
            to,
            value: U256::ZERO,
            data: call.abi_encode().into(),
        }
    }

    /// With this much wei.
    #[must_use]
    pub fn paying(self, value: U256) -> Self {
        Self { value, ..self }
    }

    fn json(&self) -> Value {
        json!({
            "from": self.from,
            "to": self.to,
            "value": self.value,
            "gas": U256::from(GAS),
            "gasPrice": "0x0",
            "data": self.data,
        })
    }
}

impl Chain {
    /// A fresh one, without contracts.
    ///
    /// # Errors
    /// Anvil is not there or does not come up.
    pub fn start(history: History) -> Result<Self, Error> {
        let anvil = Anvil::start(history)?;
        let rpc = Rpc::new(anvil.url());
        Ok(Self { rpc, anvil })
    }

    /// The node's RPC, for what has no function here.
    #[must_use]
    pub fn rpc(&self) -> &Rpc {
        &self.rpc
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> &str {
        self.anvil.url()
    }

    /// Asks a contract something.
    ///
    /// # Errors
    /// [`Error::Reverted`] if it refuses; others are the node's.
    pub fn call<C: SolCall>(&self, to: Address, call: &C) -> Result<C::Return, Error> {
        let request = json!([{ "to": to, "data": Bytes::from(call.abi_encode()) }, "latest"]);
        let answer = self.rpc.request("eth_call", request)?;
        let data: Bytes = parsed("eth_call", &answer)?;
        C::abi_decode_returns(&data).map_err(|cause| Error::Abi {
            signature: C::SIGNATURE,
            cause,
        })
    }

    /// Sends a call, in a block of its own.
    ///
    /// # Errors
    /// [`Error::Reverted`] if the contract refuses; others are the node's.
    pub fn send<C: SolCall>(&self, from: Address, to: Address, call: &C) -> Result<Receipt, Error> {
        self.send_all(&[Transaction::new(from, to, call)])
            .map(|mut receipts| receipts.remove(0))
    }

    /// Sends a call with wei.
    ///
    /// # Errors
    /// As [`Chain::send`].
    pub fn pay<C: SolCall>(
        &self,
        from: Address,
        to: Address,
        value: U256,
        call: &C,
    ) -> Result<Receipt, Error> {
        let transaction = Transaction::new(from, to, call).paying(value);
        self.send_all(&[transaction])
            .map(|mut receipts| receipts.remove(0))
    }

    /// Sends these, in one block and in this order.
    ///
    /// # Errors
    /// [`Error::Reverted`] with the first that a contract refuses, after all were sent; others are the node's.
    pub fn send_all(&self, transactions: &[Transaction]) -> Result<Vec<Receipt>, Error> {
        self.rpc.request("evm_setAutomine", json!([false]))?;
        // One after the other: of a batch, anvil would give two of one account the same nonce.
        let hashes = transactions
            .iter()
            .map(|transaction| {
                self.rpc
                    .request("eth_sendTransaction", json!([transaction.json()]))
            })
            .collect::<Result<Vec<_>, _>>()?;
        self.mine(1)?;
        let requests: Vec<Value> = hashes.iter().map(|hash| json!([hash])).collect();
        let receipts = self.rpc.batch("eth_getTransactionReceipt", &requests)?;
        let receipt = |(json, hash): (&Value, &Value)| {
            Receipt::read(json)?.ok_or_else(|| self.refusal(hash).map_or_else(|error| error, Error::Reverted))
        };
        receipts.iter().zip(&hashes).map(receipt).collect()
    }

    /// Lets blocks pass.
    ///
    /// # Errors
    /// The node's.
    pub fn mine(&self, blocks: u64) -> Result<(), Error> {
        self.rpc
            .request("anvil_mine", json!([U256::from(blocks)]))
            .map(drop)
    }

    /// The last block's number.
    ///
    /// # Errors
    /// The node's.
    pub fn block(&self) -> Result<u64, Error> {
        let answer = self.rpc.request("eth_blockNumber", json!([]))?;
        quantity("eth_blockNumber", &answer).map(|block| block.to())
    }

    /// An account's wei.
    ///
    /// # Errors
    /// The node's.
    pub fn balance(&self, account: Address) -> Result<U256, Error> {
        let answer = self.rpc.request("eth_getBalance", json!([account, "latest"]))?;
        quantity("eth_getBalance", &answer)
    }

    /// Makes an account have this many wei.
    ///
    /// # Errors
    /// The node's.
    pub fn set_balance(&self, account: Address, wei: U256) -> Result<(), Error> {
        self.rpc
            .request("anvil_setBalance", json!([account, wei]))
            .map(drop)
    }

    /// The chain's id.
    ///
    /// # Errors
    /// The node's.
    pub fn id(&self) -> Result<u64, Error> {
        let answer = self.rpc.request("eth_chainId", json!([]))?;
        quantity("eth_chainId", &answer).map(|id| id.to())
    }

    /// What a transaction that is in a block was refused with.
    fn refusal(&self, hash: &Value) -> Result<Revert, Error> {
        let trace = self.rpc.request(
            "debug_traceTransaction",
            json!([hash, { "tracer": "callTracer" }]),
        )?;
        // A refusal without words has no output at all.
        let output: Bytes = parsed("debug_traceTransaction", &trace["output"]).unwrap_or_default();
        Ok(Revert(output.into()))
    }
}
