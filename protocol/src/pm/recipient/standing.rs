//! What the chain says of rounds, senders and signers, and what of it lets a ticket be collected.

use std::collections::BTreeMap;

use alloy_primitives::{B256, U256};

use super::super::params::Params;
use super::overview::Payer;
use super::refused::Refused;
use crate::key::Address;

/// A round of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Round {
    /// Its number.
    pub number: u64,
    /// As RoundsManager has it.
    pub hash: B256,
}

/// Of which rounds tickets are good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rounds {
    /// The round that it is.
    pub current: u64,
    /// What new parameters name: the last one whose initialisation is final.
    pub newest: Round,
    /// Everything that a redemption would still take, [`Self::newest`] among them.
    pub accepted: Vec<Round>,
}

/// A sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Funds {
    /// What its reserve has for this recipient in this round, in wei: `claimableReserve`.
    pub allotment: U256,
    /// For the operator's eyes, in wei: a deposit guarantees nothing, its sender can empty it.
    pub deposit: U256,
    /// Likewise: the whole of it, for all recipients.
    pub reserve: U256,
    /// From which round on it may withdraw everything, if it is unlocking.
    pub withdraw_round: Option<u64>,
}

/// A sender's leave for another key to sign its tickets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The last creation round of tickets that it may sign.
    pub valid_until_round: u64,
    /// Tickets of this round and later are void.
    pub void_from_round: Option<u64>,
}

/// What is known of one sender.
#[derive(Debug, Default)]
struct Sender {
    funds: Option<Funds>,
    signers: BTreeMap<Address, Option<Signer>>,
    /// Face values of winners that are not redeemed.
    pending: U256,
}

/// Of a sender so many signers are remembered; nobody has more pages open.
const MAX_SIGNERS: usize = 64;

/// What is known.
#[derive(Debug, Default)]
pub(super) struct Standing {
    pub(super) rounds: Option<Rounds>,
    senders: BTreeMap<Address, Sender>,
}

impl Standing {
    pub(super) fn set_funds(&mut self, sender: Address, funds: Funds) {
        self.senders.entry(sender).or_default().funds = Some(funds);
    }

    pub(super) fn set_signer(&mut self, sender: Address, signer: Address, leave: Option<Signer>) {
        let signers = &mut self.senders.entry(sender).or_default().signers;
        if signers.len() >= MAX_SIGNERS && !signers.contains_key(&signer) {
            signers.clear();
        }
        signers.insert(signer, leave);
    }

    /// These, and nobody else's. Answers with those senders of whom less is pending than before: some of it may have been
    /// paid by their reserve, so that it counts as taken from there until the chain has said what is left.
    pub(super) fn set_pending(&mut self, mut pending: BTreeMap<Address, U256>) -> Vec<Address> {
        let mut collected = Vec::new();
        for (sender, known) in &mut self.senders {
            let left = pending.remove(sender).unwrap_or_default();
            let gone = known.pending.saturating_sub(left);
            known.pending = left;
            if !gone.is_zero() {
                if let Some(funds) = &mut known.funds {
                    funds.allotment = funds.allotment.saturating_sub(gone);
                }
                collected.push(*sender);
            }
        }
        for (sender, face_values) in pending {
            self.add_pending(sender, face_values);
        }
        self.senders.retain(|_, known| {
            known.funds.is_some() || !known.signers.is_empty() || !known.pending.is_zero()
        });
        collected
    }

    pub(super) fn add_pending(&mut self, sender: Address, face_value: U256) {
        let pending = &mut self.senders.entry(sender).or_default().pending;
        *pending = pending.saturating_add(face_value);
    }

    pub(super) fn remove_pending(&mut self, sender: Address, face_value: U256) {
        if let Some(sender) = self.senders.get_mut(&sender) {
            sender.pending = sender.pending.saturating_sub(face_value);
        }
    }

    /// Forgets a sender that nobody asks for, but never what it owes.
    pub(super) fn forget(&mut self, sender: Address) {
        if let Some(known) = self.senders.get_mut(&sender) {
            known.funds = None;
            known.signers.clear();
            if known.pending.is_zero() {
                self.senders.remove(&sender);
            }
        }
    }

    /// What can be relied on of a sender: its allotment less what has won already. `None` before the chain has answered.
    pub(super) fn float(&self, sender: Address) -> Option<U256> {
        let known = self.senders.get(&sender)?;
        Some(known.funds?.allotment.saturating_sub(known.pending))
    }

    /// All that something is known of, but for what they pay now.
    pub(super) fn payers(&self) -> impl Iterator<Item = Payer> {
        self.senders.iter().map(|(sender, known)| Payer {
            sender: *sender,
            sessions: 0,
            funds: known.funds,
            outstanding: known.pending,
            float: self.float(*sender),
        })
    }

    /// Whether the sender's money stays long enough to rely on.
    pub(super) fn stays(&self, sender: Address) -> Result<(), Refused> {
        let round = self.rounds.as_ref().ok_or(Refused::ChainUnknown)?.current;
        let funds = self.senders.get(&sender).and_then(|known| known.funds);
        match funds.ok_or(Refused::ChainUnknown)?.withdraw_round {
            Some(withdraw_round) if withdraw_round <= round.saturating_add(1) => Err(Refused::Unlocking {
                withdraw_round,
                round,
            }),
            _ => Ok(()),
        }
    }

    /// Whether a ticket that `signer` signed with these parameters could be redeemed, if it wins.
    pub(super) fn collectable(&self, params: &Params, signer: Option<Address>) -> Result<(), Refused> {
        let rounds = self.rounds.as_ref().ok_or(Refused::ChainUnknown)?;
        let round = params.creation_round;
        let known = rounds.accepted.iter().find(|known| known.number == round);
        if known.is_none_or(|known| known.hash != params.creation_round_hash) {
            return Err(Refused::Round(round));
        }
        let signer = signer.ok_or(Refused::Signature)?;
        if signer == params.sender {
            return Ok(());
        }
        let leave = self
            .senders
            .get(&params.sender)
            .and_then(|known| known.signers.get(&signer));
        let leave = leave.copied().flatten().ok_or(Refused::Signer(signer))?;
        if round > leave.valid_until_round {
            return Err(Refused::SignerExpired(leave.valid_until_round));
        }
        match leave.void_from_round {
            Some(void) if round >= void => Err(Refused::SignerRevoked(void)),
            _ => Ok(()),
        }
    }
}
