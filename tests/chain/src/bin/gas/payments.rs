//! What paying and being paid takes.

use alloy_primitives::U256;
use headwater_protocol::chain::{BondingManager, TicketBroker};
use headwater_test_chain::{Error, UNIT};

use crate::Measure;
use crate::payer::Signer;
use crate::world::{Position, Sample, World, account};

pub(crate) const CALLS: &[(&str, Measure)] = &[
    ("fund_deposit_and_reserve_first", fund_first),
    ("fund_deposit", |world, _| {
        let payer = world.payer.address();
        world.pay(
            payer,
            world.network.ticket_broker,
            UNIT,
            &TicketBroker::fundDepositCall {},
        )
    }),
    ("fund_reserve", |world, _| {
        let payer = world.payer.address();
        world.pay(
            payer,
            world.network.ticket_broker,
            UNIT,
            &TicketBroker::fundReserveCall {},
        )
    }),
    ("unlock", unlock),
    ("withdraw", withdraw),
    ("redeem_first_fee_of_round", first_fee),
    ("redeem_first_after_reward", first_fee_after_reward),
    ("redeem_steady", |world, at| steady(world, at, Signer::Sender)),
    ("redeem_steady_session_signer", |world, at| {
        steady(world, at, Signer::Session)
    }),
    ("redeem_deposit_and_reserve", |world, at| {
        steady(world, at, Signer::Short)
    }),
    ("redeem_reserve_only", |world, at| {
        steady(world, at, Signer::Broke)
    }),
    ("batch_1_per_ticket", |world, at| {
        batch(world, at, Signer::Sender, 1)
    }),
    ("batch_5_per_ticket", |world, at| {
        batch(world, at, Signer::Sender, 5)
    }),
    ("batch_10_per_ticket", |world, at| {
        batch(world, at, Signer::Sender, 10)
    }),
    ("batch_20_per_ticket", |world, at| {
        batch(world, at, Signer::Sender, 20)
    }),
    ("batch_20_session_signer_per_ticket", |world, at| {
        batch(world, at, Signer::Session, 20)
    }),
    ("batch_20_senders_per_ticket", |world, at| {
        batch(world, at, Signer::Others, 20)
    }),
];

/// The nonce of tickets that are redeemed on the way to what is measured.
const EARLIER: usize = 1000;

fn fund_first(world: &World, at: &Position) -> Result<Sample, Error> {
    let call = TicketBroker::fundDepositAndReserveCall {
        depositAmount: UNIT,
        reserveAmount: UNIT,
    };
    let sender = account("sender", at.index);
    world.pay(sender, world.network.ticket_broker, UNIT * U256::from(2), &call)
}

fn unlock(world: &World, _: &Position) -> Result<Sample, Error> {
    world.send(
        world.payer.address(),
        world.network.ticket_broker,
        &TicketBroker::unlockCall {},
    )
}

fn withdraw(world: &World, at: &Position) -> Result<Sample, Error> {
    unlock(world, at)?;
    let broker = world.network.ticket_broker;
    let period = world
        .network
        .chain
        .call(broker, &TicketBroker::unlockPeriodCall {})?;
    world.next_rounds(period.to())?;
    world.send(world.payer.address(), broker, &TicketBroker::withdrawCall {})
}

fn redeem(world: &World, at: &Position, signer: Signer, nonce: usize) -> Result<Sample, Error> {
    let call = world
        .payer
        .redemption(&world.network, at.orchestrator, signer, nonce)?;
    world.broker_call(&call)
}

/// The second of a round.
fn steady(world: &World, at: &Position, signer: Signer) -> Result<Sample, Error> {
    redeem(world, at, Signer::Sender, EARLIER)?;
    redeem(world, at, signer, at.index)
}

/// It settles those of the round before.
fn first_fee(world: &World, at: &Position) -> Result<Sample, Error> {
    for nonce in 0..2 {
        redeem(world, at, Signer::Sender, EARLIER + nonce)?;
        world.next_rounds(1)?;
    }
    redeem(world, at, Signer::Sender, at.index)
}

fn first_fee_after_reward(world: &World, at: &Position) -> Result<Sample, Error> {
    for nonce in 0..2 {
        redeem(world, at, Signer::Sender, EARLIER + nonce)?;
        world.next_rounds(1)?;
    }
    world.stake_call(at.orchestrator, &BondingManager::rewardCall {})?;
    redeem(world, at, Signer::Sender, at.index)
}

fn batch(world: &World, at: &Position, signer: Signer, count: usize) -> Result<Sample, Error> {
    redeem(world, at, Signer::Sender, EARLIER)?;
    let call = world
        .payer
        .batch(&world.network, at.orchestrator, signer, count)?;
    world.broker_call(&call)
}
