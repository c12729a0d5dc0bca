//! Claiming an orchestrator's reward, once a round, by a key that can do nothing else in its name.

use alloy_primitives::{Address, Bytes};
use alloy_sol_types::SolCall;
use headwater_protocol::chain::BondingManager;

use crate::chain::{Node, Round};

/// Blocks before a round's end in which no reward is claimed any more: it would come into the next one, for which it
/// is not.
const MARGIN: u64 = 3;

/// The call that claims this round's reward, if there is one to claim.
#[must_use]
pub fn wanted(round: &Round, head: u64, node: &Node, orchestrator: Address) -> Option<Bytes> {
    let open = round.due.is_none() && node.active && node.last_reward_round < round.number;
    let ends = round.start + round.length;
    let in_time = head + MARGIN.min(round.length / 8) < ends;
    let claim = BondingManager::rewardForTranscoderCall {
        transcoder_: orchestrator,
    };
    (open && in_time).then(|| claim.abi_encode().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUND: Round = Round {
        number: 7,
        hash: alloy_primitives::B256::ZERO,
        previous_hash: alloy_primitives::B256::ZERO,
        last_is_final: true,
        due: None,
        start: 1_000,
        length: 100,
        validity: 2,
    };

    fn node(active: bool, last_reward_round: u64) -> Node {
        Node {
            active,
            registered: true,
            service_uri: String::new(),
            redeemer: Address::ZERO,
            reward_caller: Address::ZERO,
            last_reward_round,
        }
    }

    #[test]
    fn it_is_claimed_once_a_round_by_who_is_elected() {
        let wanted = |node: &Node| wanted(&ROUND, 1_000, node, Address::ZERO).is_some();
        assert!(wanted(&node(true, 6)));
        assert!(!wanted(&node(true, 7)), "claimed already");
        assert!(!wanted(&node(false, 6)), "not elected");
    }

    #[test]
    fn none_is_claimed_where_it_could_come_into_another_round() {
        let claimed = |round: &Round, head| wanted(round, head, &node(true, 6), Address::ZERO).is_some();
        assert!(claimed(&ROUND, 1_096) && !claimed(&ROUND, 1_097));
        let due = Round {
            due: Some(8),
            ..ROUND
        };
        assert!(!claimed(&due, 1_000), "the round that pays is over");
    }
}
