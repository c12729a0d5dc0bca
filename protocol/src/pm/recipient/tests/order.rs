//! Payments that come twice, late, in another order, from elsewhere, or while the node dies.

use proptest::prelude::*;

use super::*;
use crate::pm::sender::{self, Sender};

#[test]
fn tickets_that_are_good_elsewhere_are_somebody_elses_here() {
    let elsewhere = [
        Venue {
            chain_id: 1,
            ..venue()
        },
        Venue {
            broker: Address([8; 20]),
            ..venue()
        },
    ];
    for elsewhere in elsewhere {
        let mut world = World::new(always_winning());
        // Signed for there, by who may sign here.
        world.send(Payment::sign(world.params(), [1], &key(), &elsewhere));
        assert_eq!(world.answer(), (vec![], vec![Code::SignerUnknown]));
        // And asked for there.
        let theirs = world.params().sealed(&secret(), &elsewhere);
        world.pay(theirs, [1]);
        assert_eq!(world.answer(), (vec![], vec![Code::TicketParams]));
        assert_eq!(world.balance(), Balance::Credit(U256::ZERO));
        assert_eq!(world.winners(), []);
    }
}

#[test]
fn tickets_of_a_round_that_a_reorganisation_rewrote_earn_nothing() {
    let mut world = World::new(always_winning());
    let before = world.params();
    let rewritten = Round {
        number: 7,
        hash: B256::repeat_byte(0xee),
    };
    world.input(Input::Rounds(Rounds {
        newest: rewritten,
        accepted: vec![round(6), rewritten],
        ..rounds(7)
    }));
    world.pay(before, [1]);
    assert_eq!(world.answer(), (vec![], vec![Code::TicketRound]));
    assert_eq!((world.balance(), world.winners()), (sure(0), vec![]));
    // Parameters of the new history came of themselves.
    let after = world.params();
    assert_eq!(after.creation_round_hash, rewritten.hash);
    world.pay(after, [1]);
    assert_eq!(world.answer(), (vec![1], vec![]));
}

#[test]
fn tickets_that_are_under_way_while_parameters_change_count_as_they_were_signed() {
    let mut world = World::new(config());
    let before = world.params();
    world.input(Input::Rounds(rounds(8)));
    let by_round = world.params();
    let dearer = Price::new(2 * PRICE, 1).unwrap();
    world.input(Input::Price(dearer));
    let by_price = world.params();
    assert!(before.creation_round < by_round.creation_round && by_round.price != by_price.price);

    world.pay(by_price.clone(), [1]);
    world.pay(before.clone(), [1]);
    world.pay(by_round.clone(), [1]);
    // Each set of parameters has nonces of its own, and each of its tickets is worth what it says.
    let worth = 2 * TICKET + 2 * TICKET;
    assert_eq!(world.balance(), Balance::Credit(U256::from(worth)));
    for (params, price) in [
        (&before, before.price),
        (&by_round, before.price),
        (&by_price, dearer),
    ] {
        world.pay(params.clone(), [1, 2]);
        assert_eq!(world.answer(), (vec![2], vec![Code::TicketSeen]));
        // Work costs what the last payment was agreed at.
        let left = world.recipient.sessions[&SESSION].session.account.clone();
        assert_eq!(left.price(), price);
    }
}

/// Two days, either way.
#[test]
fn a_payer_whose_clock_is_days_off_pays_all_the_same() {
    const DAYS: u64 = 2 * 86_400_000;
    for (theirs, ours) in [(0, DAYS), (DAYS, 0)] {
        let mut world = World::empty(config(), Recovered::default());
        world.now = Millis(1000 + ours);
        world.recipient = Recipient::new(config(), secret(), Recovered::default(), [1; 32], world.now, WALL);
        for input in [
            Input::Rounds(rounds(7)),
            Input::Redemption(U256::from(1_000_000_000u64)),
            Input::Funds(key().address(), FUNDS),
        ] {
            world.input(input);
        }
        world.open();
        let config = sender::Config {
            recipient: US,
            sender: key().address(),
            max_value: U256::from(10 * TICKET),
            max_ahead: U256::from(20 * TICKET),
            winners: 1,
            max_price: Price::new(PRICE, 1).unwrap(),
            ahead: 4 * SECOND,
        };
        let mut payer = Sender::new(config, key(), venue());
        let funds = sender::Funds {
            deposit: U256::MAX,
            reserve: U256::MAX,
            withdraw_round: None,
            round: 7,
        };
        let start = world.now;
        let clock = |world: &World| Millis(theirs + world.now.since(start).as_millis() as u64);
        payer.handle_input(clock(&world), sender::Input::Funds(funds));
        payer.handle_input(clock(&world), sender::Input::Rate(RATE));
        let mut read = 0;
        // Longer than two sets of parameters hold.
        for _ in 0..1200 {
            while let Some(message) = world.sent.get(read).cloned() {
                read += 1;
                if let Message::Params { params, good_for } = message {
                    let good_for = Duration::from_millis(good_for);
                    payer.handle_input(clock(&world), sender::Input::Params(params, good_for));
                }
            }
            payer.handle_timeout(clock(&world));
            loop {
                match payer.poll_output() {
                    sender::Output::Wait(_) => break,
                    sender::Output::Ask => world.ask(),
                    sender::Output::Pay(payment) => world.send(payment),
                    sender::Output::Withhold(withheld) => panic!("{withheld}"),
                }
            }
            world.work(SECOND);
            payer.handle_input(clock(&world), sender::Input::Work(RATE));
            world.wait(SECOND);
        }
        let tally = world.recipient.tally();
        assert_eq!((tally.refused, world.open), (0, Some(true)));
        assert!((600..=603).contains(&tally.accepted), "{tally:?}");
    }
}

#[test]
fn a_node_that_starts_again_with_its_clock_set_back_credits_nothing_twice() {
    let mut world = World::new(always_winning());
    let params = world.params();
    world.pay(params.clone(), 1..=3);
    let before = world.balance();
    let mut world = world.restart();
    let recovered = world.recipient.config.clone();
    // What was read from the disk, an hour earlier by the wall clock.
    let mut known = Recovered::default();
    for commit in &world.disk {
        known.ceilings.extend(commit.ceilings.iter().copied());
        known.credits = if commit.credits.is_empty() {
            known.credits
        } else {
            commit.credits.clone()
        };
    }
    let earlier = WALL - 3_600_000;
    world.recipient = Recipient::new(recovered, secret(), known, [2; 32], world.now, earlier);
    world.input(Input::Rounds(rounds(7)));
    world.input(Input::Funds(key().address(), FUNDS));
    world.open();
    world.pay(params, 1..=3);
    assert_eq!(world.answer(), (vec![], vec![Code::TicketSeen; 3]));
    assert_eq!(world.balance(), before);
}

#[test]
fn a_payment_that_a_dying_node_was_busy_with_counts_once() {
    for written in [false, true] {
        let mut world = World::new(always_winning());
        let params = world.params();
        world.held = Some(Vec::new());
        world.pay(params.clone(), [1, 2]);
        let held = world.held.take().unwrap();
        if written {
            world.disk.extend(held.into_iter().map(|(_, commit)| commit));
        }
        let mut world = world.restart();
        let kept = if written { 2 } else { 0 };
        assert_eq!(world.balance(), sure(kept));
        // The payer had no answer, and sends it again.
        world.pay(params, [1, 2]);
        let answer = if written {
            (vec![], vec![Code::TicketSeen; 2])
        } else {
            (vec![1, 2], vec![])
        };
        assert_eq!(world.answer(), answer);
        assert_eq!(world.balance(), sure(2));
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// So many tickets, signed and kept by the payer as well.
    Pay(u32),
    /// One of the payments that were sent, again.
    Again(prop::sample::Index),
    /// With some of its tickets in another order, and some twice.
    Shuffled(prop::sample::Index, u64),
    Rotate,
    /// The disk stands still.
    Hold,
    /// And goes on, or has failed.
    Release(bool),
    /// The node dies, with or without what the disk was busy with.
    Crash(bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let which = any::<prop::sample::Index>;
    let step = prop_oneof![
        4 => (1..9u32).prop_map(Step::Pay),
        2 => which().prop_map(Step::Again),
        2 => (which(), any::<u64>()).prop_map(|(which, seed)| Step::Shuffled(which, seed)),
        1 => Just(Step::Rotate),
        2 => Just(Step::Hold),
        2 => any::<bool>().prop_map(Step::Release),
        1 => any::<bool>().prop_map(Step::Crash),
    ];
    prop::collection::vec(step, 1..50)
}

/// The tickets that were said to have earned credit, one after the other.
fn accepted(sent: &[Message]) -> Vec<(B256, u32)> {
    let of = |message: &Message| match message {
        Message::Balance {
            recipient_rand_hash: Some(name),
            accepted,
            ..
        } => accepted.iter().map(|nonce| (*name, *nonce)).collect(),
        _ => Vec::new(),
    };
    sent.iter().flat_map(of).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// However payments come and whenever the node dies: no ticket earns credit twice, and none that did is missing on disk.
    #[test]
    fn nothing_counts_twice_whatever_comes_again_and_whenever_the_node_dies(steps in steps()) {
        let mut world = World::new(always_winning());
        let mut payments: Vec<Payment> = Vec::new();
        let mut params = world.params();
        let mut nonce = 0;
        let mut credited = BTreeSet::new();
        for step in steps {
            match step {
                Step::Pay(count) => {
                    let payment = Payment::sign(params.clone(), nonce + 1..=nonce + count, &key(), &venue());
                    nonce += count;
                    payments.push(payment.clone());
                    world.send(payment);
                }
                Step::Again(which) if !payments.is_empty() => world.send(which.get(&payments).clone()),
                Step::Shuffled(which, seed) if !payments.is_empty() => {
                    let mut payment = which.get(&payments).clone();
                    let mut random = fastrand::Rng::with_seed(seed);
                    let twice = payment.tickets[random.usize(..payment.tickets.len())];
                    payment.tickets.push(twice);
                    random.shuffle(&mut payment.tickets);
                    world.send(payment);
                }
                Step::Rotate => {
                    // As many as may be in use at once.
                    if payments.iter().map(|p| p.params.recipient_rand_hash).collect::<BTreeSet<_>>().len() < MAX_SETS {
                        world.ask();
                        params = world.params();
                        nonce = 0;
                    }
                }
                Step::Hold => { world.held.get_or_insert_default(); }
                Step::Release(good) => {
                    for (id, commit) in world.held.take().unwrap_or_default() {
                        if good { world.disk.push(commit); }
                        world.input(if good { Input::Committed(id) } else { Input::Failed(id) });
                    }
                }
                Step::Crash(written) => {
                    let held = world.held.take().unwrap_or_default();
                    if written {
                        world.disk.extend(held.into_iter().map(|(_, commit)| commit));
                    }
                    for ticket in accepted(&world.sent) {
                        prop_assert!(credited.insert(ticket), "{ticket:?} twice");
                    }
                    world = world.restart();
                    params = world.params();
                    nonce = 0;
                }
                Step::Again(_) | Step::Shuffled(..) => {}
            }
        }
        for (id, commit) in world.held.take().unwrap_or_default() {
            world.disk.push(commit);
            world.input(Input::Committed(id));
        }
        for ticket in accepted(&world.sent) {
            prop_assert!(credited.insert(ticket), "{ticket:?} twice");
        }
        let won: BTreeSet<_> = world.winners().iter().map(|winner| {
            (winner.ticket.recipientRandHash, winner.ticket.senderNonce.to::<u32>())
        }).collect();
        prop_assert!(credited.is_subset(&won), "every ticket wins here");
        let Balance::Credit(left) = world.balance() else { panic!("there was no work") };
        prop_assert!(left <= U256::from(won.len() as u64 * TICKET));
    }
}
