//! A query's calls, each with what its answer is made of.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;

use super::answer::Kind::{Addresses, Flag, Number, One, Text};
use super::answer::Shape;
use super::{Query, pool};
use crate::chain::{
    BondingManager as Bonds, HeadwaterToken as Token, RoundsManager as Rounds, ServiceRegistry as Registry,
    TicketBroker as Broker,
};
use crate::wallet::abi::{self, Word};
use crate::wallet::{Invalid, Network};

/// One call.
pub(super) struct Part {
    pub(super) contract: &'static str,
    pub(super) data: Vec<u8>,
    pub(super) shape: Shape,
}

/// A call's contract, selector and arguments, and its answer's shape.
struct Row(&'static str, [u8; 4], &'static [Argument], Shape);

#[derive(Clone, Copy)]
enum Argument {
    Account,
    Other,
    Index,
}
use Argument::{Account, Index, Other};

/// What a query's calls are called with.
#[derive(Default)]
struct Given {
    account: Address,
    other: Address,
    index: U256,
}

pub(super) fn of(query: &Query, network: &Network) -> Result<Vec<Part>, Invalid> {
    let mut given = Given::default();
    let rows = match *query {
        Query::Rounds => ROUNDS,
        Query::Pool => POOL,
        Query::Sender { address } => {
            given.account = address;
            SENDER
        }
        Query::Signer { address, signer } => {
            (given.account, given.other) = (address, signer);
            SIGNER
        }
        Query::Nonce { address, nonce } => {
            (given.account, given.index) = (address, nonce);
            NONCE
        }
        Query::Token { address } => {
            (given.account, given.other) = (address, network.contract("BondingManager")?);
            TOKEN
        }
        Query::Delegator { address } => {
            given.account = address;
            DELEGATOR
        }
        Query::Orchestrator { address } => {
            given.account = address;
            ORCHESTRATOR
        }
        Query::Orchestrators { address } => {
            return Ok(vec![Part {
                contract: "BondingManager",
                data: pool::list(network.contract("BondingManager")?, address),
                shape: &[("orchestrators", Addresses)],
            }]);
        }
        Query::Locks { address, from, until } => {
            given.account = address;
            let lock = |lock| {
                given.index = U256::from(lock);
                part(&LOCK, &given)
            };
            return Ok((from..until).map(lock).collect());
        }
    };
    Ok(rows.iter().map(|row| part(row, &given)).collect())
}

fn part(&Row(contract, selector, arguments, shape): &Row, given: &Given) -> Part {
    let word = |argument: &Argument| match argument {
        Account => Word::One(given.account),
        Other => Word::One(given.other),
        Index => Word::Number(given.index),
    };
    let words: Vec<Word<'_>> = arguments.iter().map(word).collect();
    Part {
        contract,
        data: abi::call(selector, &words),
        shape,
    }
}

const ROUNDS_MANAGER: &str = "RoundsManager";
const BROKER: &str = "TicketBroker";
const BONDS: &str = "BondingManager";
const TOKENS: &str = "HeadwaterToken";

#[rustfmt::skip]
const ROUNDS: &[Row] = &[
    Row(ROUNDS_MANAGER, Rounds::currentRoundCall::SELECTOR, &[], &[("round", Number)]),
    Row(ROUNDS_MANAGER, Rounds::currentRoundInitializedCall::SELECTOR, &[], &[("initialized", Flag)]),
    Row(ROUNDS_MANAGER, Rounds::lastInitializedRoundCall::SELECTOR, &[], &[("lastInitialized", Number)]),
    Row(ROUNDS_MANAGER, Rounds::currentRoundStartBlockCall::SELECTOR, &[], &[("startBlock", Number)]),
    Row(ROUNDS_MANAGER, Rounds::roundLengthCall::SELECTOR, &[], &[("length", Number)]),
    Row(ROUNDS_MANAGER, Rounds::blockNumCall::SELECTOR, &[], &[("block", Number)]),
    Row(ROUNDS_MANAGER, Rounds::currentRoundLockedCall::SELECTOR, &[], &[("locked", Flag)]),
    Row(BROKER, Broker::unlockPeriodCall::SELECTOR, &[], &[("unlockPeriod", Number)]),
    Row(BONDS, Bonds::unbondingPeriodCall::SELECTOR, &[], &[("unbondingPeriod", Number)]),
];

#[rustfmt::skip]
const SENDER: &[Row] = &[
    Row(BROKER, Broker::getSenderInfoCall::SELECTOR, &[Account],
        &[("deposit", Number), ("withdrawRound", Number), ("reserve", Number), ("reserveClaimed", Number)]),
    Row(BROKER, Broker::isUnlockInProgressCall::SELECTOR, &[Account], &[("unlocking", Flag)]),
    Row(BROKER, Broker::getReserveRecipientsCall::SELECTOR, &[Account], &[("reserveRecipients", Addresses)]),
];

#[rustfmt::skip]
const SIGNER: &[Row] = &[
    Row(BROKER, Broker::getSignerCall::SELECTOR, &[Account, Other],
        &[("approved", Flag), ("depositLeft", Number), ("validUntilRound", Number), ("voidFromRound", Number),
            ("anyRecipient", Flag)]),
];

#[rustfmt::skip]
const NONCE: &[Row] = &[
    Row(BROKER, Broker::getSignerNonceCall::SELECTOR, &[Account, Index], &[("used", Flag), ("signer", One)]),
];

#[rustfmt::skip]
const TOKEN: &[Row] = &[
    Row(TOKENS, Token::balanceOfCall::SELECTOR, &[Account], &[("balance", Number)]),
    Row(TOKENS, Token::allowanceCall::SELECTOR, &[Account, Other], &[("allowance", Number)]),
];

// The round that pending amounts are asked for is passed over, here and in Livepeer's contracts: they are up to now.
#[rustfmt::skip]
const DELEGATOR: &[Row] = &[
    Row(BONDS, Bonds::getDelegatorCall::SELECTOR, &[Account],
        &[("bonded", Number), ("fees", Number), ("delegate", One), ("delegated", Number), ("startRound", Number),
            ("lastClaimRound", Number), ("nextLock", Number)]),
    Row(BONDS, Bonds::delegatorStatusCall::SELECTOR, &[Account], &[("status", Number)]),
    Row(BONDS, Bonds::pendingStakeCall::SELECTOR, &[Account, Index], &[("pendingStake", Number)]),
    Row(BONDS, Bonds::pendingFeesCall::SELECTOR, &[Account, Index], &[("pendingFees", Number)]),
    Row(BONDS, Bonds::isRegisteredTranscoderCall::SELECTOR, &[Account], &[("registered", Flag)]),
];

#[rustfmt::skip]
const LOCK: Row =
    Row(BONDS, Bonds::getDelegatorUnbondingLockCall::SELECTOR, &[Account, Index],
        &[("amount", Number), ("withdrawRound", Number)]);

#[rustfmt::skip]
const POOL: &[Row] = &[
    Row(BONDS, Bonds::getTranscoderPoolSizeCall::SELECTOR, &[], &[("size", Number)]),
    Row(BONDS, Bonds::getTranscoderPoolMaxSizeCall::SELECTOR, &[], &[("most", Number)]),
    Row(BONDS, Bonds::getFirstTranscoderInPoolCall::SELECTOR, &[], &[("first", One)]),
    Row(BONDS, Bonds::getTotalBondedCall::SELECTOR, &[], &[("totalBonded", Number)]),
    Row(BONDS, Bonds::currentRoundTotalActiveStakeCall::SELECTOR, &[], &[("activeStake", Number)]),
];

#[rustfmt::skip]
const ORCHESTRATOR: &[Row] = &[
    Row(BONDS, Bonds::getTranscoderCall::SELECTOR, &[Account],
        &[("lastRewardRound", Number), ("rewardCut", Number), ("feeShare", Number), ("", Number),
            ("activationRound", Number), ("deactivationRound", Number)]),
    Row(BONDS, Bonds::transcoderTotalStakeCall::SELECTOR, &[Account], &[("stake", Number)]),
    Row(BONDS, Bonds::isActiveTranscoderCall::SELECTOR, &[Account], &[("active", Flag)]),
    Row(BONDS, Bonds::getNextTranscoderInPoolCall::SELECTOR, &[Account], &[("next", One)]),
    Row("ServiceRegistry", Registry::getServiceURICall::SELECTOR, &[Account], &[("uri", Text)]),
];
