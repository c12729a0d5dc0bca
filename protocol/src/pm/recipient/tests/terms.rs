//! What tickets are asked for by.

use super::*;

#[test]
fn a_new_round_brings_new_parameters_to_everybody() {
    let mut world = World::new(config());
    assert_eq!(world.params().creation_round, 7);
    world.input(Input::Rounds(rounds(8)));
    assert_eq!(world.params().creation_round, 8);
    let sent = world.sent.len();
    world.input(Input::Rounds(rounds(8)));
    assert_eq!(world.sent.len(), sent);
}

#[test]
fn nothing_is_asked_for_before_the_chain_has_answered() {
    let mut world = World::empty(config(), Recovered::default());
    world.open();
    assert_eq!(world.looks, [(key().address(), None)]);
    world.input(Input::Redemption(U256::from(1u64)));
    world.input(Input::Rounds(rounds(7)));
    assert!(world.sent.is_empty());
    world.input(Input::Funds(key().address(), FUNDS));
    assert_eq!(world.params().sender, key().address());
}

#[test]
fn a_reserve_that_backs_no_ticket_is_named_once() {
    let mut world = World::new(config());
    let funds = Funds {
        allotment: U256::from(1),
        ..FUNDS
    };
    world.input(Input::Funds(key().address(), funds));
    world.sent.clear();
    world.ask();
    world.input(Input::Funds(key().address(), funds));
    assert_eq!(world.codes(), [Code::ReserveTooSmall]);
    world.input(Input::Funds(key().address(), FUNDS));
    assert_eq!(world.params().sender, key().address());
}
