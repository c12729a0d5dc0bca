//! What a page reads from the chain: calls, and their answers as JSON.

pub(super) mod answer;
mod part;
mod pool;
#[cfg(test)]
mod tests;

use alloy_primitives::{Address, U256};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Network;
use super::fields::{Fields, Invalid};

/// One `eth_call`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The contract; none: `data` is a program to run.
    pub to: Option<Address>,
    /// The call.
    pub data: Vec<u8>,
}

/// A question, JSON `{"ask": "sender", …}`. Its calls belong at one block; the answer is an object, in which numbers are
/// decimal strings.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
#[non_exhaustive]
#[allow(missing_docs, reason = "the variants say what their fields are")]
pub enum Query {
    /// `rounds` → `round, initialized, lastInitialized, startBlock, length, block, locked, unlockPeriod,
    /// unbondingPeriod`. [`Context`](super::Context) takes it as it is.
    Rounds,
    /// `sender {address}` → `deposit, withdrawRound, reserve, reserveClaimed, unlocking, reserveRecipients`. A
    /// `withdrawRound` of 0: not unlocking.
    Sender { address: Address },
    /// `signer {address, signer}` → `approved, depositLeft, validUntilRound, voidFromRound, anyRecipient`. A
    /// `voidFromRound` of 0: not revoked.
    Signer { address: Address, signer: Address },
    /// `nonce {address, nonce}` → `used, signer`.
    Nonce { address: Address, nonce: U256 },
    /// `token {address}` → `balance, allowance`: tokens, and how many of them the BondingManager may take.
    Token { address: Address },
    /// `delegator {address}` → `bonded, fees, delegate, delegated, startRound, lastClaimRound, nextLock, status,
    /// pendingStake, pendingFees, registered`. `status` 0: pending, 1: bonded, 2: unbonded.
    Delegator { address: Address },
    /// `locks {address, from, until}` → `locks: [{lock, amount, withdrawRound}]`: those with numbers `from ≤ n < until`
    /// that are open. At most 64 at once.
    Locks { address: Address, from: u64, until: u64 },
    /// `pool` → `size, most, first, totalBonded, activeStake`. `first` begins the list that an orchestrator's `next`
    /// continues, until it is the zero address.
    Pool,
    /// `orchestrators {address}` → `orchestrators`: up to a hundred addresses of the pool, from this one on.
    /// `first` of the pool begins the list; after a hundred, the last one's `next` does.
    Orchestrators { address: Address },
    /// `orchestrator {address}` → `address, lastRewardRound, rewardCut, feeShare, activationRound, deactivationRound,
    /// stake, active, next, uri`.
    Orchestrator { address: Address },
}

/// As many locks as a page asks for at once: nodes limit batches to about a hundred.
const LOCKS: u64 = 64;

impl TryFrom<Value> for Query {
    type Error = Invalid;

    fn try_from(value: Value) -> Result<Self, Invalid> {
        let fields = Fields::of(&value)?;
        let ask = fields.text("ask")?;
        match ask {
            "rounds" => return Ok(Self::Rounds),
            "pool" => return Ok(Self::Pool),
            _ => {}
        }
        let address = fields.address("address")?;
        Ok(match ask {
            "sender" => Self::Sender { address },
            "signer" => Self::Signer {
                address,
                signer: fields.address("signer")?,
            },
            "nonce" => Self::Nonce {
                address,
                nonce: fields.number("nonce")?,
            },
            "token" => Self::Token { address },
            "delegator" => Self::Delegator { address },
            "locks" => {
                let small =
                    |name| u64::try_from(fields.number(name)?).map_err(|_| Invalid::Field(name, "smaller"));
                let (from, until) = (small("from")?, small("until")?);
                if until.saturating_sub(from) > LOCKS {
                    return Err(Invalid::Field("until", "at most 64 after \"from\""));
                }
                Self::Locks { address, from, until }
            }
            "orchestrators" => Self::Orchestrators { address },
            "orchestrator" => Self::Orchestrator { address },
            _ => return Err(Invalid::Field("ask", "one of the queries")),
        })
    }
}

impl Query {
    /// What to ask the chain, in this order.
    ///
    /// # Errors
    /// [`Invalid::Contract`] for one that the network lacks.
    pub fn calls(&self, network: &Network) -> Result<Vec<Call>, Invalid> {
        let call = |part: part::Part| {
            let program = matches!(self, Self::Orchestrators { .. });
            let to = (!program).then(|| network.contract(part.contract));
            Ok(Call {
                to: to.transpose()?,
                data: part.data,
            })
        };
        part::of(self, network)?.into_iter().map(call).collect()
    }

    /// The answers to [`Self::calls`], in the same order, as an object.
    ///
    /// # Errors
    /// [`Invalid::Answer`] for what no such contract answers.
    pub fn answer(&self, network: &Network, answers: &[Vec<u8>]) -> Result<Value, Invalid> {
        let parts = part::of(self, network)?;
        if parts.len() != answers.len() {
            return Err(Invalid::Field("results", "one for each call"));
        }
        let mut all = Map::new();
        let mut locks = Vec::new();
        if let Self::Orchestrator { address } = self {
            all.insert("address".to_owned(), address.to_string().into());
        }
        for (index, (part, answer)) in (0_u64..).zip(parts.iter().zip(answers)) {
            answer::read(answer, part.shape, &mut all).ok_or(Invalid::Answer(part.contract))?;
            // An amount of 0: never opened, or closed.
            if let (Self::Locks { from, .. }, true) =
                (self, all.get("amount").is_some_and(|held| held != "0"))
            {
                let mut lock = core::mem::take(&mut all);
                lock.insert("lock".to_owned(), (from + index).to_string().into());
                locks.push(lock);
            }
        }
        Ok(match self {
            Self::Locks { .. } => json!({ "locks": locks }),
            _ => all.into(),
        })
    }
}
