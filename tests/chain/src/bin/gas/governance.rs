//! What deciding takes.

use alloy_primitives::{Bytes, U256};
use alloy_sol_types::SolCall;
use headwater_protocol::chain::{HeadwaterGovernor, HeadwaterToken, PollCreator};
use headwater_test_chain::{Error, UNIT};

use crate::Measure;
use crate::world::{Position, Sample, World, account};

pub(crate) const CALLS: &[(&str, Measure)] = &[
    ("propose", propose),
    ("cast_vote", cast_vote),
    ("cast_vote_override", cast_vote_override),
    ("create_poll", create_poll),
];

const AGAINST: u8 = 0;
const FOR: u8 = 1;

/// A payment of ten tokens.
fn proposal(world: &World) -> HeadwaterGovernor::proposeCall {
    let pay = HeadwaterToken::transferCall {
        to: account("payee", 0),
        value: UNIT * U256::from(10),
    };
    HeadwaterGovernor::proposeCall {
        targets: vec![world.network.token],
        values: vec![U256::ZERO],
        calldatas: vec![pay.abi_encode().into()],
        description: "pay whoever found it".to_owned(),
    }
}

fn propose(world: &World, at: &Position) -> Result<Sample, Error> {
    world.send(at.orchestrator, world.network.governor, &proposal(world))
}

/// The id of a proposal that is open.
fn open(world: &World, at: &Position) -> Result<U256, Error> {
    let (chain, governor) = (&world.network.chain, world.network.governor);
    let id = chain.send(at.orchestrator, governor, &proposal(world))?;
    let id = id
        .events::<HeadwaterGovernor::ProposalCreated>()
        .next()
        .expect("a proposal")
        .proposalId;
    let delay = chain.call(governor, &HeadwaterGovernor::votingDelayCall {})?;
    world.next_rounds(delay.to::<u64>() + 1)?;
    Ok(id)
}

fn cast_vote(world: &World, at: &Position) -> Result<Sample, Error> {
    let id = open(world, at)?;
    let vote = HeadwaterGovernor::castVoteCall {
        proposalId: id,
        support: FOR,
    };
    world.send(at.orchestrator, world.network.governor, &vote)
}

fn cast_vote_override(world: &World, at: &Position) -> Result<Sample, Error> {
    let id = open(world, at)?;
    let vote = HeadwaterGovernor::castVoteCall {
        proposalId: id,
        support: FOR,
    };
    world.send(at.orchestrator, world.network.governor, &vote)?;
    let vote = HeadwaterGovernor::castVoteCall {
        proposalId: id,
        support: AGAINST,
    };
    world.send(at.delegator, world.network.governor, &vote)
}

fn create_poll(world: &World, at: &Position) -> Result<Sample, Error> {
    let call = PollCreator::createPollCall {
        proposal: Bytes::from([0x5a; 32]),
    };
    world.send(at.delegator, world.network.poll_creator, &call)
}
