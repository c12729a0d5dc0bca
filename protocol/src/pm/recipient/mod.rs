//! Who is paid: hands out parameters, counts tickets, and says when there is work and when there is none.
//!
//! One machine for a node, whatever number of sessions pay it. A payment goes
//!
//! ```text
//!  Payment::inspect (any thread) ─▶ Input::Payment ─▶ each ticket: collectable? new? in time? backed?
//!       what must not be forgotten (winners, nonces' ceilings) ─▶ Output::Commit ─▶ disk ─▶ Input::Committed
//!       then, and not before: credit, and the answer
//! ```
//!
//! What a payer that stops costs is the work of [`Config::grace`]: a ticket earns credit only as long as the reserve's allotment
//! holds a winner more than those that wait for their redemption.

mod commits;
mod nonces;
mod overview;
mod payers;
mod payments;
mod refused;
mod reports;
mod session;
mod standing;
mod terms;

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use alloy_primitives::{U256, U512};

pub use self::nonces::MAX_SETS;
pub use self::overview::{Accounts, Payer};
pub use self::refused::Refused;
pub use self::session::LEAD;
pub use self::standing::{Funds, Round, Rounds, Signer};

use self::commits::Waiting;
use self::nonces::Nonces;
use self::session::Session;
use self::standing::Standing;
use super::account::{Account, Balance};
use super::durable::{Ceiling, Commit, Credit};
use super::payment::{Inspected, Payment, Refusal};
use super::price::Price;
use super::receipt::Receipt;
use super::secret::{Secret, Venue};
use crate::control::Message;
use crate::key::Address;
use crate::session::registry::SessionId;
use crate::{Code, Millis, stream};

/// How often sessions are told what was done, and what they have left.
pub const INTERVAL: Duration = Duration::from_secs(2);

/// How often the chain is asked about those who pay: about a block's time of the slowest chains.
pub const REFRESH: Duration = Duration::from_secs(12);

/// How often accounts are written down while they change: what a node that dies forgets of each stream's work.
pub const SNAPSHOT: Duration = Duration::from_secs(10);

/// Winners are taken for so long after their parameters expired: a payment may be under way that long.
pub const LATE: Duration = Duration::from_secs(60);

/// The most payments that wait for the disk: one interval's of ten thousand payers.
pub const MAX_WAITING: usize = 10_000;

/// The most accounts that are remembered without a session.
pub const MAX_LEFT: usize = 16_384;

/// What the operator decided.
#[derive(Clone, Debug)]
pub struct Config {
    /// Who is paid: the orchestrator's address on chain.
    pub recipient: Address,
    /// Where tickets are good.
    pub venue: Venue,
    /// What work costs.
    pub price: Price,
    /// What it costs those who have a price of their own.
    pub prices: BTreeMap<Address, Price>,
    /// A ticket is worth so much time of a session's work: two seconds make one ticket a payment.
    pub ticket: Duration,
    /// A winner pays so many redemptions ([`super::odds::Market::multiple`]).
    pub multiple: u32,
    /// The most that a winner pays, in wei.
    pub max_face_value: U256,
    /// How long parameters earn credit.
    pub good_for: Duration,
    /// How long work goes on that is owed for.
    pub grace: Duration,
}

/// What is known from before.
#[derive(Clone, Debug, Default)]
pub struct Recovered {
    /// Nonces that may have earned credit.
    pub ceilings: Vec<Ceiling>,
    /// What senders had left.
    pub credits: Vec<Credit>,
    /// Face values of winners that are not redeemed, in wei, by sender.
    pub outstanding: BTreeMap<Address, U256>,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// The chain's rounds.
    Rounds(Rounds),
    /// What redeeming one ticket costs now, in wei.
    Redemption(U256),
    /// What the chain says of a sender.
    Funds(Address, Funds),
    /// What it says of a key.
    Signer {
        /// Whose tickets it signs.
        sender: Address,
        /// The key's address.
        signer: Address,
        /// `None`: it may not.
        leave: Option<Signer>,
    },
    /// Work costs something else from now on, except for those who have a price of their own.
    Price(Price),
    /// A session begins, for work of so many encoded pixels a second.
    Open(SessionId, stream::Id, u64),
    /// So many from now on.
    Rate(SessionId, u64),
    /// A session is over.
    Close(SessionId),
    /// [`Message::Ask`].
    Ask {
        /// Where it came from.
        session: SessionId,
        /// Who pays.
        sender: Address,
        /// Who signs.
        signer: Address,
    },
    /// [`Message::Payment`], with what [`Payment::inspect`] found.
    Payment(SessionId, Box<Payment>, Result<Inspected, Refusal>),
    /// Pixels of a rendition that were encoded.
    Work(SessionId, String, u64),
    /// A commit is on disk.
    Committed(u64),
    /// It is not, and will not be.
    Failed(u64),
    /// The face values, by sender, of the winners on disk that are neither redeemed nor hopeless. Read after the last
    /// [`Self::Committed`] that came in.
    Outstanding(BTreeMap<Address, U256>),
}

/// What the shell must do.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Ask the chain about a sender, and the key that signs for it if it is another.
    Look(Address, Option<Address>),
    /// Write this down, sync, and say so by its number.
    Commit(u64, Commit),
    /// Tell the payer.
    Send(SessionId, Message),
    /// Sign this with the node's key and send it.
    Receipt(SessionId, Receipt),
    /// Begin or go on with the work; or stop it.
    Gate(SessionId, bool),
    /// Nothing more; call [`Recipient::handle_timeout`] at this time.
    Wait(Millis),
}

/// What was counted since the start, for people to look at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Tickets that earned credit.
    pub accepted: u64,
    /// Those that did not.
    pub refused: u64,
    /// Those that win and are on disk.
    pub won: u64,
    /// What the accepted ones are worth, in parts of 2^256 of a wei ([`super::Odds::expected_value`]).
    pub expected: U512,
    /// Encoded output pixels that were charged.
    pub pixels: u64,
}

/// The machine.
#[derive(Debug)]
pub struct Recipient {
    config: Config,
    secret: Secret,
    entropy: [u8; 32],
    drawn: u64,
    /// The wall clock minus the other, in milliseconds.
    wall: u64,
    standing: Standing,
    redemption: Option<U256>,
    nonces: Nonces,
    sessions: BTreeMap<SessionId, Paying>,
    /// The same, by who pays.
    payers: BTreeSet<(Address, SessionId)>,
    /// Those that owe, by since when: of all that happens, time alone shuts no gate but theirs.
    owing: BTreeSet<(Millis, SessionId)>,
    opened: BTreeMap<SessionId, (stream::Id, u64)>,
    left: BTreeMap<(Address, stream::Id), Account>,
    waiting: BTreeMap<u64, Waiting>,
    next_commit: u64,
    ticked: Millis,
    snapped: Millis,
    tally: Tally,
    outputs: VecDeque<Output>,
}

/// A session whose payer is known.
#[derive(Debug)]
struct Paying {
    session: Session,
    signer: Address,
    /// Parameters are wanted and could not be made yet.
    wants: bool,
    /// Why they could not, so that it is said once.
    told: Option<Code>,
    looked: Millis,
}

impl Recipient {
    /// Owed nothing but what was recovered. `entropy` is 32 random bytes, `wall` the time in milliseconds since 1970.
    #[must_use]
    pub fn new(
        config: Config,
        secret: Secret,
        recovered: Recovered,
        entropy: [u8; 32],
        now: Millis,
        wall: u64,
    ) -> Self {
        let mut standing = Standing::default();
        standing.set_pending(recovered.outstanding);
        let left = recovered
            .credits
            .into_iter()
            .map(|credit| ((credit.sender, credit.stream), credit.account));
        Self {
            config,
            secret,
            entropy,
            drawn: 0,
            wall: wall.saturating_sub(now.0),
            standing,
            redemption: None,
            nonces: Nonces::recover(recovered.ceilings),
            sessions: BTreeMap::new(),
            payers: BTreeSet::new(),
            owing: BTreeSet::new(),
            opened: BTreeMap::new(),
            left: left.take(MAX_LEFT).collect(),
            waiting: BTreeMap::new(),
            next_commit: 1,
            ticked: now,
            snapped: now,
            tally: Tally::default(),
            outputs: VecDeque::new(),
        }
    }

    /// Takes something in; then drain [`Self::poll_output`].
    pub fn handle_input(&mut self, now: Millis, input: Input) {
        match input {
            Input::Rounds(rounds) => self.rounds(now, rounds),
            Input::Redemption(cost) => {
                self.redemption = Some(cost);
                self.offer_all(now);
            }
            Input::Funds(sender, funds) => {
                self.standing.set_funds(sender, funds);
                for session in self.paid_by(sender) {
                    self.offer(now, session);
                }
            }
            Input::Signer {
                sender,
                signer,
                leave,
            } => self.standing.set_signer(sender, signer, leave),
            Input::Price(price) => {
                self.config.price = price;
                self.want_all(now);
            }
            Input::Open(session, stream, rate) => {
                self.opened.insert(session, (stream, rate));
            }
            Input::Rate(session, rate) => self.rate(now, session, rate),
            Input::Close(session) => self.close(now, session),
            Input::Ask {
                session,
                sender,
                signer,
            } => self.ask(now, session, sender, signer),
            Input::Payment(session, payment, inspected) => {
                self.payment(now, session, &payment, inspected);
                self.offer(now, session);
            }
            Input::Work(session, rendition, pixels) => {
                if let Some(paying) = self.sessions.get_mut(&session) {
                    self.tally.pixels = self.tally.pixels.saturating_add(pixels);
                    paying.session.work(&rendition, pixels);
                    self.look(now, session);
                }
            }
            Input::Committed(id) => self.committed(now, id),
            Input::Failed(id) => {
                self.failed(id);
                self.offer_all(now);
            }
            Input::Outstanding(pending) => self.outstanding(pending),
        }
    }

    /// To be called when [`Output::Wait`] said.
    pub fn handle_timeout(&mut self, now: Millis) {
        while let Some((since, id)) = self.owing.first().copied()
            && now.since(since) >= self.config.grace
        {
            self.look(now, id);
            self.owing.remove(&(since, id));
        }
        if now.since(self.ticked) >= INTERVAL {
            self.ticked = now;
            self.nonces.expire(self.wall(now).saturating_sub(millis(LATE)));
            self.refresh(now);
            self.report(now);
        }
        if now.since(self.snapped) >= SNAPSHOT {
            self.snapped = now;
            self.snapshot();
        }
    }

    /// The next thing to do; [`Output::Wait`] when there is nothing more.
    #[must_use]
    pub fn poll_output(&mut self) -> Output {
        self.outputs.pop_front().unwrap_or_else(|| {
            let report = self.ticked + INTERVAL;
            let gate = self.owing.first().map(|(since, _)| *since + self.config.grace);
            Output::Wait(gate.map_or(report, |gate| gate.min(report)))
        })
    }

    /// What was counted since the start.
    #[must_use]
    pub const fn tally(&self) -> Tally {
        self.tally
    }

    /// What a session has left, if its payer is known.
    #[must_use]
    pub fn balance(&self, session: SessionId) -> Option<Balance> {
        self.sessions
            .get(&session)
            .map(|paying| paying.session.account.balance())
    }

    /// How many sets of parameters tickets have come for that have not expired, at about 250 bytes each.
    #[must_use]
    pub fn sets(&self) -> usize {
        self.nonces.len()
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
