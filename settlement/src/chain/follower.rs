//! Follows the chain's head by asking for it.

use std::collections::VecDeque;

use alloy_primitives::{Address, U64};

use super::follow::{Follow, Need};
use super::{Chain, Error, Event, Header};

/// Blocks and the logs of some contracts. Polled: half a block's time is often enough.
#[derive(Debug)]
pub struct Follower {
    chain: Chain,
    of: Vec<Address>,
    follow: Follow,
}

impl Follower {
    /// Tells the logs of these contracts, from the next block or from `since` on.
    #[must_use]
    pub fn new(chain: Chain, of: Vec<Address>, since: Option<u64>) -> Self {
        let confirmations = chain.confirmations();
        Self {
            chain,
            of,
            follow: Follow::new(since, confirmations),
        }
    }

    /// What happened since the last time. Of an error nothing is lost: the next call goes on where this one failed.
    ///
    /// # Errors
    /// No node answers.
    pub async fn poll(&mut self) -> Result<VecDeque<Event>, Error> {
        self.follow.head(self.chain.head().await?);
        while let Some(need) = self.follow.need() {
            match need {
                Need::Headers { from, to } => {
                    let headers = self.headers(from, to).await?;
                    self.follow.headers(headers);
                }
                Need::Logs { .. } if self.of.is_empty() => self.follow.logs(Vec::new()),
                Need::Logs { from, to } => match self.chain.logs(from, to, &self.of, &[]).await {
                    Ok(logs) => self.follow.logs(logs),
                    Err(error) => {
                        self.follow.too_wide();
                        return Err(error);
                    }
                },
            }
        }
        Ok(std::iter::from_fn(|| self.follow.poll()).collect())
    }

    /// Those that there are: after a reorganisation fewer may be.
    async fn headers(&self, from: u64, to: u64) -> Result<Vec<Header>, Error> {
        let mut batch = self.chain.batch();
        let asked = (from..=to)
            .map(|number| batch.request("eth_getBlockByNumber", &(U64::from(number), false)))
            .collect::<Result<Vec<_>, _>>()?;
        batch.send().await?;
        let mut headers = Vec::with_capacity(asked.len());
        for asked in asked {
            let header: Option<Header> = asked.await?;
            headers.extend(header);
        }
        Ok(headers)
    }
}
