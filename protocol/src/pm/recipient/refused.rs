//! Why a payment, or a ticket of it, earns no credit.

use alloy_primitives::U256;

use super::super::odds::Unpayable;
use super::super::payment::{self, MAX_NONCE};
use super::nonces::MAX_SETS;
use crate::Code;
use crate::key::Address;

/// The reason. [`Refused::code`] is what travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// Nothing of the payment can be read as one.
    #[error(transparent)]
    Payment(#[from] payment::Refusal),
    /// Parameters of somebody else's.
    #[error("these parameters are for {theirs}, and this session is paid by {ours}; ask for its own")]
    Sender {
        /// Whose they are.
        theirs: Address,
        /// Who pays here.
        ours: Address,
    },
    /// The chain was not asked yet, or did not answer.
    #[error("the chain has not said yet what this sender has; pay again in a moment")]
    ChainUnknown,
    /// Funds are about to leave.
    #[error(
        "the sender may withdraw everything from round {withdraw_round} on, and this is round {round}; cancel the unlocking"
    )]
    Unlocking {
        /// When.
        withdraw_round: u64,
        /// Now.
        round: u64,
    },
    /// Too late to be redeemed, or of another history.
    #[error(
        "tickets of round {0} are not redeemed any more, or the round has another hash now; ask for new parameters"
    )]
    Round(u64),
    /// Nobody's.
    #[error("a ticket's signature is nobody's; sign it again")]
    Signature,
    /// Signed by a stranger.
    #[error(
        "{0} may not sign the sender's tickets; let the wallet approve it, and wait until the chain has it"
    )]
    Signer(Address),
    /// Approved for less long.
    #[error("the signer's approval ended with round {0}; let the wallet approve a new session key")]
    SignerExpired(u64),
    /// Revoked.
    #[error("the signer was revoked from round {0} on; let the wallet approve a new session key")]
    SignerRevoked(u64),
    /// What it could pay is not there.
    #[error(
        "a winner pays {face_value} wei, and the sender's reserve leaves {float} for this recipient; ask for new parameters, or add to the reserve"
    )]
    Float {
        /// What it would pay.
        face_value: U256,
        /// What there is.
        float: U256,
    },
    /// No parameters can be made.
    #[error(transparent)]
    Unpayable(#[from] Unpayable),
    /// Late.
    #[error("these parameters earned credit until {0} ms by the orchestrator's clock; ask for new ones")]
    Expired(u64),
    /// Not one of the numbers.
    #[error("a ticket's nonce is 1 to {MAX_NONCE}, not {0}; ask for new parameters when they are used up")]
    Nonce(u32),
    /// Twice.
    #[error("the ticket with nonce {0} was counted before, or may have been before a restart; use the next")]
    Seen(u32),
    /// Too many parameters at once.
    #[error("{MAX_SETS} sets of parameters of this sender are in use; use one of them to its end")]
    TooManySets,
    /// The disk.
    #[error(
        "the orchestrator cannot write down what it is paid, and takes nothing that it might lose; try again later"
    )]
    NotStored,
}

impl Refused {
    /// The stable code of it.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Payment(payment::Refusal::Count(_)) => Code::TicketCount,
            Self::Payment(payment::Refusal::Recipient { .. }) => Code::TicketRecipient,
            Self::Payment(_) => Code::TicketParams,
            Self::Sender { .. } => Code::TicketSender,
            Self::ChainUnknown => Code::ChainUnknown,
            Self::Unlocking { .. } => Code::SenderUnlocking,
            Self::Round(_) => Code::TicketRound,
            Self::Signature => Code::TicketSignature,
            Self::Signer(_) => Code::SignerUnknown,
            Self::SignerExpired(_) => Code::SignerExpired,
            Self::SignerRevoked(_) => Code::SignerRevoked,
            Self::Float { .. } | Self::Unpayable(Unpayable::Float { .. }) => Code::ReserveTooSmall,
            Self::Unpayable(_) => Code::TicketsUnpayable,
            Self::Expired(_) => Code::ParamsExpired,
            Self::Nonce(_) => Code::TicketNonce,
            Self::Seen(_) => Code::TicketSeen,
            Self::TooManySets => Code::TooManyParams,
            Self::NotStored => Code::PaymentNotStored,
        }
    }
}
