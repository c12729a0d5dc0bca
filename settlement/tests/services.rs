//! Rounds begin and rewards are claimed while nobody watches.

mod world;

use alloy_primitives::{Address, U256};
use headwater_protocol::chain::BondingManager;
use headwater_protocol::key::SessionKey;
use headwater_settlement::chain::transit;
use headwater_settlement::services::{Keeper, Rewarding};
use headwater_test_chain::UNIT;
use world::{ORCHESTRATOR, World};

fn key(world: &World, secret: u8) -> SessionKey {
    let key = SessionKey::from_bytes(&[secret; 32]).expect("a key");
    let account: Address = key.address().into();
    world
        .network
        .chain
        .set_balance(account, UNIT)
        .expect("wei for gas");
    key
}

#[test]
fn each_round_begins_once_and_its_reward_is_claimed_by_the_reward_caller() {
    let world = World::new();
    let (rounds, rewards) = (key(&world, 0x41), key(&world, 0x42));
    let caller = BondingManager::setRewardCallerCall {
        rewardCaller: rewards.address().into(),
    };
    world
        .network
        .chain
        .send(ORCHESTRATOR, world.network.bonding_manager, &caller)
        .expect("named");
    let claim = Rewarding {
        orchestrator: ORCHESTRATOR,
        key: rewards.clone(),
    };
    let policy = transit::Policy::default();
    let mut keeper = Keeper::new(world.chain(), Some(rounds.clone()), Some(claim), policy);
    let mut other = Keeper::new(world.chain(), Some(key(&world, 0x43)), None, policy);
    let first = world.network.round().expect("a round");
    let stake = || {
        let asked = BondingManager::pendingStakeCall {
            delegator: ORCHESTRATOR,
            endRound: U256::ZERO,
        };
        (world.network.chain)
            .call(world.network.bonding_manager, &asked)
            .expect("a stake")
    };
    let before = stake();
    for _ in 0..60 {
        world.block_on(keeper.turn(world.now())).expect("a turn");
        // Another node's, later in the same block.
        world.block_on(other.turn(world.now())).expect("a turn");
        world.mine();
    }
    assert_eq!(world.network.round().expect("a round"), first + U256::from(3));
    assert!(stake() > before);
    let nonce = |key: &SessionKey| {
        let account = key.address().into();
        world.block_on(world.chain().nonce(account)).expect("a nonce")
    };
    assert!((3..=4).contains(&nonce(&rewards)), "one a round");
    assert!(nonce(&rounds) <= 3, "at most one a round");
}
