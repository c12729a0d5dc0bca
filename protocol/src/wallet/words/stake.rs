//! Stake, and what orchestrators say of themselves.

use alloy_primitives::{Address, U256};

use super::{Context, Words, ends, period};
use crate::wallet::amount::{amount, percent};
use crate::wallet::{Intent, Invalid, Network};

/// Tells an intent that is for the token, the BondingManager or the ServiceRegistry.
pub(super) fn tell(
    intent: &Intent,
    network: &Network,
    context: &Context,
    words: &mut Words,
) -> Result<(), Invalid> {
    let token = network.token();
    let wait = period(context.unbonding_period, "unbonding period");
    let free = ends(context, context.unbonding_period);
    match intent {
        Intent::ApproveTokens { amount: tokens } => {
            let manager = network.contract("BondingManager")?.to_string();
            words.begin(
                "Let tokens be bonded",
                &[
                    "Lets the network's BondingManager, ",
                    &manager,
                    ", take up to ",
                    &amount(*tokens, token),
                    " from your account when you bond. Nothing moves yet.",
                ],
            );
            words.say(&["It replaces what you allowed before; an amount of 0 takes that back."]);
            if *tokens == U256::MAX {
                words.warn(&["This has no limit: it allows all that you have and will have."]);
            }
        }
        Intent::Bond { amount: tokens, to } => bond(*tokens, *to, token, &wait, context, words),
        Intent::Unbond { amount: tokens } => {
            words.begin(
                "Unbond stake",
                &[
                    "Takes ",
                    &amount(*tokens, token),
                    " out of your stake. You can withdraw it in ",
                    &wait,
                    &free,
                    "; until then you can rebond it.",
                ],
            );
            words.say(&["It earns nothing from now on. What you have earned so far is added to your stake and fees first."]);
            words.say(&["An orchestrator that is left with none is one no more; until then its own stake can be slashed, even while it unbonds."]);
        }
        Intent::Rebond { lock } => {
            let (lock, held) = held(*lock, context, token);
            words.begin(
                "Rebond",
                &[
                    "Puts unbonding lock number ",
                    &lock,
                    &held,
                    " back into your stake, with the orchestrator that you are bonded to.",
                ],
            );
            words.say(&[
                "It earns from the next round on. To take it out again you unbond, which takes ",
                &wait,
                ".",
            ]);
        }
        Intent::RebondFromUnbonded { to, lock } => {
            let (lock, held) = held(*lock, context, token);
            words.begin(
                "Rebond",
                &[
                    "Bonds unbonding lock number ",
                    &lock,
                    &held,
                    " to the orchestrator ",
                    &to.to_string(),
                    ".",
                ],
            );
            words.say(&[
                "It earns from the next round on. To take it out again you unbond, which takes ",
                &wait,
                ".",
            ]);
            own(*to, context, words);
        }
        Intent::TransferBond { to, amount: tokens } => {
            words.begin(
                "Give stake away",
                &[
                    "Gives ",
                    &amount(*tokens, token),
                    " of your stake to the account ",
                    &to.to_string(),
                    ", whose stake it is from now on.",
                ],
            );
            words.say(&["It goes to the orchestrator that this account is bonded to; if it is bonded to none, it stays with yours. It earns there from the next round on."]);
            words.say(&[
                "What you have earned so far is added to your stake and fees first. The call names ",
                &Address::ZERO.to_string(),
                " for each of the places in the pool that Livepeer's contracts ask for: none.",
            ]);
            words.warn(&["What is given away cannot be taken back."]);
        }
        Intent::WithdrawStake { lock } => {
            let (lock, held) = held(*lock, context, token);
            words.begin(
                "Withdraw stake",
                &[
                    "Pays unbonding lock number ",
                    &lock,
                    &held,
                    " out to your own account.",
                ],
            );
        }
        Intent::WithdrawFees { to, amount: fees } => {
            let to = to.to_string();
            words.begin(
                "Withdraw fees",
                &[
                    "Pays ",
                    &amount(*fees, network.currency()),
                    " of the fees that your stake has earned to ",
                    &to,
                    ".",
                ],
            );
            if context.account.is_some_and(|account| account.to_string() != to) {
                words.warn(&["That is not this wallet's account, and what is paid cannot be taken back."]);
            }
        }
        Intent::ClaimEarnings { round } => {
            words.begin(
                "Claim earnings",
                &["Adds the rewards that you have earned to your stake, and the fees to those that you can withdraw."],
            );
            words.say(&[
                "All is claimed, up to now; the call names round ",
                &round.to_string(),
                ", which Livepeer's contracts ask for. Bonding, unbonding and withdrawing claim by themselves.",
            ]);
        }
        Intent::Transcoder {
            reward_cut,
            fee_share,
        } => {
            words.begin(
                "Set an orchestrator's rates",
                &[
                    "You keep ",
                    &percent(*reward_cut),
                    " of your pool's rewards; the rest goes to all stake in it.",
                ],
            );
            words.say(&[
                "Your delegators and your own stake share ",
                &percent(*fee_share),
                " of the fees; you keep the rest.",
            ]);
            words.say(&[
                "It takes effect in the next round. You can change it again, except at the end of a round.",
            ]);
        }
        Intent::SetServiceUri { uri } => {
            words.begin(
                "Publish an orchestrator's address",
                &["Broadcasters find your node at: ", uri],
            );
            words.say(&[
                "Everybody can read it. It replaces what you published before; you can change it again.",
            ]);
        }
        Intent::SetRewardCaller { caller } => {
            words.begin(
                "Let another key claim rewards",
                &[
                    "Lets ",
                    &caller.to_string(),
                    " claim your orchestrator's reward each round. It can do nothing else: rewards go to you and your delegators.",
                ],
            );
            words.say(&["It replaces the one before; you can change it again."]);
        }
        _ => {}
    }
    Ok(())
}

fn bond(tokens: U256, to: Address, token: &str, wait: &str, context: &Context, words: &mut Words) {
    let to_ = to.to_string();
    if tokens.is_zero() {
        words.begin(
            "Move stake",
            &[
                "Moves all that you have bonded to the orchestrator ",
                &to_,
                ". 0 ",
                token,
                " are added.",
            ],
        );
    } else {
        words.begin(
            "Bond stake",
            &[
                "Bonds ",
                &amount(tokens, token),
                " of your account to the orchestrator ",
                &to_,
                ".",
            ],
        );
        words.say(&["What you have bonded already goes there, too, if it is with another."]);
    }
    words.say(&[
        "It earns from the next round on: a share of this orchestrator's rewards and fees, after its cut.",
    ]);
    words.say(&[
        "To take it out you unbond, and withdraw ",
        wait,
        " later. You can move it to another orchestrator at any time.",
    ]);
    own(to, context, words);
}

/// What bonding to oneself means.
fn own(to: Address, context: &Context, words: &mut Words) {
    match context.account {
        Some(account) if account == to => {
            words.warn(&["That is your own account: you become an orchestrator, whose stake can be slashed for what it does wrong."]);
        }
        Some(_) => {}
        None => words.say(&["If that is your own account, you become an orchestrator, whose stake can be slashed for what it does wrong."]),
    }
}

/// A lock's number, and what it holds.
fn held(lock: U256, context: &Context, token: &str) -> (String, String) {
    let held = context
        .amount
        .map(|held| [" (", &amount(held, token), ")"].concat());
    (lock.to_string(), held.unwrap_or_default())
}
