//! Runs the services on one follower.

use std::convert::Infallible;
use std::time::Duration;

use alloy_primitives::Address;
use headwater_protocol::key::SessionKey;

use super::errand::Errand;
use super::{rewards, rounds};
use crate::chain::transit::Policy;
use crate::chain::{Chain, Error, Event, Follower, Header};
use crate::redeemer::now;

/// Whose rewards are claimed, and by which key: the orchestrator's reward caller, not its own.
#[derive(Debug)]
pub struct Rewarding {
    /// Who earns them.
    pub orchestrator: Address,
    /// Named by it with `setRewardCaller`.
    pub key: SessionKey,
}

/// Begins rounds and claims rewards, each if asked to. Their keys are nobody else's, and two.
#[derive(Debug)]
pub struct Keeper {
    chain: Chain,
    follower: Follower,
    rounds: Option<Errand>,
    rewards: Option<(Address, Errand)>,
    /// Drawn for this round.
    luck: (u64, f64),
}

impl Keeper {
    /// With a key that begins rounds, and one that claims rewards.
    #[must_use]
    pub fn new(chain: Chain, rounds: Option<SessionKey>, rewards: Option<Rewarding>, policy: Policy) -> Self {
        let contracts = *chain.contracts();
        let bonding = contracts.bonding_manager;
        Self {
            follower: Follower::new(chain.clone(), Vec::new(), None),
            chain,
            rounds: rounds.map(|key| Errand::new(key, contracts.rounds_manager, policy)),
            rewards: rewards
                .map(|Rewarding { orchestrator, key }| (orchestrator, Errand::new(key, bonding, policy))),
            luck: (0, 0.0),
        }
    }

    /// Turn after turn, until it is dropped.
    pub async fn run(mut self, poll: Duration) -> Infallible {
        loop {
            if let Err(error) = self.turn(now()).await {
                tracing::warn!(%error, "rounds or rewards wait");
            }
            tokio::time::sleep(poll).await;
        }
    }

    /// All that can be done about the blocks that came since the last turn; `now` in milliseconds.
    ///
    /// # Errors
    /// No node answers. The next turn goes on.
    pub async fn turn(&mut self, now: u64) -> Result<(), Error> {
        let heads = self.follower.poll().await?.into_iter();
        let newest = heads.rev().find_map(|event| match event {
            Event::Head { header, .. } => Some(header),
            _ => None,
        });
        match newest {
            Some(head) => self.head(&head, now).await,
            None => Ok(()),
        }
    }

    async fn head(&mut self, head: &Header, now: u64) -> Result<(), Error> {
        let round = self.chain.round(head).await?;
        if let Some(errand) = &mut self.rounds {
            if let Some(due) = round.due
                && self.luck.0 != due
            {
                self.luck = (due, fastrand::f64());
            }
            let wanted = rounds::wanted(&round, head.number, self.luck.1);
            errand.run(&self.chain, head, wanted, now).await?;
        }
        if let Some((orchestrator, errand)) = &mut self.rewards {
            let node = self.chain.node(*orchestrator).await?;
            let wanted = rewards::wanted(&round, head.number, &node, *orchestrator);
            errand.run(&self.chain, head, wanted, now).await?;
        }
        Ok(())
    }
}
