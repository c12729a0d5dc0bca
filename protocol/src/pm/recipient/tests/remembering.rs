//! What is written down, and what a new process makes of it.

use super::*;

#[test]
fn a_winner_is_on_disk_before_its_payment_is_answered() {
    let mut world = World::new(always_winning());
    world.held = Some(Vec::new());
    world
        .sent
        .retain(|message| matches!(message, Message::Params { .. }));
    world.pay(world.params(), [1]);
    let before = world.sent.len();
    assert_eq!(world.balance(), Balance::Credit(U256::ZERO));
    assert_eq!(world.open, None);
    let held = world.held.replace(Vec::new()).unwrap();
    let (id, commit) = &held[0];
    assert_eq!(commit.winners.len(), 1);
    assert_eq!(commit.credits.len(), 1);
    world.input(Input::Committed(*id));
    assert!(world.sent.len() > before);
    assert_eq!(world.answer(), (vec![1], vec![]));
    assert_eq!(world.open, Some(true));
    assert_eq!(world.recipient.tally().won, 1);
}

#[test]
fn a_full_disk_refuses_the_payment_and_takes_it_when_there_is_room() {
    let mut world = World::new(always_winning());
    let params = world.params();
    world.held = Some(Vec::new());
    world.pay(params.clone(), [1, 2]);
    let (id, _) = world.held.take().unwrap().remove(0);
    world.input(Input::Failed(id));
    assert_eq!(world.answer(), (vec![], vec![Code::PaymentNotStored; 2]));
    assert_eq!(world.balance(), Balance::Credit(U256::ZERO));
    assert_eq!(world.open, None, "no work is begun");
    world.pay(params, [1, 2]);
    assert_eq!(world.answer(), (vec![1, 2], vec![]));
    assert_eq!((world.winners().len(), world.open), (2, Some(true)));
}

#[test]
fn winners_that_are_not_redeemed_yet_are_not_relied_on_twice() {
    let mut world = World::new(always_winning());
    let funds = Funds {
        allotment: U256::from(5 * TICKET / 2),
        ..FUNDS
    };
    world.input(Input::Funds(key().address(), funds));
    let params = world.params();
    world.pay(params.clone(), [1]);
    world.pay(params.clone(), [2]);
    assert_eq!(world.answer(), (vec![2], vec![]));
    world.pay(params.clone(), [3]);
    assert_eq!(world.answer(), (vec![], vec![Code::ReserveTooSmall]));
    // It won all the same, and may be paid when the others are.
    assert_eq!(world.winners().len(), 3);
    // Redeemed, maybe from the reserve: nothing is known to be there before the chain has said so.
    world.looks.clear();
    world.input(Input::Outstanding(BTreeMap::new()));
    assert_eq!(world.looks, [(key().address(), None)]);
    world.pay(params.clone(), [4]);
    assert_eq!(world.answer(), (vec![], vec![Code::ReserveTooSmall]));
    world.input(Input::Outstanding(BTreeMap::new()));
    world.input(Input::Funds(key().address(), funds));
    world.pay(params, [5]);
    assert_eq!(world.answer(), (vec![5], vec![]));
}

#[test]
fn one_payment_relies_on_no_more_than_there_is() {
    let mut world = World::new(always_winning());
    let funds = Funds {
        allotment: U256::from(5 * TICKET / 2),
        ..FUNDS
    };
    world.input(Input::Funds(key().address(), funds));
    world.pay(world.params(), 1..=5);
    assert_eq!(world.answer(), (vec![1, 2], vec![Code::ReserveTooSmall; 3]));
    assert_eq!(world.balance(), sure(2));
    assert_eq!(world.winners().len(), 5, "they may be paid all the same");
}

#[test]
fn after_a_restart_nothing_is_credited_twice_and_no_winner_is_lost() {
    let mut world = World::new(always_winning());
    let params = world.params();
    world.pay(params.clone(), [1, 2]);
    let won = world.winners().len();
    let before = world.balance();
    let mut world = world.restart();
    assert_eq!(world.balance(), before);
    world.pay(params.clone(), [1, 2, 3]);
    // The third may have come before: it earns nothing, and is collected.
    assert_eq!(world.answer(), (vec![], vec![Code::TicketSeen; 3]));
    assert_eq!(world.balance(), before);
    assert!(world.winners().len() > won);
    world.pay(params, [65]);
    assert_eq!(world.answer(), (vec![65], vec![]));
}

#[test]
fn late_winners_are_collected_and_earn_nothing() {
    let mut world = World::new(always_winning());
    let params = world.params();
    world.wait(485 * SECOND);
    world.pay(params.clone(), [1]);
    assert_eq!(world.answer(), (vec![], vec![Code::ParamsExpired]));
    assert_eq!(world.winners().len(), 1);
    world.pay(params.clone(), [1]);
    world.wait(LATE);
    world.pay(params, [2]);
    assert_eq!(world.winners().len(), 1);
}

#[test]
fn a_payment_that_is_written_after_its_session_ended_is_credited_to_who_comes_back() {
    let mut world = World::new(config());
    world.held = Some(Vec::new());
    world.pay(world.params(), [1]);
    world.input(Input::Close(SESSION));
    let (ids, commits): (Vec<_>, Vec<_>) = world.held.take().unwrap().into_iter().unzip();
    world.disk.extend(commits);
    for id in ids {
        world.input(Input::Committed(id));
    }
    let world = world.restart();
    assert_eq!(world.balance(), Balance::Credit(U256::from(TICKET)));
}

#[test]
fn a_disk_that_stands_still_bounds_what_waits_for_it() {
    let mut world = World::new(always_winning());
    world.held = Some(Vec::new());
    let mut params = world.params();
    let mut send = |world: &mut World, number: usize| {
        params.recipient_rand_hash = B256::with_last_byte((number / 1024) as u8);
        let nonce = (number % 1024) as u32 + 1;
        let payment = Payment {
            params: params.clone(),
            tickets: vec![crate::pm::payment::Signed {
                nonce,
                signature: crate::key::Signature([27; 65]),
            }],
        };
        // As if it had been recovered.
        let inspected = Inspected {
            odds: params.odds().unwrap(),
            recipient_rand: U256::ZERO,
            tickets: vec![crate::pm::payment::Ticket {
                nonce,
                hash: B256::from(U256::from(number)),
                signer: Some(key().address()),
                wins: true,
            }],
        };
        world.input(Input::Payment(SESSION, Box::new(payment), Ok(inspected)));
    };
    for number in 0..MAX_WAITING + 2 {
        send(&mut world, number);
    }
    let held = world.held.replace(Vec::new()).unwrap();
    assert_eq!(held.len(), MAX_WAITING);
    assert_eq!(world.codes(), [Code::PaymentNotStored; 2]);
    // The first of them is written: there is room for another.
    world.input(Input::Committed(held[0].0));
    send(&mut world, MAX_WAITING);
    send(&mut world, MAX_WAITING + 1);
    assert_eq!(world.held.as_ref().unwrap().len(), 1);
    assert_eq!(world.codes(), [Code::PaymentNotStored; 3]);
}
