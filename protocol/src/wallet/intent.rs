//! What a visitor wants done on chain.

use alloy_primitives::{Address, Bytes, U256};
use serde::Deserialize;
use serde_json::Value;

use super::fields::{Fields, Invalid};
use crate::chain::ticket::SignerApproval;

/// One transaction's purpose. JSON: `{"do": "fund", …}`, names in camel case, amounts in wei (10^-18 of the token) and
/// rounds as decimal strings, shares in millionths.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
#[non_exhaustive]
#[allow(missing_docs, reason = "the variants say what their fields are")]
pub enum Intent {
    /// `fund`: adds to one's own deposit and reserve.
    Fund { deposit: U256, reserve: U256 },
    /// `fundFor`: adds to another account's.
    FundFor {
        account: Address,
        deposit: U256,
        reserve: U256,
    },
    /// `unlock`: begins to free deposit and reserve.
    Unlock,
    /// `cancelUnlock`: and stops that.
    CancelUnlock,
    /// `withdraw`: takes out what is free.
    Withdraw,
    /// `setReserveRecipients`: names who shares the reserve; none: all active orchestrators.
    SetReserveRecipients { recipients: Vec<Address> },
    /// `approveSigner`: lets a session key sign tickets.
    ApproveSigner(SignerApproval),
    /// `submitApproval`: the same, as its sender signed it; anybody may.
    SubmitApproval {
        approval: SignerApproval,
        signature: Bytes,
    },
    /// `revokeSigner`: and takes that back.
    RevokeSigner { nonce: U256 },
    /// `approveTokens`: lets the BondingManager take tokens.
    ApproveTokens { amount: U256 },
    /// `bond`: stakes tokens with an orchestrator; an amount of 0 moves what is bonded to it.
    Bond { amount: U256, to: Address },
    /// `unbond`: begins to take stake out.
    Unbond { amount: U256 },
    /// `rebond`: puts what is unbonding back.
    Rebond { lock: U256 },
    /// `rebondFromUnbonded`: the same, for who has nothing bonded.
    RebondFromUnbonded { to: Address, lock: U256 },
    /// `transferBond`: gives stake to another account.
    TransferBond { to: Address, amount: U256 },
    /// `withdrawStake`: takes out what is unbonded.
    WithdrawStake { lock: U256 },
    /// `withdrawFees`: takes out fees.
    WithdrawFees { to: Address, amount: U256 },
    /// `claimEarnings`: adds what was earned to stake and fees.
    ClaimEarnings { round: U256 },
    /// `transcoder`: an orchestrator's rates.
    Transcoder { reward_cut: U256, fee_share: U256 },
    /// `setServiceURI`: where an orchestrator is.
    SetServiceUri { uri: String },
    /// `setRewardCaller`: whose key claims an orchestrator's rewards; zero: its own alone.
    SetRewardCaller { caller: Address },
}

impl TryFrom<Value> for Intent {
    type Error = Invalid;

    fn try_from(value: Value) -> Result<Self, Invalid> {
        let fields = Fields::of(&value)?;
        Ok(match fields.text("do")? {
            "fund" => Self::Fund {
                deposit: fields.number("deposit")?,
                reserve: fields.number("reserve")?,
            },
            "fundFor" => Self::FundFor {
                account: fields.address("account")?,
                deposit: fields.number("deposit")?,
                reserve: fields.number("reserve")?,
            },
            "unlock" => Self::Unlock,
            "cancelUnlock" => Self::CancelUnlock,
            "withdraw" => Self::Withdraw,
            "setReserveRecipients" => Self::SetReserveRecipients {
                recipients: fields.addresses("recipients")?,
            },
            "approveSigner" => Self::ApproveSigner(approval(&fields)?),
            "submitApproval" => Self::SubmitApproval {
                approval: approval(&fields)?,
                signature: fields.bytes("signature")?,
            },
            "revokeSigner" => Self::RevokeSigner {
                nonce: fields.number("nonce")?,
            },
            "approveTokens" => Self::ApproveTokens {
                amount: fields.number("amount")?,
            },
            "bond" => Self::Bond {
                amount: fields.number("amount")?,
                to: fields.address("to")?,
            },
            "unbond" => Self::Unbond {
                amount: fields.number("amount")?,
            },
            "rebond" => Self::Rebond {
                lock: fields.number("lock")?,
            },
            "rebondFromUnbonded" => Self::RebondFromUnbonded {
                to: fields.address("to")?,
                lock: fields.number("lock")?,
            },
            "transferBond" => Self::TransferBond {
                to: fields.address("to")?,
                amount: fields.number("amount")?,
            },
            "withdrawStake" => Self::WithdrawStake {
                lock: fields.number("lock")?,
            },
            "withdrawFees" => Self::WithdrawFees {
                to: fields.address("to")?,
                amount: fields.number("amount")?,
            },
            "claimEarnings" => Self::ClaimEarnings {
                round: fields.number("round")?,
            },
            "transcoder" => Self::Transcoder {
                reward_cut: share(&fields, "rewardCut")?,
                fee_share: share(&fields, "feeShare")?,
            },
            "setServiceURI" => Self::SetServiceUri {
                uri: fields.text("uri")?.to_owned(),
            },
            "setRewardCaller" => Self::SetRewardCaller {
                caller: fields.address("caller")?,
            },
            _ => return Err(Invalid::Field("do", "one of the intents")),
        })
    }
}

/// An approval's fields.
pub(super) fn approval(fields: &Fields<'_>) -> Result<SignerApproval, Invalid> {
    Ok(SignerApproval {
        sender: fields.address("sender")?,
        signer: fields.address("signer")?,
        maxDepositSpend: fields.number("maxDepositSpend")?,
        validUntilRound: fields.number("validUntilRound")?,
        anyRecipient: fields.flag("anyRecipient")?,
        nonce: fields.number("nonce")?,
    })
}

fn share(fields: &Fields<'_>, name: &'static str) -> Result<U256, Invalid> {
    let share = fields.number(name)?;
    if share > U256::from(1_000_000) {
        return Err(Invalid::Field(name, "millionths, at most 1000000"));
    }
    Ok(share)
}
