//! Asking the chain: one call, or many at the price of one round trip.

use alloy_json_rpc::{RpcRecv, RpcSend};
use alloy_primitives::{Address, B256, Bytes, U64, keccak256};
use alloy_rpc_client::{BatchRequest, RpcClient, Waiter};
use alloy_sol_types::SolCall;
use alloy_transport::{RpcError, TransportError};
use headwater_protocol::chain::{Controller, Revert};
use reqwest::Url;
use serde_json::{Value, json};

use super::endpoints::Policy;
use super::pool::Pool;
use super::{Header, Log, Receipt};

/// Which chain, and by whom it is told.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its nodes' RPC addresses, the preferred first.
    pub nodes: Vec<Url>,
    /// Its id, which each node must name.
    pub chain_id: u64,
    /// The network's Controller, which knows all other contracts.
    pub controller: Address,
    /// A block is final once so many are above it.
    pub confirmations: u64,
    /// How nodes are treated.
    pub policy: Policy,
}

/// Why the chain did not answer, or refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A contract refused the call.
    #[error("{0}")]
    Reverted(Revert),
    /// A node refused the request; another would too.
    #[error("the chain node refuses: {0}")]
    Refused(String),
    /// No node answers.
    #[error("the chain cannot be asked: {0}")]
    Unreachable(String),
    /// An answer is not what the contracts' ABI says.
    #[error("a contract's answer is not as its ABI says: {0}; is the Controller's address right?")]
    Abi(#[from] alloy_sol_types::Error),
    /// The Controller does not know a contract.
    #[error("the Controller {0} knows no {1}: is its address right?")]
    Unregistered(Address, &'static str),
}

impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        match error {
            RpcError::ErrorResp(payload) => match payload.as_revert_data() {
                Some(data) => Self::Reverted(Revert(data.into())),
                None => Self::Refused(format!("{} ({})", payload.message, payload.code)),
            },
            other => Self::Unreachable(other.to_string()),
        }
    }
}

/// Where the contracts lie. Proxies keep these addresses over upgrades.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "each is named as its contract")]
pub struct Contracts {
    pub controller: Address,
    pub bonding_manager: Address,
    pub rounds_manager: Address,
    pub ticket_broker: Address,
    pub service_registry: Address,
}

/// A chain with the network's contracts on it. Clones are of the same.
#[derive(Clone, Debug)]
pub struct Chain {
    rpc: RpcClient,
    id: u64,
    confirmations: u64,
    contracts: Contracts,
}

impl Chain {
    /// Finds the contracts.
    ///
    /// # Errors
    /// No node answers, or the Controller is not one.
    pub async fn connect(config: &Config) -> Result<Self, Error> {
        let pool = Pool::new(&config.nodes, config.chain_id, config.policy);
        let controller = config.controller;
        let mut chain = Self {
            // Not local: that would only set how often alloy's own pollers ask, and none is used.
            rpc: RpcClient::new(pool, false),
            id: config.chain_id,
            confirmations: config.confirmations,
            contracts: Contracts {
                controller,
                bonding_manager: Address::ZERO,
                rounds_manager: Address::ZERO,
                ticket_broker: Address::ZERO,
                service_registry: Address::ZERO,
            },
        };
        let names = [
            "BondingManager",
            "RoundsManager",
            "TicketBroker",
            "ServiceRegistry",
        ];
        let mut batch = chain.batch();
        let asked = names.map(|name| {
            let id = keccak256(name);
            batch.call(controller, &Controller::getContractCall { id })
        });
        batch.send().await?;
        let mut found = [Address::ZERO; 4];
        for ((found, asked), name) in found.iter_mut().zip(asked).zip(names) {
            *found = asked.answer().await?;
            if found.is_zero() {
                return Err(Error::Unregistered(controller, name));
            }
        }
        let [bonding_manager, rounds_manager, ticket_broker, service_registry] = found;
        chain.contracts = Contracts {
            controller,
            bonding_manager,
            rounds_manager,
            ticket_broker,
            service_registry,
        };
        Ok(chain)
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// A block is final once so many are above it.
    #[must_use]
    pub fn confirmations(&self) -> u64 {
        self.confirmations
    }

    /// Where the contracts lie.
    #[must_use]
    pub fn contracts(&self) -> &Contracts {
        &self.contracts
    }

    /// Asks a contract, at the newest block.
    ///
    /// # Errors
    /// [`Error::Reverted`] if it refuses.
    pub async fn call<C: SolCall>(&self, to: Address, call: &C) -> Result<C::Return, Error> {
        let data: Bytes = self.request("eth_call", (of(to, call), "latest")).await?;
        Ok(C::abi_decode_returns(&data)?)
    }

    /// Asks many things at once, of one block if each names it.
    pub fn batch(&self) -> Batch<'_> {
        Batch(self.rpc.new_batch())
    }

    /// The newest block.
    ///
    /// # Errors
    /// No node answers.
    pub async fn head(&self) -> Result<Header, Error> {
        self.request("eth_getBlockByNumber", ("latest", false)).await
    }

    /// A transaction's receipt; nothing while it is in no block.
    ///
    /// # Errors
    /// No node answers.
    pub async fn receipt(&self, hash: B256) -> Result<Option<Receipt>, Error> {
        self.request("eth_getTransactionReceipt", (hash,)).await
    }

    /// How many transactions of an account are in blocks: the next one's nonce.
    ///
    /// # Errors
    /// No node answers.
    pub async fn nonce(&self, account: Address) -> Result<u64, Error> {
        let count: U64 = self
            .request("eth_getTransactionCount", (account, "latest"))
            .await?;
        Ok(count.to())
    }

    /// What these contracts told with these topics, in blocks `from` to `to`, both included.
    ///
    /// # Errors
    /// [`Error::Refused`] perhaps because there is too much of it.
    pub async fn logs(
        &self,
        from: u64,
        to: u64,
        of: &[Address],
        topics: &[Option<B256>],
    ) -> Result<Vec<Log>, Error> {
        let filter = json!({
            "fromBlock": U64::from(from), "toBlock": U64::from(to), "address": of, "topics": topics,
        });
        self.request("eth_getLogs", (filter,)).await
    }

    pub(super) async fn request<P: RpcSend, R: RpcRecv>(
        &self,
        method: &'static str,
        params: P,
    ) -> Result<R, Error> {
        Ok(self.rpc.request(method, params).await?)
    }
}

/// Calls that are sent together.
#[derive(Debug)]
#[must_use = "nothing is asked before `send`"]
pub struct Batch<'a>(BatchRequest<'a>);

/// A call's place in a batch; the answer is there once the batch was sent.
#[must_use = "the answer is asked for and not read"]
#[derive(Debug)]
pub struct Waiting<C>(Result<Waiter<Bytes>, TransportError>, std::marker::PhantomData<C>);

impl Batch<'_> {
    /// Asks a contract, at the newest block.
    pub fn call<C: SolCall>(&mut self, to: Address, call: &C) -> Waiting<C> {
        self.call_as(of(to, call), json!("latest"))
    }

    /// Asks a contract as it was after this block.
    pub fn call_at<C: SolCall>(&mut self, to: Address, call: &C, block: u64) -> Waiting<C> {
        self.call_as(of(to, call), json!(U64::from(block)))
    }

    /// Asks what a transaction of `from` would do.
    pub fn simulate<C: SolCall>(&mut self, from: Address, to: Address, call: &C) -> Waiting<C> {
        let mut request = of(to, call);
        request["from"] = json!(from);
        self.call_as(request, json!("latest"))
    }

    fn call_as<C: SolCall>(&mut self, request: Value, block: Value) -> Waiting<C> {
        Waiting(
            self.0.add_call("eth_call", &(request, block)),
            std::marker::PhantomData,
        )
    }

    /// Any other request.
    pub(super) fn request<P: RpcSend, R: RpcRecv>(
        &mut self,
        method: &'static str,
        params: &P,
    ) -> Result<Waiter<R>, Error> {
        Ok(self.0.add_call(method, params)?)
    }

    /// Sends all of them.
    ///
    /// # Errors
    /// No node answers. What one call was refused is told by its [`Waiting`].
    pub async fn send(self) -> Result<(), Error> {
        Ok(self.0.await?)
    }
}

impl<C: SolCall> Waiting<C> {
    /// What the contract answered.
    ///
    /// # Errors
    /// [`Error::Reverted`] if it refused.
    pub async fn answer(self) -> Result<C::Return, Error> {
        let data = self.0?.await?;
        Ok(C::abi_decode_returns(&data)?)
    }
}

fn of<C: SolCall>(to: Address, call: &C) -> Value {
    json!({ "to": to, "data": Bytes::from(call.abi_encode()) })
}
