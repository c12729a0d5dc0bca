//! Each field of what a payer sends, changed by itself: refused by a code of its own, and credited nothing.
//!
//! The fields are taken apart without `..`, so that one more does not compile before it is changed here.

use super::*;
use crate::key::Signature;
use crate::pm::payment::Signed;

/// What a payer said, and what the node makes of it: credited nothing, and the page is told this.
fn refused(world: &mut World, payment: Payment, code: Code, field: &str) {
    world.sent.clear();
    let tickets = payment.tickets.len();
    world.send(payment);
    assert_eq!(world.answer(), (vec![], vec![code; tickets]), "{field}");
    assert_eq!(world.codes(), [code], "{field}");
    assert!(!code.remedy().is_empty());
    assert_eq!(world.balance(), Balance::Credit(U256::ZERO), "{field}");
    assert_eq!((world.open, world.winners()), (None, vec![]), "{field}");
    let tally = world.recipient.tally();
    assert_eq!((tally.accepted, tally.expected), (0, U512::ZERO), "{field}");
}

#[test]
fn every_field_of_the_parameters_that_is_changed_earns_nothing() {
    let mut world = World::new(always_winning());
    let good = world.params();
    let Params {
        recipient,
        sender,
        face_value,
        win_prob,
        price,
        creation_round,
        creation_round_hash,
        expires,
        seed,
        recipient_rand_hash,
    } = good.clone();
    let flip = |hash: B256| {
        let mut bytes = hash.0;
        bytes[31] ^= 1;
        B256::new(bytes)
    };
    let other = Address([0xee; 20]);
    assert_ne!((recipient, sender), (other, other));
    let with = |change: &dyn Fn(&mut Params)| {
        let mut params = good.clone();
        change(&mut params);
        params
    };
    let cases = [
        ("recipient", Code::TicketRecipient, with(&|p| p.recipient = other)),
        ("sender", Code::TicketParams, with(&|p| p.sender = other)),
        (
            "faceValue",
            Code::TicketParams,
            with(&|p| p.face_value = face_value + U256::ONE),
        ),
        (
            "faceValue",
            Code::TicketParams,
            with(&|p| p.face_value = U256::MAX),
        ),
        (
            "winProb",
            Code::TicketParams,
            with(&|p| p.win_prob = win_prob - U256::ONE),
        ),
        (
            "price",
            Code::TicketParams,
            with(&|p| p.price = Price::new(price.wei() - 1, price.pixels()).unwrap()),
        ),
        (
            "price",
            Code::TicketParams,
            with(&|p| p.price = Price::new(price.wei(), price.pixels() + 1).unwrap()),
        ),
        (
            "creationRound",
            Code::TicketParams,
            with(&|p| p.creation_round = creation_round + 1),
        ),
        (
            "creationRoundHash",
            Code::TicketParams,
            with(&|p| p.creation_round_hash = flip(creation_round_hash)),
        ),
        ("expires", Code::TicketParams, with(&|p| p.expires = expires + 1)),
        ("seed", Code::TicketParams, with(&|p| p.seed = flip(seed))),
        (
            "recipientRandHash",
            Code::TicketParams,
            with(&|p| p.recipient_rand_hash = flip(recipient_rand_hash)),
        ),
    ];
    for (field, code, params) in cases {
        // Changed before it was signed, so that the signature is the sender's; and after.
        let signed = Payment::sign(params.clone(), [1, 2], &key(), &venue());
        refused(&mut world, signed, code, field);
        let mut forged = Payment::sign(good.clone(), [1, 2], &key(), &venue());
        forged.params = params;
        refused(&mut world, forged, code, field);
    }
    // The node's own parameters, for somebody else.
    let theirs = Params {
        sender: other,
        ..good.clone()
    }
    .sealed(&secret(), &venue());
    let payment = Payment::sign(theirs, [1], &key(), &venue());
    refused(&mut world, payment, Code::TicketSender, "sender");
    // What was not changed counts: that is what all of these were refused for.
    world.pay(good, [1, 2]);
    assert_eq!(world.answer(), (vec![1, 2], vec![]));
}

#[test]
fn every_field_of_a_ticket_that_is_changed_earns_nothing() {
    let mut world = World::new(always_winning());
    let good = Payment::sign(world.params(), [7], &key(), &venue());
    let Payment { params, tickets } = good.clone();
    let Signed { nonce, signature } = tickets[0];
    let ticket = |nonce: u32, signature: Signature| Payment {
        params: params.clone(),
        tickets: vec![Signed { nonce, signature }],
    };
    let changed = |at: usize, to: u8| {
        let mut signature = signature;
        assert_ne!(signature.0[at], to);
        signature.0[at] = to;
        signature
    };
    let s = |half: [u8; 32]| {
        let mut signature = signature;
        signature.0[32..64].copy_from_slice(&half);
        signature
    };
    let v = signature.0[64];
    let cases = [
        ("nonce", Code::SignerUnknown, ticket(nonce + 1, signature)),
        ("nonce", Code::SignerUnknown, ticket(0, signature)),
        ("nonce", Code::SignerUnknown, ticket(u32::MAX, signature)),
        (
            "r",
            Code::TicketSignature,
            ticket(nonce, {
                let mut signature = signature;
                signature.0[..32].fill(0xff);
                signature
            }),
        ),
        ("s", Code::TicketSignature, ticket(nonce, s([0; 32]))),
        // Above half of the order: what is signed has one spelling.
        ("s", Code::TicketSignature, ticket(nonce, s([0xf0; 32]))),
        (
            "s",
            Code::SignerUnknown,
            ticket(nonce, changed(63, signature.0[63] ^ 1)),
        ),
        ("v", Code::SignerUnknown, ticket(nonce, changed(64, 27 + 28 - v))),
        ("v", Code::TicketSignature, ticket(nonce, changed(64, v - 27))),
        ("v", Code::TicketSignature, ticket(nonce, changed(64, 29))),
    ];
    for (field, code, payment) in cases {
        refused(&mut world, payment, code, field);
    }
    // Signed as they are, and out of range.
    for nonce in [0, 1025, u32::MAX] {
        let payment = Payment::sign(params.clone(), [nonce], &key(), &venue());
        refused(&mut world, payment, Code::TicketNonce, "nonce");
    }
    for tickets in [vec![], vec![tickets[0]; 65]] {
        let payment = Payment {
            params: params.clone(),
            tickets,
        };
        world.sent.clear();
        world.send(payment);
        assert_eq!(world.codes(), [Code::TicketCount]);
        assert_eq!(world.balance(), Balance::Credit(U256::ZERO));
    }
    world.send(good);
    assert_eq!(world.answer(), (vec![7], vec![]));
}

/// `ask` names who pays and who signs; what the chain then says of them is what counts.
#[test]
fn every_field_of_what_is_asked_for_and_approved_that_is_changed_earns_nothing() {
    let us = key().address();
    // Another sender than the session's: neither asked for nor paid by.
    let mut world = World::new(always_winning());
    let before = world.params();
    world.sent.clear();
    world.looks.clear();
    world.input(Input::Ask {
        session: SESSION,
        sender: stranger().address(),
        signer: us,
    });
    assert_eq!(world.codes(), [Code::TicketSender]);
    assert_eq!(world.looks, []);
    // Another signer is looked up, and no more than that: what counts is who signed.
    world.input(Input::Ask {
        session: SESSION,
        sender: us,
        signer: stranger().address(),
    });
    assert_eq!(world.looks, [(us, Some(stranger().address()))]);
    let payment = Payment::sign(before.clone(), [1], &stranger(), &venue());
    world.sent.clear();
    world.send(payment);
    assert_eq!(world.codes()[0], Code::SignerUnknown);
    assert_eq!(world.balance(), Balance::Credit(U256::ZERO));

    // An approval as the chain has it: of this sender, for this signer, until then, and not revoked by then.
    let Signer {
        valid_until_round,
        void_from_round,
    } = Signer {
        valid_until_round: 7,
        void_from_round: None,
    };
    let cases = [
        (
            "sender",
            Code::SignerUnknown,
            stranger().address(),
            stranger().address(),
            valid_until_round,
            void_from_round,
        ),
        (
            "signer",
            Code::SignerUnknown,
            us,
            US,
            valid_until_round,
            void_from_round,
        ),
        (
            "validUntilRound",
            Code::SignerExpired,
            us,
            stranger().address(),
            valid_until_round - 1,
            void_from_round,
        ),
        (
            "voidFromRound",
            Code::SignerRevoked,
            us,
            stranger().address(),
            valid_until_round,
            Some(7),
        ),
    ];
    for (field, code, sender, signer, valid_until_round, void_from_round) in cases {
        let mut world = World::new(always_winning());
        let leave = Some(Signer {
            valid_until_round,
            void_from_round,
        });
        world.input(Input::Signer {
            sender,
            signer,
            leave,
        });
        let payment = Payment::sign(world.params(), [1], &stranger(), &venue());
        world.sent.clear();
        world.send(payment);
        assert_eq!(world.answer(), (vec![], vec![code]), "{field}");
        assert_eq!(world.codes()[0], code, "{field}");
        assert_eq!(world.balance(), Balance::Credit(U256::ZERO), "{field}");
    }
}
