//! Pays the orchestrator while a broadcast runs: [`Sender`] on the `control` channel.

use core::cell::RefCell;
use core::time::Duration;
use std::rc::{Rc, Weak};

use headwater_protocol::Code;
use headwater_protocol::chain::words::{B256, U256};
use headwater_protocol::control::Message;
use headwater_protocol::key::{Address, SessionKey};
use headwater_protocol::offer;
use headwater_protocol::pm::account::Balance;
use headwater_protocol::pm::receipt::Receipts;
use headwater_protocol::pm::secret::Venue;
use headwater_protocol::pm::sender::{Config, Funds, Input, Output, Sender};
use headwater_protocol::pm::{Payment, Price};
use headwater_protocol::stream;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use crate::clock::{self, Timer};
use crate::driver::Driver;
use crate::error::Failure;
use crate::js;

/// Work is paid for so long before it is done: two payments, so that one may be late.
const AHEAD: Duration = Duration::from_secs(4);

/// What the page agreed to: `PaymentTerms` in the package's `types.ts`. Amounts are decimal digits of wei.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Terms {
    sender: Address,
    recipient: Address,
    chain_id: u64,
    broker: Address,
    max_price: Price,
    max_ticket: U256,
    max_ahead: U256,
    funds: Wallet,
    /// Whose receipts count.
    node: Address,
    /// What its connections show.
    certificate: B256,
}

/// `Funds` in the package's `types.ts`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Wallet {
    deposit: U256,
    reserve: U256,
    withdraw_round: Option<u64>,
    round: u64,
}

impl From<Wallet> for Funds {
    fn from(wallet: Wallet) -> Self {
        Self {
            deposit: wallet.deposit,
            reserve: wallet.reserve,
            withdraw_round: wallet.withdraw_round.filter(|round| *round > 0),
            round: wallet.round,
        }
    }
}

/// Reads what JS gives; absent is `None`.
pub(crate) fn read<T: serde::de::DeserializeOwned>(value: JsValue) -> Result<Option<T>, Failure> {
    if value.is_null() || value.is_undefined() {
        return Ok(None);
    }
    serde_wasm_bindgen::from_value(value)
        .map(Some)
        .map_err(|e| Failure::new(Code::InvalidArgument, e.to_string()))
}

/// Pays one stream's orchestrator.
#[derive(Debug)]
pub(crate) struct Payer {
    terms: Terms,
    key: SessionKey,
    stream: stream::Id,
    state: RefCell<State>,
}

#[derive(Debug)]
struct State {
    funds: Funds,
    rate: u64,
    /// Of the current connection.
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    sender: Sender,
    channel: JsValue,
    timer: Option<Timer>,
    receipts: Receipts,
}

impl Payer {
    pub(crate) fn new(terms: Terms, key: SessionKey, stream: stream::Id, rate: u64) -> Self {
        let funds = terms.funds.clone().into();
        let state = State {
            funds,
            rate,
            open: None,
        };
        Self {
            terms,
            key,
            stream,
            state: RefCell::new(state),
        }
    }

    /// Whether an SDP answer is of the node that is paid.
    pub(crate) fn trusts(&self, answer: &str) -> bool {
        offer::is_bound(answer, &self.terms.certificate)
    }

    /// The channel is there: the orchestrator is asked for parameters.
    pub(crate) fn opened(&self, driver: &Rc<Driver>, channel: JsValue) {
        let terms = &self.terms;
        let config = Config {
            recipient: terms.recipient,
            sender: terms.sender,
            max_value: terms.max_ticket,
            max_ahead: terms.max_ahead,
            winners: 1,
            max_price: terms.max_price,
            ahead: AHEAD,
        };
        let venue = Venue {
            chain_id: terms.chain_id,
            broker: terms.broker,
        };
        let sender = Sender::new(config, self.key.clone(), venue);
        let (funds, rate) = {
            let mut state = self.state.borrow_mut();
            state.open = Some(Open {
                sender,
                channel,
                timer: None,
                receipts: Receipts::new(terms.node, terms.sender, self.stream.clone()),
            });
            (state.funds, state.rate)
        };
        self.input(driver, Input::Funds(funds));
        self.input(driver, Input::Rate(rate));
    }

    pub(crate) fn closed(&self) {
        self.state.borrow_mut().open = None;
    }

    /// What the wallet has on chain now.
    pub(crate) fn funds(&self, driver: &Rc<Driver>, funds: Wallet) {
        let funds = Funds::from(funds);
        self.state.borrow_mut().funds = funds;
        self.input(driver, Input::Funds(funds));
    }

    /// So many encoded pixels a second are wanted.
    pub(crate) fn rate(&self, driver: &Rc<Driver>, rate: u64) {
        self.state.borrow_mut().rate = rate;
        self.input(driver, Input::Rate(rate));
    }

    /// The orchestrator said something about payment.
    pub(crate) fn message(&self, driver: &Rc<Driver>, message: Message) {
        match message {
            Message::Params { params, good_for } => {
                self.input(driver, Input::Params(params, Duration::from_millis(good_for)));
            }
            Message::Balance {
                recipient_rand_hash,
                accepted,
                refused,
                wei,
            } => {
                driver.emitter.emit(
                    "balance",
                    &js::object(&Told {
                        accepted: accepted.len(),
                        refused: refused.len(),
                        wei,
                    }),
                );
                self.input(
                    driver,
                    match recipient_rand_hash {
                        Some(recipient_rand_hash) => Input::Answer {
                            recipient_rand_hash,
                            refused: u32::try_from(refused.len()).unwrap_or(u32::MAX),
                        },
                        None => Input::Left(wei),
                    },
                );
            }
            Message::Receipt { signed } => self.receipt(driver, &signed),
            _ => {}
        }
    }

    fn receipt(&self, driver: &Rc<Driver>, text: &str) {
        let taken = match &mut self.state.borrow_mut().open {
            Some(open) => open.receipts.take(text),
            None => return,
        };
        let receipt = match taken {
            Ok(receipt) => receipt,
            Err(refused) => {
                driver
                    .emitter
                    .said("error", Code::BadReceipt, &refused.to_string());
                return;
            }
        };
        driver.emitter.emit("receipt", &text.into());
        self.input(driver, Input::Work(receipt.pixels()));
    }

    fn input(&self, driver: &Rc<Driver>, input: Input) {
        if let Some(open) = &mut self.state.borrow_mut().open {
            open.sender.handle_input(clock::now(), input);
        }
        self.drain(driver);
    }

    /// The machine wants to be called.
    fn timeout(&self, driver: &Rc<Driver>) {
        if let Some(open) = &mut self.state.borrow_mut().open {
            open.sender.handle_timeout(clock::now());
        }
        self.drain(driver);
    }

    fn drain(&self, driver: &Rc<Driver>) {
        loop {
            // Not held while the page is told: it may come back here.
            let (output, balance) = {
                let mut state = self.state.borrow_mut();
                let Some(open) = &mut state.open else { return };
                (open.sender.poll_output(), open.sender.balance())
            };
            match output {
                Output::Ask => self.send(&Message::Ask {
                    sender: self.terms.sender,
                    signer: self.key.address(),
                }),
                Output::Pay(payment) => {
                    driver
                        .emitter
                        .emit("payment", &js::object(&Paid::new(&payment, balance)));
                    self.send(&Message::Payment { payment });
                }
                Output::Withhold(withheld) => {
                    driver
                        .emitter
                        .said("error", withheld.code(), &withheld.to_string());
                }
                Output::Wait(until) => {
                    let own: Weak<Driver> = Rc::downgrade(driver);
                    let timer = until.map(|until| {
                        Timer::after(until.since(clock::now()), move || {
                            if let Some(driver) = own.upgrade()
                                && let Some(payer) = driver.payer()
                            {
                                payer.timeout(&driver);
                            }
                        })
                    });
                    if let Some(open) = &mut self.state.borrow_mut().open {
                        open.timer = timer;
                    }
                    return;
                }
            }
        }
    }

    fn send(&self, message: &Message) {
        let channel = self.state.borrow().open.as_ref().map(|open| open.channel.clone());
        if let Some(channel) = channel {
            // A channel that closes meanwhile takes the session with it, which is told elsewhere.
            let _ = js::call(&channel, "send", &[&message.encode().into()]);
        }
    }
}

/// `PaymentSent` in the package's `types.ts`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Paid {
    tickets: usize,
    /// Wei that a winner pays.
    face_value: String,
    /// The chance of each, from 0 to 1, for people.
    chance: f64,
    /// Wei that they are worth together, rounded down.
    value: String,
    /// Wei that are paid ahead now.
    balance: Balance,
}

impl Paid {
    fn new(payment: &Payment, balance: Balance) -> Self {
        let params = &payment.params;
        Self {
            tickets: payment.tickets.len(),
            face_value: params.face_value.to_string(),
            chance: params.chance(),
            value: params.value(payment.tickets.len() as u64).to_string(),
            balance,
        }
    }
}

/// `PaymentAnswer` in the package's `types.ts`.
#[derive(Serialize)]
struct Told {
    accepted: usize,
    refused: usize,
    wei: Balance,
}
