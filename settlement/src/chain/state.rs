//! What of the contracts' state an orchestrator and its redeemer read: each in one round trip.

use alloy_primitives::{Address, B256, U256};
use headwater_protocol::chain::ticket_broker::ITicketBroker::SignerInfo;
use headwater_protocol::chain::{BondingManager, RoundsManager, ServiceRegistry, TicketBroker};

use super::{Chain, Error, Header};

/// The round that tickets are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// The last that was initialized.
    pub number: u64,
    /// Its hash.
    pub hash: B256,
    /// The hash of the round before; zero if that was never initialized.
    pub previous_hash: B256,
    /// Whether its initialization is final: parameters use it only then, and the round before until then.
    pub last_is_final: bool,
    /// Whether the round that the block's number says is another one, which waits to be initialized.
    pub due: Option<u64>,
    /// The first block of the round that the block's number says.
    pub start: u64,
    /// Blocks.
    pub length: u64,
    /// For how many initialized rounds a ticket is good, its own included.
    pub validity: u64,
}

/// What a payer has, and what of it one recipient may rely on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// Wei that any of its tickets draws on.
    pub deposit: U256,
    /// Wei, of all recipients together.
    pub reserve: U256,
    /// The round from which it can take both away; zero: it is not unlocking.
    pub withdraw_round: u64,
    /// Wei of the reserve that this recipient can still claim in this round.
    pub claimable: U256,
    /// What a key that signs for it may do, if one was asked for.
    pub signer: Option<SignerInfo>,
}

/// An orchestrator on chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Whether it is elected in this round.
    pub active: bool,
    /// Whether it has stake of its own and rates.
    pub registered: bool,
    /// Where it says that it is reached.
    pub service_uri: String,
    /// Who may accept partial payment in its name; zero: nobody.
    pub redeemer: Address,
    /// Who may claim its rewards in its name; zero: nobody.
    pub reward_caller: Address,
    /// The last round that it claimed the reward of.
    pub last_reward_round: u64,
}

impl Chain {
    /// The round as of `head`.
    ///
    /// # Errors
    /// No node answers.
    pub async fn round(&self, head: &Header) -> Result<Round, Error> {
        let (rounds, broker) = (self.contracts().rounds_manager, self.contracts().ticket_broker);
        let at = head.number;
        let last_final = at.saturating_sub(self.confirmations());
        let mut batch = self.batch();
        let last = RoundsManager::lastInitializedRoundCall {};
        let number = batch.call_at(rounds, &last, at);
        let finally = batch.call_at(rounds, &last, last_final);
        let current = batch.call_at(rounds, &RoundsManager::currentRoundCall {}, at);
        let start = batch.call_at(rounds, &RoundsManager::currentRoundStartBlockCall {}, at);
        let length = batch.call_at(rounds, &RoundsManager::roundLengthCall {}, at);
        let validity = batch.call_at(broker, &TicketBroker::ticketValidityPeriodCall {}, at);
        batch.send().await?;
        let (number, current) = (small(number.answer().await?), small(current.answer().await?));
        // There may have been no contracts yet.
        let finally = finally.answer().await.map_or(0, small);
        let (start, length) = (small(start.answer().await?), small(length.answer().await?));
        let validity = small(validity.answer().await?);

        let mut batch = self.batch();
        let mut hash = |number: u64| {
            let round = U256::from(number);
            batch.call_at(rounds, &RoundsManager::blockHashForRoundCall { round }, at)
        };
        let (hash, previous) = (hash(number), hash(number.saturating_sub(1)));
        batch.send().await?;
        Ok(Round {
            number,
            hash: hash.answer().await?,
            previous_hash: previous.answer().await?,
            // That the head is of this chain makes what was there below it of this chain too.
            last_is_final: finally == number,
            due: (current != number).then_some(current),
            start,
            length,
            validity,
        })
    }

    /// What `recipient` may rely on of `sender`, and of the key that signs for it.
    ///
    /// # Errors
    /// No node answers.
    pub async fn sender(
        &self,
        sender: Address,
        recipient: Address,
        signer: Option<Address>,
    ) -> Result<Sender, Error> {
        let broker = self.contracts().ticket_broker;
        let mut batch = self.batch();
        let info = batch.call(broker, &TicketBroker::getSenderInfoCall { sender });
        let claimable = TicketBroker::claimableReserveCall {
            reserveHolder: sender,
            claimant: recipient,
        };
        let claimable = batch.call(broker, &claimable);
        let signer = signer.map(|signer| batch.call(broker, &TicketBroker::getSignerCall { sender, signer }));
        batch.send().await?;
        let info = info.answer().await?;
        Ok(Sender {
            deposit: info._0.deposit,
            reserve: info._1.fundsRemaining,
            withdraw_round: small(info._0.withdrawRound),
            claimable: claimable.answer().await?,
            signer: match signer {
                Some(signer) => Some(signer.answer().await?),
                None => None,
            },
        })
    }

    /// An orchestrator's standing.
    ///
    /// # Errors
    /// No node answers.
    pub async fn node(&self, orchestrator: Address) -> Result<Node, Error> {
        let contracts = self.contracts();
        let bonding = contracts.bonding_manager;
        let transcoder_ = orchestrator;
        let mut batch = self.batch();
        let active = batch.call(bonding, &BondingManager::isActiveTranscoderCall { transcoder_ });
        let registered = batch.call(
            bonding,
            &BondingManager::isRegisteredTranscoderCall { transcoder_ },
        );
        let uri = ServiceRegistry::getServiceURICall { addr: orchestrator };
        let service_uri = batch.call(contracts.service_registry, &uri);
        let redeemer = TicketBroker::redeemerOfCall {
            recipient: orchestrator,
        };
        let redeemer = batch.call(contracts.ticket_broker, &redeemer);
        let reward_caller = batch.call(
            bonding,
            &BondingManager::transcoderToRewardCallerCall { transcoder_ },
        );
        let transcoder = batch.call(bonding, &BondingManager::getTranscoderCall { transcoder_ });
        batch.send().await?;
        Ok(Node {
            active: active.answer().await?,
            registered: registered.answer().await?,
            service_uri: service_uri.answer().await?,
            redeemer: redeemer.answer().await?,
            reward_caller: reward_caller.answer().await?,
            last_reward_round: small(transcoder.answer().await?.lastRewardRound),
        })
    }
}

/// Rounds and blocks, which no chain will ever have more of.
fn small(word: U256) -> u64 {
    word.saturating_to()
}
