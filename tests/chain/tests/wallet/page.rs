//! A page, its wallet, and what it knows of the network.

use std::cell::Cell;

use alloy_primitives::{Address, Bytes, U256, hex as digits};
use headwater_protocol::chain::ticket::SignerApproval;
use headwater_protocol::key::SessionKey;
use headwater_protocol::wallet::developer::Unsigned;
use headwater_protocol::wallet::refusal::refusal;
use headwater_protocol::wallet::{Intent, Network as Described, Query, Transaction};
use headwater_protocol::{Code, hex};
use headwater_test_chain::{Error, Network, UNIT};
use serde_json::{Value, json};

/// The contracts, as a page has them described.
fn described(network: &Network) -> Result<Described, Error> {
    let json = json!({
        "chainId": network.chain.id()?,
        "contracts": {
            "TicketBroker": network.ticket_broker,
            "BondingManager": network.bonding_manager,
            "RoundsManager": network.rounds_manager,
            "ServiceRegistry": network.service_registry,
            "LivepeerToken": network.token,
        },
    });
    Ok(serde_json::from_value(json).expect("a network's description"))
}

/// A contract wallet whose owner anybody is: it calls what the first 32 bytes name with as many wei as the next 32 say and
/// the rest as data, and answers or reverts as that does. What comes without data it keeps.
///
/// `STOP` unless `CALLDATASIZE`, `CALLDATACOPY(0, 64, size - 64)`, `CALL(GAS, calldata[0], calldata[32], 0, size - 64, 0, 0)`,
/// `RETURNDATACOPY(0, 0, RETURNDATASIZE)`, and `RETURN` or `REVERT` of that.
const CONTRACT_WALLET: [u8; 49] = digits!(
    "36600557005b60403603806040600037600060009160006020356000355af13d600060003e602c573d6000fd5b3d6000f3"
);

/// A page with a wallet.
pub(crate) struct Page<'a> {
    network: &'a Network,
    pub(crate) described: Described,
    pub(crate) key: SessionKey,
    nonce: Cell<u64>,
    /// The contract wallet that the key commands, if that is the account.
    contract: Option<Address>,
}

impl<'a> Page<'a> {
    /// With 100 ETH and 100 tokens.
    pub(crate) fn open(network: &'a Network, secret: u8) -> Result<Self, Error> {
        let key = SessionKey::from_bytes(&[secret; 32]).expect("a key");
        let page = Self {
            network,
            described: described(network)?,
            key,
            nonce: Cell::new(0),
            contract: None,
        };
        page.endow()?;
        Ok(page)
    }

    /// The same, of a contract wallet's.
    pub(crate) fn of_contract(network: &'a Network, secret: u8) -> Result<Self, Error> {
        let contract = Some(Address::repeat_byte(secret));
        let code = json!([contract, digits::encode_prefixed(CONTRACT_WALLET)]);
        network.chain.rpc().request("anvil_setCode", code)?;
        let page = Self {
            contract,
            ..Self::open(network, secret)?
        };
        page.endow()?;
        Ok(page)
    }

    fn endow(&self) -> Result<(), Error> {
        let hundred = UNIT * U256::from(100);
        self.network.chain.set_balance(self.account(), hundred)?;
        self.network.mint(self.account(), hundred).map(drop)
    }

    pub(crate) fn account(&self) -> Address {
        self.contract.unwrap_or_else(|| self.key.address().into())
    }

    pub(crate) fn address(&self) -> String {
        self.account().to_string()
    }

    /// What its wallet sends.
    fn transaction(&self, intent: &Value) -> Transaction {
        let intent: Intent = serde_json::from_value(intent.clone()).expect("an intent");
        let meant = intent.transaction(&self.described).expect("a transaction");
        match self.contract {
            None => meant,
            Some(to) => Transaction {
                to,
                data: [
                    meant.to.into_word().as_slice(),
                    &meant.value.to_be_bytes::<32>(),
                    &meant.data,
                ]
                .concat(),
                value: U256::ZERO,
            },
        }
    }

    /// Sends it, and wants it done.
    pub(crate) fn act(&self, intent: Value) -> Result<(), Error> {
        let Transaction { to, data, value } = self.transaction(&intent);
        let nonce = self.nonce.replace(self.nonce.get() + 1);
        let unsigned = Unsigned {
            chain_id: self.described.chain_id,
            nonce,
            tip: 0,
            most: 0,
            gas: 2_000_000,
            to,
            value,
            data,
        };
        let rpc = self.network.chain.rpc();
        let raw = hex::encode(&unsigned.sign(&self.key));
        let hash = rpc.request("eth_sendRawTransaction", json!([raw]))?;
        self.network.chain.mine(1)?;
        let receipt = rpc.request("eth_getTransactionReceipt", json!([hash]))?;
        assert_eq!(receipt["status"], "0x1", "{intent}");
        Ok(())
    }

    /// Why it would be refused.
    pub(crate) fn refused(&self, intent: Value) -> (Code, String) {
        let Transaction { to, data, value } = self.transaction(&intent);
        let call = json!({ "from": Address::from(self.key.address()), "to": to, "value": value,
            "data": Bytes::from(data) });
        match self
            .network
            .chain
            .rpc()
            .request("eth_call", json!([call, "latest"]))
        {
            Err(Error::Reverted(revert)) => {
                let refusal = refusal(&revert.0);
                (refusal.code, refusal.message)
            }
            other => panic!("{intent} is not refused: {other:?}"),
        }
    }

    pub(crate) fn ask(&self, query: Value) -> Result<Value, Error> {
        let query: Query = serde_json::from_value(query).expect("a query");
        let answers = (query.calls(&self.described).expect("calls").into_iter())
            .map(|call| {
                let mut request = json!({ "data": Bytes::from(call.data) });
                if let Some(to) = call.to {
                    request["to"] = json!(to);
                }
                let answer = self
                    .network
                    .chain
                    .rpc()
                    .request("eth_call", json!([request, "latest"]))?;
                Ok(hex::bytes(answer.as_str().unwrap_or_default()).expect("bytes"))
            })
            .collect::<Result<Vec<_>, Error>>()?;
        Ok(query.answer(&self.described, &answers).expect("an answer"))
    }
}

pub(crate) fn units(count: u64) -> String {
    (UNIT * U256::from(count)).to_string()
}

/// An approval as JSON, with what is done with it.
pub(crate) fn leave(what: &str, approval: &SignerApproval) -> Value {
    let SignerApproval {
        sender,
        signer,
        maxDepositSpend,
        validUntilRound,
        anyRecipient,
        nonce,
    } = approval;
    json!({ "do": what, "sender": sender, "signer": signer, "maxDepositSpend": maxDepositSpend.to_string(),
        "validUntilRound": validUntilRound.to_string(), "anyRecipient": anyRecipient, "nonce": nonce.to_string() })
}

pub(crate) fn number(json: &Value) -> U256 {
    json.as_str()
        .and_then(|text| text.parse().ok())
        .expect("a number")
}
