//! What earns credit, and what does not.

use super::*;

#[test]
fn a_ticket_counts_once_whatever_way_it_comes() {
    let mut world = World::new(config());
    let params = world.params();
    world.pay(params.clone(), [2, 1]);
    world.pay(params.clone(), [1, 3]);
    assert_eq!(world.answer(), (vec![3], vec![Code::TicketSeen]));
    let twice = Payment::sign(params.clone(), [4], &key(), &venue());
    let twice = Payment {
        tickets: vec![twice.tickets[0]; 3],
        ..twice
    };
    world.send(twice);
    assert_eq!(
        world.answer(),
        (vec![4], vec![Code::TicketSeen, Code::TicketSeen])
    );
    // In another session of the same payer as well.
    world.input(Input::Open(SessionId(6), live(), RATE));
    assert_eq!(world.balance(), Balance::Credit(U256::from(4 * TICKET)));
    world.input(Input::Close(SESSION));
    world.open();
    world.pay(params, [4]);
    assert_eq!(world.answer(), (vec![], vec![Code::TicketSeen]));
    assert_eq!(world.balance(), Balance::Credit(U256::from(4 * TICKET)));
}

#[test]
fn what_is_wrong_with_a_payment_has_a_code_of_its_own_and_earns_nothing() {
    type Change = fn(&mut World, &mut Payment);
    let cases: [(Code, Change); 14] = [
        (Code::TicketCount, |_, payment| payment.tickets.clear()),
        (Code::TicketRecipient, |_, payment| {
            payment.params.recipient = Address([5; 20]);
        }),
        (Code::TicketParams, |_, payment| {
            payment.params.face_value += U256::from(1);
        }),
        (Code::TicketParams, |_, payment| {
            payment.params.sender = Address([5; 20]);
        }),
        (Code::TicketSignature, |_, payment| {
            payment.tickets[0].signature.0[64] = 29;
        }),
        (Code::SignerUnknown, |_, payment| {
            *payment = Payment::sign(payment.params.clone(), [1], &stranger(), &venue());
        }),
        (Code::SignerExpired, |world, payment| {
            approve(world, 6, None);
            *payment = Payment::sign(payment.params.clone(), [1], &stranger(), &venue());
        }),
        (Code::SignerRevoked, |world, payment| {
            approve(world, 9, Some(7));
            *payment = Payment::sign(payment.params.clone(), [1], &stranger(), &venue());
        }),
        (Code::TicketNonce, |_, payment| {
            *payment = Payment::sign(payment.params.clone(), [0], &key(), &venue());
        }),
        (Code::TicketNonce, |_, payment| {
            *payment = Payment::sign(payment.params.clone(), [1025], &key(), &venue());
        }),
        (Code::ParamsExpired, |world, _| world.wait(480 * SECOND)),
        (Code::TicketRound, |world, _| {
            world.input(Input::Rounds(rounds(9)));
        }),
        (Code::SenderUnlocking, |world, _| {
            let funds = Funds {
                withdraw_round: Some(8),
                ..FUNDS
            };
            world.input(Input::Funds(key().address(), funds));
        }),
        (Code::ReserveTooSmall, |world, payment| {
            let funds = Funds {
                allotment: payment.params.face_value - U256::from(1),
                ..FUNDS
            };
            world.input(Input::Funds(key().address(), funds));
        }),
    ];
    for (code, change) in cases {
        let mut world = World::new(config());
        let mut payment = Payment::sign(world.params(), [1], &key(), &venue());
        change(&mut world, &mut payment);
        let tickets = payment.tickets.len();
        world.sent.clear();
        world.send(payment);
        assert_eq!(world.answer(), (vec![], vec![code; tickets]));
        assert!(world.codes().contains(&code), "{code}: {:?}", world.codes());
        assert_eq!(world.balance(), Balance::Credit(U256::ZERO), "{code}");
        assert_eq!(world.open, None, "{code}");
        assert_eq!(world.recipient.tally().accepted, 0, "{code}");
    }
}

fn approve(world: &mut World, valid_until_round: u64, void_from_round: Option<u64>) {
    world.input(Input::Signer {
        sender: key().address(),
        signer: stranger().address(),
        leave: Some(Signer {
            valid_until_round,
            void_from_round,
        }),
    });
}

#[test]
fn an_approved_signers_tickets_are_the_senders() {
    let mut world = World::new(config());
    let payment = Payment::sign(world.params(), [1], &stranger(), &venue());
    world.send(payment.clone());
    // Which the chain is asked about.
    assert!(
        world
            .looks
            .contains(&(key().address(), Some(stranger().address())))
    );
    approve(&mut world, 7, Some(8));
    world.send(payment);
    assert_eq!(world.answer(), (vec![1], vec![]));
}
