//! A query's calls, each with what its answer is made of.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;

use super::Query;
use super::answer::Kind::{Addresses, Flag, Number, One, Text};
use super::answer::Shape;
use crate::chain::ServiceRegistry as Registry;
use crate::chain::{
    BondingManager as Bonds, HeadwaterToken as Token, RoundsManager as Rounds, TicketBroker as Broker,
};
use crate::wallet::{Invalid, Network};

/// One call.
pub(super) struct Part {
    pub(super) contract: &'static str,
    pub(super) data: Vec<u8>,
    pub(super) shape: Shape,
}

pub(super) fn of(query: &Query, network: &Network) -> Result<Vec<Part>, Invalid> {
    Ok(match *query {
        Query::Rounds => rounds(),
        Query::Sender { address: sender } => vec![
            broker(
                &Broker::getSenderInfoCall { sender },
                &[
                    ("deposit", Number),
                    ("withdrawRound", Number),
                    ("reserve", Number),
                    ("reserveClaimed", Number),
                ],
            ),
            broker(&Broker::isUnlockInProgressCall { sender }, &[("unlocking", Flag)]),
            broker(
                &Broker::getReserveRecipientsCall { sender },
                &[("reserveRecipients", Addresses)],
            ),
        ],
        Query::Signer {
            address: sender,
            signer,
        } => vec![broker(
            &Broker::getSignerCall { sender, signer },
            &[
                ("approved", Flag),
                ("depositLeft", Number),
                ("validUntilRound", Number),
                ("voidFromRound", Number),
                ("anyRecipient", Flag),
            ],
        )],
        Query::Nonce {
            address: sender,
            nonce,
        } => vec![broker(
            &Broker::getSignerNonceCall { sender, nonce },
            &[("used", Flag), ("signer", One)],
        )],
        Query::Token { address } => vec![
            token(&Token::balanceOfCall { account: address }, &[("balance", Number)]),
            token(
                &Token::allowanceCall {
                    owner: address,
                    spender: network.contract("BondingManager")?,
                },
                &[("allowance", Number)],
            ),
        ],
        Query::Delegator { address } => delegator(address),
        Query::Locks { address, from, until } => (from..until)
            .map(|lock| {
                bonds(
                    &Bonds::getDelegatorUnbondingLockCall {
                        delegator: address,
                        unbondingLockId: U256::from(lock),
                    },
                    &[("amount", Number), ("withdrawRound", Number)],
                )
            })
            .collect(),
        Query::Pool => vec![
            bonds(&Bonds::getTranscoderPoolSizeCall {}, &[("size", Number)]),
            bonds(&Bonds::getTranscoderPoolMaxSizeCall {}, &[("most", Number)]),
            bonds(&Bonds::getFirstTranscoderInPoolCall {}, &[("first", One)]),
            bonds(&Bonds::getTotalBondedCall {}, &[("totalBonded", Number)]),
            bonds(
                &Bonds::currentRoundTotalActiveStakeCall {},
                &[("activeStake", Number)],
            ),
        ],
        Query::Orchestrator { address } => orchestrator(address),
    })
}

fn rounds() -> Vec<Part> {
    vec![
        round(&Rounds::currentRoundCall {}, &[("round", Number)]),
        round(&Rounds::currentRoundInitializedCall {}, &[("initialized", Flag)]),
        round(
            &Rounds::lastInitializedRoundCall {},
            &[("lastInitialized", Number)],
        ),
        round(&Rounds::currentRoundStartBlockCall {}, &[("startBlock", Number)]),
        round(&Rounds::roundLengthCall {}, &[("length", Number)]),
        round(&Rounds::blockNumCall {}, &[("block", Number)]),
        round(&Rounds::currentRoundLockedCall {}, &[("locked", Flag)]),
        broker(&Broker::unlockPeriodCall {}, &[("unlockPeriod", Number)]),
        bonds(&Bonds::unbondingPeriodCall {}, &[("unbondingPeriod", Number)]),
    ]
}

fn delegator(delegator: Address) -> Vec<Part> {
    vec![
        bonds(
            &Bonds::getDelegatorCall { delegator },
            &[
                ("bonded", Number),
                ("fees", Number),
                ("delegate", One),
                ("delegated", Number),
                ("startRound", Number),
                ("lastClaimRound", Number),
                ("nextLock", Number),
            ],
        ),
        bonds(&Bonds::delegatorStatusCall { delegator }, &[("status", Number)]),
        // The round is passed over, here and in Livepeer's contracts: always up to now.
        bonds(
            &Bonds::pendingStakeCall {
                delegator,
                _1: U256::ZERO,
            },
            &[("pendingStake", Number)],
        ),
        bonds(
            &Bonds::pendingFeesCall {
                delegator,
                _1: U256::ZERO,
            },
            &[("pendingFees", Number)],
        ),
        bonds(
            &Bonds::isRegisteredTranscoderCall {
                transcoder_: delegator,
            },
            &[("registered", Flag)],
        ),
    ]
}

fn orchestrator(transcoder_: Address) -> Vec<Part> {
    vec![
        bonds(
            &Bonds::getTranscoderCall { transcoder_ },
            &[
                ("lastRewardRound", Number),
                ("rewardCut", Number),
                ("feeShare", Number),
                ("", Number),
                ("activationRound", Number),
                ("deactivationRound", Number),
            ],
        ),
        bonds(
            &Bonds::transcoderTotalStakeCall { transcoder_ },
            &[("stake", Number)],
        ),
        bonds(
            &Bonds::isActiveTranscoderCall { transcoder_ },
            &[("active", Flag)],
        ),
        bonds(
            &Bonds::getNextTranscoderInPoolCall { transcoder_ },
            &[("next", One)],
        ),
        part(
            "ServiceRegistry",
            &Registry::getServiceURICall { addr: transcoder_ },
            &[("uri", Text)],
        ),
    ]
}

fn bonds(call: &impl SolCall, shape: Shape) -> Part {
    part("BondingManager", call, shape)
}

fn broker(call: &impl SolCall, shape: Shape) -> Part {
    part("TicketBroker", call, shape)
}

fn round(call: &impl SolCall, shape: Shape) -> Part {
    part("RoundsManager", call, shape)
}

fn token(call: &impl SolCall, shape: Shape) -> Part {
    part("HeadwaterToken", call, shape)
}

fn part(contract: &'static str, call: &impl SolCall, shape: Shape) -> Part {
    Part {
        contract,
        data: call.abi_encode(),
        shape,
    }
}
