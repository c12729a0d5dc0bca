//! A stream that is paid as a page pays it, by a node's cashier, store, redeemer and chain.

mod world;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use alloy_primitives::U256;
use headwater_protocol::Millis;
use headwater_protocol::control::Message;
use headwater_protocol::key::{Address, SessionKey};
use headwater_protocol::pm::account::Balance;
use headwater_protocol::pm::secret::Venue;
use headwater_protocol::pm::sender::{self, Sender};
use headwater_protocol::pm::{Price, Receipt, recipient};
use headwater_protocol::session::registry::SessionId;
use headwater_protocol::signed::Signed;
use headwater_protocol::stream;
use headwater_settlement::cashier::{self, Counter, Event, Order, Till};
use headwater_settlement::redeemer::Redeemer;
use headwater_settlement::store::{State, Store};
use tokio::sync::mpsc;

use world::{ORCHESTRATOR, World, hasty};

const SESSION: SessionId = SessionId(1);
/// Pixels a second.
const RATE: u64 = 1_000;
/// Wei a pixel.
const PRICE: u64 = 100_000_000_000;
/// What a ticket is worth: two seconds of work.
const VALUE: u64 = 2 * RATE * PRICE;
/// The most that a winner pays: one in four wins, or more where gas is cheap.
const FACE: u64 = 4 * VALUE;
const GOOD_FOR: Duration = Duration::from_secs(480);

fn wall() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

fn node_key() -> SessionKey {
    SessionKey::from_bytes(&[0x0d; 32]).unwrap()
}

/// The payer's page: it answers what the node says, as long as there is something.
struct Page {
    sender: Sender,
    counter: Option<Counter>,
    orders: mpsc::Receiver<Order>,
    address: Address,
    accepted: u64,
    refused: u64,
    receipted: u64,
    /// What a winner pays, in wei.
    face: U256,
    left: Balance,
    open: bool,
}

impl Page {
    /// The next word of the node, and what follows from it.
    async fn hear(&mut self) {
        let message = match self.orders.recv().await.expect("a node") {
            Order::Gate(_, open) => {
                self.open = open;
                return;
            }
            Order::Tell(_, message) => *message,
        };
        match message {
            Message::Params { params, good_for } => {
                assert!(
                    self.face.is_zero() || self.face == params.face_value,
                    "one price, one payment"
                );
                self.face = params.face_value;
                self.input(sender::Input::Params(params, Duration::from_millis(good_for)));
            }
            Message::Balance {
                recipient_rand_hash,
                accepted,
                refused,
                wei,
            } => {
                self.accepted += accepted.len() as u64;
                self.refused += refused.len() as u64;
                self.left = wei;
                if let Some(recipient_rand_hash) = recipient_rand_hash {
                    self.input(sender::Input::Answer {
                        recipient_rand_hash,
                        refused: refused.len() as u32,
                    });
                }
            }
            Message::Receipt { signed } => {
                let receipt = Signed::<Receipt>::parse(&signed).expect("a receipt");
                assert_eq!(receipt.signer(), node_key().address());
                self.receipted += receipt.document().pixels();
            }
            other => panic!("{other:?}"),
        }
    }

    fn input(&mut self, input: sender::Input) {
        // Nothing here waits for a clock.
        self.sender.handle_input(Millis(0), input);
        loop {
            match self.sender.poll_output() {
                sender::Output::Wait(_) => return,
                sender::Output::Ask => self.report(Event::Asked {
                    session: SESSION,
                    sender: self.address,
                    signer: self.address,
                }),
                sender::Output::Pay(payment) => self.report(Event::Paid(SESSION, Box::new(payment))),
                sender::Output::Withhold(withheld) => panic!("{withheld}"),
            }
        }
    }

    fn report(&self, event: Event) {
        let counter = self.counter.as_ref().expect("a node");
        counter.report(event).expect("room");
    }

    /// Two seconds of work, and the ticket for it counted.
    async fn work(&mut self) {
        let answered = self.accepted + self.refused;
        self.report(Event::Worked(SESSION, "480p".to_owned(), 2 * RATE));
        self.input(sender::Input::Work(2 * RATE));
        while self.accepted + self.refused == answered {
            self.hear().await;
        }
    }
}

#[test]
fn a_stream_is_paid_to_the_wei_and_its_winners_are_redeemed() {
    let world = World::new();
    let payer = world.payer();
    let chain = world.chain();
    let (store, recovered) = Store::open(&world.file("paid"), wall()).expect("a store");
    let store = Arc::new(store);
    let venue = Venue {
        chain_id: 31_337,
        broker: world.network.ticket_broker.into(),
    };
    let terms = recipient::Config {
        recipient: ORCHESTRATOR.into(),
        venue,
        price: Price::new(PRICE, 1).unwrap(),
        prices: [].into(),
        ticket: Duration::from_secs(2),
        multiple: u32::MAX,
        max_face_value: U256::from(FACE),
        good_for: GOOD_FOR,
        grace: Duration::from_secs(4),
    };
    let config = cashier::Config {
        terms,
        node_key: node_key(),
        redemption_gas: 100_000,
        poll: 50,
    };
    let (orders, incoming) = mpsc::channel(cashier::EVENTS);
    let (till, counter) = Till::new(config, Arc::clone(&store), recovered, chain.clone(), orders).unwrap();
    let sender = Sender::new(
        sender::Config {
            recipient: ORCHESTRATOR.into(),
            sender: payer.address(),
            max_value: U256::from(2 * VALUE),
            max_ahead: U256::from(4 * VALUE),
            winners: 1,
            max_price: Price::new(PRICE, 1).unwrap(),
            ahead: Duration::from_secs(4),
        },
        payer.clone(),
        venue,
    );
    let mut page = Page {
        sender,
        counter: Some(counter),
        orders: incoming,
        address: payer.address(),
        accepted: 0,
        refused: 0,
        receipted: 0,
        face: U256::ZERO,
        left: Balance::Credit(U256::ZERO),
        open: false,
    };
    let before = world.earned();
    let deposit = world.deposit();

    let worked = world.block_on(async {
        let counting = tokio::spawn(till.run());
        let name = "studio".parse().unwrap();
        page.report(Event::Opened(
            SESSION,
            stream::Id::new(payer.address(), name),
            RATE,
        ));
        page.input(sender::Input::Funds(sender::Funds {
            deposit,
            reserve: U256::from(1),
            withdraw_round: None,
            round: 1,
        }));
        page.input(sender::Input::Rate(RATE));
        while !page.open {
            page.hear().await;
        }
        let mut worked = 0;
        for _ in 0..220 {
            page.work().await;
            worked += 2 * RATE;
        }
        page.report(Event::Closed(SESSION));
        // The last receipt comes with the end.
        while page.receipted < worked {
            page.hear().await;
        }
        page.counter = None;
        counting.await.expect("a cashier");
        worked
    });
    assert_eq!((page.refused, page.receipted), (0, worked));
    assert!(page.accepted >= 220, "{}", page.accepted);
    let Balance::Credit(left) = page.left else {
        panic!("{:?}", page.left)
    };
    assert_eq!(
        U256::from(page.accepted) * U256::from(VALUE),
        U256::from(worked) * U256::from(PRICE) + left,
        "what was accepted is what was worked off, and what is left"
    );

    // Their parameters have expired: the numbers may be told.
    let mut redeemer = Redeemer::new(chain, Arc::clone(&store), world.hot.clone(), hasty());
    let won = store.winners(State::Pending, 1_000).unwrap().len();
    assert!((10..220).contains(&won), "{won} of {}", page.accepted);
    let later = wall() + u64::try_from(GOOD_FOR.as_millis()).unwrap() + 1_000;
    for turn in 0..40 {
        world.block_on(redeemer.turn(later + turn)).expect("a turn");
        world.network.chain.mine(1).expect("a block");
    }
    let totals = store.totals().unwrap();
    assert_eq!(totals.redeemed.count, won as u64);
    let paid = U256::from(won) * page.face;
    assert_eq!((totals.paid, world.earned() - before), (paid, paid));
    assert_eq!(deposit - world.deposit(), paid);
}
