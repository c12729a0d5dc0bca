//! When there is work, and when there is none.

use super::*;

#[test]
fn work_begins_when_a_second_of_it_is_paid_for() {
    let mut world = World::new(config());
    assert_eq!(world.open, None);
    let params = world.params();
    assert_eq!(params.odds().unwrap().expected_value() >> 256, wei512(TICKET));
    world.pay(params, [1]);
    assert_eq!(world.answer(), (vec![1], vec![]));
    assert_eq!(world.open, Some(true));
    assert_eq!(world.balance(), Balance::Credit(U256::from(TICKET)));
}

fn wei512(wei: u64) -> U512 {
    U512::from(wei)
}

#[test]
fn who_has_a_price_of_nothing_pays_nothing() {
    let mut config = config();
    config.prices.insert(key().address(), Price::new(0, 1).unwrap());
    let mut world = World::new(config);
    assert_eq!(world.open, Some(true));
    world.work(100 * SECOND);
    world.wait(60 * SECOND);
    assert_eq!(world.open, Some(true));
    assert_eq!((world.sent.len(), world.codes()), (0, vec![]));
}

#[test]
fn what_a_payer_that_stops_costs_is_the_work_of_the_grace() {
    let mut world = World::new(config());
    world.pay(world.params(), [1]);
    let mut done = Duration::ZERO;
    while world.open == Some(true) {
        world.work(Duration::from_millis(100));
        world.wait(Duration::from_millis(100));
        done += Duration::from_millis(100);
        assert!(done < 60 * SECOND);
    }
    assert_eq!(world.open, Some(false));
    assert_eq!(world.codes(), [Code::PaymentDue, Code::PaymentOverdue]);
    // Two seconds were paid for; what is not is the grace, and one step of this test.
    let limit = U256::from((4 * RATE + RATE / 5) * PRICE);
    assert!(matches!(world.balance(), Balance::Debt(wei) if wei <= limit));

    world.pay(world.params(), [2]);
    assert_eq!(world.open, Some(false), "what is owed comes first");
    world.pay(world.params(), [3, 4]);
    assert_eq!(world.open, Some(true));
}

#[test]
fn a_debt_stays_with_who_leaves_and_comes_back() {
    let mut world = World::new(config());
    world.pay(world.params(), [1]);
    world.work(3 * SECOND);
    world.input(Input::Close(SESSION));
    world.open = None;
    world.open();
    assert_eq!(world.balance(), Balance::Debt(U256::from(RATE * PRICE)));
    assert_eq!(world.open, None);
}

#[test]
fn receipts_tell_all_that_was_done_and_nothing_twice() {
    let mut world = World::new(config());
    world.pay(world.params(), 1..=20);
    for _ in 0..10 {
        world.work(SECOND);
        world.input(Input::Work(SESSION, "240p".to_owned(), 7));
        world.wait(SECOND);
    }
    world.input(Input::Close(SESSION));
    let told: u64 = world.receipts.iter().map(Receipt::pixels).sum();
    assert_eq!(told, 10 * RATE + 70);
    assert!(world.receipts.windows(2).all(|pair| pair[0].to == pair[1].from));
    assert!(world.receipts.iter().all(|receipt| receipt.renditions.len() == 2));
}
