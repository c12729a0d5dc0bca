//! A network with as many active orchestrators as asked for, with seeded stakes, and what is sent on it.

use alloy_primitives::{Address, U256, keccak256};
use alloy_sol_types::{SolCall, SolValue};
use fastrand::Rng;
use headwater_protocol::chain::{BondingManager, HeadwaterToken, RoundsManager};
use headwater_test_chain::{Error, History, Network, Transaction, UNIT};
use serde_json::json;

use crate::payer::Payer;

const SEED: u64 = 0x9a5;
/// Blocks: enough for what has to happen within one. The chain hashes its whole state for each.
const ROUND: u64 = 6;
/// The broker remembers as many rounds: a later one begins where there was another.
const FIRST_ROUNDS: u64 = 8;
/// Orchestrators that enter in one block, by 64 million gas each of 30 thousand million.
const TOGETHER: usize = 250;
const CANDIDATES: usize = 7;
/// How many of them are measured.
pub(crate) const POSITIONS: usize = 10;
/// Parts of 10^27 for the treasury, and up to how many tokens, as Livepeer has it.
const TREASURY_CUT: u128 = 100_000_000_000_000_000_000_000_000;
const TREASURY_CEILING: u64 = 750_000;

/// What one transaction took, with its 21,000.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) gas: u64,
    /// Of which for the calldata.
    pub(crate) calldata: u64,
}

/// One orchestrator that is measured, somewhere in the pool.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Position {
    /// Has had two rewards, in the last two rounds, and is paid for work.
    pub(crate) orchestrator: Address,
    /// Its delegator since before those.
    pub(crate) delegator: Address,
    /// Another that never had a reward.
    pub(crate) unrewarded: Address,
    /// The orchestrator of another position.
    pub(crate) other: Address,
    /// Counts the positions.
    pub(crate) index: usize,
}

pub(crate) struct World {
    pub(crate) network: Network,
    pub(crate) payer: Payer,
    rng: Rng,
    orchestrators: Vec<(Address, U256)>,
}

impl World {
    /// # Errors
    /// The chain's.
    pub(crate) fn new() -> Result<Self, Error> {
        let network = Network::deploy_with(History::Short)?;
        let owner = network.owner()?;
        let manager = network.bonding_manager;
        let cut = BondingManager::setTreasuryRewardCutRateCall {
            cutRate: U256::from(TREASURY_CUT),
        };
        let ceiling = BondingManager::setTreasuryBalanceCeilingCall {
            ceiling: UNIT * U256::from(TREASURY_CEILING),
        };
        let length = RoundsManager::setRoundLengthCall {
            roundLength_: U256::from(ROUND),
        };
        network.chain.send_all(&[
            Transaction::new(owner, manager, &cut),
            Transaction::new(owner, manager, &ceiling),
            Transaction::new(owner, network.rounds_manager, &length),
        ])?;
        for _ in 0..=FIRST_ROUNDS {
            network.next_round()?;
        }
        let payer = Payer::new(&network)?;
        Ok(Self {
            network,
            payer,
            rng: Rng::with_seed(SEED),
            orchestrators: Vec::new(),
        })
    }

    /// Lets orchestrators in until there are `entered`, of a pool with room for `size`.
    ///
    /// # Errors
    /// The chain's.
    pub(crate) fn grow(&mut self, entered: usize, size: usize) -> Result<(), Error> {
        self.network.next_round()?;
        self.resize(size)?;
        let from = self.orchestrators.len();
        for i in from..entered {
            let stake = self.stake();
            self.orchestrators.push((account("orchestrator", i), stake));
        }
        for some in self.orchestrators[from..].chunks(TOGETHER) {
            let entries = some
                .iter()
                .flat_map(|&(account, stake)| self.entry(account, stake));
            self.network.chain.send_all(&entries.collect::<Vec<_>>())?;
        }
        self.network.next_round().map(drop)
    }

    /// Some who have less than anybody elected, and wait.
    ///
    /// # Errors
    /// The chain's.
    pub(crate) fn add_candidates(&self) -> Result<(), Error> {
        let entry = |i: usize| self.entry(account("candidate", i), UNIT * U256::from(2 + i));
        self.network
            .chain
            .send_all(&(0..CANDIDATES).flat_map(entry).collect::<Vec<_>>())
            .map(drop)
    }

    /// The largest pool from now on.
    ///
    /// # Errors
    /// The chain's.
    fn resize(&self, size: usize) -> Result<(), Error> {
        let (chain, manager) = (&self.network.chain, self.network.bonding_manager);
        let now: u64 = chain
            .call(manager, &BondingManager::getTranscoderPoolMaxSizeCall {})?
            .to();
        let owner = self.network.owner()?;
        let step = |size: u64| {
            let call = BondingManager::setNumActiveTranscodersCall {
                numActiveTranscoders: U256::from(size),
            };
            Transaction::new(owner, manager, &call)
        };
        let size = size as u64;
        let steps: Vec<_> = (now..size).step_by(20).skip(1).chain([size]).map(step).collect();
        chain.send_all(&steps).map(drop)
    }

    /// Orchestrators all over the pool, the greatest and the least among them, brought into a steady state: with a
    /// delegator each, rewarded twice, and not yet in this round.
    ///
    /// # Errors
    /// The chain's.
    pub(crate) fn positions(&self) -> Result<Vec<Position>, Error> {
        let mut ranked = self.orchestrators.clone();
        ranked.sort_by_key(|&(_, stake)| stake);
        let last = ranked.len() - 1;
        let mut rng = Rng::with_seed(SEED ^ ranked.len() as u64);
        let mut ranks: Vec<_> = (1..last).collect();
        rng.shuffle(&mut ranks);
        ranks.splice(0..0, [0, last]);
        let of = |index: usize| Position {
            orchestrator: ranked[ranks[index]].0,
            delegator: account("delegator", index),
            unrewarded: ranked[ranks[POSITIONS + index]].0,
            other: ranked[ranks[(index + 1) % POSITIONS]].0,
            index,
        };
        let positions: Vec<_> = (0..POSITIONS).map(of).collect();
        let (network, manager) = (&self.network, self.network.bonding_manager);
        let mut begin = Vec::new();
        for position in &positions {
            begin.extend(self.endow(position.delegator, UNIT * U256::from(1000)));
            let call = BondingManager::bondCall {
                amount: UNIT * U256::from(300),
                to: position.orchestrator,
            };
            begin.push(Transaction::new(position.delegator, manager, &call));
        }
        network.chain.send_all(&begin)?;
        for _ in 0..2 {
            network.next_round()?;
            self.reward_all(&positions)?;
        }
        network.next_round()?;
        Ok(positions)
    }

    /// The rewards of a round.
    ///
    /// # Errors
    /// The contract refuses, or the chain's.
    pub(crate) fn reward_all(&self, positions: &[Position]) -> Result<(), Error> {
        let manager = self.network.bonding_manager;
        let reward = |p: &Position| Transaction::new(p.orchestrator, manager, &BondingManager::rewardCall {});
        self.network
            .chain
            .send_all(&positions.iter().map(reward).collect::<Vec<_>>())
            .map(drop)
    }

    /// Does something of which nothing stays.
    ///
    /// # Errors
    /// What `what` fails with, and the chain's.
    pub(crate) fn try_out<T>(&self, what: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        let rpc = self.network.chain.rpc();
        let before = rpc.request("evm_snapshot", json!([]))?;
        let result = what()?;
        rpc.request("evm_revert", json!([before]))?;
        Ok(result)
    }

    /// One call in one transaction.
    ///
    /// # Errors
    /// The contract refuses, or the chain's.
    pub(crate) fn send<C: SolCall>(&self, from: Address, to: Address, call: &C) -> Result<Sample, Error> {
        self.pay(from, to, U256::ZERO, call)
    }

    /// The same with wei, which the sender gets before.
    ///
    /// # Errors
    /// The contract refuses, or the chain's.
    pub(crate) fn pay<C: SolCall>(
        &self,
        from: Address,
        to: Address,
        wei: U256,
        call: &C,
    ) -> Result<Sample, Error> {
        if !wei.is_zero() {
            self.network.chain.set_balance(from, wei)?;
        }
        let receipt = self.network.chain.pay(from, to, wei, call)?;
        Ok(Sample {
            gas: receipt.gas_used,
            calldata: calldata(&call.abi_encode()),
        })
    }

    /// The same to BondingManager.
    ///
    /// # Errors
    /// The contract refuses, or the chain's.
    pub(crate) fn stake_call<C: SolCall>(&self, from: Address, call: &C) -> Result<Sample, Error> {
        self.send(from, self.network.bonding_manager, call)
    }

    /// The same to TicketBroker, by somebody who has nothing to do with it.
    ///
    /// # Errors
    /// The contract refuses, or the chain's.
    pub(crate) fn broker_call<C: SolCall>(&self, call: &C) -> Result<Sample, Error> {
        self.send(account("redeemer", 0), self.network.ticket_broker, call)
    }

    /// # Errors
    /// The chain's.
    pub(crate) fn next_rounds(&self, rounds: u64) -> Result<(), Error> {
        (0..rounds).try_for_each(|_| self.network.next_round().map(drop))
    }

    /// Somebody new, with tokens that BondingManager may take.
    ///
    /// # Errors
    /// The chain's.
    pub(crate) fn newcomer(&self, position: &Position, tokens: U256) -> Result<Address, Error> {
        let newcomer = account("newcomer", position.index);
        self.network.chain.send_all(&self.endow(newcomer, tokens))?;
        Ok(newcomer)
    }

    /// Stake that has its place at any height of the pool, but is more than the least.
    pub(crate) fn some_stake(&self, position: &Position) -> U256 {
        let mut rng = Rng::with_seed(SEED + 1 + position.index as u64);
        let mut ranked: Vec<_> = self.orchestrators.iter().map(|&(_, stake)| stake).collect();
        ranked.sort();
        ranked[rng.usize(1..ranked.len())] + UNIT
    }

    fn entry(&self, account: Address, stake: U256) -> Vec<Transaction> {
        let manager = self.network.bonding_manager;
        let mut entry = self.endow(account, stake + UNIT).to_vec();
        let rates = BondingManager::transcoderCall {
            rewardCut: U256::from(100_000),
            feeShare: U256::from(500_000),
        };
        entry.push(Transaction::new(
            account,
            manager,
            &BondingManager::bondCall {
                amount: stake,
                to: account,
            },
        ));
        entry.push(Transaction::new(account, manager, &rates));
        entry
    }

    fn endow(&self, account: Address, amount: U256) -> [Transaction; 2] {
        let Network {
            token,
            minter,
            bonding_manager: spender,
            ..
        } = self.network;
        [
            Transaction::new(minter, token, &HeadwaterToken::mintCall { to: account, amount }),
            Transaction::new(
                account,
                token,
                &HeadwaterToken::approveCall {
                    spender,
                    value: U256::MAX,
                },
            ),
        ]
    }

    /// From ten tokens to a hundred thousand, each order of magnitude as often.
    fn stake(&mut self) -> U256 {
        let magnitude = 1.0 + 4.0 * self.rng.f64();
        U256::from((10f64.powf(magnitude) * 1e6) as u64) * (UNIT / U256::from(1_000_000))
    }
}

/// The same account for the same words, always.
pub(crate) fn account(role: &str, index: usize) -> Address {
    Address::from_word(keccak256((role, U256::from(index)).abi_encode()))
}

/// What calldata costs: 4 a zero byte, 16 another.
fn calldata(data: &[u8]) -> u64 {
    data.iter().map(|&byte| if byte == 0 { 4 } else { 16 }).sum()
}
