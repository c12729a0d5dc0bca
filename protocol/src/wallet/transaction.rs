//! An intent's bytes.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;

use super::{Intent, Invalid, Network};
use crate::chain::{BondingManager, HeadwaterToken, ServiceRegistry, TicketBroker};

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
        let most = U256::from(1) << 80;
        let fit = |amount: &U256| *amount < most;
        if !fit(deposit) || !fit(reserve) || (deposit | reserve).is_zero() {
            return Err(Invalid::Field(
                "deposit",
                "with the reserve more than 0 and less than 2^80 wei",
            ));
        }
        Ok(deposit + reserve)
    }

    fn data(&self, network: &Network) -> Result<Vec<u8>, Invalid> {
        Ok(match self.clone() {
            Self::Fund { reserve, .. } if reserve.is_zero() => TicketBroker::fundDepositCall {}.abi_encode(),
            Self::Fund { deposit, .. } if deposit.is_zero() => TicketBroker::fundReserveCall {}.abi_encode(),
            Self::Fund { deposit, reserve } => TicketBroker::fundDepositAndReserveCall {
                depositAmount: deposit,
                reserveAmount: reserve,
            }
            .abi_encode(),
            Self::FundFor {
                account,
                deposit,
                reserve,
            } => TicketBroker::fundDepositAndReserveForCall {
                account,
                depositAmount: deposit,
                reserveAmount: reserve,
            }
            .abi_encode(),
            Self::Unlock => TicketBroker::unlockCall {}.abi_encode(),
            Self::CancelUnlock => TicketBroker::cancelUnlockCall {}.abi_encode(),
            Self::Withdraw => TicketBroker::withdrawCall {}.abi_encode(),
            Self::SetReserveRecipients { recipients } => {
                TicketBroker::setReserveRecipientsCall { recipients }.abi_encode()
            }
            Self::ApproveSigner(approval) => TicketBroker::approveSignerCall { approval }.abi_encode(),
            Self::SubmitApproval { approval, signature } => TicketBroker::approveSignerBySigCall {
                approval,
                sig: signature,
            }
            .abi_encode(),
            Self::RevokeSigner { nonce } => TicketBroker::revokeSignerCall { nonce }.abi_encode(),
            Self::ApproveTokens { amount } => HeadwaterToken::approveCall {
                spender: network.contract("BondingManager")?,
                value: amount,
            }
            .abi_encode(),
            Self::Bond { amount, to } => BondingManager::bondCall { amount, to }.abi_encode(),
            Self::Unbond { amount } => BondingManager::unbondCall { amount }.abi_encode(),
            Self::Rebond { lock } => BondingManager::rebondCall {
                unbondingLockId: lock,
            }
            .abi_encode(),
            Self::RebondFromUnbonded { to, lock } => BondingManager::rebondFromUnbondedCall {
                to,
                unbondingLockId: lock,
            }
            .abi_encode(),
            Self::WithdrawStake { lock } => BondingManager::withdrawStakeCall {
                unbondingLockId: lock,
            }
            .abi_encode(),
            Self::WithdrawFees { to, amount } => BondingManager::withdrawFeesCall {
                recipient: to,
                amount,
            }
            .abi_encode(),
            Self::ClaimEarnings { round } => BondingManager::claimEarningsCall(round).abi_encode(),
            Self::Transcoder {
                reward_cut,
                fee_share,
            } => BondingManager::transcoderCall {
                rewardCut: reward_cut,
                feeShare: fee_share,
            }
            .abi_encode(),
            Self::SetServiceUri { uri } => {
                ServiceRegistry::setServiceURICall { serviceURI: uri }.abi_encode()
            }
        })
    }
}
