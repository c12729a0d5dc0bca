//! The cashier's loop.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use alloy_primitives::U256;
use headwater_protocol::Millis;
use headwater_protocol::control::Message;
use headwater_protocol::key::Address;
use headwater_protocol::pm::recipient::{Input, MAX_WAITING, Output, Recipient};
use headwater_protocol::pm::{Commit, Payment, Secret};
use headwater_protocol::session::registry::SessionId;
use headwater_protocol::signed::Signed;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tracing::{debug, warn};

use super::books::{Books, Ledger, PAYERS};
use super::upkeep::Upkeep;
use super::{Config, Counter, EVENTS, Error, Event, Order, chain as words, recover};
use crate::chain::{self, Chain};
use crate::store::{self, Store};

/// Questions to the chain that are under way at once. More wait for the next look, [`REFRESH`] later.
///
/// [`REFRESH`]: headwater_protocol::pm::recipient::REFRESH
const QUESTIONS: usize = 256;

/// Counts payments until every [`Counter`] is gone.
#[derive(Debug)]
pub struct Till {
    config: Config,
    recipient: Recipient,
    secret: Secret,
    epoch: Instant,
    store: Arc<Store>,
    chain: Chain,
    events: mpsc::Receiver<Event>,
    orders: mpsc::Sender<Order>,
    written: mpsc::Receiver<(u64, bool)>,
    write: mpsc::Sender<(u64, bool)>,
    /// Commits that the store has, and that were not read from `written`: no more than it has room for.
    writing: usize,
    questions: JoinSet<Answer>,
    looking: bool,
    upkeep: Upkeep,
    /// The wall's time when it began.
    since: u64,
    books: Books,
    looks: mpsc::Receiver<oneshot::Sender<Ledger>>,
}

/// What the chain said.
#[derive(Debug)]
enum Answer {
    Head(Result<(chain::Header, chain::Round), chain::Error>),
    Sender(Address, Option<Address>, Result<chain::Sender, chain::Error>),
}

impl Till {
    /// With what the store remembered. Orders go to `orders`.
    ///
    /// # Errors
    /// [`Error`].
    pub fn new(
        config: Config,
        store: Arc<Store>,
        recovered: store::Recovered,
        chain: Chain,
        orders: mpsc::Sender<Order>,
    ) -> Result<(Self, Counter), Error> {
        let (counter, events) = Counter::channel(EVENTS);
        let (write, written) = mpsc::channel(MAX_WAITING);
        let (books, looks) = Books::new();
        let since = wall();
        let mut entropy = [0; 32];
        getrandom::fill(&mut entropy).map_err(Error::Random)?;
        let recipient = Recipient::new(
            config.terms.clone(),
            recovered.secret.clone(),
            recovered.known,
            entropy,
            Millis(0),
            since,
        );
        let till = Self {
            config,
            recipient,
            secret: recovered.secret,
            epoch: Instant::now(),
            store,
            chain,
            events,
            orders,
            written,
            write,
            writing: 0,
            questions: JoinSet::new(),
            looking: false,
            upkeep: Upkeep::new(Millis(0)),
            since,
            books,
            looks,
        };
        Ok((till, counter))
    }

    /// What has been counted, for who wants to look.
    #[must_use]
    pub fn books(&self) -> Books {
        self.books.clone()
    }

    /// Counts.
    pub async fn run(mut self) {
        let mut look = tokio::time::interval(Duration::from_millis(self.config.poll.max(1)));
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let due = self.drain().await;
            tokio::select! {
                biased;
                Some((commit, written)) = self.written.recv() => self.written(commit, written),
                Some(Ok(answer)) = self.questions.join_next() => self.answered(answer),
                event = self.events.recv() => match event {
                    Some(event) => self.event(event),
                    None => break,
                },
                Some(reply) = self.looks.recv() => {
                    let _ = reply.send(self.ledger());
                }
                _ = look.tick() => self.look().await,
                () = tokio::time::sleep_until((self.epoch + Duration::from_millis(due.0)).into()) => {
                    let now = self.now();
                    self.recipient.handle_timeout(now);
                }
            }
        }
        self.finish().await;
    }

    /// Waits for what is being written, since it counts then, and is written down again.
    async fn finish(&mut self) {
        self.drain().await;
        while self.writing > 0
            && let Some((commit, written)) = self.written.recv().await
        {
            self.written(commit, written);
            self.drain().await;
        }
        self.upkeep.tally(&self.store, self.recipient.tally(), wall());
    }

    fn ledger(&self) -> Ledger {
        let (payer_count, payers) = self.recipient.payers(PAYERS);
        Ledger {
            since: self.since,
            tally: self.recipient.tally(),
            accounts: self.recipient.accounts(),
            payer_count,
            payers,
        }
    }

    fn now(&self) -> Millis {
        Millis(u64::try_from(self.epoch.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    fn input(&mut self, input: Input) {
        let now = self.now();
        self.recipient.handle_input(now, input);
    }

    fn written(&mut self, commit: u64, written: bool) {
        self.writing -= 1;
        self.input(if written {
            Input::Committed(commit)
        } else {
            Input::Failed(commit)
        });
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Opened(session, stream, rate) => self.input(Input::Open(session, stream, rate)),
            Event::Rate(session, rate) => self.input(Input::Rate(session, rate)),
            Event::Closed(session) => self.input(Input::Close(session)),
            Event::Asked {
                session,
                sender,
                signer,
            } => self.input(Input::Ask {
                session,
                sender,
                signer,
            }),
            Event::Paid(session, payment) => self.paid(session, payment),
            Event::Worked(session, rendition, pixels) => {
                self.input(Input::Work(session, rendition, pixels));
            }
        }
    }

    fn paid(&mut self, session: SessionId, payment: Box<Payment>) {
        let terms = &self.config.terms;
        let inspected = payment.inspect(terms.recipient, &self.secret, &terms.venue, recover);
        self.input(Input::Payment(session, payment, inspected));
    }

    fn answered(&mut self, answer: Answer) {
        match answer {
            Answer::Head(Ok((head, round))) => {
                self.looking = false;
                if let Some(rounds) = words::rounds(&round) {
                    self.input(Input::Rounds(rounds));
                }
                // Free gas is no reason for tickets that win each time.
                let fee = head.base_fee_per_gas.max(U256::from(1));
                let gas = U256::from(self.config.redemption_gas);
                self.input(Input::Redemption(fee.saturating_mul(gas)));
            }
            Answer::Head(Err(error)) => {
                self.looking = false;
                debug!(%error, "the chain does not answer");
            }
            Answer::Sender(sender, signer, Ok(known)) => {
                if let (Some(signer), Some(info)) = (signer, &known.signer) {
                    self.input(Input::Signer {
                        sender,
                        signer,
                        leave: words::signer(info),
                    });
                }
                self.input(Input::Funds(sender, words::funds(&known)));
            }
            // The machine asks again.
            Answer::Sender(sender, _, Err(error)) => warn!(%sender, %error, "nothing is known of a payer"),
        }
    }

    /// Looks at the chain's head, and at what the redeemer has done.
    async fn look(&mut self) {
        if !self.looking {
            self.looking = true;
            let chain = self.chain.clone();
            self.questions.spawn(async move {
                let looked = async {
                    let head = chain.head().await?;
                    let round = chain.round(&head).await?;
                    Ok((head, round))
                };
                Answer::Head(looked.await)
            });
        }
        // While this waits no commit is taken for written, so that none is missed.
        let store = Arc::clone(&self.store);
        match tokio::task::spawn_blocking(move || store.outstanding()).await {
            Ok(Ok(outstanding)) => self.input(Input::Outstanding(outstanding)),
            Ok(Err(error)) => warn!(%error, "the store does not say what was redeemed"),
            Err(_) => {}
        }
        let (tally, now) = (self.recipient.tally(), self.now());
        self.upkeep.turn(&self.store, tally, now, wall());
    }

    /// Does what the machine wants, and says when it wants to be called.
    async fn drain(&mut self) -> Millis {
        loop {
            match self.recipient.poll_output() {
                Output::Wait(at) => return at,
                Output::Look(sender, signer) => self.ask(sender, signer),
                Output::Commit(id, commit) => {
                    if let Err(error) = self.commit(id, commit) {
                        warn!(%error, "a payment cannot be written down");
                        self.input(Input::Failed(id));
                    }
                }
                Output::Send(session, message) => self.order(Order::Tell(session, Box::new(message))).await,
                Output::Receipt(session, receipt) => {
                    let signed = Signed::new(&self.config.node_key, receipt).text().to_owned();
                    self.order(Order::Tell(session, Box::new(Message::Receipt { signed })))
                        .await;
                }
                Output::Gate(session, open) => self.order(Order::Gate(session, open)).await,
            }
        }
    }

    fn commit(&mut self, id: u64, commit: Commit) -> Result<(), store::Error> {
        if self.writing >= MAX_WAITING {
            return Err(store::Error::Busy);
        }
        let write = self.write.clone();
        self.store.commit(commit, wall(), move |written| {
            if let Err(error) = &written {
                warn!(%error, "a payment cannot be written down");
            }
            // There is room: no more are under way than it has.
            let _ = write.try_send((id, written.is_ok()));
        })?;
        self.writing += 1;
        Ok(())
    }

    /// A node that is gone needs none.
    async fn order(&self, order: Order) {
        drop(self.orders.send(order).await);
    }

    fn ask(&mut self, sender: Address, signer: Option<Address>) {
        if self.questions.len() >= QUESTIONS {
            return;
        }
        let (chain, recipient) = (self.chain.clone(), self.config.terms.recipient);
        self.questions.spawn(async move {
            let answer = chain
                .sender(sender.into(), recipient.into(), signer.map(Into::into))
                .await;
            Answer::Sender(sender, signer, answer)
        });
    }
}

fn wall() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
