//! Why a contract refused a call.

use core::fmt;

use alloy_sol_types::{ContractError, SolError, SolInterface};

use super::contract;
use super::ticket_broker::TicketBroker::TicketRefused;

/// What a reverted call gave back.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub struct Revert(pub Vec<u8>);

impl Revert {
    /// This error of a contract with its values, if it is that one.
    ///
    /// ```
    /// # use headwater_protocol::chain::{Revert, TicketBroker};
    /// # use alloy_sol_types::SolError;
    /// let revert = Revert(TicketBroker::UnlockInProgress { sender: Default::default() }.abi_encode());
    /// assert!(revert.is::<TicketBroker::UnlockInProgress>().is_some());
    /// assert!(revert.is::<TicketBroker::SignerVoid>().is_none());
    /// ```
    #[must_use]
    pub fn is<E: SolError>(&self) -> Option<E> {
        E::abi_decode(&self.0).ok()
    }
}

/// What `redeemWinningTicket` would have reverted with: a batch goes on, and tells by event.
impl From<&TicketRefused> for Revert {
    fn from(refused: &TicketRefused) -> Self {
        Self([refused.reason.as_slice(), refused.value.as_slice()].concat())
    }
}

/// By name with its values, whichever contract's error it is; Solidity's own, by their words; anything else in hexadecimal.
impl fmt::Display for Revert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the contract refused: ")?;
        if let Some(error) = contract::error(&self.0) {
            let inner = error
                .split_once('(')
                .and_then(|(_, inner)| inner.strip_suffix(')'));
            return f.write_str(inner.unwrap_or(&error));
        }
        match ContractError::<core::convert::Infallible>::abi_decode(&self.0) {
            Ok(ContractError::Revert(reason)) => f.write_str(&reason.reason),
            Ok(ContractError::Panic(panic)) => fmt::Display::fmt(&panic, f),
            _ => f.write_str(&crate::hex::encode(&self.0)),
        }
    }
}

impl fmt::Debug for Revert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Revert({self})")
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{Address, B256, U256};
    use alloy_sol_types::{Panic, Revert as Reason};

    use super::*;
    use crate::chain::{HeadwaterToken, TicketBroker};

    #[test]
    fn a_contracts_error_is_shown_by_name_with_its_values() {
        let used = TicketBroker::TicketAlreadyUsed {
            ticketHash: B256::repeat_byte(0xab),
        };
        let text = Revert(used.abi_encode()).to_string();
        assert_eq!(
            text,
            format!(
                "the contract refused: TicketAlreadyUsed {{ ticketHash: 0x{} }}",
                "ab".repeat(32)
            )
        );
        // A library's, which comes through whoever called it.
        let short = HeadwaterToken::ERC20InsufficientAllowance {
            spender: Address::ZERO,
            allowance: U256::from(1),
            needed: U256::from(2),
        };
        let text = Revert(short.abi_encode()).to_string();
        assert!(
            text.contains("ERC20InsufficientAllowance {") && text.ends_with("allowance: 1, needed: 2 }"),
            "{text}"
        );
    }

    #[test]
    fn soliditys_own_errors_are_shown_by_their_words_and_others_as_bytes() {
        let text = Revert(Reason::from("too late").abi_encode()).to_string();
        assert_eq!(text, "the contract refused: too late");
        let text = Revert(Panic::from(0x11).abi_encode()).to_string();
        assert!(text.contains("overflow"), "{text}");
        assert_eq!(
            Revert(vec![1, 2, 3]).to_string(),
            "the contract refused: 0x010203"
        );
        assert_eq!(Revert(Vec::new()).to_string(), "the contract refused: 0x");
    }

    #[test]
    fn an_error_cut_short_is_no_error() {
        let mut data = TicketBroker::SignerVoid {
            voidFromRound: U256::from(7),
        }
        .abi_encode();
        data.truncate(20);
        assert_eq!(Revert(data.clone()).is::<TicketBroker::SignerVoid>(), None);
        assert!(Revert(data).to_string().starts_with("the contract refused: 0x"));
    }
}
