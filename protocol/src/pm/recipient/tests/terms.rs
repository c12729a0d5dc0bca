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
fn who_is_paid_and_not_who_pays_is_named_where_its_own_limit_is_too_low() {
    let mut world = World::new(Config {
        max_face_value: U256::from(TICKET - 1),
        ..config()
    });
    assert_eq!(world.codes(), [Code::TicketsUnpayable]);
    let mut dear = World::new(always_winning());
    dear.sent.clear();
    dear.input(Input::Redemption(U256::from(TICKET + 1)));
    dear.ask();
    assert_eq!(dear.codes(), [Code::TicketsUnpayable]);
    world.ask();
    assert_eq!(world.codes().len(), 2, "who asks again is told again");
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
