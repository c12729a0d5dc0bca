//! An intent's bytes.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;

use super::abi::{self, Word};
use super::{Intent, Invalid, Network};
use crate::chain::ticket::SignerApproval;
use crate::chain::{
    BondingManager as Bonds, HeadwaterToken as Token, ServiceRegistry as Registry, TicketBroker as Broker,
};

/// What a wallet is asked to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// The contract.
    pub to: Address,
    /// The call.
    pub data: Vec<u8>,
    /// The wei that go along.
    pub value: U256,
}

impl Intent {
    /// The contract that it is for.
    pub(super) fn contract(&self) -> &'static str {
        match self {
            Self::Fund { .. }
            | Self::FundFor { .. }
            | Self::Unlock
            | Self::CancelUnlock
            | Self::Withdraw
            | Self::SetReserveRecipients { .. }
            | Self::ApproveSigner(_)
            | Self::SubmitApproval { .. }
            | Self::RevokeSigner { .. } => "TicketBroker",
            Self::ApproveTokens { .. } => "HeadwaterToken",
            Self::SetServiceUri { .. } => "ServiceRegistry",
            _ => "BondingManager",
        }
    }

    /// What the wallet has to send.
    ///
    /// # Errors
    /// [`Invalid`] for a contract that the network lacks, and for funding with nothing or more than there can be.
    pub fn transaction(&self, network: &Network) -> Result<Transaction, Invalid> {
        Ok(Transaction {
            to: network.contract(self.contract())?,
            data: self.data(network)?,
            value: self.value()?,
        })
    }

    /// The wei that go along.
    pub(super) fn value(&self) -> Result<U256, Invalid> {
        let (Self::Fund { deposit, reserve } | Self::FundFor { deposit, reserve, .. }) = self else {
            return Ok(U256::ZERO);
        };
        // The broker's own bound for either.
        let fit = |amount: &U256| amount.bit_len() <= 80;
        if !fit(deposit) || !fit(reserve) || (deposit | reserve).is_zero() {
            return Err(Invalid::Field(
                "deposit",
                "with the reserve more than 0 and less than 2^80 wei",
            ));
        }
        Ok(deposit + reserve)
    }

    fn data(&self, network: &Network) -> Result<Vec<u8>, Invalid> {
        use Word::{Addresses, Bytes, Number, One};
        let call = |selector, words: &[Word<'_>]| abi::call(selector, words);
        Ok(match self {
            Self::Fund { reserve, .. } if reserve.is_zero() => call(Broker::fundDepositCall::SELECTOR, &[]),
            Self::Fund { deposit, .. } if deposit.is_zero() => call(Broker::fundReserveCall::SELECTOR, &[]),
            Self::Fund { deposit, reserve } => call(
                Broker::fundDepositAndReserveCall::SELECTOR,
                &[Number(*deposit), Number(*reserve)],
            ),
            Self::FundFor {
                account,
                deposit,
                reserve,
            } => call(
                Broker::fundDepositAndReserveForCall::SELECTOR,
                &[One(*account), Number(*deposit), Number(*reserve)],
            ),
            Self::Unlock => call(Broker::unlockCall::SELECTOR, &[]),
            Self::CancelUnlock => call(Broker::cancelUnlockCall::SELECTOR, &[]),
            Self::Withdraw => call(Broker::withdrawCall::SELECTOR, &[]),
            Self::SetReserveRecipients { recipients } => call(
                Broker::setReserveRecipientsCall::SELECTOR,
                &[Addresses(recipients)],
            ),
            Self::ApproveSigner(approval) => call(Broker::approveSignerCall::SELECTOR, &fields(approval)),
            Self::SubmitApproval { approval, signature } => {
                let [a, b, c, d, e, f] = fields(approval);
                call(
                    Broker::approveSignerBySigCall::SELECTOR,
                    &[a, b, c, d, e, f, Bytes(signature)],
                )
            }
            Self::RevokeSigner { nonce } => call(Broker::revokeSignerCall::SELECTOR, &[Number(*nonce)]),
            Self::ApproveTokens { amount } => call(
                Token::approveCall::SELECTOR,
                &[One(network.contract("BondingManager")?), Number(*amount)],
            ),
            Self::Bond { amount, to } => call(Bonds::bondCall::SELECTOR, &[Number(*amount), One(*to)]),
            Self::Unbond { amount } => call(Bonds::unbondCall::SELECTOR, &[Number(*amount)]),
            Self::Rebond { lock } => call(Bonds::rebondCall::SELECTOR, &[Number(*lock)]),
            Self::RebondFromUnbonded { to, lock } => call(
                Bonds::rebondFromUnbondedCall::SELECTOR,
                &[One(*to), Number(*lock)],
            ),
            Self::TransferBond { to, amount } => {
                // Where Livepeer's pool is searched from; ours needs no hints.
                let none = || One(Address::ZERO);
                let words = [One(*to), Number(*amount), none(), none(), none(), none()];
                call(Bonds::transferBondCall::SELECTOR, &words)
            }
            Self::WithdrawStake { lock } => call(Bonds::withdrawStakeCall::SELECTOR, &[Number(*lock)]),
            Self::WithdrawFees { to, amount } => {
                call(Bonds::withdrawFeesCall::SELECTOR, &[One(*to), Number(*amount)])
            }
            Self::ClaimEarnings { round } => call(Bonds::claimEarningsCall::SELECTOR, &[Number(*round)]),
            Self::Transcoder {
                reward_cut,
                fee_share,
            } => call(
                Bonds::transcoderCall::SELECTOR,
                &[Number(*reward_cut), Number(*fee_share)],
            ),
            Self::SetServiceUri { uri } => {
                call(Registry::setServiceURICall::SELECTOR, &[Bytes(uri.as_bytes())])
            }
            Self::SetRewardCaller { caller } => call(Bonds::setRewardCallerCall::SELECTOR, &[One(*caller)]),
        })
    }
}

fn fields(approval: &SignerApproval) -> [Word<'_>; 6] {
    [
        Word::One(approval.sender),
        Word::One(approval.signer),
        Word::Number(approval.maxDepositSpend),
        Word::Number(approval.validUntilRound),
        Word::Flag(approval.anyRecipient),
        Word::Number(approval.nonce),
    ]
}
