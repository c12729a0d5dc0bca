//! The contracts as Rust sees them: how calls are written, and how answers, events and refusals are read. No I/O.
//!
//! - [`contract`]: one module for each file of `contracts/abi`, made from it, so that nothing here can drift.
//! - [`ticket`]: what a sender signs, as EIP-712 typed data.
//! - [`revert`]: why a contract refused.
//!
//! ```
//! use alloy_primitives::{Address, U256};
//! use alloy_sol_types::SolCall;
//! use headwater_protocol::chain::BondingManager;
//!
//! let call = BondingManager::bondCall { amount: U256::from(5), to: Address::ZERO };
//! assert_eq!(call.abi_encode().len(), 4 + 2 * 32); // the transaction's data
//! ```

pub mod contract;
pub mod revert;
pub mod ticket;

/// The chain's words, for shells that need no more of it.
pub mod words {
    pub use alloy_primitives::{B256, U256, U512};
}

pub use contract::*;
pub use revert::Revert;

use crate::key;

impl From<key::Address> for alloy_primitives::Address {
    fn from(address: key::Address) -> Self {
        Self(address.0.into())
    }
}

impl From<alloy_primitives::Address> for key::Address {
    fn from(address: alloy_primitives::Address) -> Self {
        Self(address.into_array())
    }
}

/// The page for those who call the contracts: its Rust is run as a test.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/contracts.md")]
struct Page;
