//! Carries out what the machine decides: chain on one side, store on the other.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use alloy_primitives::{Address, B256};
use headwater_protocol::chain::Revert;
use headwater_protocol::key::SessionKey;
use headwater_protocol::pm::Winner;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use super::machine::{Input, Machine, Output};
use super::{Payment, Policy, flight};
use crate::chain::{self, Chain, Event, Follower};
use crate::store::{self, Batch, Change, Record, State, Store};

/// As many pending winners are looked at: fifty transactions' worth of the twentieth part of a day.
const PENDING: usize = 1_000;
/// Payments are looked for in ranges of so many blocks, as every provider grants.
const RANGE: u64 = 1_000;

/// Why a turn was cut short. The next one goes on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing can be read or sent.
    #[error(transparent)]
    Chain(#[from] chain::Error),
    /// Nothing is sent that is not on disk.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// What a redeemer of its own needs.
#[derive(Debug)]
pub struct Config {
    /// Which chain.
    pub chain: chain::Config,
    /// The orchestrator's store.
    pub store: PathBuf,
    /// The hot key, which is nobody else's: it pays for gas.
    pub key: SessionKey,
    /// When and for how much.
    pub policy: Policy,
    /// How often the chain is asked.
    pub poll: Duration,
}

/// Redeems until it is dropped, alone or beside the orchestrator: the two share nothing but the store.
///
/// # Errors
/// At the start alone: the chain or the store cannot be reached. Later failures are logged, and tried again.
pub async fn run(config: Config) -> Result<Infallible, Error> {
    let chain = Chain::connect(&config.chain).await?;
    let store = Arc::new(Store::attach(&config.store)?);
    let redeemer = Redeemer::new(chain, store, config.key, config.policy);
    Ok(redeemer.run(config.poll).await)
}

/// A machine with its hands.
#[derive(Debug)]
pub struct Redeemer {
    chain: Chain,
    store: Arc<Store>,
    key: SessionKey,
    policy: Policy,
    follower: Follower,
    /// Nothing at first, and after the store failed: it is read again.
    machine: Option<Machine>,
}

impl Redeemer {
    /// Redeems this store's winners with this key.
    #[must_use]
    pub fn new(chain: Chain, store: Arc<Store>, key: SessionKey, policy: Policy) -> Self {
        Self {
            follower: Follower::new(chain.clone(), Vec::new(), None),
            chain,
            store,
            key,
            policy,
            machine: None,
        }
    }

    /// What one ticket's redemption takes, by the last estimate.
    #[must_use]
    pub fn gas_per_ticket(&self) -> Option<u64> {
        self.machine.as_ref().map(Machine::gas_per_ticket)
    }

    /// Turn after turn, until it is dropped.
    pub async fn run(mut self, poll: Duration) -> Infallible {
        loop {
            if let Err(error) = self.turn(now()).await {
                tracing::warn!(%error, "winning tickets wait");
            }
            tokio::time::sleep(poll).await;
        }
    }

    /// All that can be done about the blocks that came since the last turn; `now` in milliseconds since 1970.
    ///
    /// # Errors
    /// [`Error`]; the next turn goes on.
    pub async fn turn(&mut self, now: u64) -> Result<(), Error> {
        let done = self.try_turn(now).await;
        if matches!(done, Err(Error::Store(_))) {
            // What the machine believes may not be on disk.
            self.machine = None;
        }
        done
    }

    async fn try_turn(&mut self, now: u64) -> Result<(), Error> {
        if self.machine.is_none() {
            self.machine = Some(self.start(now).await?);
        }
        let mut newest = None;
        for event in self.follower.poll().await? {
            match event {
                Event::Undone(headers) => {
                    let from = headers.last().map_or(0, |header| header.number);
                    self.give(now, Input::Undone { from }).await?;
                }
                Event::Resync { from } => self.give(now, Input::Undone { from }).await?,
                Event::Head { header, last_final } => newest = Some((header, last_final)),
                Event::Log(_) => {}
            }
        }
        let Some((header, last_final)) = newest else {
            return Ok(());
        };
        let pending = self.pending().await?;
        self.give(now, Input::Pending(pending)).await?;
        let (round, tip) = tokio::try_join!(self.chain.round(&header), self.chain.tip())?;
        let at = header.number;
        let head = Input::Head {
            header,
            last_final,
            round,
            tip,
        };
        self.give_at(now, head, at).await
    }

    async fn start(&self, now: u64) -> Result<Machine, Error> {
        let broker = self.chain.contracts().ticket_broker;
        let mut machine = Machine::new(self.policy.clone(), self.key.clone(), self.chain.id(), broker);
        let store = self.store.clone();
        let batches = blocking(move || with_winners(&store)).await?;
        machine.handle_input(now, Input::Resumed(batches));
        Ok(machine)
    }

    async fn pending(&self) -> Result<Vec<Record>, Error> {
        let store = self.store.clone();
        Ok(blocking(move || store.winners(State::Pending, PENDING)).await?)
    }

    async fn give(&mut self, now: u64, input: Input) -> Result<(), Error> {
        self.give_at(now, input, 0).await
    }

    /// Until nothing is left to do.
    async fn give_at(&mut self, now: u64, input: Input, head: u64) -> Result<(), Error> {
        let Some(mut machine) = self.machine.take() else {
            return Ok(());
        };
        machine.handle_input(now, input);
        while let Some(output) = machine.poll_output() {
            if let Some(answer) = self.carry_out(now, output, head).await? {
                machine.handle_input(now, answer);
            }
        }
        self.machine = Some(machine);
        Ok(())
    }

    /// Of the chain's failures only an answer is made: what was decided before must still be carried out.
    async fn carry_out(&self, now: u64, output: Output, head: u64) -> Result<Option<Input>, Error> {
        let failed = |error: chain::Error| tracing::warn!(%error, "the redeemer could not ask");
        Ok(match output {
            Output::Store(change) => {
                self.change(now, change).await?;
                None
            }
            Output::Try(winners) => Some(
                self.try_each(&winners)
                    .await
                    .inspect_err(|error| tracing::warn!(%error, "tickets could not be tried"))
                    .map_or(Input::Failed, Input::Tried),
            ),
            Output::Prepare(call) => {
                let (broker, account) = (self.chain.contracts().ticket_broker, self.account());
                let asked = tokio::try_join!(
                    self.chain.estimate(account, broker, &call),
                    self.chain.nonce(account)
                );
                match asked {
                    Ok((gas, nonce)) => Some(Input::Prepared { gas, nonce }),
                    Err(error) => {
                        failed(error);
                        Some(Input::Failed)
                    }
                }
            }
            Output::Send(signed) => match self.chain.send(&signed).await {
                Ok(()) => None,
                Err(error) => {
                    let refused = matches!(error, chain::Error::Refused(_) | chain::Error::Reverted(_));
                    failed(error);
                    // One that no node answered may have arrived all the same.
                    refused.then_some(Input::NotTaken(signed.hash))
                }
            },
            Output::Look(hashes) => Some(self.look(&hashes).await.unwrap_or_else(|error| {
                failed(error);
                Input::Looked {
                    receipt: None,
                    nonce: 0,
                    known: true,
                }
            })),
            Output::FindPaid { winner, from } => {
                let paid = self.find_paid(&winner, from, head).await.unwrap_or_else(|error| {
                    failed(error);
                    None
                });
                Some(Input::Found {
                    winner: winner.hash,
                    paid,
                })
            }
        })
    }

    fn account(&self) -> Address {
        self.key.address().into()
    }

    async fn change(&self, now: u64, change: Change) -> Result<(), Error> {
        tracing::info!(?change, "redemption");
        let (told, done) = oneshot::channel();
        self.store.change(change, now, move |result| {
            let _ = told.send(result);
        })?;
        Ok(done.await.unwrap_or(Err(store::Error::Closed))?)
    }

    async fn try_each(&self, winners: &[Winner]) -> Result<Vec<Option<Revert>>, chain::Error> {
        let broker = self.chain.contracts().ticket_broker;
        let mut batch = self.chain.batch();
        let tried: Vec<_> = winners
            .iter()
            .map(|winner| batch.simulate(self.account(), broker, &flight::single(winner)))
            .collect();
        batch.send().await?;
        let mut refusals = Vec::with_capacity(tried.len());
        for tried in tried {
            refusals.push(match tried.answer().await {
                Ok(_) => None,
                Err(chain::Error::Reverted(revert)) => Some(revert),
                Err(error) => return Err(error),
            });
        }
        Ok(refusals)
    }

    async fn look(&self, hashes: &[B256]) -> Result<Input, chain::Error> {
        let nonce = self.chain.nonce(self.account()).await?;
        let (mut receipt, mut known) = (None, false);
        for hash in hashes {
            receipt = self.chain.receipt(*hash).await?;
            if receipt.is_some() {
                break;
            }
            known |= self.chain.knows(*hash).await?;
        }
        Ok(Input::Looked {
            receipt,
            nonce,
            known,
        })
    }

    async fn find_paid(
        &self,
        winner: &Winner,
        from: u64,
        head: u64,
    ) -> Result<Option<Payment>, chain::Error> {
        let broker = [self.chain.contracts().ticket_broker];
        let who = [
            None,
            Some(winner.ticket.sender.into_word()),
            Some(winner.ticket.recipient.into_word()),
        ];
        // The newest first: it was mostly paid a moment ago.
        let mut to = head;
        loop {
            let start = to.saturating_sub(RANGE - 1).max(from.min(to));
            let logs = self.chain.logs(start, to, &broker, &who).await?;
            let found = flight::paid(winner, &logs);
            if found.is_some() || start <= from {
                return Ok(found);
            }
            to = start - 1;
        }
    }
}

fn with_winners(store: &Store) -> Result<Vec<(Batch, Vec<Winner>)>, store::Error> {
    let with = |batch: Batch| {
        let mut winners = Vec::with_capacity(batch.winners.len());
        for hash in &batch.winners {
            winners.extend(store.winner(*hash)?.map(|record| record.winner));
        }
        Ok((batch, winners))
    };
    store.batches()?.into_iter().map(with).collect()
}

/// The store's reads wait for the disk.
async fn blocking<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, store::Error> + Send + 'static,
) -> Result<T, store::Error> {
    spawn_blocking(read).await.unwrap_or(Err(store::Error::Closed))
}

/// Milliseconds since 1970.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
