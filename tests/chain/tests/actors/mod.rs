//! Who takes part.
#![allow(dead_code, reason = "no test needs them all")]

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolStruct;
use headwater_protocol::chain::ticket::{self, SignerApproval, Ticket};
use headwater_protocol::chain::ticket_broker::ITicketBroker::Ticket as OnChain;
use headwater_protocol::chain::{RoundsManager, TicketBroker};
use headwater_protocol::key::SessionKey;
use headwater_test_chain::{Error, Network, UNIT};
use std::cell::Cell;

pub(crate) const ORCHESTRATOR: Address = Address::repeat_byte(0x0c);
pub(crate) const DELEGATOR: Address = Address::repeat_byte(0xde);
pub(crate) const FINDER: Address = Address::repeat_byte(0xf1);

/// The secret number of every ticket here.
const RAND: U256 = U256::from_limbs([7, 0, 0, 0]);

/// Who pays: a key with funds, and a session key that may spend one ETH of them.
pub(crate) struct Payer {
    key: SessionKey,
    session: SessionKey,
    domain: alloy_sol_types::Eip712Domain,
    nonce: Cell<u64>,
}

impl Payer {
    /// With a deposit of four ETH and a reserve of one, and its session signer approved by its signature alone.
    pub(crate) fn new(network: &Network) -> Result<Self, Error> {
        let key = SessionKey::from_bytes(&[0x5e; 32]).expect("a key");
        let session = SessionKey::from_bytes(&[0x51; 32]).expect("a key");
        let domain = ticket::domain(network.chain.id()?, network.ticket_broker);
        let payer = Self {
            key,
            session,
            domain,
            nonce: Cell::new(0),
        };
        network.fund(payer.address(), UNIT * U256::from(4), UNIT)?;
        let approval = SignerApproval {
            sender: payer.address(),
            signer: payer.session.address().into(),
            maxDepositSpend: UNIT,
            validUntilRound: network.round()? + U256::from(100),
            anyRecipient: false,
            nonce: U256::from(1),
        };
        let sig = ticket::sign(&payer.key, &approval, &payer.domain).into();
        let submit = TicketBroker::approveSignerBySigCall { approval, sig };
        network.chain.send(FINDER, network.ticket_broker, &submit)?;
        Ok(payer)
    }

    pub(crate) fn address(&self) -> Address {
        self.key.address().into()
    }

    /// One that always wins, of the present round. That its hash is the broker's is checked with each.
    pub(crate) fn ticket(&self, network: &Network, recipient: Address, value: U256) -> Result<Ticket, Error> {
        self.nonce.set(self.nonce.get() + 1);
        let round = network.round()?;
        let asked = RoundsManager::blockHashForRoundCall { round };
        let ticket = Ticket {
            recipient,
            sender: self.address(),
            faceValue: value,
            winProb: U256::MAX,
            senderNonce: U256::from(self.nonce.get()),
            recipientRandHash: ticket::recipient_rand_hash(RAND),
            creationRound: round,
            creationRoundBlockHash: network.chain.call(network.rounds_manager, &asked)?,
        };
        let asked = TicketBroker::getTicketHashCall {
            ticket: OnChain::from(&ticket),
        };
        let hash = network.chain.call(network.ticket_broker, &asked)?;
        assert_eq!(
            ticket.eip712_signing_hash(&self.domain),
            hash,
            "the broker's hash"
        );
        Ok(ticket)
    }

    pub(crate) fn redemption(&self, ticket: &Ticket) -> TicketBroker::redeemWinningTicketCall {
        self.signed(ticket, &self.key)
    }

    pub(crate) fn pay(
        &self,
        network: &Network,
        to: Address,
        value: U256,
    ) -> Result<TicketBroker::WinningTicketRedeemed, Error> {
        let ticket = self.ticket(network, to, value)?;
        redeem(network, &self.signed(&ticket, &self.key))
    }

    pub(crate) fn pay_by_signer(
        &self,
        network: &Network,
        to: Address,
        value: U256,
    ) -> Result<TicketBroker::WinningTicketRedeemed, Error> {
        let ticket = self.ticket(network, to, value)?;
        redeem(network, &self.signed(&ticket, &self.session))
    }

    fn signed(&self, ticket: &Ticket, key: &SessionKey) -> TicketBroker::redeemWinningTicketCall {
        let signature = ticket::sign(key, ticket, &self.domain);
        assert_eq!(ticket.wins(&signature, RAND), !ticket.winProb.is_zero());
        TicketBroker::redeemWinningTicketCall {
            ticket: OnChain::from(ticket),
            sig: signature.into(),
            recipientRand: RAND,
        }
    }
}

/// By somebody who has nothing to do with it.
fn redeem(
    network: &Network,
    call: &TicketBroker::redeemWinningTicketCall,
) -> Result<TicketBroker::WinningTicketRedeemed, Error> {
    let receipt = network.chain.send(FINDER, network.ticket_broker, call)?;
    Ok(receipt.events().next().expect("redeemed"))
}
