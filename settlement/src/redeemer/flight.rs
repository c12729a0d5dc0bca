//! A batch in a transaction, and what its receipt says of each ticket.

use alloy_primitives::{B256, Bytes, U256};
use alloy_sol_types::SolCall;
use headwater_protocol::chain::ticket_broker::ITicketBroker::Ticket as OnChain;
use headwater_protocol::chain::{Revert, TicketBroker};
use headwater_protocol::pm::Winner;

use crate::chain::transit::Transit;
use crate::chain::{Log, Receipt};

/// On its way.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) transit: Transit,
    /// In the batch's order.
    pub(super) winners: Vec<Winner>,
    /// What is sent again if it is stuck; nothing after a restart.
    pub(super) call: Option<(Bytes, u64)>,
    /// It was not looked for yet.
    pub(super) fresh: bool,
    /// Looks in a row at which its nonce was used by none of its transactions.
    pub(super) overtaken: u32,
}

/// Where a ticket was paid, and how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payment {
    /// In which transaction.
    pub tx: B256,
    /// In which block.
    pub block: u64,
    /// Wei.
    pub paid: U256,
}

/// What became of one ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Paid(Payment),
    Refused(Revert),
    /// The whole transaction failed.
    Undecided,
}

/// One ticket as one alone, which a payment in part needs; more as a batch.
pub(super) fn call(winners: &[Winner], partially: bool) -> Bytes {
    if let ([winner], true) = (winners, partially) {
        let redeem = single(winner);
        let partial = TicketBroker::redeemWinningTicketPartiallyCall {
            ticket: redeem.ticket,
            sig: redeem.sig,
            recipientRand: redeem.recipientRand,
        };
        return partial.abi_encode().into();
    }
    let batch = TicketBroker::batchRedeemWinningTicketsCall {
        tickets: winners
            .iter()
            .map(|winner| OnChain::from(&winner.ticket))
            .collect(),
        sigs: winners.iter().map(|winner| winner.signature.into()).collect(),
        recipientRands: winners.iter().map(|winner| winner.recipient_rand).collect(),
    };
    batch.abi_encode().into()
}

/// As it is tried.
pub(super) fn single(winner: &Winner) -> TicketBroker::redeemWinningTicketCall {
    TicketBroker::redeemWinningTicketCall {
        ticket: OnChain::from(&winner.ticket),
        sig: winner.signature.into(),
        recipientRand: winner.recipient_rand,
    }
}

/// Of each ticket of a batch, in its order.
pub(super) fn fates(winners: &[Winner], receipt: &Receipt) -> Vec<Fate> {
    if !receipt.succeeded() {
        return vec![Fate::Undecided; winners.len()];
    }
    let refused: Vec<_> = receipt
        .logs
        .iter()
        .filter_map(Log::is::<TicketBroker::TicketRefused>)
        .collect();
    let fate = |(index, winner): (usize, &Winner)| {
        if let Some(paid) = paid(winner, &receipt.logs) {
            return Fate::Paid(paid);
        }
        let refusal = refused.iter().find(|refused| refused.index == U256::from(index));
        refusal.map_or(Fate::Undecided, |refused| Fate::Refused(Revert::from(refused)))
    };
    winners.iter().enumerate().map(fate).collect()
}

/// Where these logs say that a ticket was paid: the broker tells the sum first, then the ticket.
pub(super) fn paid(winner: &Winner, logs: &[Log]) -> Option<Payment> {
    let mut last = None;
    logs.iter().find_map(|log| {
        if let Some(transfer) = log.is::<TicketBroker::WinningTicketTransfer>() {
            last = Some(transfer.amount);
        }
        let redeemed: TicketBroker::WinningTicketRedeemed = log.is()?;
        let paid = last.take()?;
        let this = redeemed.sender == winner.ticket.sender
            && redeemed.recipient == winner.ticket.recipient
            && redeemed.senderNonce == winner.ticket.senderNonce
            && redeemed.recipientRand == winner.recipient_rand
            && redeemed.faceValue == winner.ticket.faceValue;
        this.then_some(Payment {
            tx: log.transaction_hash,
            block: log.block_number,
            paid,
        })
    })
}

/// By their tickets' hashes.
pub(super) fn hashes(winners: &[Winner]) -> Vec<B256> {
    winners.iter().map(|winner| winner.hash).collect()
}
