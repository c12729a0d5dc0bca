//! Why nothing is paid, in words and by code.

use alloy_primitives::U256;

use crate::Code;
use crate::key::Address;
use crate::pm::price::Price;

/// Why nothing is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Withheld {
    /// The parameters name others.
    #[error("the orchestrator asks for tickets from {sender} to {recipient}, which nobody here agreed to")]
    Foreign {
        /// Who is to be paid.
        recipient: Address,
        /// Who is to pay.
        sender: Address,
    },
    /// Above [`super::Config::max_price`].
    #[error("the orchestrator asks for {price}, and the limit is {limit}; raise the limit or choose another")]
    Price {
        /// What it asks for.
        price: Price,
        /// What was agreed to.
        limit: Price,
    },
    /// Nothing can win, though work costs something.
    #[error(
        "the orchestrator's tickets are worth nothing, so no number of them pays for its work; choose another"
    )]
    Worthless,
    /// Above [`super::Config::max_value`].
    #[error(
        "a ticket would be worth {value} wei, and the limit is {limit}; raise the limit or choose another orchestrator"
    )]
    Value {
        /// What one is worth, rounded up.
        value: U256,
        /// What was agreed to.
        limit: U256,
    },
    /// Above [`super::Config::max_ahead`].
    #[error(
        "paying for the next seconds would put more than {limit} wei ahead; raise the limit or choose a cheaper orchestrator"
    )]
    Ahead {
        /// What was agreed to.
        limit: U256,
    },
    /// Tickets worth more than [`super::Config::max_ahead`] earned nothing.
    #[error(
        "the orchestrator refused tickets worth {lost} wei, and the limit is {limit}; see its reasons, or choose another"
    )]
    Refused {
        /// What they were worth.
        lost: U256,
        /// What was agreed to.
        limit: U256,
    },
    /// The recipient says that more than [`super::Config::max_ahead`] is owed from before.
    #[error(
        "the orchestrator says that {owed} wei are owed from before, and the limit is {limit}; raise the limit or choose another"
    )]
    Owed {
        /// What it says.
        owed: U256,
        /// What was agreed to.
        limit: U256,
    },
    /// The deposit holds too few winners.
    #[error(
        "a winning ticket takes {face_value} wei, {winners} times over, and the deposit is {deposit}; add to the deposit"
    )]
    Deposit {
        /// What a winner takes.
        face_value: U256,
        /// How many the deposit has to hold.
        winners: u32,
        /// What there is.
        deposit: U256,
    },
    /// Without a reserve no orchestrator relies on the deposit.
    #[error("there is no reserve, which is what an orchestrator relies on; fund it")]
    Reserve,
    /// Funds are about to leave.
    #[error(
        "the deposit may be withdrawn from round {withdraw_round} on, and this is round {round}; cancel the unlocking first"
    )]
    Unlocking {
        /// When.
        withdraw_round: u64,
        /// Now.
        round: u64,
    },
}

impl Withheld {
    /// The stable code of it.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Foreign { .. } => Code::TicketRecipient,
            Self::Price { .. } => Code::PriceTooHigh,
            Self::Worthless | Self::Value { .. } => Code::TicketTooLarge,
            Self::Ahead { .. } | Self::Refused { .. } | Self::Owed { .. } => Code::PaidTooFar,
            Self::Deposit { .. } => Code::DepositTooSmall,
            Self::Reserve => Code::ReserveTooSmall,
            Self::Unlocking { .. } => Code::SenderUnlocking,
        }
    }
}
