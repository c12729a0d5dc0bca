//! Making an account an orchestrator: what the chain still lacks of it, and sending that, one transaction after the other.
//!
//! Beginning again is harmless: [`missing`] asks the chain each time.

use std::time::Duration;

use alloy_primitives::{Address, Bytes, U256};
use headwater_protocol::chain::{BondingManager, HeadwaterToken, RoundsManager};
use headwater_protocol::key::SessionKey;
use headwater_protocol::wallet::{self, Intent, Network};

use crate::chain::{Chain, Error as ChainError, Fees, Receipt, Transaction};

/// What an orchestrator is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wishes {
    /// At least so much stake of its own, in units of 10^-18 of the token.
    pub stake: U256,
    /// The part of its pool's rewards that it keeps, in millionths.
    pub reward_cut: U256,
    /// The part of the fees that it shares with all stake in its pool, in millionths.
    pub fee_share: U256,
    /// Where its node is, with the node key's address as its fragment ([`headwater_protocol::offer::names`]).
    pub service_uri: String,
    /// Who claims its rewards besides itself; zero: nobody.
    pub reward_caller: Address,
}

/// Why an account is no orchestrator yet.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The chain.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The network's description.
    #[error("the network's description: {0}")]
    Network(#[from] wallet::Invalid),
    /// Its tokens.
    #[error("{account} has {has} units of the token and needs {needs}: buy or ask for more, or bond less")]
    Tokens {
        /// Whose.
        account: Address,
        /// What there is.
        has: U256,
        /// What the stake takes.
        needs: U256,
    },
    /// A transaction that was refused in its block.
    #[error("{0} was refused in its block, though it had worked when it was tried: try again")]
    Failed(String),
    /// A transaction that no block took.
    #[error("{0} is in no block after five minutes: wait for calmer times and try again")]
    Late(String),
    /// Nobody begins the round.
    #[error("no round began for five minutes: is there a node that begins rounds?")]
    Round,
}

/// How long a transaction, or a round's beginning, is waited for: a few dozen of Ethereum's blocks.
const PATIENCE: Duration = Duration::from_secs(300);
/// Between two looks at it.
const LOOK: Duration = Duration::from_millis(250);

/// What has to be sent, in this order, for `account` to be as wished.
///
/// # Errors
/// [`Error::Tokens`], and what the chain says.
pub async fn missing(
    chain: &Chain,
    network: &Network,
    account: Address,
    wishes: &Wishes,
) -> Result<Vec<Intent>, Error> {
    let contracts = chain.contracts();
    let (bonding, token) = (contracts.bonding_manager, network.contract("HeadwaterToken")?);
    let node = chain.node(account).await?;
    let mut batch = chain.batch();
    let delegator = batch.call(bonding, &BondingManager::getDelegatorCall { delegator: account });
    let rates = batch.call(
        bonding,
        &BondingManager::getTranscoderCall { transcoder_: account },
    );
    let balance = batch.call(token, &HeadwaterToken::balanceOfCall { account });
    let allowance = HeadwaterToken::allowanceCall {
        owner: account,
        spender: bonding,
    };
    let allowance = batch.call(token, &allowance);
    batch.send().await?;
    let (delegator, rates) = (delegator.answer().await?, rates.answer().await?);
    let (balance, allowance) = (balance.answer().await?, allowance.answer().await?);

    let mut intents = Vec::new();
    let more = wishes.stake.saturating_sub(delegator.bondedAmount);
    if balance < more {
        return Err(Error::Tokens {
            account,
            has: balance,
            needs: more,
        });
    }
    if allowance < more {
        intents.push(Intent::ApproveTokens { amount: more });
    }
    if !more.is_zero() || delegator.delegateAddress != account {
        intents.push(Intent::Bond {
            amount: more,
            to: account,
        });
    }
    if (rates.rewardCut, rates.feeShare) != (wishes.reward_cut, wishes.fee_share) {
        intents.push(Intent::Transcoder {
            reward_cut: wishes.reward_cut,
            fee_share: wishes.fee_share,
        });
    }
    if node.service_uri != wishes.service_uri {
        intents.push(Intent::SetServiceUri {
            uri: wishes.service_uri.clone(),
        });
    }
    if node.reward_caller != wishes.reward_caller {
        intents.push(Intent::SetRewardCaller {
            caller: wishes.reward_caller,
        });
    }
    Ok(intents)
}

/// Sends one of them, and waits until it is in a block.
///
/// # Errors
/// Every variant but [`Error::Tokens`].
pub async fn send(
    chain: &Chain,
    network: &Network,
    key: &SessionKey,
    intent: &Intent,
) -> Result<Receipt, Error> {
    open(chain).await?;
    let wallet::Transaction { to, data, .. } = intent.transaction(network)?;
    let (account, data) = (key.address().into(), Bytes::from(data));
    let gas = chain.estimate(account, to, &data).await?;
    let fees = Fees::of(&chain.head().await?, chain.tip().await?);
    let transaction = Transaction {
        to,
        data,
        nonce: chain.nonce(account).await?,
        // Between the trial and the block a list that is walked may have grown.
        gas: gas + gas / 4,
        fees,
    };
    let signed = transaction.sign(key, chain.id());
    chain.send(&signed).await?;
    let mined = async {
        loop {
            if let Some(receipt) = chain.receipt(signed.hash).await? {
                return Ok::<_, ChainError>(receipt);
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    let hash = signed.hash.to_string();
    match tokio::time::timeout(PATIENCE, mined).await {
        Ok(receipt) => Some(receipt?)
            .filter(Receipt::succeeded)
            .ok_or(Error::Failed(hash)),
        Err(_) => Err(Error::Late(hash)),
    }
}

/// Waits for a round that is begun and not about to end: stake moves in no other, and rates in no other either.
async fn open(chain: &Chain) -> Result<(), Error> {
    let rounds = chain.contracts().rounds_manager;
    let waiting = async {
        loop {
            let begun = chain
                .call(rounds, &RoundsManager::currentRoundInitializedCall {})
                .await?;
            if begun
                && !chain
                    .call(rounds, &RoundsManager::currentRoundLockedCall {})
                    .await?
            {
                return Ok::<_, ChainError>(());
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    match tokio::time::timeout(PATIENCE, waiting).await {
        Ok(open) => Ok(open?),
        Err(_) => Err(Error::Round),
    }
}
