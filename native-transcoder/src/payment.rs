//! An orchestrator that is paid: its cashier, its redeemer and its keeper, and what it says about itself.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use headwater_protocol::chain::words::U256;
use headwater_protocol::hex;
use headwater_protocol::key::{Address, SessionKey};
use headwater_protocol::offer::{self, Offer};
use headwater_protocol::pm::Price;
use headwater_protocol::pm::recipient;
use headwater_protocol::pm::secret::Venue;
use headwater_protocol::signed::Signed;
use headwater_settlement::cashier::{self, Books, Till};
use headwater_settlement::chain::{self, Chain};
use headwater_settlement::redeemer::{self, Redeemer};
use headwater_settlement::services::{Keeper, Rewarding};
use headwater_settlement::store::{self, Store};
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use tracing::{info, warn};

use crate::webrtc::{Identity, Paying};

/// Orders that wait for the shard: an answer to each event that waits for the cashier.
const ORDERS: usize = cashier::EVENTS;

/// What redeeming a ticket takes until one has been estimated: TicketBroker's own figure for a single ticket by a session
/// signer (contracts/SPEC/payments.md), rounded up.
const REDEMPTION_GAS: u64 = 100_000;

/// How long accounts may take to be written when the node stops: a disk that takes longer is failing, and a service manager
/// does not wait for much longer.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// The store's name in the node's folder.
pub const STORE: &str = "payments.sqlite";
/// The node key's.
const NODE_KEY: &str = "node.key";

/// What an orchestrator that is paid needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// The chain, and who tells about it.
    pub chain: chain::Config,
    /// Who is paid: the orchestrator's address on chain. Its key is not needed here.
    pub recipient: Address,
    /// What encoded pixels cost.
    pub price: Price,
    /// What they cost those who have a price of their own.
    pub prices: BTreeMap<Address, Price>,
    /// A folder for what must not be lost; one node's alone.
    pub data: PathBuf,
    /// A ticket is worth so much time of a stream's work.
    pub ticket: Duration,
    /// A winner pays so many redemptions.
    pub multiple: u32,
    /// The most that a winner pays, in wei.
    pub max_face_value: U256,
    /// How long ticket parameters earn credit.
    pub good_for: Duration,
    /// How long work goes on that is owed for.
    pub grace: Duration,
    /// Between two looks at the chain.
    pub poll: Duration,
    /// Pays for redemptions; without, another process does.
    pub redeemer: Option<SessionKey>,
    /// Claims the orchestrator's reward each round: its reward caller, not its stake.
    pub rewards: Option<SessionKey>,
    /// Begins rounds that are due.
    pub rounds: Option<SessionKey>,
    /// How redemptions are sent.
    pub redemption: redeemer::Policy,
}

/// What runs.
#[derive(Debug)]
pub(crate) struct Payment {
    pub(crate) desk: Desk,
    pub(crate) ledgers: Ledgers,
    /// What offers name.
    pub(crate) identity: Identity,
    till: JoinHandle<()>,
    /// Ends with it.
    tasks: JoinSet<()>,
}

impl Payment {
    /// Once the shard has told who left: what they have left is written down, and the store is closed.
    pub(crate) async fn stop(mut self) {
        if timeout(LAST_WORDS, &mut self.till).await.is_err() {
            warn!("the cashier did not end in time: what payers have left may be as it was ten seconds ago");
            self.till.abort();
        }
        self.tasks.shutdown().await;
        // The store's last owner waits for the disk.
        drop(tokio::task::spawn_blocking(move || drop(self.ledgers)).await);
    }
}

/// What HTTP tells everybody.
#[derive(Clone, Debug)]
pub struct Desk {
    offer: Offer,
    node: SessionKey,
}

/// What the operator is told, and nobody else.
#[derive(Clone, Debug)]
pub(crate) struct Ledgers {
    pub(crate) terms: Terms,
    pub(crate) books: Books,
    pub(crate) store: Arc<Store>,
}

/// Who is paid, by what.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Terms {
    recipient: Address,
    node: Address,
    chain_id: u64,
    price: Price,
}

impl Desk {
    /// The terms, signed now.
    #[must_use]
    pub fn offer(&self) -> String {
        let mut offer = self.offer.clone();
        offer.expiry = wall() + u64::try_from(offer::LIFE.as_millis()).unwrap_or(u64::MAX);
        Signed::new(&self.node, offer).text().to_owned()
    }

    /// Which key signs offers and receipts.
    #[must_use]
    pub fn node(&self) -> Address {
        self.node.address()
    }
}

/// Starts the cashier and what redeems its winners.
///
/// # Errors
/// [`StartError`].
pub(crate) async fn start(config: Config) -> Result<(Payment, Paying), StartError> {
    fs::create_dir_all(&config.data).map_err(|source| StartError::Folder {
        folder: config.data.clone(),
        source,
    })?;
    let node = node_key(&config.data.join(NODE_KEY))?;
    let identity = Identity::kept(&config.data).map_err(|source| StartError::Certificate {
        folder: config.data.clone(),
        source,
    })?;
    let (store, recovered) = Store::open(&config.data.join(STORE), wall())?;
    let store = Arc::new(store);
    let chain = Chain::connect(&config.chain).await?;
    let broker: Address = chain.contracts().ticket_broker.into();
    registered(&chain, config.recipient, node.address()).await;

    let terms = recipient::Config {
        recipient: config.recipient,
        venue: Venue {
            chain_id: config.chain.chain_id,
            broker,
        },
        price: config.price,
        prices: config.prices,
        ticket: config.ticket,
        multiple: config.multiple,
        max_face_value: config.max_face_value,
        good_for: config.good_for,
        grace: config.grace,
    };
    let (orders, incoming) = mpsc::channel(ORDERS);
    let till = cashier::Config {
        terms,
        node_key: node.clone(),
        redemption_gas: REDEMPTION_GAS,
        poll: millis(config.poll),
    };
    let (till, counter) = Till::new(till, Arc::clone(&store), recovered, chain.clone(), orders)?;
    let books = till.books();

    let mut tasks = JoinSet::new();
    let till = tokio::spawn(till.run());
    if let Some(key) = config.redeemer.clone() {
        let redeemer = Redeemer::new(chain.clone(), Arc::clone(&store), key, config.redemption.clone());
        tasks.spawn(async move { match redeemer.run(config.poll).await {} });
    }
    if config.rounds.is_some() || config.rewards.is_some() {
        let rewarding = config.rewards.map(|key| Rewarding {
            orchestrator: config.recipient.into(),
            key,
        });
        let keeper = Keeper::new(chain, config.rounds, rewarding, config.redemption.transit);
        tasks.spawn(async move { match keeper.run(config.poll).await {} });
    }

    let offer = Offer {
        recipient: config.recipient,
        chain_id: config.chain.chain_id,
        controller: Address::from(config.chain.controller),
        broker,
        price: config.price,
        certificate: identity.fingerprint().into(),
        expiry: 0,
    };
    info!(recipient = %config.recipient, node = %node.address(), price = %config.price, "work is paid");
    let ledgers = Ledgers {
        terms: Terms {
            recipient: config.recipient,
            node: node.address(),
            chain_id: config.chain.chain_id,
            price: config.price,
        },
        books,
        store,
    };
    let desk = Desk { offer, node };
    let paying = Paying {
        counter,
        orders: incoming,
    };
    Ok((
        Payment {
            desk,
            ledgers,
            identity,
            till,
            tasks,
        },
        paying,
    ))
}

/// Says so where payers would not believe this node.
async fn registered(chain: &Chain, recipient: Address, node: Address) {
    match chain.node(recipient.into()).await {
        Ok(known) => {
            if !offer::names(&known.service_uri, node) {
                warn!(
                    %recipient, %node, service_uri = known.service_uri,
                    "the ServiceRegistry does not name this node's key: set the service URI to this node's address with #{node} behind it"
                );
            }
            if !known.active {
                warn!(%recipient, "the orchestrator is not elected in this round: only who names it in a reserve can pay it");
            }
        }
        Err(error) => warn!(%error, "the chain does not say whether this orchestrator is registered"),
    }
}

/// The node's key, made at its first start.
fn node_key(file: &Path) -> Result<SessionKey, StartError> {
    let failed = |source| StartError::Key {
        file: file.to_owned(),
        source,
    };
    match fs::read_to_string(file) {
        Ok(text) => {
            key(&text).ok_or_else(|| failed(io::Error::other("it is not 0x and 64 hexadecimal digits")))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut secret = [0; 32];
            let key = loop {
                getrandom::fill(&mut secret).map_err(|e| failed(io::Error::other(e)))?;
                if let Some(key) = SessionKey::from_bytes(&secret) {
                    break key;
                }
            };
            let mut options = fs::OpenOptions::new();
            let mut new = options
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(file)
                .map_err(failed)?;
            writeln!(new, "{}", hex::encode(&secret))
                .and_then(|()| new.sync_all())
                .map_err(failed)?;
            Ok(key)
        }
        Err(error) => Err(failed(error)),
    }
}

/// A secret key as files hold it: `0x` and 64 hexadecimal digits.
#[must_use]
pub fn key(text: &str) -> Option<SessionKey> {
    hex::decode::<32>(text.trim()).and_then(|secret| SessionKey::from_bytes(&secret))
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

pub(crate) fn wall() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis)
}

/// Why nobody can be paid.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The folder.
    #[error("cannot use {folder} for payments; choose another with --data")]
    Folder {
        /// What was asked for.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The node's key.
    #[error("cannot use the node's key in {file}")]
    Key {
        /// Where it is.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The certificate that its connections show.
    #[error("cannot use the certificate for media in {folder}")]
    Certificate {
        /// Where it is.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The store.
    #[error("cannot open the store of payments")]
    Store(#[from] store::Error),
    /// The chain.
    #[error("cannot reach the chain; see --rpc and --network")]
    Chain(#[from] chain::Error),
    /// The cashier.
    #[error(transparent)]
    Cashier(#[from] cashier::Error),
}
