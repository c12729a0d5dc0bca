//! Why a contract refused what a visitor wanted, as a code and a sentence with what to do.
//!
//! [`Revert`](crate::chain::Revert) names every error of every contract, for logs; this knows those that an
//! [`Intent`](super::Intent) can meet, for people, in a tenth of its bytes.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{Revert as Reason, SolError};
use serde::Serialize;

use super::amount::amount;
use super::query::answer;
use crate::Code;
use crate::chain::{BondingManager as Bonds, HeadwaterToken as Token, TicketBroker as Broker};

/// What a page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// `reverted`, or what says more.
    pub code: Code,
    /// What happened and what to do, in sentences.
    pub message: String,
}

/// Errors by their selectors. In the sentences `{n0}` is the first value as a number, `{e0}` as wei, `{t0}` as tokens, and
/// `{a0}` as an address.
const KNOWN: &[([u8; 4], Code, &str)] = &[
    (
        Bonds::SystemPaused::SELECTOR,
        Code::Reverted,
        "The network is paused. Withdrawing what was free before goes on; try anything else again later.",
    ),
    (
        Bonds::RoundNotInitialized::SELECTOR,
        Code::TooEarly,
        "Round {n0} has not been initialized yet. Try again in a few minutes, or initialize it.",
    ),
    // TicketBroker
    (
        Broker::ValueMismatch::SELECTOR,
        Code::Reverted,
        "{e0} came along where deposit and reserve are {e1}. Try again from the start.",
    ),
    (
        Broker::ZeroAmount::SELECTOR,
        Code::InvalidArgument,
        "There is nothing to do with an amount of 0. Enter one.",
    ),
    (
        Broker::SenderFundsCapExceeded::SELECTOR,
        Code::Reverted,
        "Deposit and reserve would be {e0}, and the network takes at most {e1} of one account while it is young. Lower the amount.",
    ),
    (
        Broker::NothingToWithdraw::SELECTOR,
        Code::InsufficientFunds,
        "There is no deposit or reserve to take out. Add funds first.",
    ),
    (
        Broker::UnlockInProgress::SELECTOR,
        Code::Reverted,
        "Your funds are being unlocked already. Withdraw when the time has come, or call it off.",
    ),
    (
        Broker::NoUnlockInProgress::SELECTOR,
        Code::Reverted,
        "Your funds are not being unlocked. Unlock them first.",
    ),
    (
        Broker::StillLocked::SELECTOR,
        Code::TooEarly,
        "Your funds are locked for {n0} more rounds. Withdraw then.",
    ),
    (
        Broker::TooManyRecipients::SELECTOR,
        Code::InvalidArgument,
        "A reserve can be shared among eight at most, and {n0} were named. Name fewer.",
    ),
    (
        Broker::DuplicateRecipient::SELECTOR,
        Code::InvalidArgument,
        "{a0} was named twice. Name it once.",
    ),
    (
        Broker::InvalidAddress::SELECTOR,
        Code::InvalidArgument,
        "{a0} cannot be used here. Check the address.",
    ),
    (
        Broker::NonceUsed::SELECTOR,
        Code::Reverted,
        "Approval number {n0} was used before. Approve with another number.",
    ),
    (
        Broker::SignerBound::SELECTOR,
        Code::Reverted,
        "The key {a0} was approved before under another number. Make a new session key.",
    ),
    (
        Broker::AlreadyRevoked::SELECTOR,
        Code::Reverted,
        "Approval number {n0} is revoked already. There is nothing left to do.",
    ),
    (
        Broker::ApprovalNotSigned::SELECTOR,
        Code::Reverted,
        "The approval is not signed by the account that pays, but by {a0}. Sign it again with that account; a contract wallet approves by transaction.",
    ),
    (
        Broker::NotAuthorized::SELECTOR,
        Code::Reverted,
        "{a0} may not do this. Use the account that may.",
    ),
    // BondingManager
    (
        Bonds::ZeroAmount::SELECTOR,
        Code::InvalidArgument,
        "There is nothing to do with an amount of 0. Enter one.",
    ),
    (
        Bonds::InsufficientAmount::SELECTOR,
        Code::InsufficientFunds,
        "There are {t1}, which is less than {t0}. Lower the amount.",
    ),
    (
        Bonds::NotBonded::SELECTOR,
        Code::TooEarly,
        "{a0} has no stake, or only from the next round on. Bond first, or wait for that round.",
    ),
    (
        Bonds::StillBonded::SELECTOR,
        Code::Reverted,
        "{a0} has stake bonded. Rebond to the present orchestrator instead.",
    ),
    (
        Bonds::NotRegistered::SELECTOR,
        Code::Reverted,
        "{a0} is no orchestrator. Choose one from the table.",
    ),
    (
        Bonds::RegisteredTranscoder::SELECTOR,
        Code::Reverted,
        "{a0} is an orchestrator, which cannot do this. Unbond all its own stake first.",
    ),
    (
        Bonds::InvalidUnbondingLock::SELECTOR,
        Code::Reverted,
        "There is no unbonding lock number {n1}, or it was used. Look at your locks again.",
    ),
    (
        Bonds::StillUnbonding::SELECTOR,
        Code::TooEarly,
        "This stake is free in round {n0}, and it is round {n1}. Withdraw it then.",
    ),
    (
        Bonds::SlashableLock::SELECTOR,
        Code::TooEarly,
        "An orchestrator's unbonding stake can only go back to its own until it is free. Wait until then.",
    ),
    (
        Bonds::TooManyUnbondingLocks::SELECTOR,
        Code::Reverted,
        "An orchestrator can have {n0} unbonding locks at most. Withdraw or rebond one first.",
    ),
    (
        Bonds::RoundLocked::SELECTOR,
        Code::TooEarly,
        "Rates cannot be changed at the end of round {n0}. Try again in the next one.",
    ),
    (
        Bonds::ParameterOutOfBounds::SELECTOR,
        Code::InvalidArgument,
        "{n0} is not between {n1} and {n2}. Enter a number that is.",
    ),
    (
        Bonds::SafeERC20FailedOperation::SELECTOR,
        Code::Reverted,
        "The token {a0} did not do what was asked. Check your tokens and what the BondingManager may take.",
    ),
    // The token
    (
        Token::ERC20InsufficientAllowance::SELECTOR,
        Code::Reverted,
        "The BondingManager may take {t1} of yours, and {t2} are needed. Allow that first.",
    ),
    (
        Token::ERC20InsufficientBalance::SELECTOR,
        Code::InsufficientFunds,
        "{a0} has {t1}, and {t2} are needed. Lower the amount, or get more.",
    ),
];

/// What a call that reverted gave back, explained.
#[must_use]
pub fn refusal(data: &[u8]) -> Refusal {
    let known = data.split_at_checked(4).and_then(|(selector, values)| {
        let found = KNOWN.iter().find(|(known, ..)| known == selector)?;
        Some((found.1, fill(found.2, values)?))
    });
    let (code, message) = known.unwrap_or_else(|| (Code::Reverted, unknown(data)));
    Refusal { code, message }
}

fn unknown(data: &[u8]) -> String {
    if data.is_empty() {
        return "No reason was given. The network's description may name another contract, or its limits were met.".to_owned();
    }
    let reason = data
        .strip_prefix(&Reason::SELECTOR)
        .and_then(|values| answer::text(values, 0))
        // More is no reason of any contract's.
        .unwrap_or_else(|| crate::hex::encode(&data[..data.len().min(256)]));
    ["It said: ", &reason].concat()
}

/// The sentence with the values; `None` if there are fewer than it names.
fn fill(sentence: &str, values: &[u8]) -> Option<String> {
    let mut pieces = sentence.split('{');
    let mut filled = pieces.next()?.to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once('}')?;
        let (kind, index) = name.split_at_checked(1)?;
        let start = index.parse::<usize>().ok()? * 32;
        let word = values.get(start..start + 32)?;
        let number = U256::from_be_slice(word);
        filled += &match kind {
            "e" => amount(number, "ETH"),
            "t" => amount(number, "tokens"),
            "a" => Address::from_slice(&word[12..]).to_string(),
            _ => number.to_string(),
        };
        filled += rest;
    }
    Some(filled)
}

#[cfg(test)]
mod tests {
    use alloy_primitives::address;

    use super::*;

    #[test]
    fn what_a_visitor_meets_is_said_with_its_values_and_what_to_do() {
        let said = |data: Vec<u8>| {
            let Refusal { code, message } = refusal(&data);
            (code, message)
        };
        let locked = Broker::StillLocked {
            rounds: U256::from(2),
        };
        assert_eq!(
            said(locked.abi_encode()),
            (
                Code::TooEarly,
                "Your funds are locked for 2 more rounds. Withdraw then.".to_owned()
            )
        );
        let short = Token::ERC20InsufficientBalance {
            sender: address!("0xb0b0000000000000000000000000000000000b0b"),
            balance: U256::from(10).pow(U256::from(18)),
            needed: U256::from(25) * U256::from(10).pow(U256::from(17)),
        };
        let (code, message) = said(short.abi_encode());
        assert_eq!(code, Code::InsufficientFunds);
        assert!(
            message.starts_with("0xb0B0000000000000000000000000000000000B0B "),
            "{message}"
        );
        assert!(
            message.contains("has 1 tokens, and 2.5 tokens are needed"),
            "{message}"
        );
    }

    #[test]
    fn every_sentence_asks_only_for_values_that_its_error_has() {
        for (selector, _, sentence) in KNOWN {
            // The longest error here has three values.
            let data = [selector.as_slice(), &[0; 96]].concat();
            let Refusal { message, .. } = refusal(&data);
            assert!(
                !message.contains(['{', '}']) && message.ends_with('.'),
                "{message}"
            );
            assert!(!message.starts_with("It said"), "{sentence}");
            assert_eq!(
                KNOWN.iter().filter(|(other, ..)| other == selector).count(),
                1,
                "{sentence}"
            );
        }
    }

    #[test]
    fn an_error_cut_short_or_unknown_is_still_said() {
        let mut cut = Broker::StillLocked {
            rounds: U256::from(2),
        }
        .abi_encode();
        cut.truncate(20);
        assert!(refusal(&cut).message.starts_with("It said: 0x"));
        assert_eq!(
            refusal(&Reason::from("too late").abi_encode()).message,
            "It said: too late"
        );
        assert_eq!(refusal(&[1, 2]).message, "It said: 0x0102");
        assert!(refusal(&[]).message.starts_with("No reason"));
        assert!(refusal(&[0xff; 100_000]).message.len() < 1024);
        assert_eq!(refusal(&[]).code, Code::Reverted);
    }
}
