//! What the chain says, in the recipient's words.

use headwater_protocol::chain::ticket_broker::ITicketBroker::SignerInfo;
use headwater_protocol::pm::recipient::{Funds, Round, Rounds, Signer};

use crate::chain;

/// The rounds whose tickets are redeemed. New parameters name the last whose initialisation is final; where even the one
/// before is unknown, nothing can be asked for yet.
pub(super) fn rounds(round: &chain::Round) -> Option<Rounds> {
    let mut accepted = Vec::new();
    if round.validity > 1 && !round.previous_hash.is_zero() {
        accepted.push(Round {
            number: round.number - 1,
            hash: round.previous_hash,
        });
    }
    accepted.push(Round {
        number: round.number,
        hash: round.hash,
    });
    let newest = if round.last_is_final {
        accepted.last()
    } else {
        accepted.iter().rev().nth(1)
    };
    Some(Rounds {
        current: round.number,
        newest: *newest?,
        accepted,
    })
}

pub(super) fn funds(sender: &chain::Sender) -> Funds {
    Funds {
        allotment: sender.claimable,
        deposit: sender.deposit,
        reserve: sender.reserve,
        withdraw_round: (sender.withdraw_round > 0).then_some(sender.withdraw_round),
    }
}

pub(super) fn signer(info: &SignerInfo) -> Option<Signer> {
    info.approved.then(|| Signer {
        valid_until_round: info.validUntilRound.saturating_to(),
        void_from_round: (!info.voidFromRound.is_zero()).then(|| info.voidFromRound.saturating_to()),
    })
}

#[cfg(test)]
mod tests {
    use alloy_primitives::B256;

    use super::*;

    fn at(number: u64, last_is_final: bool, previous: u8, validity: u64) -> chain::Round {
        chain::Round {
            number,
            hash: B256::repeat_byte(9),
            previous_hash: B256::repeat_byte(previous),
            last_is_final,
            due: None,
            start: 0,
            length: 20,
            validity,
        }
    }

    #[test]
    fn parameters_name_a_round_only_once_it_is_final() {
        let number = |round: &chain::Round| rounds(round).map(|rounds| rounds.newest.number);
        assert_eq!(number(&at(7, true, 8, 2)), Some(7));
        assert_eq!(number(&at(7, false, 8, 2)), Some(6));
        // The one before is over, or never was.
        assert_eq!(number(&at(7, false, 8, 1)), None);
        assert_eq!(number(&at(7, false, 0, 2)), None);
        assert_eq!(number(&at(7, true, 0, 2)), Some(7));
    }
}
