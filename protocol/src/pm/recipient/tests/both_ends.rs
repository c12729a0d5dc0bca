//! A payer and a node together.

use proptest::prelude::*;

use super::*;
use crate::pm::sender::{self, Sender};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Both ends, with payments that come late or not at all, a disk that fails, and rates that change: after every answer
    /// both have the same account, and what was accepted is what was worked off and what is left, to the part of a wei.
    #[test]
    fn both_ends_come_to_the_same_account(steps in prop::collection::vec((0..8u8, 0..3_000u64), 1..60)) {
        let mut world = World::new(config());
        let payer = sender::Config {
            recipient: US,
            sender: key().address(),
            max_value: U256::from(10 * TICKET),
            max_ahead: U256::from(20 * TICKET),
            winners: 1,
            max_price: Price::new(2 * PRICE, 1).unwrap(),
            ahead: 4 * SECOND,
        };
        let mut payer = Sender::new(payer, key(), venue());
        payer.handle_input(world.now, sender::Input::Funds(sender::Funds {
            deposit: U256::MAX,
            reserve: U256::MAX,
            withdraw_round: None,
            round: 7,
        }));
        payer.handle_input(world.now, sender::Input::Rate(RATE));
        payer.handle_input(world.now, sender::Input::Params(Box::new(world.params()), 480 * SECOND));
        let mut worked = 0u64;
        let mut read = world.sent.len();
        let mut delayed: Vec<Payment> = Vec::new();
        for (what, amount) in steps {
            match what {
                0 => { world.held.get_or_insert_default(); }
                1 | 2 => {
                    let fails = what == 2;
                    for (id, commit) in world.held.take().unwrap_or_default() {
                        if !fails { world.disk.push(commit); }
                        world.input(if fails { Input::Failed(id) } else { Input::Committed(id) });
                    }
                }
                3 => for payment in core::mem::take(&mut delayed) { world.send(payment) },
                4 => { world.ask(); }
                _ => {
                    let pixels = RATE * amount / 1000;
                    worked += pixels;
                    world.input(Input::Work(SESSION, "480p".to_owned(), pixels));
                    payer.handle_input(world.now, sender::Input::Work(pixels));
                    world.wait(Duration::from_millis(amount));
                    payer.handle_timeout(world.now);
                }
            }
            loop {
                while let Some(message) = world.sent.get(read).cloned() {
                    read += 1;
                    match message {
                        Message::Params { params, good_for } => payer.handle_input(
                            world.now,
                            sender::Input::Params(params, Duration::from_millis(good_for)),
                        ),
                        Message::Balance { recipient_rand_hash: Some(name), refused, .. } => {
                            let refused = refused.len() as u32;
                            payer.handle_input(world.now, sender::Input::Answer { recipient_rand_hash: name, refused });
                        }
                        _ => {}
                    }
                }
                match payer.poll_output() {
                    sender::Output::Wait(_) => break,
                    sender::Output::Ask => world.ask(),
                    sender::Output::Pay(payment) if what == 7 => delayed.push(payment),
                    sender::Output::Pay(payment) => world.send(payment),
                    sender::Output::Withhold(_) => {}
                }
            }
        }
        for (id, commit) in world.held.take().unwrap_or_default() {
            world.disk.push(commit);
            world.input(Input::Committed(id));
        }
        for payment in delayed { world.send(payment); }
        payer.handle_input(world.now, sender::Input::Rate(0));
        for message in &world.sent[read..] {
            if let Message::Balance { recipient_rand_hash: Some(name), refused, .. } = message {
                let refused = refused.len() as u32;
                payer.handle_input(world.now, sender::Input::Answer { recipient_rand_hash: *name, refused });
            }
        }
        prop_assert_eq!(payer.balance(), world.balance());
        let accepted = world.recipient.tally().accepted;
        let balance = world.balance();
        // Each ticket is worth TICKET wei, and a part of one.
        let paid = i128::from(accepted * TICKET);
        let left = match balance {
            Balance::Credit(wei) => i128::try_from(wei.to::<u128>()).unwrap(),
            Balance::Debt(wei) => -i128::try_from(wei.to::<u128>()).unwrap(),
        };
        prop_assert_eq!(paid, i128::from(worked) * i128::from(PRICE) + left);
    }
}
