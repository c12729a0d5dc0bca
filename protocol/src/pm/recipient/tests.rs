use proptest::prelude::*;

use super::*;
use crate::control::RefusedTicket;
use crate::key::SessionKey;
use crate::pm::Params;
use crate::pm::durable::Winner;
use crate::pm::sender::{self, Sender};
use alloy_primitives::B256;

const SECOND: Duration = Duration::from_secs(1);
/// 480p and 240p at 25 frames a second, about.
const RATE: u64 = 12_000_000;
const PRICE: u64 = 1_000;
const WALL: u64 = 1_800_000_000_000;
const US: Address = Address([1; 20]);
const SESSION: SessionId = SessionId(5);

fn key() -> SessionKey {
    SessionKey::from_bytes(&[7; 32]).unwrap()
}

fn stranger() -> SessionKey {
    SessionKey::from_bytes(&[8; 32]).unwrap()
}

fn venue() -> Venue {
    Venue {
        chain_id: 31_337,
        broker: Address([9; 20]),
    }
}

fn secret() -> Secret {
    Secret::new([6; 32], [3; 16])
}

fn live() -> stream::Id {
    stream::Id::new(key().address(), "studio".parse().unwrap())
}

fn config() -> Config {
    Config {
        recipient: US,
        venue: venue(),
        price: Price::new(PRICE, 1).unwrap(),
        prices: BTreeMap::new(),
        ticket: 2 * SECOND,
        multiple: 100,
        max_face_value: U256::MAX,
        good_for: 480 * SECOND,
        grace: 4 * SECOND,
    }
}

fn round(number: u64) -> Round {
    Round {
        number,
        hash: B256::repeat_byte(number as u8),
    }
}

fn rounds(current: u64) -> Rounds {
    Rounds {
        current,
        newest: round(current),
        accepted: vec![round(current - 1), round(current)],
    }
}

const FUNDS: Funds = Funds {
    allotment: U256::from_limbs([1 << 60, 0, 0, 0]),
    withdraw_round: None,
};

/// A node and its disk, on a fake clock.
struct World {
    recipient: Recipient,
    now: Millis,
    /// What has been written down.
    disk: Vec<Commit>,
    /// Commits that wait; with `None` each is written at once.
    held: Option<Vec<(u64, Commit)>>,
    sent: Vec<Message>,
    open: Option<bool>,
    looks: Vec<(Address, Option<Address>)>,
    receipts: Vec<Receipt>,
}

impl World {
    /// A session is open and its payer asked for parameters.
    fn new(config: Config) -> Self {
        let mut world = Self::empty(config, Recovered::default());
        world.input(Input::Rounds(rounds(7)));
        world.input(Input::Redemption(U256::from(1_000_000_000u64)));
        world.input(Input::Funds(key().address(), FUNDS));
        world.open();
        world
    }

    fn empty(config: Config, recovered: Recovered) -> Self {
        let now = Millis(1000);
        Self {
            recipient: Recipient::new(config, secret(), recovered, [1; 32], now, WALL),
            now,
            disk: Vec::new(),
            held: None,
            sent: Vec::new(),
            open: None,
            looks: Vec::new(),
            receipts: Vec::new(),
        }
    }

    fn open(&mut self) {
        self.input(Input::Open(SESSION, live(), RATE));
        self.ask();
    }

    fn ask(&mut self) {
        self.input(Input::Ask {
            session: SESSION,
            sender: key().address(),
            signer: key().address(),
        });
    }

    fn input(&mut self, input: Input) {
        self.recipient.handle_input(self.now, input);
        self.drain();
    }

    fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            let Output::Wait(at) = self.recipient.poll_output() else {
                panic!("not drained");
            };
            if at > until {
                break;
            }
            self.now = self.now.max(at);
            self.recipient.handle_timeout(self.now);
            self.drain();
        }
        self.now = until;
    }

    fn drain(&mut self) {
        loop {
            match self.recipient.poll_output() {
                Output::Wait(_) => break,
                Output::Look(sender, signer) => self.looks.push((sender, signer)),
                Output::Commit(id, commit) => match &mut self.held {
                    Some(held) => held.push((id, commit)),
                    None => {
                        self.disk.push(commit);
                        self.recipient.handle_input(self.now, Input::Committed(id));
                    }
                },
                Output::Send(SESSION, message) => self.sent.push(message),
                Output::Receipt(SESSION, receipt) => self.receipts.push(receipt),
                Output::Gate(SESSION, open) => self.open = Some(open),
                other => panic!("{other:?}"),
            }
        }
    }

    /// The newest parameters.
    fn params(&self) -> Params {
        let sent = self.sent.iter().rev();
        let mut params = sent.filter_map(|message| match message {
            Message::Params { params, .. } => Some((**params).clone()),
            _ => None,
        });
        params.next().expect("parameters were sent")
    }

    fn pay(&mut self, params: Params, nonces: impl IntoIterator<Item = u32>) {
        self.send(Payment::sign(params, nonces, &key(), &venue()));
    }

    fn send(&mut self, payment: Payment) {
        let inspected = payment.inspect(US, &secret(), &venue(), |signature, hash| signature.recover(hash));
        self.input(Input::Payment(SESSION, Box::new(payment), inspected));
    }

    /// The last answer to a payment.
    fn answer(&self) -> (Vec<u32>, Vec<Code>) {
        let answers = self.sent.iter().rev();
        let mut answers = answers.filter_map(|message| match message {
            Message::Balance {
                recipient_rand_hash: Some(_),
                accepted,
                refused,
                ..
            } => Some((
                accepted.clone(),
                refused.iter().map(|RefusedTicket { code, .. }| *code).collect(),
            )),
            _ => None,
        });
        answers.next().expect("the payment was answered")
    }

    fn codes(&self) -> Vec<Code> {
        let code = |message: &Message| match message {
            Message::Error { code, .. } | Message::Notice { code, .. } => Some(*code),
            _ => None,
        };
        self.sent.iter().filter_map(code).collect()
    }

    fn balance(&self) -> Balance {
        self.recipient.balance(SESSION).unwrap()
    }

    fn work(&mut self, time: Duration) {
        let pixels = RATE * millis(time) / 1000;
        self.input(Input::Work(SESSION, "480p".to_owned(), pixels));
    }

    fn winners(&self) -> Vec<Winner> {
        self.disk
            .iter()
            .flat_map(|commit| commit.winners.clone())
            .collect()
    }

    /// What a new process reads from the disk.
    fn restart(self) -> Self {
        let mut recovered = Recovered::default();
        for commit in &self.disk {
            recovered.ceilings.extend(commit.ceilings.iter().copied());
            for credit in &commit.credits {
                let same = |known: &Credit| known.sender == credit.sender && known.stream == credit.stream;
                recovered.credits.retain(|known| !same(known));
                recovered.credits.push(credit.clone());
            }
            for winner in &commit.winners {
                let sender = Address::from(winner.ticket.sender);
                *recovered.outstanding.entry(sender).or_default() += winner.ticket.faceValue;
            }
        }
        let mut world = Self::empty(self.recipient.config, recovered);
        world.disk = self.disk;
        world.input(Input::Rounds(rounds(7)));
        world.input(Input::Redemption(U256::from(1_000_000_000u64)));
        world.open();
        world.input(Input::Funds(key().address(), FUNDS));
        world
    }
}

const TICKET: u64 = 2 * RATE * PRICE;

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

fn wei512(wei: u64) -> alloy_primitives::U512 {
    alloy_primitives::U512::from(wei)
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

/// A redemption costs next to nothing, so face values are what a ticket is worth, and every ticket wins.
fn always_winning() -> Config {
    Config {
        max_face_value: U256::from(TICKET),
        ..config()
    }
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
    world.pay(params, [1, 2]);
    assert_eq!(world.answer(), (vec![1, 2], vec![]));
    assert_eq!(world.winners().len(), 2);
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
    world.input(Input::Outstanding(BTreeMap::new()));
    world.pay(params, [4]);
    assert_eq!(world.answer(), (vec![4], vec![]));
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
