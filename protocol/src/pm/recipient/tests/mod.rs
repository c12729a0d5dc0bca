//! A node and its disk, on a fake clock.

mod both_ends;
mod credit;
mod fields;
mod gate;
mod losses;
mod order;
mod overview;
mod remembering;
mod terms;

use super::*;
use alloy_primitives::B256;

use crate::control::RefusedTicket;
use crate::key::SessionKey;
use crate::pm::Params;
use crate::pm::durable::Winner;

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
    deposit: U256::from_limbs([1 << 62, 0, 0, 0]),
    reserve: U256::from_limbs([1 << 61, 0, 0, 0]),
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
        Self::born(config, recovered, Millis(1000), Vec::new())
    }

    /// A process that begins now, with random bytes of its own.
    fn born(config: Config, recovered: Recovered, now: Millis, disk: Vec<Commit>) -> Self {
        let mut entropy = [1; 32];
        entropy[..8].copy_from_slice(&(disk.len() as u64).to_be_bytes());
        Self {
            recipient: Recipient::new(config, secret(), recovered, entropy, now, WALL + now.0),
            now,
            disk,
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
        let mut world = Self::born(self.recipient.config, recovered, self.now, self.disk);
        world.input(Input::Rounds(rounds(7)));
        world.input(Input::Redemption(U256::from(1_000_000_000u64)));
        world.open();
        world.input(Input::Funds(key().address(), FUNDS));
        world
    }
}

const TICKET: u64 = 2 * RATE * PRICE;

/// What so many tickets are worth that win always, which is one draw in 2^256 less.
fn sure(tickets: u64) -> Balance {
    Balance::Credit(U256::from((tickets * TICKET).saturating_sub(1)))
}

/// A redemption costs next to nothing, so face values are what a ticket is worth, and every ticket wins.
fn always_winning() -> Config {
    Config {
        max_face_value: U256::from(TICKET),
        ..config()
    }
}
