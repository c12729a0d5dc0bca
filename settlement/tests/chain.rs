//! The chain as it really answers: read, followed, and passed over where it lies.

mod world;

use std::net::TcpListener;

use alloy_primitives::{Address, U256};
use headwater_protocol::chain::RoundsManager;
use headwater_settlement::chain::{Chain, Error, Event, Follower};
use headwater_test_chain::UNIT;
use serde_json::json;
use world::{ORCHESTRATOR, Proxy, World};

#[test]
fn rounds_senders_and_orchestrators_are_read_as_they_are() {
    let world = World::new();
    let chain = world.chain();
    let number: u64 = world.network.round().expect("a round").to();
    let read = || {
        world.block_on(async {
            let head = chain.head().await?;
            chain.round(&head).await
        })
    };
    let round = read().expect("a round");
    assert_eq!(
        (round.number, round.due, round.length, round.validity),
        (number, None, 20, 2)
    );
    let hash = |round: u64| {
        let round = U256::from(round);
        let asked = RoundsManager::blockHashForRoundCall { round };
        (world.network.chain)
            .call(world.network.rounds_manager, &asked)
            .expect("a hash")
    };
    assert_eq!(
        (round.hash, round.previous_hash),
        (hash(number), hash(number - 1))
    );
    world.network.next_round().expect("a round");
    let begun = read().expect("a round");
    assert_eq!(begun.number, number + 1);
    assert!(!begun.last_is_final, "one confirmation is asked for");
    world.mine();
    assert!(read().expect("a round").last_is_final);
    world.network.chain.mine(20).expect("blocks");
    assert_eq!(read().expect("a round").due, Some(number + 2));

    let payer = world.winner().ticket.sender;
    let sender = world.block_on(chain.sender(payer, ORCHESTRATOR, Some(payer)));
    let sender = sender.expect("a sender");
    assert_eq!((sender.deposit, sender.reserve), (UNIT * U256::from(4), UNIT));
    assert_eq!(
        (sender.claimable, sender.withdraw_round),
        (UNIT, 0),
        "the only one"
    );
    assert!(!sender.signer.expect("asked for").approved);

    let node = world.block_on(chain.node(ORCHESTRATOR)).expect("a node");
    assert!(node.active && node.registered);
    let nobody = world
        .block_on(chain.node(Address::repeat_byte(1)))
        .expect("a node");
    assert!(!nobody.active && !nobody.registered);
}

#[test]
fn a_node_that_is_gone_is_passed_over_and_one_of_another_chain_never_believed() {
    let world = World::new();
    let gone = TcpListener::bind("127.0.0.1:0").expect("a port");
    let nobody = format!("http://{}", gone.local_addr().expect("an address"));
    drop(gone);
    let proxy = Proxy::new(world.network.chain.url());
    let nodes = [&nobody, proxy.url(), world.network.chain.url()];
    let chain = world
        .block_on(Chain::connect(&world.config(&nodes)))
        .expect("by the second");
    proxy.down();
    world.block_on(chain.head()).expect("by the third");

    let mut config = world.config(&[world.network.chain.url()]);
    config.chain_id = 1;
    let refused = world
        .block_on(Chain::connect(&config))
        .expect_err("another chain");
    assert!(
        refused.to_string().contains("chain 31337 instead of 1"),
        "{refused}"
    );
    let mut config = world.config(&[world.network.chain.url()]);
    config.controller = Address::repeat_byte(1);
    let refused = world
        .block_on(Chain::connect(&config))
        .expect_err("no Controller");
    assert!(
        matches!(refused, Error::Abi(_) | Error::Unregistered(..)),
        "{refused}"
    );
}

#[test]
fn a_followers_logs_are_the_chains_after_a_gap_and_a_reorganisation() {
    let world = World::new();
    let contracts = vec![world.network.rounds_manager];
    let mut follower = Follower::new(world.chain(), contracts, Some(0));
    let mut rounds = Vec::new();
    let mut poll = |follower: &mut Follower| {
        let events = world.block_on(follower.poll()).expect("events");
        let mut undone = 0;
        for event in events {
            match event {
                Event::Log(log) => rounds.extend(log.is::<RoundsManager::NewRound>().map(|new| new.round)),
                Event::Undone(headers) => undone = headers.len(),
                _ => {}
            }
        }
        (undone, rounds.clone())
    };
    let (_, before) = poll(&mut follower);
    assert_eq!(before.len(), 2, "since the beginning: {before:?}");
    world.network.chain.mine(70).expect("blocks");
    let begun = world.network.next_round().expect("a round");
    let (undone, after) = poll(&mut follower);
    assert_eq!((undone, after.len()), (0, 3), "over a gap of more than is known");
    assert!(begun.block > 70);
    world.network.chain.mine(4).expect("blocks");
    poll(&mut follower);
    world.rpc("anvil_reorg", json!([5, []]));
    world.mine();
    let (undone, again) = poll(&mut follower);
    assert_eq!((undone, again.len()), (5, 3));
    let begin = RoundsManager::initializeRoundCall {};
    (world.network.chain)
        .send(ORCHESTRATOR, world.network.rounds_manager, &begin)
        .expect("begun");
    let (_, last) = poll(&mut follower);
    assert_eq!(last[2..], [after[2], after[2]], "the same round, begun anew");
}
