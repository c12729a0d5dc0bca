//! What the operator sees of those who pay.

use super::*;

fn other(byte: u8) -> Address {
    Address([byte; 20])
}

#[test]
fn payers_are_shown_with_what_can_be_relied_on_and_those_that_owe_the_most_first() {
    let mut world = World::new(always_winning());
    world.pay(world.params(), [1]);
    world.input(Input::Outstanding(BTreeMap::from([
        (key().address(), U256::from(TICKET)),
        (other(3), U256::from(2 * TICKET)),
        (other(4), U256::from(1)),
    ])));
    let (all, payers) = world.recipient.payers(2);
    assert_eq!(all, 3);
    let ours = Payer {
        sender: key().address(),
        sessions: 1,
        funds: Some(FUNDS),
        outstanding: U256::from(TICKET),
        float: Some(FUNDS.allotment - U256::from(TICKET)),
    };
    let absent = Payer {
        sender: other(3),
        sessions: 0,
        funds: None,
        outstanding: U256::from(2 * TICKET),
        float: None,
    };
    assert_eq!(payers, [absent, ours]);
    assert_eq!(world.recipient.payers(9).1.len(), 3);
    assert_eq!(world.recipient.payers(0), (3, Vec::new()));
}
