//! A network with an elected orchestrator, a payer, a store, and a hot key that redeems.
#![allow(dead_code, reason = "no test needs it all")]

mod proxy;

use std::cell::Cell;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{Eip712Domain, SolStruct};
use headwater_protocol::chain::ticket::{self, Ticket};
use headwater_protocol::chain::{BondingManager, RoundsManager, TicketBroker};
use headwater_protocol::key::SessionKey;
use headwater_protocol::pm::{Commit, Winner};
use headwater_settlement::chain::endpoints::Policy as Nodes;
use headwater_settlement::chain::{self, Chain};
use headwater_settlement::redeemer::{Policy, Redeemer};
use headwater_settlement::store::{Record, Redemption, State, Store};
use headwater_test_chain::{Network, UNIT};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

#[allow(unused_imports, reason = "not by each test")]
pub(crate) use proxy::Proxy;

pub(crate) const ORCHESTRATOR: Address = Address::repeat_byte(0x0c);
/// Of all tickets here.
const RAND: U256 = U256::from_limbs([7, 0, 0, 0]);
/// What one pays.
pub(crate) const FACE: U256 = U256::from_limbs([50_000_000_000_000_000, 0, 0, 0]);
pub(crate) const BLOCK: u64 = 12_000;

static COUNT: AtomicU32 = AtomicU32::new(0);

pub(crate) struct World {
    pub(crate) network: Network,
    pub(crate) store: Arc<Store>,
    pub(crate) hot: SessionKey,
    payer: SessionKey,
    domain: Eip712Domain,
    runtime: Runtime,
    folder: PathBuf,
    nonce: Cell<u64>,
    now: Cell<u64>,
}

impl World {
    /// Its payer has four ETH of deposit and one of reserve: a hundred tickets.
    pub(crate) fn new() -> Self {
        let network = Network::deploy().expect("the contracts");
        network.next_round().expect("a round");
        network
            .bond(ORCHESTRATOR, ORCHESTRATOR, UNIT * U256::from(100))
            .expect("bonded");
        network.next_round().expect("a round");
        let payer = SessionKey::from_bytes(&[0x5e; 32]).expect("a key");
        network
            .fund(payer.address().into(), UNIT * U256::from(4), UNIT)
            .expect("funded");
        let hot = hot();
        network
            .chain
            .set_balance(hot.address().into(), UNIT * U256::from(1_000))
            .expect("wei");
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!(
            "world-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        ));
        std::fs::create_dir_all(&folder).expect("a folder");
        let (store, _) = Store::open(&folder.join("store"), 0).expect("a store");
        let domain = ticket::domain(network.chain.id().expect("an id"), network.ticket_broker);
        Self {
            network,
            store: Arc::new(store),
            hot,
            payer,
            domain,
            runtime: Runtime::new().expect("a runtime"),
            folder,
            nonce: Cell::new(0),
            now: Cell::new(1_700_000_000_000),
        }
    }

    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    pub(crate) fn config(&self, nodes: &[&str]) -> chain::Config {
        config(nodes, self.network.controller)
    }

    pub(crate) fn payer(&self) -> SessionKey {
        self.payer.clone()
    }

    /// A file of this world's own, which goes with it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn chain(&self) -> Chain {
        self.chain_at(self.network.chain.url())
    }

    pub(crate) fn chain_at(&self, url: &str) -> Chain {
        self.block_on(Chain::connect(&self.config(&[url])))
            .expect("a chain")
    }

    pub(crate) fn redeemer(&self, policy: Policy) -> Redeemer {
        Redeemer::new(self.chain(), self.store.clone(), self.hot.clone(), policy)
    }

    pub(crate) fn now(&self) -> u64 {
        self.now.get()
    }

    pub(crate) fn pass(&self, millis: u64) {
        self.now.set(self.now.get() + millis);
    }

    /// One block, and the time that it takes.
    pub(crate) fn mine(&self) {
        self.network.chain.mine(1).expect("a block");
        self.pass(BLOCK);
    }

    pub(crate) fn turn(&self, redeemer: &mut Redeemer) {
        self.block_on(redeemer.turn(self.now())).expect("a turn");
    }

    /// Blocks come and the redeemer sees each.
    pub(crate) fn turns(&self, redeemer: &mut Redeemer, count: usize) {
        for _ in 0..count {
            self.turn(redeemer);
            self.mine();
        }
        self.turn(redeemer);
    }

    /// What a payer signs, and wins.
    pub(crate) fn winner(&self) -> Winner {
        self.winner_of(|_| {})
    }

    pub(crate) fn winner_of(&self, change: impl FnOnce(&mut Ticket)) -> Winner {
        self.nonce.set(self.nonce.get() + 1);
        let round = self.network.round().expect("a round");
        let asked = RoundsManager::blockHashForRoundCall { round };
        let hash = (self.network.chain)
            .call(self.network.rounds_manager, &asked)
            .expect("a hash");
        let mut ticket = Ticket {
            recipient: ORCHESTRATOR,
            sender: self.payer.address().into(),
            faceValue: FACE,
            winProb: U256::MAX,
            senderNonce: U256::from(self.nonce.get()),
            recipientRandHash: ticket::recipient_rand_hash(RAND),
            creationRound: round,
            creationRoundBlockHash: hash,
        };
        change(&mut ticket);
        Winner {
            signature: ticket::sign(&self.payer, &ticket, &self.domain),
            recipient_rand: RAND,
            hash: ticket.eip712_signing_hash(&self.domain),
            expires: self.now(),
            ticket,
        }
    }

    /// Wins these, on disk.
    pub(crate) fn win(&self, winners: Vec<Winner>) -> Vec<B256> {
        let hashes = winners.iter().map(|winner| winner.hash).collect();
        let commit = Commit {
            winners,
            ..Commit::default()
        };
        let (told, done) = std::sync::mpsc::channel();
        self.store
            .commit(commit, self.now(), move |result| {
                told.send(result).expect("heard")
            })
            .expect("a queue");
        done.recv().expect("an answer").expect("on disk");
        hashes
    }

    pub(crate) fn win_many(&self, count: usize) -> Vec<B256> {
        self.win((0..count).map(|_| self.winner()).collect())
    }

    pub(crate) fn records(&self, state: State) -> Vec<Record> {
        self.store.winners(state, 1_000).expect("records")
    }

    pub(crate) fn count(&self, state: State) -> usize {
        self.records(state).len()
    }

    /// What the store believes was paid.
    pub(crate) fn booked(&self) -> U256 {
        let paid = |record: Record| match record.redemption {
            Redemption::Redeemed { paid, .. } => paid,
            _ => U256::ZERO,
        };
        self.records(State::Redeemed).into_iter().map(paid).sum()
    }

    /// What the orchestrator really earned, settled or not.
    pub(crate) fn earned(&self) -> U256 {
        let (chain, broker) = (&self.network.chain, self.network.ticket_broker);
        let unsettled = TicketBroker::unsettledFeesCall {
            transcoder: ORCHESTRATOR,
        };
        let unsettled = chain.call(broker, &unsettled).expect("fees").amount;
        let settled = chain.call(broker, &TicketBroker::settledFeesCall {});
        unsettled + settled.expect("fees")
    }

    pub(crate) fn deposit(&self) -> U256 {
        let sender = self.payer.address().into();
        let asked = TicketBroker::getSenderInfoCall { sender };
        let info = (self.network.chain).call(self.network.ticket_broker, &asked);
        info.expect("a sender")._0.deposit
    }

    pub(crate) fn active(&self) -> bool {
        let transcoder_ = ORCHESTRATOR;
        let asked = BondingManager::isActiveTranscoderCall { transcoder_ };
        (self.network.chain)
            .call(self.network.bonding_manager, &asked)
            .expect("an answer")
    }

    pub(crate) fn rpc(&self, method: &str, params: Value) -> Value {
        self.network
            .chain
            .rpc()
            .request(method, params)
            .unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// The transactions that wait for a block.
    pub(crate) fn sent(&self) -> usize {
        let pool = self.rpc("txpool_status", json!([]));
        let text = pool["pending"].as_str().expect("a number");
        usize::from_str_radix(text.trim_start_matches("0x"), 16).expect("a number")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

pub(crate) fn config(nodes: &[&str], controller: Address) -> chain::Config {
    chain::Config {
        nodes: nodes.iter().map(|url| url.parse().expect("a URL")).collect(),
        chain_id: 31_337,
        controller,
        confirmations: 1,
        // Unlimited, and back at once after a failure.
        policy: Nodes {
            per_second: 1_000_000,
            first_rest: Duration::from_millis(1),
            longest_rest: Duration::from_millis(1),
        },
    }
}

/// The key that redeems.
pub(crate) fn hot() -> SessionKey {
    SessionKey::from_bytes(&[0x40; 32]).expect("a key")
}

/// Twenty wait for each other.
pub(crate) fn policy() -> Policy {
    Policy {
        block_time: Duration::from_millis(BLOCK),
        ..Policy::default()
    }
}

/// Each goes at once.
pub(crate) fn hasty() -> Policy {
    Policy {
        enough: 1,
        ..policy()
    }
}
