//! Who pays: keeps an orchestrator's account ahead of its work, and never further than it was allowed to.
//!
//! One machine for each orchestrator that a stream is paid to. It asks for parameters when it has none that will do, signs
//! as many tickets as the next seconds of work cost, and says why when it signs none.

mod withheld;

use core::time::Duration;
use std::collections::VecDeque;

pub use self::withheld::Withheld;

use alloy_primitives::{B256, U256, U512};

use super::account::{Account, Balance};
use super::odds::Odds;
use super::params::Params;
use super::payment::{MAX_NONCE, MAX_TICKETS, Payment};
use super::price::Price;
use super::secret::Venue;
use crate::Millis;
use crate::key::{Address, SessionKey};

/// How often the account is looked at while there is work.
pub const INTERVAL: Duration = Duration::from_secs(2);

/// Parameters are used no longer than this before they expire: a payment may be under way so long.
pub const MARGIN: Duration = Duration::from_secs(5);

/// Payments with so many sets of parameters may be under way at once: a recipient whose disk stood still for two minutes
/// refuses as many at once, and sends others with each.
const ANSWERED: usize = 64;

/// What the payer agreed to.
#[derive(Clone, Debug)]
pub struct Config {
    /// Who may be paid.
    pub recipient: Address,
    /// Whose deposit and reserve pay: the key's own, or the wallet's that approved it.
    pub sender: Address,
    /// The most that one ticket may be worth (its expected value), in wei.
    pub max_value: U256,
    /// The most that may be paid ahead of the work, in wei: what is lost to an orchestrator that takes it and leaves.
    pub max_ahead: U256,
    /// The deposit has to hold so many winners.
    pub winners: u32,
    /// The most that work may cost.
    pub max_price: Price,
    /// Work is paid for so long before it is done.
    pub ahead: Duration,
}

/// What the sender has on chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Funds {
    /// In wei.
    pub deposit: U256,
    /// In wei.
    pub reserve: U256,
    /// From which round on it may be withdrawn, if it is being unlocked.
    pub withdraw_round: Option<u64>,
    /// The round that it is now.
    pub round: u64,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// The recipient's parameters, which hold for so long from now on.
    Params(Box<Params>, Duration),
    /// What the chain says.
    Funds(Funds),
    /// So many encoded output pixels a second are wanted from now on; 0 when there is nothing to pay for.
    Rate(u64),
    /// So many were delivered since the last of these.
    Work(u64),
    /// The recipient says what became of a payment.
    Answer {
        /// Its parameters.
        recipient_rand_hash: B256,
        /// How many of its tickets earned nothing.
        refused: u32,
    },
    /// The recipient says, before anything was paid, what is left from before.
    Left(Balance),
}

/// What the shell must do.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Ask the recipient for parameters.
    Ask,
    /// Send this.
    Pay(Payment),
    /// Tell the payer that nothing is paid, and why. Said once, until it is another reason or something was paid.
    Withhold(Withheld),
    /// Nothing more; call [`Sender::handle_timeout`] at this time.
    Wait(Option<Millis>),
}

/// The machine.
#[derive(Debug)]
pub struct Sender {
    config: Config,
    key: SessionKey,
    venue: Venue,
    funds: Option<Funds>,
    /// With when they are used no more.
    params: Option<(Params, Millis)>,
    next_nonce: u32,
    account: Account,
    /// What tickets are worth that were paid with and may be answered yet: the newest last.
    paid_with: VecDeque<(B256, Odds)>,
    /// What refused tickets were worth, in parts of 2^256 of a wei.
    lost: U512,
    /// What is said to be owed from before.
    owed: U256,
    rate: u64,
    asked: Option<Millis>,
    withheld: Option<Withheld>,
    due: Option<Millis>,
    outputs: VecDeque<Output>,
}

impl Sender {
    /// Has paid nothing yet.
    #[must_use]
    pub fn new(config: Config, key: SessionKey, venue: Venue) -> Self {
        Self {
            account: Account::new(config.max_price),
            config,
            key,
            venue,
            funds: None,
            params: None,
            next_nonce: 1,
            paid_with: VecDeque::new(),
            lost: U512::ZERO,
            owed: U256::ZERO,
            rate: 0,
            asked: None,
            withheld: None,
            due: None,
            outputs: VecDeque::new(),
        }
    }

    /// Takes something in; then drain [`Self::poll_output`].
    pub fn handle_input(&mut self, now: Millis, input: Input) {
        match input {
            Input::Params(params, good_for) => {
                // At a price that nobody agreed to nothing is paid, so nothing is owed either.
                if !params.price.exceeds(self.config.max_price) {
                    self.account = self.account.at(params.price);
                }
                self.params = Some((*params, now + good_for.saturating_sub(MARGIN)));
                self.next_nonce = 1;
                self.asked = None;
            }
            Input::Funds(funds) => self.funds = Some(funds),
            Input::Rate(rate) => self.rate = rate,
            Input::Work(pixels) => self.account.work(pixels),
            Input::Answer {
                recipient_rand_hash,
                refused,
            } => self.answered(recipient_rand_hash, refused),
            Input::Left(balance) => self.left(balance),
        }
        self.look(now);
    }

    /// To be called when [`Output::Wait`] said.
    pub fn handle_timeout(&mut self, now: Millis) {
        if self.due.is_some_and(|due| due <= now) {
            self.look(now);
        }
    }

    /// The next thing to do; [`Output::Wait`] when there is nothing more.
    #[must_use]
    pub fn poll_output(&mut self) -> Output {
        self.outputs.pop_front().unwrap_or(Output::Wait(self.due))
    }

    /// What is paid ahead, or owed.
    #[must_use]
    pub fn balance(&self) -> Balance {
        self.account.balance()
    }

    fn answered(&mut self, name: B256, refused: u32) {
        let known = self.paid_with.iter().find(|(known, _)| *known == name);
        let Some((_, odds)) = known.copied() else {
            return;
        };
        for _ in 0..refused.min(MAX_TICKETS as u32) {
            self.account.lose(&odds);
            self.lost = self.lost.saturating_add(odds.expected_value());
        }
    }

    fn left(&mut self, balance: Balance) {
        if !self.paid_with.is_empty() {
            return;
        }
        if let Balance::Debt(owed) = balance {
            self.owed = owed;
        }
        self.account = Account::with(self.account.price(), balance);
    }

    fn look(&mut self, now: Millis) {
        self.due = (self.rate > 0).then(|| now + INTERVAL);
        if self.rate == 0 {
            return;
        }
        let Some(funds) = self.funds else { return };
        if let Err(withheld) = self.pay(now, funds)
            && self.withheld != Some(withheld)
        {
            self.withheld = Some(withheld);
            self.outputs.push_back(Output::Withhold(withheld));
        }
    }

    fn pay(&mut self, now: Millis, funds: Funds) -> Result<(), Withheld> {
        let wanted = self.wanted();
        loop {
            let Some((params, until)) = &self.params else {
                self.ask(now);
                return Ok(());
            };
            self.agree(params, funds)?;
            let odds = params.odds().map_err(|too_much| Withheld::Deposit {
                face_value: too_much.0,
                winners: self.config.winners,
                deposit: funds.deposit,
            })?;
            let needed = self
                .account
                .tickets_for(wanted, &odds)
                .ok_or(Withheld::Worthless)?;
            if needed == 0 {
                return Ok(());
            }
            if self.account.exceeds(self.config.max_ahead, needed, &odds) {
                return Err(Withheld::Ahead {
                    limit: self.config.max_ahead,
                });
            }
            let left = u64::from(MAX_NONCE + 1 - self.next_nonce);
            if left == 0 || *until <= now {
                self.ask(now);
                return Ok(());
            }
            let count = needed.min(left).min(MAX_TICKETS as u64) as u32;
            let nonces = self.next_nonce..self.next_nonce + count;
            self.next_nonce += count;
            let payment = Payment::sign(params.clone(), nonces, &self.key, &self.venue);
            let name = params.recipient_rand_hash;
            if self.paid_with.back().is_none_or(|(known, _)| *known != name) {
                if self.paid_with.len() == ANSWERED {
                    self.paid_with.pop_front();
                }
                self.paid_with.push_back((name, odds));
            }
            for _ in &payment.tickets {
                self.account.ticket(&odds);
            }
            self.withheld = None;
            self.outputs.push_back(Output::Pay(payment));
        }
    }

    /// The pixels of the next seconds.
    fn wanted(&self) -> u64 {
        let millis = u64::try_from(self.config.ahead.as_millis()).unwrap_or(u64::MAX);
        u64::try_from(u128::from(self.rate) * u128::from(millis) / 1000).unwrap_or(u64::MAX)
    }

    /// Whether tickets for these may be signed at all.
    fn agree(&self, params: &Params, funds: Funds) -> Result<(), Withheld> {
        let config = &self.config;
        if params.recipient != config.recipient || params.sender != config.sender {
            return Err(Withheld::Foreign {
                recipient: params.recipient,
                sender: params.sender,
            });
        }
        if params.price.exceeds(config.max_price) {
            return Err(Withheld::Price {
                price: params.price,
                limit: config.max_price,
            });
        }
        let value = U512::from(params.face_value).saturating_mul(U512::from(params.win_prob));
        if value > U512::from(config.max_value) << 256 {
            return Err(Withheld::Value {
                value: U256::saturating_from((value >> 256) + U512::ONE),
                limit: config.max_value,
            });
        }
        if self.lost > U512::from(config.max_ahead) << 256 {
            return Err(Withheld::Refused {
                lost: U256::saturating_from(self.lost >> 256),
                limit: config.max_ahead,
            });
        }
        if self.owed > config.max_ahead {
            return Err(Withheld::Owed {
                owed: self.owed,
                limit: config.max_ahead,
            });
        }
        if funds.reserve.is_zero() {
            return Err(Withheld::Reserve);
        }
        if params.face_value.saturating_mul(U256::from(config.winners)) > funds.deposit {
            return Err(Withheld::Deposit {
                face_value: params.face_value,
                winners: config.winners,
                deposit: funds.deposit,
            });
        }
        match funds.withdraw_round {
            Some(withdraw_round) if withdraw_round <= funds.round.saturating_add(1) => {
                Err(Withheld::Unlocking {
                    withdraw_round,
                    round: funds.round,
                })
            }
            _ => Ok(()),
        }
    }

    /// Not again before the answer had time to come.
    fn ask(&mut self, now: Millis) {
        if self.asked.is_none_or(|asked| now.since(asked) >= INTERVAL) {
            self.asked = Some(now);
            self.outputs.push_back(Output::Ask);
        }
    }
}

#[cfg(test)]
mod tests;
