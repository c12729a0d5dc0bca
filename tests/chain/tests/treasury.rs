//! Governance end to end: who holds the stake decides what the treasury pays.

mod actors;

use actors::{DELEGATOR, FINDER, ORCHESTRATOR};
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::SolCall;
use headwater_protocol::chain::{HeadwaterGovernor, HeadwaterToken};
use headwater_test_chain::{Error, Network, UNIT};

const AGAINST: u8 = 0;
const FOR: u8 = 1;
/// Of OpenZeppelin's ProposalState.
const SUCCEEDED: u8 = 4;
const EXECUTED: u8 = 7;

/// What is proposed: a payment of ten tokens.
struct Payment {
    targets: Vec<Address>,
    values: Vec<U256>,
    calldatas: Vec<Bytes>,
    words: String,
}

impl Payment {
    fn new(network: &Network) -> Self {
        let call = HeadwaterToken::transferCall {
            to: FINDER,
            value: UNIT * U256::from(10),
        };
        Self {
            targets: vec![network.token],
            values: vec![U256::ZERO],
            calldatas: vec![call.abi_encode().into()],
            words: "pay whoever found it".to_owned(),
        }
    }

    fn propose(&self) -> HeadwaterGovernor::proposeCall {
        HeadwaterGovernor::proposeCall {
            targets: self.targets.clone(),
            values: self.values.clone(),
            calldatas: self.calldatas.clone(),
            description: self.words.clone(),
        }
    }

    fn hash(&self) -> B256 {
        keccak256(&self.words)
    }
}

#[test]
fn the_treasury_pays_what_passes_and_a_delegators_vote_overrides_its_orchestrators() -> Result<(), Error> {
    let network = Network::deploy()?;
    let (chain, governor) = (&network.chain, network.governor);
    network.next_round()?;
    network.bond(ORCHESTRATOR, ORCHESTRATOR, UNIT * U256::from(100))?;
    network.bond(DELEGATOR, ORCHESTRATOR, UNIT * U256::from(300))?;
    network.next_round()?;
    network.next_round()?;
    network.mint(network.treasury, UNIT * U256::from(10))?;

    let payment = Payment::new(&network);
    let receipt = chain.send(ORCHESTRATOR, governor, &payment.propose())?;
    let id = receipt
        .events::<HeadwaterGovernor::ProposalCreated>()
        .next()
        .expect("a proposal")
        .proposalId;
    let delay = chain.call(governor, &HeadwaterGovernor::votingDelayCall {})?;
    for _ in 0..delay.to::<u64>() + 1 {
        network.next_round()?;
    }

    // All four hundred are against, until three hundred of them say otherwise.
    vote(&network, id, ORCHESTRATOR, AGAINST)?;
    assert_eq!(votes(&network, id)?, [400, 0]);
    vote(&network, id, DELEGATOR, FOR)?;
    assert_eq!(votes(&network, id)?, [100, 300]);
    let again = vote(&network, id, DELEGATOR, AGAINST);
    let Err(Error::Reverted(revert)) = again else {
        panic!("voted twice: {again:?}")
    };
    assert!(
        revert.is::<HeadwaterGovernor::VoteAlreadyCast>().is_some(),
        "{revert}"
    );

    let period = chain.call(governor, &HeadwaterGovernor::votingPeriodCall {})?;
    for _ in 0..period.to::<u64>() {
        network.next_round()?;
    }
    assert_eq!(state(&network, id)?, SUCCEEDED);
    let Payment {
        targets,
        values,
        calldatas,
        ..
    } = &payment;
    let (targets, values, calldatas) = (targets.clone(), values.clone(), calldatas.clone());
    let queue = HeadwaterGovernor::queueCall {
        targets: targets.clone(),
        values: values.clone(),
        calldatas: calldatas.clone(),
        descriptionHash: payment.hash(),
    };
    chain.send(FINDER, governor, &queue)?;
    let execute = HeadwaterGovernor::executeCall {
        targets,
        values,
        calldatas,
        descriptionHash: payment.hash(),
    };
    chain.send(FINDER, governor, &execute)?;
    assert_eq!(state(&network, id)?, EXECUTED);
    let paid = chain.call(network.token, &HeadwaterToken::balanceOfCall { account: FINDER })?;
    assert_eq!(paid, UNIT * U256::from(10), "paid");
    Ok(())
}

fn vote(network: &Network, id: U256, who: Address, support: u8) -> Result<(), Error> {
    let vote = HeadwaterGovernor::castVoteCall {
        proposalId: id,
        support,
    };
    network.chain.send(who, network.governor, &vote).map(drop)
}

/// Against and for, in tokens.
fn votes(network: &Network, id: U256) -> Result<[u64; 2], Error> {
    let votes = network.chain.call(
        network.governor,
        &HeadwaterGovernor::proposalVotesCall { proposalId: id },
    )?;
    Ok([votes.againstVotes, votes.forVotes].map(|votes| (votes / UNIT).to()))
}

fn state(network: &Network, id: U256) -> Result<u8, Error> {
    network
        .chain
        .call(network.governor, &HeadwaterGovernor::stateCall { proposalId: id })
}
