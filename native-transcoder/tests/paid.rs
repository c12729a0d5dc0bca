//! A node that is paid, on a chain of the test's own, by a publisher on another WebRTC stack.

mod admin;
mod node;
mod studio;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::Duration;

use alloy_primitives::{U256, U512};
use headwater_protocol::control::Message;
use headwater_protocol::key::Address;
use headwater_protocol::ladder::Ladder;
use headwater_protocol::offer::Offer;
use headwater_protocol::pm::secret::Venue;
use headwater_protocol::pm::sender::{self, Input, Output, Sender};
use headwater_protocol::pm::{Account, Odds, Price, Receipt};
use headwater_protocol::signed::Signed;
use headwater_protocol::{Code, Millis};
use headwater_settlement::chain::{self, endpoints::Policy};
use headwater_settlement::redeemer;
use headwater_settlement::store::Store;
use headwater_test_chain::{Network, UNIT};
use headwater_test_client::Codec;
use headwater_test_client::film::Player;
use headwater_test_client::whip::Publisher;
use native_transcoder::orchestrator::Config;
use native_transcoder::payment;
use node::{KEY, Node, key};
use reqwest::Method;
use studio::{LIMIT, film, play_during, publisher};
use tokio::time::timeout;

const ORCHESTRATOR: Address = Address([0x0c; 20]);
/// Wei a pixel.
const PRICE: u64 = 1_000_000;

/// An elected orchestrator, and a payer with a deposit and a reserve.
fn network() -> Network {
    let network = Network::deploy().expect("the contracts");
    network.next_round().expect("a round");
    network
        .bond(ORCHESTRATOR.into(), ORCHESTRATOR.into(), UNIT * U256::from(100))
        .expect("bonded");
    network.next_round().expect("a round");
    network
        .fund(key(KEY).address().into(), UNIT, UNIT)
        .expect("funded");
    network
}

fn config(network: &Network, data: PathBuf) -> Config {
    let url = network.chain.url().parse().expect("a URL");
    let payment = payment::Config {
        chain: chain::Config {
            nodes: vec![url],
            chain_id: 31_337,
            controller: network.controller,
            confirmations: 0,
            policy: Policy::default(),
        },
        recipient: ORCHESTRATOR,
        price: Price::new(PRICE, 1).unwrap(),
        prices: [].into(),
        data,
        ticket: Duration::from_millis(100),
        multiple: 1,
        max_face_value: UNIT,
        good_for: Duration::from_secs(480),
        grace: Duration::from_secs(1),
        poll: Duration::from_millis(100),
        redeemer: None,
        rewards: None,
        rounds: None,
        redemption: redeemer::Policy::default(),
    };
    Config {
        admin: Some(([127, 0, 0, 1], 0).into()),
        ladder: Ladder::new(vec!["P240p30fps16x9".parse().unwrap()]).unwrap(),
        payment: Some(payment),
        ..Config::default()
    }
}

/// The publisher's page: hears what the node says, and pays as long as it is to.
struct Page<'a> {
    publisher: &'a Publisher,
    sender: Sender,
    pays: bool,
    unsent: VecDeque<Message>,
    node: Address,
    odds: Option<Odds>,
    /// What was accepted and done, as far as it was heard of.
    account: Account,
}

impl Page<'_> {
    async fn send(&self, message: &Message) {
        self.publisher
            .send_control(&message.encode())
            .await
            .expect("control is open");
    }

    /// The next thing that the node says, once what follows from it is sent.
    async fn hear(&mut self) -> Message {
        let frame = timeout(LIMIT, self.publisher.next_control()).await;
        let frame = frame.expect("the node speaks").expect("the connection is up");
        let message = Message::decode(frame.as_bytes()).unwrap().expect("known words");
        match &message {
            Message::Params { params, good_for } => {
                let good_for = Duration::from_millis(*good_for);
                let odds = params.odds().unwrap();
                assert!(
                    self.odds.is_none_or(|before| before == odds),
                    "one price, one payment"
                );
                self.odds = Some(odds);
                self.input(Input::Params(params.clone(), good_for));
            }
            Message::Balance {
                recipient_rand_hash: Some(name),
                accepted,
                refused,
                ..
            } => {
                assert!(refused.is_empty(), "{refused:?}");
                let odds = self.odds.expect("parameters");
                accepted.iter().for_each(|_| self.account.ticket(&odds));
                self.input(Input::Answer {
                    recipient_rand_hash: *name,
                    refused: 0,
                });
            }
            Message::Receipt { signed } => {
                let receipt = Signed::<Receipt>::parse(signed).expect("a receipt");
                assert_eq!(receipt.signer(), self.node);
                assert_eq!(receipt.document().sender, key(KEY).address());
                let pixels = receipt.document().pixels();
                self.account.work(pixels);
                self.input(Input::Work(pixels));
            }
            _ => {}
        }
        self.pay().await;
        message
    }

    async fn pay(&mut self) {
        while self.pays
            && let Some(message) = self.unsent.pop_front()
        {
            self.send(&message).await;
        }
    }

    fn input(&mut self, input: Input) {
        // Nothing here waits for the clock.
        self.sender.handle_input(Millis(0), input);
        loop {
            match self.sender.poll_output() {
                Output::Wait(_) => return,
                Output::Ask => self.unsent.push_back(Message::Ask {
                    sender: key(KEY).address(),
                    signer: key(KEY).address(),
                }),
                Output::Pay(payment) => self.unsent.push_back(Message::Payment { payment }),
                Output::Withhold(withheld) => panic!("{withheld}"),
            }
        }
    }

    /// Hears until it is this.
    async fn until(&mut self, is: impl Fn(&Message) -> bool) -> Vec<Message> {
        let mut heard = Vec::new();
        while !heard.last().is_some_and(&is) {
            heard.push(self.hear().await);
        }
        heard
    }
}

fn is_offer(message: &Message) -> bool {
    matches!(message, Message::Offer { .. })
}

fn is_receipt(message: &Message) -> bool {
    matches!(message, Message::Receipt { .. })
}

fn says(message: &Message, wanted: Code) -> bool {
    matches!(message, Message::Notice { code, .. } | Message::Error { code, .. } if *code == wanted)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_taken_as_long_as_it_is_paid() {
    let network = tokio::task::spawn_blocking(network).await.unwrap();
    let data = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("paid-{}", std::process::id()));
    let node = Node::start_with(config(&network, data.clone())).await;
    let offer = node.request(Method::GET, "/offer", &[], "").await;
    let (offer, signer) = Offer::verify(&offer.body, Millis(0)).expect("an offer");
    assert_eq!(
        (offer.recipient, offer.price),
        (ORCHESTRATOR, Price::new(PRICE, 1).unwrap())
    );
    assert_eq!(Some(signer), node.orchestrator.key());

    let film = film(Codec::H264);
    let publisher = publisher(&node, Codec::H264).await;
    let limit = UNIT / U256::from(10);
    let agreed = sender::Config {
        recipient: ORCHESTRATOR,
        sender: key(KEY).address(),
        max_value: limit,
        max_ahead: limit,
        winners: 1,
        max_price: offer.price,
        ahead: Duration::from_secs(4),
    };
    let venue = Venue {
        chain_id: offer.chain_id,
        broker: offer.broker,
    };
    let mut page = Page {
        publisher: &publisher,
        sender: Sender::new(agreed, key(KEY), venue),
        pays: false,
        unsent: VecDeque::new(),
        node: signer,
        odds: None,
        account: Account::new(offer.price),
    };
    let mut player = Player::new(&film);
    // A film for nothing: nothing of it is taken.
    player.play(&publisher, Duration::from_secs(1)).await.unwrap();
    page.input(Input::Funds(sender::Funds {
        deposit: UNIT,
        reserve: UNIT,
        withdraw_round: None,
        round: 2,
    }));
    page.input(Input::Rate(426 * 240 * 30));
    page.pays = true;
    page.pay().await;

    let (free, paid, owed, again) = play_during(&mut player, &publisher, async {
        let free = page
            .until(|message| matches!(message, Message::Params { .. }))
            .await;
        let paid = page.until(is_receipt).await;
        page.until(is_receipt).await;
        page.pays = false;
        let owed = page.until(|message| says(message, Code::PaymentOverdue)).await;
        page.pays = true;
        page.pay().await;
        let again = page.until(is_receipt).await;
        (free, paid, owed, again)
    })
    .await;

    assert!(
        !free
            .iter()
            .any(|message| is_offer(message) || is_receipt(message))
    );
    assert!(
        paid.iter().any(is_offer),
        "the rungs are known once the film is taken"
    );
    assert!(owed.iter().any(|message| says(message, Code::PaymentDue)));
    assert!(again.iter().any(is_receipt));

    let everybodys = node.request(Method::GET, "/payments", &[], "").await;
    assert_eq!(
        (everybodys.status.as_u16(), everybodys.code()),
        (404, "not_found".to_owned())
    );
    let odds = page.odds.expect("parameters");
    admin::shows(&node, key(KEY).address(), odds).await;
    node.orchestrator.stop().await;
    remembers(&data, &page.account);
    std::fs::remove_dir_all(data).unwrap();
}

/// A node that stopped in order has written down all that was paid and done.
fn remembers(data: &Path, heard: &Account) {
    let (_store, recovered) = Store::open(&data.join("payments.sqlite"), 0).expect("a store that nobody has");
    let [credit] = &recovered.known.credits[..] else {
        panic!("{:?}", recovered.known.credits)
    };
    assert_eq!(credit.sender, key(KEY).address());
    let sum = |account: &Account, name: &str| -> U512 {
        let json = serde_json::to_value(account).unwrap();
        json[name].as_str().expect("a number").parse().expect("a number")
    };
    for name in ["paid", "worked"] {
        assert!(sum(&credit.account, name) >= sum(heard, name), "{name}");
    }
}
