//! What a refusal says about a ticket's future.

use alloy_sol_types::SolError;
use headwater_protocol::chain::{Revert, TicketBroker};

/// Whether a ticket that was refused will ever be paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It has been paid.
    Used,
    /// It will not; the error's name.
    Never(&'static str),
    /// Funds may come, a pause may end, a signer may be approved: until the ticket expires.
    NotYet,
}

/// `last_round` is the last that was initialized.
pub(super) fn judge(revert: &Revert, last_round: u64) -> Verdict {
    if revert.is::<TicketBroker::TicketAlreadyUsed>().is_some() {
        return Verdict::Used;
    }
    if let Some(refused) = revert.is::<TicketBroker::CreationRoundNotAccepted>() {
        // Of a round to come only to a node that lags.
        let over = refused.creationRound.saturating_to::<u64>() <= last_round;
        return if over {
            Verdict::Never("CreationRoundNotAccepted")
        } else {
            Verdict::NotYet
        };
    }
    let never = [
        name::<TicketBroker::InvalidRecipient>(revert),
        name::<TicketBroker::ZeroFaceValue>(revert),
        name::<TicketBroker::InvalidAuxDataLength>(revert),
        name::<TicketBroker::RecipientRandMismatch>(revert),
        name::<TicketBroker::CreationRoundHashMismatch>(revert),
        name::<TicketBroker::InvalidSignature>(revert),
        name::<TicketBroker::InvalidSignatureLength>(revert),
        name::<TicketBroker::InvalidSignatureS>(revert),
        name::<TicketBroker::TicketNotWinning>(revert),
        name::<TicketBroker::SignerExpired>(revert),
        name::<TicketBroker::SignerVoid>(revert),
    ];
    never
        .into_iter()
        .flatten()
        .next()
        .map_or(Verdict::NotYet, Verdict::Never)
}

/// Without its arguments, if it is that one.
fn name<E: SolError>(revert: &Revert) -> Option<&'static str> {
    revert.is::<E>()?;
    E::SIGNATURE.split('(').next()
}

#[cfg(test)]
mod tests {
    use alloy_primitives::U256;

    use super::*;

    #[test]
    fn what_can_change_is_waited_for_and_what_cannot_is_not() {
        let funds = TicketBroker::InsufficientFunds {
            available: U256::ZERO,
        };
        let signer = TicketBroker::SignerNotApproved {
            signer: Default::default(),
        };
        let unlocked = TicketBroker::SenderUnlocked {
            sender: Default::default(),
        };
        let paused = TicketBroker::SystemPaused {};
        for revert in [
            funds.abi_encode(),
            signer.abi_encode(),
            unlocked.abi_encode(),
            paused.abi_encode(),
            vec![1, 2, 3],
            Vec::new(),
        ] {
            assert_eq!(judge(&Revert(revert), 9), Verdict::NotYet);
        }
        let void = TicketBroker::SignerVoid {
            voidFromRound: U256::from(3),
        };
        assert_eq!(judge(&Revert(void.abi_encode()), 9), Verdict::Never("SignerVoid"));
        let used = TicketBroker::TicketAlreadyUsed {
            ticketHash: Default::default(),
        };
        assert_eq!(judge(&Revert(used.abi_encode()), 9), Verdict::Used);
    }

    #[test]
    fn a_round_that_is_over_never_comes_back_and_one_to_come_does() {
        let refused = |round: u64| {
            let error = TicketBroker::CreationRoundNotAccepted {
                creationRound: U256::from(round),
            };
            judge(&Revert(error.abi_encode()), 9)
        };
        assert_eq!(refused(7), Verdict::Never("CreationRoundNotAccepted"));
        assert_eq!(refused(10), Verdict::NotYet);
    }
}
