//! One transaction at a time of one key: tried first, sent, sent again if it is stuck, dropped when nobody wants it any more.

use alloy_primitives::{Address, Bytes};
use headwater_protocol::key::SessionKey;

use crate::chain::transit::{Policy, Transit};
use crate::chain::{Chain, Error, Fees, Header, Transaction};

/// What a key has under way.
#[derive(Debug)]
pub(super) struct Errand {
    key: SessionKey,
    to: Address,
    policy: Policy,
    flight: Option<(Transit, Bytes, u64)>,
}

impl Errand {
    pub(super) fn new(key: SessionKey, to: Address, policy: Policy) -> Self {
        Self {
            key,
            to,
            policy,
            flight: None,
        }
    }

    /// At each head: what is wanted now, if anything. Whoever was faster makes it unwanted, or the trial refuse it.
    pub(super) async fn run(
        &mut self,
        chain: &Chain,
        head: &Header,
        wanted: Option<Bytes>,
        now: u64,
    ) -> Result<(), Error> {
        if self.look(chain, head, wanted.is_some(), now).await? {
            return Ok(());
        }
        let Some(call) = wanted else { return Ok(()) };
        let account = self.key.address().into();
        // Refused: by then another has done it, or a pause holds it up.
        let gas = match chain.estimate(account, self.to, &call).await {
            Ok(gas) => gas + gas / 4,
            Err(Error::Reverted(revert)) => {
                tracing::info!(%revert, "not wanted any more, or not yet");
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let nonce = chain.nonce(account).await?;
        let mut fees = Fees::of(head, chain.tip().await?);
        fees.most = fees.most.min(self.policy.most);
        fees.tip = fees.tip.min(fees.most);
        let transit = Transit::new(nonce, fees, now);
        self.flight = Some((transit, call, gas));
        self.send(chain).await
    }

    /// Whether something is still under way.
    async fn look(&mut self, chain: &Chain, head: &Header, wanted: bool, now: u64) -> Result<bool, Error> {
        let Some((transit, _, _)) = &mut self.flight else {
            return Ok(false);
        };
        let account = self.key.address().into();
        for hash in transit.hashes() {
            if chain.receipt(*hash).await?.is_some() {
                self.flight = None;
                return Ok(false);
            }
        }
        if chain.nonce(account).await? > transit.nonce() {
            self.flight = None;
            return Ok(false);
        }
        let market = Fees::of(head, chain.tip().await?);
        // One that is no longer wanted is left to itself: a replacement would be dearer than what it still burns.
        if wanted && transit.overdue(&self.policy, market, now).is_some() {
            self.send(chain).await?;
        }
        Ok(true)
    }

    async fn send(&mut self, chain: &Chain) -> Result<(), Error> {
        let Some((transit, call, gas)) = &mut self.flight else {
            return Ok(());
        };
        let transaction = Transaction {
            to: self.to,
            data: call.clone(),
            nonce: transit.nonce(),
            gas: *gas,
            fees: transit.fees(),
        };
        let signed = transaction.sign(&self.key, chain.id());
        let first = transit.hashes().is_empty();
        transit.sent(signed.hash);
        let sent = chain.send(&signed).await;
        if first && matches!(sent, Err(Error::Refused(_))) {
            self.flight = None;
        }
        sent
    }
}
