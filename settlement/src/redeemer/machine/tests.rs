use std::time::Duration;

use alloy_sol_types::SolError;
use headwater_protocol::chain::ticket::Ticket;
use headwater_protocol::key::Signature;
use serde_json::json;

use super::*;
use crate::chain::transit;
use crate::redeemer::Payment;
use crate::store::{Attempt, Redemption};

const BLOCK: u64 = 12_000;
const START: u64 = 1_000;
/// When block 0 would have been.
const EPOCH: u64 = 1_000_000_000_000;

struct World {
    machine: Machine,
    records: Vec<Record>,
    block: u64,
    price: u64,
    confirmations: u64,
}

impl World {
    /// Rounds of a thousand blocks; this one's number is 7 and tickets are good for two.
    fn new() -> Self {
        let key = SessionKey::from_bytes(&[1; 32]).unwrap();
        let policy = Policy {
            transit: transit::Policy {
                stuck_after: Duration::from_secs(60),
                most: 10_000,
            },
            ..Policy::default()
        };
        let mut world = Self {
            machine: Machine::new(policy, key, 1, Address::ZERO),
            records: Vec::new(),
            block: START,
            price: 100,
            confirmations: 3,
        };
        // What is done about the time before is not of interest.
        assert_eq!(world.head().len(), 1);
        world
    }

    fn now(&self) -> u64 {
        EPOCH + self.block * BLOCK
    }

    fn win(&mut self, count: usize) {
        for _ in 0..count {
            let number = self.records.len() as u64 + 1;
            let record = Record {
                winner: winner(number, self.now()),
                won: self.now(),
                changed: self.now(),
                redemption: Redemption::Pending,
            };
            self.records.push(record);
        }
    }

    fn give(&mut self, input: Input) -> Vec<Output> {
        let now = self.now();
        self.machine.handle_input(now, input);
        std::iter::from_fn(|| self.machine.poll_output()).collect()
    }

    fn head(&mut self) -> Vec<Output> {
        self.block += 1;
        let pending = self.records.clone();
        assert_eq!(self.give(Input::Pending(pending)), []);
        let header = serde_json::from_value(json!({
            "number": U256::from(self.block), "hash": B256::ZERO, "parentHash": B256::ZERO,
            "timestamp": "0x0", "baseFeePerGas": U256::from(self.price),
        }));
        let round = Round {
            number: 7,
            hash: B256::ZERO,
            previous_hash: B256::ZERO,
            last_is_final: true,
            due: None,
            start: START,
            length: 1_000,
            validity: 2,
        };
        let last_final = self.block - self.confirmations;
        self.give(Input::Head {
            header: header.unwrap(),
            last_final,
            round,
            tip: 1,
        })
    }

    /// Up to this block, in which it does something.
    fn heads_until_tried(&mut self, limit: u64) -> Option<u64> {
        while self.block < limit {
            if !self.head().is_empty() {
                return Some(self.block);
            }
        }
        None
    }

    /// All pass the trial and are sent.
    fn send(&mut self) -> (Signed, Vec<B256>) {
        let tried = self.head();
        let [Output::Try(winners)] = tried.as_slice() else {
            panic!("{tried:?}")
        };
        let refusals = vec![None; winners.len()];
        let [Output::Prepare(_)] = self.give(Input::Tried(refusals))[..] else {
            panic!("not prepared")
        };
        let outputs = self.give(Input::Prepared {
            gas: 1_000_000,
            nonce: 5,
        });
        let [
            Output::Store(Change::Submit {
                winners,
                nonce: 5,
                tx,
                ..
            }),
            Output::Send(signed),
        ] = outputs.as_slice()
        else {
            panic!("stored, then sent: {outputs:?}")
        };
        assert_eq!(*tx, signed.hash);
        let sent = winners.clone();
        self.records.retain(|record| !sent.contains(&record.winner.hash));
        (signed.clone(), sent)
    }

    fn looked(&mut self, nonce: u64, known: bool) -> Vec<Output> {
        assert!(matches!(self.head()[..], [Output::Look(_)]));
        self.give(Input::Looked {
            receipt: None,
            nonce,
            known,
        })
    }
}

fn winner(number: u64, expires: u64) -> Winner {
    let mut hash = B256::ZERO;
    hash[24..].copy_from_slice(&number.to_be_bytes());
    Winner {
        ticket: Ticket {
            recipient: Address::ZERO,
            sender: Address::ZERO,
            faceValue: U256::from(10).pow(U256::from(15)),
            winProb: U256::MAX,
            senderNonce: U256::from(number),
            recipientRandHash: B256::ZERO,
            creationRound: U256::from(7),
            creationRoundBlockHash: B256::ZERO,
        },
        signature: Signature([0; 65]),
        recipient_rand: U256::from(7),
        hash,
        expires,
    }
}

fn revert(error: &impl SolError) -> Option<Revert> {
    Some(Revert(error.abi_encode()))
}

#[test]
fn at_a_flat_price_it_waits_for_twenty_or_for_half_of_the_time() {
    let mut world = World::new();
    world.win(1);
    let won = world.block;
    // Tickets of round 7 end with round 9, at block 3,000.
    assert_eq!(world.heads_until_tried(2_900), Some(won + (3_000 - won) / 2));

    let mut world = World::new();
    world.win(19);
    assert_eq!(world.head(), []);
    world.win(1);
    assert!(matches!(&world.head()[..], [Output::Try(winners)] if winners.len() == 20));
}

#[test]
fn a_good_price_is_taken_the_sooner_the_more_wait() {
    let tried = |count| {
        let mut world = World::new();
        for price in (100..200).chain((101..200).rev()) {
            world.price = price;
            assert_eq!(world.head(), []);
        }
        world.win(count);
        for price in (50..200).rev() {
            world.price = price;
            if !world.head().is_empty() {
                return price;
            }
        }
        0
    };
    let (few, many) = (tried(2), tried(15));
    assert!(few < 120 && (140..200).contains(&many), "{few}, {many}");
}

#[test]
fn no_price_beyond_the_limit_is_paid_and_no_ticket_redeemed_at_a_loss() {
    let mut world = World::new();
    world.win(20);
    world.price = 10_001;
    assert_eq!(world.head(), []);
    world.price = 10_000;
    assert_eq!(world.head().len(), 1);

    let mut world = World::new();
    world.win(20);
    world.records[0].winner.ticket.faceValue = U256::from(FIRST_GUESS * 101);
    world.win(1);
    assert!(matches!(&world.head()[..], [Output::Try(winners)] if winners.len() == 20));
}

#[test]
fn what_will_never_be_paid_is_given_up_once_that_is_final() {
    let mut world = World::new();
    world.win(20);
    let bad = world.records[3].winner.hash;
    let refused = TicketBroker::SignerVoid {
        voidFromRound: U256::from(3),
    };
    let mut trials = Vec::new();
    for _ in 0..5 {
        let outputs = world.head();
        let Some(Output::Try(winners)) = outputs.first() else {
            continue;
        };
        let refusals = winners
            .iter()
            .map(|winner| (winner.hash == bad).then(|| revert(&refused)).flatten())
            .collect();
        let outputs = world.give(Input::Tried(refusals));
        trials.push((world.block, outputs.len()));
        // The others' way is not of interest here.
        world.give(Input::Failed);
        world.machine.hold_until = 0;
        if let Some(Output::Store(Change::Abandon { winner, reason })) = outputs.first() {
            assert_eq!((*winner, reason.as_str()), (bad, "SignerVoid"));
            assert_eq!(world.block, trials[0].0 + world.confirmations);
            return;
        }
        world.win(1);
    }
    panic!("not given up: {trials:?}");
}

#[test]
fn what_cannot_be_paid_yet_is_tried_again_later_and_what_is_used_is_found() {
    let mut world = World::new();
    world.win(20);
    assert_eq!(world.head().len(), 1);
    let funds = TicketBroker::InsufficientFunds {
        available: U256::ZERO,
    };
    let used = TicketBroker::TicketAlreadyUsed {
        ticketHash: B256::ZERO,
    };
    let mut refusals = vec![revert(&funds); 20];
    refusals[7] = revert(&used);
    let outputs = world.give(Input::Tried(refusals));
    let [Output::FindPaid { winner, from: START }] = outputs.as_slice() else {
        panic!("{outputs:?}")
    };
    let paid = Payment {
        tx: B256::repeat_byte(1),
        block: 1_000,
        paid: U256::from(3),
    };
    let found = Input::Found {
        winner: winner.hash,
        paid: Some(paid),
    };
    let redeemed = Change::Redeem {
        winner: winner.hash,
        tx: paid.tx,
        block: 1_000,
        paid: paid.paid,
    };
    assert_eq!(world.give(found), [Output::Store(redeemed)]);
    let first = world.block;
    let again = world.heads_until_tried(2_999).unwrap();
    assert_eq!(
        again,
        first + (3_000 - first) / 16,
        "a sixteenth of its time later"
    );
}

#[test]
fn a_stuck_transaction_is_stored_before_it_is_replaced() {
    let mut world = World::new();
    world.win(20);
    let (first, _) = world.send();
    for _ in 0..4 {
        assert_eq!(world.looked(5, true), []);
    }
    let outputs = world.looked(5, true);
    let [
        Output::Store(Change::Replace { batch, tx, .. }),
        Output::Send(second),
    ] = outputs.as_slice()
    else {
        panic!("{outputs:?}")
    };
    assert_eq!((*batch, *tx), (first.hash, second.hash));
    assert_ne!(first.hash, second.hash);
    let outputs = world.head();
    assert_eq!(outputs, [Output::Look(vec![first.hash, second.hash])]);
}

#[test]
fn one_that_is_overtaken_is_given_up_at_the_second_look_and_one_forgotten_sent_again() {
    let mut world = World::new();
    world.win(20);
    let (signed, winners) = world.send();
    assert_eq!(world.looked(5, false), [Output::Send(signed)]);
    assert_eq!(world.looked(6, false), []);
    assert_eq!(
        world.looked(6, false),
        [Output::Store(Change::Release { winners })]
    );
}

#[test]
fn a_transaction_that_failed_gives_its_winners_back_and_the_next_waits_a_while() {
    let mut world = World::new();
    world.win(20);
    let records = world.records.clone();
    let (signed, winners) = world.send();
    assert_eq!(world.head(), [Output::Look(vec![signed.hash])]);
    let receipt = serde_json::from_value(json!({
        "transactionHash": signed.hash, "blockNumber": U256::from(world.block), "blockHash": B256::ZERO,
        "gasUsed": "0x5208", "status": "0x0", "logs": [],
    }));
    let looked = Input::Looked {
        receipt: Some(receipt.unwrap()),
        nonce: 6,
        known: true,
    };
    assert_eq!(world.give(looked), [Output::Store(Change::Release { winners })]);
    world.records = records;
    let failed = world.block;
    assert_eq!(world.heads_until_tried(2_000), Some(failed + HOLD));
}

#[test]
fn a_winner_is_tried_no_sooner_than_its_parameters_expire() {
    let mut world = World::new();
    world.win(20);
    let block = world.block + 7;
    for record in &mut world.records {
        record.winner.expires = EPOCH + block * BLOCK;
    }
    assert_eq!(world.heads_until_tried(2_000), Some(block));
}

#[test]
fn one_that_no_node_takes_is_released_and_the_next_waits_a_while() {
    let mut world = World::new();
    world.win(20);
    let records = world.records.clone();
    let (signed, winners) = world.send();
    assert_eq!(
        world.give(Input::NotTaken(signed.hash)),
        [Output::Store(Change::Release { winners })]
    );
    world.records = records;
    let refused = world.block;
    assert_eq!(world.heads_until_tried(2_000), Some(refused + HOLD));
}

#[test]
fn a_reorganisation_is_stored_and_what_it_undid_tried_at_once() {
    let mut world = World::new();
    world.win(20);
    assert_eq!(world.head().len(), 1);
    let unapproved = TicketBroker::SignerNotApproved {
        signer: Address::ZERO,
    };
    assert_eq!(world.give(Input::Tried(vec![revert(&unapproved); 20])), []);
    assert_eq!(world.head(), []);
    assert_eq!(
        world.give(Input::Undone { from: 990 }),
        [Output::Store(Change::Undo { from: 990 })]
    );
    assert!(matches!(world.head()[..], [Output::Try(_)]));
}

#[test]
fn after_a_restart_what_was_sent_is_looked_for_before_anything_is_tried() {
    let mut world = World::new();
    world.win(20);
    let tx = B256::repeat_byte(9);
    let batch = Batch {
        account: Address::ZERO,
        nonce: 5,
        attempts: vec![Attempt {
            tx,
            block: 990,
            at: 0,
        }],
        winners: vec![B256::repeat_byte(8)],
    };
    let mut sent = winner(99, 0);
    sent.hash = B256::repeat_byte(8);
    assert_eq!(world.give(Input::Resumed(vec![(batch, vec![sent])])), []);
    assert_eq!(world.head(), [Output::Look(vec![tx])]);
    let outputs = world.give(Input::Looked {
        receipt: None,
        nonce: 5,
        known: false,
    });
    let winners = vec![B256::repeat_byte(8)];
    assert_eq!(
        outputs,
        [Output::Store(Change::Release { winners })],
        "no node has it"
    );
    assert!(matches!(world.head()[..], [Output::Try(_)]));
}
