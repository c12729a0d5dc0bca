//! What stake is asked to do.

use alloy_primitives::U256;
use headwater_protocol::chain::{BondingManager, ServiceRegistry};
use headwater_test_chain::{Error, UNIT};

use crate::Measure;
use crate::payer::Signer;
use crate::world::{Position, Sample, World};

/// Where the pool has room for one more.
pub(crate) const WITH_ROOM: &[(&str, Measure)] = &[("bond_new_orchestrator", new_orchestrator)];

/// After [`thirty_rounds`].
pub(crate) const LATE: &[(&str, Measure)] =
    &[("claim_earnings_30_rounds", |world, at| claim_earnings(world, at))];

pub(crate) const CALLS: &[(&str, Measure)] = &[
    ("bond_new_orchestrator_full_pool", new_orchestrator),
    ("bond_first_delegation", first_delegation),
    (
        "bond_first_delegation_after_reward",
        first_delegation_after_reward,
    ),
    ("bond_top_up", |world, at| bond(world, at, 7)),
    ("change_delegate", change_delegate),
    ("unbond_first", unbond),
    ("unbond_later", unbond_later),
    ("rebond", rebond),
    ("withdraw_stake", withdraw_stake),
    ("claim_earnings_1_round", claim),
    ("withdraw_fees", |world, at| {
        earn(world, at)?;
        let settle = BondingManager::checkpointBondingStateCall {
            account: at.orchestrator,
        };
        world.stake_call(at.unrewarded, &settle)?;
        withdraw_fees(world, at)
    }),
    ("withdraw_fees_unsettled", |world, at| {
        earn(world, at)?;
        withdraw_fees(world, at)
    }),
    ("reward", |world, at| {
        world.stake_call(at.orchestrator, &BondingManager::rewardCall {})
    }),
    ("reward_first_ever", |world, at| {
        world.stake_call(at.unrewarded, &BondingManager::rewardCall {})
    }),
    ("transcoder", rates),
    ("set_service_uri", service_uri),
    ("initialize_round", initialize_round),
];

fn new_orchestrator(world: &World, at: &Position) -> Result<Sample, Error> {
    let stake = world.some_stake(at);
    let newcomer = world.newcomer(at, stake + UNIT)?;
    world.stake_call(
        newcomer,
        &BondingManager::bondCall {
            amount: stake,
            to: newcomer,
        },
    )
}

fn first_delegation(world: &World, at: &Position) -> Result<Sample, Error> {
    let newcomer = world.newcomer(at, UNIT * U256::from(1000))?;
    world.stake_call(
        newcomer,
        &BondingManager::bondCall {
            amount: UNIT * U256::from(123),
            to: at.orchestrator,
        },
    )
}

fn first_delegation_after_reward(world: &World, at: &Position) -> Result<Sample, Error> {
    world.stake_call(at.orchestrator, &BondingManager::rewardCall {})?;
    first_delegation(world, at)
}

fn bond(world: &World, at: &Position, tokens: u64) -> Result<Sample, Error> {
    let call = BondingManager::bondCall {
        amount: UNIT * U256::from(tokens),
        to: at.orchestrator,
    };
    world.stake_call(at.delegator, &call)
}

fn change_delegate(world: &World, at: &Position) -> Result<Sample, Error> {
    world.stake_call(
        at.delegator,
        &BondingManager::bondCall {
            amount: U256::ZERO,
            to: at.other,
        },
    )
}

fn unbond(world: &World, at: &Position) -> Result<Sample, Error> {
    world.stake_call(
        at.delegator,
        &BondingManager::unbondCall {
            amount: UNIT * U256::from(11),
        },
    )
}

fn unbond_later(world: &World, at: &Position) -> Result<Sample, Error> {
    unbond(world, at)?;
    world.next_rounds(1)?;
    unbond(world, at)
}

fn rebond(world: &World, at: &Position) -> Result<Sample, Error> {
    unbond(world, at)?;
    world.next_rounds(1)?;
    world.stake_call(
        at.delegator,
        &BondingManager::rebondCall {
            unbondingLockId: U256::ZERO,
        },
    )
}

fn withdraw_stake(world: &World, at: &Position) -> Result<Sample, Error> {
    unbond(world, at)?;
    let manager = world.network.bonding_manager;
    world.next_rounds(
        world
            .network
            .chain
            .call(manager, &BondingManager::unbondingPeriodCall {})?,
    )?;
    world.stake_call(
        at.delegator,
        &BondingManager::withdrawStakeCall {
            unbondingLockId: U256::ZERO,
        },
    )
}

fn claim(world: &World, at: &Position) -> Result<Sample, Error> {
    bond(world, at, 7)?;
    world.stake_call(at.orchestrator, &BondingManager::rewardCall {})?;
    world.next_rounds(1)?;
    claim_earnings(world, at)
}

fn claim_earnings(world: &World, at: &Position) -> Result<Sample, Error> {
    let call = BondingManager::claimEarningsCall { endRound: U256::ZERO };
    world.stake_call(at.delegator, &call)
}

/// Rewards in each of thirty rounds, which nobody claims.
pub(crate) fn thirty_rounds(world: &World, positions: &[Position]) -> Result<(), Error> {
    for _ in 0..30 {
        world.reward_all(positions)?;
        world.next_rounds(1)?;
    }
    Ok(())
}

/// Fees of a round that is over, of which the broker alone knows.
fn earn(world: &World, at: &Position) -> Result<(), Error> {
    let redeem = world
        .payer
        .redemption(&world.network, at.orchestrator, Signer::Sender, 0)?;
    world.broker_call(&redeem)?;
    world.next_rounds(1)
}

/// Which claims them.
fn withdraw_fees(world: &World, at: &Position) -> Result<Sample, Error> {
    let asked = BondingManager::pendingFeesCall {
        delegator: at.delegator,
        endRound: U256::ZERO,
    };
    let amount = world.network.chain.call(world.network.bonding_manager, &asked)?;
    world.stake_call(
        at.delegator,
        &BondingManager::withdrawFeesCall {
            recipient: at.delegator,
            amount,
        },
    )
}

/// Not for the first time.
fn rates(world: &World, at: &Position) -> Result<Sample, Error> {
    let call = BondingManager::transcoderCall {
        rewardCut: U256::from(120_000),
        feeShare: U256::from(600_000),
    };
    world.stake_call(at.orchestrator, &call)
}

fn service_uri(world: &World, at: &Position) -> Result<Sample, Error> {
    let call = ServiceRegistry::setServiceURICall {
        serviceURI: "https://node.example:8935".to_owned(),
    };
    world.send(at.orchestrator, world.network.service_registry, &call)
}

fn initialize_round(world: &World, _: &Position) -> Result<Sample, Error> {
    // After one that was initialized too.
    world.next_rounds(1)?;
    let receipt = world.network.next_round()?;
    // Four bytes, none of them zero.
    Ok(Sample {
        gas: receipt.gas_used,
        calldata: 64,
    })
}
