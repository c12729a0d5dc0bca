//! Which chain, and where its contracts are.

use std::collections::BTreeMap;

use alloy_primitives::Address;
use serde::Deserialize;

use super::Invalid;
use crate::key;

/// A network, as `cargo xtask deploy` describes it: `{"chainId": …, "contracts": {"TicketBroker": "0x…", …}}`. What it
/// says besides is passed over.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Network {
    /// The chain's number (EIP-155).
    pub chain_id: u64,
    /// What pages call it.
    pub name: Option<String>,
    /// Addresses by the names of `contracts/abi`, or by Livepeer's.
    pub contracts: BTreeMap<String, key::Address>,
    /// What the chain's own currency is called, if not ETH.
    pub currency: Option<String>,
    /// What the staking token is called, if not HWT.
    pub token: Option<String>,
}

impl Network {
    /// A contract's address.
    ///
    /// # Errors
    /// [`Invalid::Contract`] where the description has none.
    pub fn contract(&self, name: &'static str) -> Result<Address, Invalid> {
        let theirs = (name == "HeadwaterToken").then_some("LivepeerToken");
        self.contracts
            .get(name)
            .or_else(|| self.contracts.get(theirs?))
            .map(|&address| address.into())
            .ok_or(Invalid::Contract(name))
    }

    /// The name, with the number that wallets know it by.
    pub(super) fn title(&self) -> String {
        let number = self.chain_id.to_string();
        match &self.name {
            Some(name) => [name, " (chain ", &number, ")"].concat(),
            None => ["chain ", &number].concat(),
        }
    }

    pub(super) fn currency(&self) -> &str {
        self.currency.as_deref().unwrap_or("ETH")
    }

    pub(super) fn token(&self) -> &str {
        self.token.as_deref().unwrap_or("HWT")
    }
}
