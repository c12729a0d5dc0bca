//! Deposit, reserve and session keys.

use alloy_primitives::{Address, U256};

use super::{Context, Words, ends, period};
use crate::chain::ticket::SignerApproval;
use crate::wallet::amount::amount;
use crate::wallet::{Intent, Invalid, Network};

/// Tells an intent that is for the TicketBroker; false if it is not.
pub(super) fn tell(
    intent: &Intent,
    network: &Network,
    context: &Context,
    words: &mut Words,
) -> Result<bool, Invalid> {
    let unlock = period(context.unlock_period, "unlock period");
    let free = ends(context, context.unlock_period);
    match intent {
        Intent::Fund { deposit, reserve } => {
            words.title = "Add funds for payments".to_owned();
            fund(network, *deposit, *reserve, "your", words);
            words.say(&[
                "You get what is left back by withdrawing, ",
                &unlock,
                " after you ask for it by unlocking.",
            ]);
            words.say(&["If your funds are being unlocked now, this stops that."]);
        }
        Intent::FundFor {
            account,
            deposit,
            reserve,
        } => {
            let account = account.to_string();
            words.title = "Add funds for another account's payments".to_owned();
            fund(network, *deposit, *reserve, &[&account, "'s"].concat(), words);
            words.warn(&["You cannot take this back: it then belongs to ", &account, "."]);
        }
        Intent::Unlock => {
            words.begin(
                "Unlock deposit and reserve",
                &[
                    "Asks for your deposit and reserve back. They can be withdrawn in ",
                    &unlock,
                    &free,
                    ".",
                ],
            );
            words.say(&["Tickets that you have signed can still be paid until you withdraw. You can call this off until then."]);
            words.warn(&["Orchestrators stop working for you soon after: they take no tickets of who is about to withdraw."]);
        }
        Intent::CancelUnlock => {
            words.begin(
                "Keep deposit and reserve",
                &["Calls the unlocking off: your deposit and reserve stay and can pay for work again."],
            );
            words.say(&["To withdraw later you unlock anew, which takes ", &unlock, "."]);
        }
        Intent::Withdraw => {
            let all = context
                .amount
                .map(|all| [" (", &amount(all, network.currency()), " now)"].concat());
            words.begin(
                "Withdraw deposit and reserve",
                &[
                    "Pays your whole deposit and reserve",
                    &all.unwrap_or_default(),
                    " out to your own account.",
                ],
            );
            words.say(&["After that no ticket of yours is paid until you add funds again."]);
        }
        Intent::SetReserveRecipients { recipients } => named(recipients, &unlock, &free, words)?,
        Intent::ApproveSigner(approval) => {
            words.title = "Let a session key pay for you".to_owned();
            leave(approval, network, context, words);
        }
        Intent::SubmitApproval { approval, signature } => {
            words.title = "Put a session key's approval on chain".to_owned();
            leave(approval, network, context, words);
            words.say(&[
                "The account that pays has signed this already: ",
                &signature.to_string(),
                ".",
            ]);
        }
        Intent::RevokeSigner { nonce } => {
            words.begin(
                "Revoke a session key",
                &["Takes back your approval number ", &nonce.to_string(), "."],
            );
            words.say(&[
                "Tickets that its key signs count until ",
                &unlock,
                " from now",
                &free,
                ", as orchestrators hold some of them already; later ones are void.",
            ]);
            words.warn(&["This cannot be undone: that number and its key can never be approved again."]);
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn fund(network: &Network, deposit: U256, reserve: U256, whose: &str, words: &mut Words) {
    let unit = network.currency();
    if !deposit.is_zero() {
        words.say(&[
            "Puts ",
            &amount(deposit, unit),
            " into ",
            whose,
            " deposit, from which orchestrators are paid for their work.",
        ]);
    }
    if !reserve.is_zero() {
        words.say(&[
            "Puts ",
            &amount(reserve, unit),
            " into ",
            whose,
            " reserve, which orchestrators share equally where the deposit does not suffice. What one of them draws of its share is gone.",
        ]);
    }
}

fn named(recipients: &[Address], unlock: &str, free: &str, words: &mut Words) -> Result<(), Invalid> {
    // The contract's bound: an eighth of a reserve is still worth a ticket.
    if recipients.len() > 8 {
        return Err(Invalid::Field("recipients", "at most eight addresses"));
    }
    if recipients.is_empty() {
        words.begin(
            "Share the reserve among all",
            &["Your reserve is shared equally among all orchestrators that are active in a round, and named ones no more."],
        );
    } else {
        words.begin(
            "Name who shares the reserve",
            &[
                "Your reserve is shared equally among these ",
                &recipients.len().to_string(),
                " alone, so that each is sure of its part:",
            ],
        );
        for recipient in recipients {
            words.say(&[&recipient.to_string()]);
        }
        words.say(&["Others can be paid from your deposit only, which guarantees them nothing."]);
    }
    words.say(&[
        "It takes effect in ",
        unlock,
        free,
        ", or at once if your reserve is empty, and replaces any change that still waits. You can change it again.",
    ]);
    Ok(())
}

/// An approval of `approval.signer`, by transaction or by signature.
pub(in crate::wallet) fn leave(
    approval: &SignerApproval,
    network: &Network,
    context: &Context,
    words: &mut Words,
) {
    let unlimited = approval.maxDepositSpend == U256::MAX;
    let cap = amount(approval.maxDepositSpend, network.currency());
    words.say(&[
        "The session key ",
        &approval.signer.to_string(),
        " may sign payment tickets in the name of ",
        &approval.sender.to_string(),
        ", so that no wallet opens for each of them.",
    ]);
    words.say(&[
        "Together they take at most ",
        &cap,
        " from the deposit. When that is spent, orchestrators can still draw their shares of the reserve.",
    ]);
    let last = approval.validUntilRound;
    let now = context
        .round
        .filter(|_| last != U256::MAX)
        .map(|now| ["; it is now round ", &now.to_string()].concat())
        .unwrap_or_default();
    words.say(&[
        "It is good for tickets of rounds up to and with ",
        &last.to_string(),
        &now,
        ".",
    ]);
    words.say(&[if approval.anyRecipient {
        "It may pay anybody."
    } else {
        "It may pay registered orchestrators only."
    }]);
    words.say(&["It can neither withdraw, nor unlock, nor move stake, nor send anything else."]);
    words.say(&[
        "This is approval number ",
        &approval.nonce.to_string(),
        ". You can revoke it: what is signed in rounds from ",
        &period(context.unlock_period, "unlock period"),
        " after that is void.",
    ]);
    if unlimited {
        words.warn(&["There is no limit to what the key may take from the deposit."]);
    }
    if last == U256::MAX {
        words.warn(&["It never expires."]);
    } else if context.round.is_some_and(|now| now > last) {
        words.warn(&["It has expired already: no ticket of the key would be good."]);
    }
    if approval.anyRecipient {
        words.warn(&["Whoever steals the key can pay the deposit to themselves, up to the limit."]);
    }
    if context.account.is_some_and(|account| account != approval.sender) {
        words.warn(&["The account that pays is not this wallet's."]);
    }
}
