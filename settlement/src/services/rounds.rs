//! Beginning rounds: anybody may, one has to, and who is late pays for nothing.

use alloy_primitives::Bytes;
use alloy_sol_types::SolCall;
use headwater_protocol::chain::RoundsManager;

use crate::chain::Round;

/// Nodes spread over so many blocks after a round's start: with a hundred of them the first comes at once, and the
/// others see its transaction before they send theirs.
pub const SPREAD: u64 = 16;

/// The call that begins the round that is due, if this node's turn has come. `luck` in 0..1 is drawn once a round.
#[must_use]
pub fn wanted(round: &Round, head: u64, luck: f64) -> Option<Bytes> {
    round.due?;
    // In short rounds, of tests and young networks, in their first eighth.
    let spread = SPREAD.min(round.length / 8);
    // At most SPREAD.
    let turn = (luck.clamp(0.0, 1.0) * spread as f64) as u64;
    (head >= round.start + turn).then(|| RoundsManager::initializeRoundCall {}.abi_encode().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(due: Option<u64>, length: u64) -> Round {
        Round {
            number: 6,
            hash: Default::default(),
            previous_hash: Default::default(),
            last_is_final: true,
            due,
            start: 1_000,
            length,
            validity: 2,
        }
    }

    #[test]
    fn a_round_that_runs_is_left_alone() {
        assert_eq!(wanted(&round(None, 6_377), 5_000, 0.0), None);
    }

    #[test]
    fn one_that_is_due_is_begun_at_this_nodes_turn() {
        let due = round(Some(7), 6_377);
        assert!(wanted(&due, 1_000, 0.0).is_some());
        assert_eq!(wanted(&due, 1_007, 0.5), None);
        assert!(wanted(&due, 1_008, 0.5).is_some());
        assert!(wanted(&due, 1_016, 1.0).is_some());
        assert!(
            wanted(&round(Some(7), 20), 1_002, 1.0).is_some(),
            "of a short round not much is lost"
        );
    }
}
