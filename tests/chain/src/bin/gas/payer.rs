//! Who pays with tickets: a sender's own key, its session signer, and twenty other senders.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::Eip712Domain;
use headwater_protocol::chain::ticket::{self, SignerApproval, Ticket};
use headwater_protocol::chain::{RoundsManager, TicketBroker};
use headwater_protocol::key::SessionKey;
use headwater_test_chain::{Error, Network, Transaction, UNIT};

/// What each ticket pays, in wei.
const FACE_VALUE: U256 = U256::from_limbs([1_000_000_000_000_000, 0, 0, 0]);
/// ETH: a deposit, and a reserve that a thousand orchestrators share.
const FUNDS: u64 = 100_000;

pub(crate) struct Payer {
    sender: SessionKey,
    session: SessionKey,
    /// With half a ticket's value as deposit, and with none; both with a reserve.
    short: SessionKey,
    broke: SessionKey,
    others: Vec<SessionKey>,
    domain: Eip712Domain,
}

/// Whose key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signer {
    Sender,
    Session,
    /// Whose reserve pays half.
    Short,
    /// Whose reserve pays all.
    Broke,
    /// Each ticket another sender's.
    Others,
}

impl Payer {
    /// With funds for all of them.
    ///
    /// # Errors
    /// The chain's.
    pub(crate) fn new(network: &Network) -> Result<Self, Error> {
        let payer = Self {
            sender: key(1),
            session: key(2),
            short: key(3),
            broke: key(4),
            others: (5..25).map(key).collect(),
            domain: ticket::domain(network.chain.id()?, network.ticket_broker),
        };
        let funds = UNIT * U256::from(FUNDS);
        for key in payer.others.iter().chain([&payer.sender]) {
            network.fund(key.address().into(), funds, funds)?;
        }
        network.fund(payer.short.address().into(), FACE_VALUE / U256::from(2), funds)?;
        network.fund(payer.broke.address().into(), U256::ZERO, funds)?;
        let approval = SignerApproval {
            sender: payer.address(),
            signer: payer.session.address().into(),
            maxDepositSpend: funds,
            validUntilRound: U256::from(u32::MAX),
            anyRecipient: false,
            nonce: U256::from(1),
        };
        let call = TicketBroker::approveSignerCall { approval };
        network
            .chain
            .send_all(&[Transaction::new(payer.address(), network.ticket_broker, &call)])?;
        Ok(payer)
    }

    pub(crate) fn address(&self) -> Address {
        self.sender.address().into()
    }

    /// A winning ticket's redemption. Each `nonce` is another ticket, with another secret.
    ///
    /// # Errors
    /// The chain's.
    pub(crate) fn redemption(
        &self,
        network: &Network,
        recipient: Address,
        signer: Signer,
        nonce: usize,
    ) -> Result<TicketBroker::redeemWinningTicketCall, Error> {
        let (round, hash) = creation(network)?;
        Ok(self.signed(recipient, signer, nonce, (round, hash)))
    }

    /// That of `count` such tickets at once.
    ///
    /// # Errors
    /// The chain's.
    pub(crate) fn batch(
        &self,
        network: &Network,
        recipient: Address,
        signer: Signer,
        count: usize,
    ) -> Result<TicketBroker::batchRedeemWinningTicketsCall, Error> {
        let creation = creation(network)?;
        let mut batch = TicketBroker::batchRedeemWinningTicketsCall {
            tickets: Vec::new(),
            sigs: Vec::new(),
            recipientRands: Vec::new(),
        };
        for nonce in 0..count {
            let one = self.signed(recipient, signer, nonce, creation);
            batch.tickets.push(one.ticket);
            batch.sigs.push(one.sig);
            batch.recipientRands.push(one.recipientRand);
        }
        Ok(batch)
    }

    fn signed(
        &self,
        recipient: Address,
        signer: Signer,
        nonce: usize,
        (round, hash): (U256, B256),
    ) -> TicketBroker::redeemWinningTicketCall {
        let (sender, key) = match signer {
            Signer::Sender => (&self.sender, &self.sender),
            Signer::Session => (&self.sender, &self.session),
            Signer::Short => (&self.short, &self.short),
            Signer::Broke => (&self.broke, &self.broke),
            Signer::Others => (
                &self.others[nonce % self.others.len()],
                &self.others[nonce % self.others.len()],
            ),
        };
        // As wide as secrets are.
        let rand = U256::from_be_bytes(ticket::recipient_rand_hash(U256::from(nonce)).0);
        let ticket = Ticket {
            recipient,
            sender: sender.address().into(),
            faceValue: FACE_VALUE,
            winProb: U256::MAX,
            senderNonce: U256::from(nonce + 1),
            recipientRandHash: ticket::recipient_rand_hash(rand),
            creationRound: round,
            creationRoundBlockHash: hash,
        };
        let sig = ticket::sign(key, &ticket, &self.domain).into();
        TicketBroker::redeemWinningTicketCall {
            ticket: (&ticket).into(),
            sig,
            recipientRand: rand,
        }
    }
}

fn creation(network: &Network) -> Result<(U256, B256), Error> {
    let round = network.round()?;
    let asked = RoundsManager::blockHashForRoundCall { round };
    Ok((round, network.chain.call(network.rounds_manager, &asked)?))
}

fn key(number: u8) -> SessionKey {
    SessionKey::from_bytes(&[number; 32]).expect("a key")
}
