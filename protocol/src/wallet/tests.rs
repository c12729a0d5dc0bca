//! What is signed is what was said.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolInterface;
use serde_json::{Value, json};

use super::amount::{amount, percent};
use super::{Context, Intent, Network, Words};
use crate::chain::bonding_manager::BondingManager::BondingManagerCalls;
use crate::chain::headwater_token::HeadwaterToken::HeadwaterTokenCalls;
use crate::chain::service_registry::ServiceRegistry::ServiceRegistryCalls;
use crate::chain::ticket_broker::TicketBroker::TicketBrokerCalls;

pub(super) fn network() -> Network {
    let contracts: Value = [
        "TicketBroker",
        "BondingManager",
        "HeadwaterToken",
        "RoundsManager",
        "ServiceRegistry",
    ]
    .iter()
    .zip(0xb0_u8..)
    .map(|(name, number)| {
        (
            (*name).to_owned(),
            Value::from(Address::repeat_byte(number).to_string().to_lowercase()),
        )
    })
    .collect();
    serde_json::from_value(
        json!({ "chainId": 31_337, "name": "Local", "contracts": contracts, "deployer": "passed over" }),
    )
    .unwrap()
}

const ALICE: &str = "0xa11ce000000000000000000000000000000a11ce";
const BOB: &str = "0xb0b0000000000000000000000000000000000b0b";
const ODD: &str = "1234567890123456789";

/// One of each, with figures that nothing else has.
pub(super) fn every() -> Vec<(Value, &'static str)> {
    let approval = json!({ "sender": ALICE, "signer": BOB, "maxDepositSpend": ODD, "validUntilRound": "7042",
        "anyRecipient": true, "nonce": "991" });
    let with = |name: &str, more: Value| {
        let mut all = approval.clone();
        let fields = all.as_object_mut().unwrap();
        fields.insert("do".into(), name.into());
        fields.extend(more.as_object().unwrap().clone());
        all
    };
    vec![
        (
            json!({ "do": "fund", "deposit": ODD, "reserve": "31" }),
            "fundDepositAndReserve",
        ),
        (
            json!({ "do": "fund", "deposit": ODD, "reserve": "0" }),
            "fundDeposit",
        ),
        (
            json!({ "do": "fund", "deposit": "0", "reserve": ODD }),
            "fundReserve",
        ),
        (
            json!({ "do": "fundFor", "account": BOB, "deposit": ODD, "reserve": "31" }),
            "fundDepositAndReserveFor",
        ),
        (json!({ "do": "unlock" }), "unlock"),
        (json!({ "do": "cancelUnlock" }), "cancelUnlock"),
        (json!({ "do": "withdraw" }), "withdraw"),
        (
            json!({ "do": "setReserveRecipients", "recipients": [ALICE, BOB] }),
            "setReserveRecipients",
        ),
        (
            json!({ "do": "setReserveRecipients", "recipients": [] }),
            "setReserveRecipients",
        ),
        (with("approveSigner", json!({})), "approveSigner"),
        (
            with(
                "submitApproval",
                json!({ "signature": format!("0x{}", "5a".repeat(65)) }),
            ),
            "approveSignerBySig",
        ),
        (json!({ "do": "revokeSigner", "nonce": "991" }), "revokeSigner"),
        (json!({ "do": "approveTokens", "amount": ODD }), "approve"),
        (json!({ "do": "bond", "amount": ODD, "to": BOB }), "bond"),
        (json!({ "do": "bond", "amount": "0", "to": BOB }), "bond"),
        (json!({ "do": "unbond", "amount": ODD }), "unbond"),
        (json!({ "do": "rebond", "lock": "417" }), "rebond"),
        (
            json!({ "do": "rebondFromUnbonded", "to": BOB, "lock": "417" }),
            "rebondFromUnbonded",
        ),
        (
            json!({ "do": "transferBond", "to": BOB, "amount": ODD }),
            "transferBond",
        ),
        (json!({ "do": "withdrawStake", "lock": "417" }), "withdrawStake"),
        (
            json!({ "do": "withdrawFees", "to": BOB, "amount": ODD }),
            "withdrawFees",
        ),
        (json!({ "do": "claimEarnings", "round": "7042" }), "claimEarnings"),
        (
            json!({ "do": "transcoder", "rewardCut": "123456", "feeShare": "987600" }),
            "transcoder",
        ),
        (
            json!({ "do": "setServiceURI", "uri": "https://node.example:8443" }),
            "setServiceURI",
        ),
        (
            json!({ "do": "setRewardCaller", "caller": BOB }),
            "setRewardCaller",
        ),
    ]
}

fn words(intent: &Intent) -> Words {
    intent.words(&network(), &Context::default()).unwrap()
}

/// What the contract of this name would read in `data`, as Rust shows it.
fn decoded(contract: &str, data: &[u8]) -> String {
    match contract {
        "TicketBroker" => format!("{:?}", TicketBrokerCalls::abi_decode(data).unwrap()),
        "BondingManager" => format!("{:?}", BondingManagerCalls::abi_decode(data).unwrap()),
        "HeadwaterToken" => format!("{:?}", HeadwaterTokenCalls::abi_decode(data).unwrap()),
        _ => format!("{:?}", ServiceRegistryCalls::abi_decode(data).unwrap()),
    }
}

/// The figures in what [`decoded`] shows: each `name: value` that is no struct, and each item of a list.
fn figures(shown: &str) -> Vec<String> {
    shown
        .split(['(', ')', '{', '}', '[', ']', ','])
        .map(|part| {
            part.rsplit(": ")
                .next()
                .unwrap_or_default()
                .trim()
                .trim_matches('"')
        })
        .filter(|part| {
            part.starts_with(|first: char| first.is_ascii_digit()) || part.contains("://") || *part == "true"
        })
        .map(str::to_owned)
        .collect()
}

/// Whether `text` says the figure, in any of the ways that figures are said.
fn says(text: &str, figure: &str) -> bool {
    if figure == "true" {
        return text.contains("may pay anybody");
    }
    let number = figure.parse::<U256>().ok().filter(|_| !figure.starts_with("0x"));
    let ways = match number {
        Some(number) => vec![
            amount(number, "ETH"),
            amount(number, "HWT"),
            percent(number),
            format!("number {figure}"),
            format!("round {figure}"),
            format!("with {figure}"),
        ],
        None => vec![figure.to_lowercase()],
    };
    let text = text.to_lowercase();
    ways.iter().any(|way| {
        let way = way.to_lowercase();
        text.match_indices(&way).any(|(at, _)| {
            // Not the end or the beginning of a longer figure.
            let before = text[..at].chars().next_back();
            let after = text[at + way.len()..].chars().next();
            !before.is_some_and(|c| c.is_ascii_digit() || c == '.')
                && !after.is_some_and(|c| c.is_ascii_digit())
        })
    })
}

#[test]
fn every_figure_that_is_signed_was_said() {
    for (json, function) in every() {
        let intent: Intent = serde_json::from_value(json.clone()).unwrap();
        let transaction = intent.transaction(&network()).unwrap();
        let text = words(&intent).sentences.join("\n");

        let shown = decoded(intent.contract(), &transaction.data);
        assert!(
            shown.starts_with(&format!("{function}({function}Call")),
            "{json}: {shown}"
        );
        let mut figures = figures(&shown);
        figures.extend([transaction.to.to_string(), network().chain_id.to_string()]);
        if !transaction.value.is_zero() {
            figures.push(transaction.value.to_string());
        }
        for figure in figures {
            let chain = figure == "31337" && text.contains("(chain 31337)");
            assert!(
                chain || says(&text, &figure),
                "{json}: {figure} is not in\n{text}"
            );
        }
    }
}

#[test]
fn the_check_of_words_can_fail() {
    assert!(says("Puts 0.5 ETH in", "500000000000000000"));
    assert!(!says("Puts 10.5 ETH in", "500000000000000000"));
    assert!(!says("Puts 0.5 ETH in", "500000000000000001"));
    assert!(!says("to 0xab", "0xabc"));
    let shown = "fooCall(fooCall { a: 5, b: [0xAB, 0xCD], c: \"https://x\", d: S { e: true } })";
    assert_eq!(figures(shown), ["5", "0xAB", "0xCD", "https://x", "true"]);
}

#[test]
fn what_a_figure_changes_in_the_bytes_it_changes_in_the_words() {
    for (json, _) in every() {
        let before: Intent = serde_json::from_value(json.clone()).unwrap();
        for (name, value) in json.as_object().unwrap() {
            let other = match value {
                Value::Bool(flag) => Value::Bool(!flag),
                Value::Array(_) => json!([BOB]),
                Value::String(text) if name == "signature" => Value::String(text.replace('5', "6")),
                Value::String(text) if name == "uri" => Value::String(format!("{text}/")),
                Value::String(text) if text.len() == 42 => {
                    Value::String(text.replace('b', "c").replace('a', "d"))
                }
                Value::String(text) if name != "do" => Value::String(format!("{text}1")),
                _ => continue,
            };
            let mut changed = json.clone();
            changed[name] = other;
            let Ok(after) = serde_json::from_value::<Intent>(changed.clone()) else {
                continue; // a share above the whole
            };
            assert_ne!(
                (before.transaction(&network()).unwrap(), words(&before).sentences),
                (after.transaction(&network()).unwrap(), words(&after).sentences),
            );
            assert_ne!(words(&before), words(&after), "{json}\n{changed}");
        }
    }
}

#[test]
fn words_end_sentences_and_nothing_is_left_out_of_them() {
    for (json, _) in every() {
        let words = words(&serde_json::from_value(json.clone()).unwrap());
        assert!(!words.title.is_empty() && !words.title.ends_with('.'), "{json}");
        assert!(words.sentences.len() >= 2, "{json}");
        for sentence in words.sentences.iter().chain(&words.warns) {
            assert!(!sentence.contains("  ") && !sentence.contains(" ."), "{sentence}");
        }
    }
}

#[test]
fn funding_with_nothing_or_too_much_is_refused_before_the_wallet_opens() {
    let too_much = (1_u128 << 80).to_string();
    for (deposit, reserve) in [("0", "0"), (too_much.as_str(), "0"), ("1", too_much.as_str())] {
        let fund: Intent =
            serde_json::from_value(json!({ "do": "fund", "deposit": deposit, "reserve": reserve })).unwrap();
        assert!(fund.transaction(&network()).is_err());
        assert!(fund.words(&network(), &Context::default()).is_err());
    }
    let nine = vec![ALICE; 9];
    let named: Intent =
        serde_json::from_value(json!({ "do": "setReserveRecipients", "recipients": nine })).unwrap();
    assert!(named.words(&network(), &Context::default()).is_err());
}

#[test]
fn what_is_missing_or_unfit_is_named() {
    let refused = |json: Value| serde_json::from_value::<Intent>(json).unwrap_err().to_string();
    assert!(refused(json!({ "do": "bond", "amount": "1" })).starts_with("\"to\""));
    assert!(refused(json!({ "do": "bond", "amount": "1.5", "to": BOB })).starts_with("\"amount\""));
    assert!(refused(json!({ "do": "steal" })).starts_with("\"do\""));
    assert!(
        refused(json!({ "do": "transcoder", "rewardCut": "1000001", "feeShare": "0" })).contains("rewardCut")
    );
    assert!(refused(json!([])).contains("an object"));

    let mut without = network();
    without.contracts.remove("BondingManager");
    let intent: Intent = serde_json::from_value(json!({ "do": "unbond", "amount": "1" })).unwrap();
    let error = intent.transaction(&without).unwrap_err().to_string();
    assert!(error.contains("BondingManager"), "{error}");
}

#[test]
fn the_token_goes_by_livepeers_name_too() {
    let mut network = network();
    let token = network.contracts.remove("HeadwaterToken").unwrap();
    network.contracts.insert("LivepeerToken".to_owned(), token);
    assert_eq!(network.contract("HeadwaterToken"), Ok(token.into()));
}

#[test]
fn context_says_when_and_warns_of_what_is_unusual() {
    let context: Context =
        serde_json::from_value(json!({ "round": "40", "unlockPeriod": "2", "unbondingPeriod": 7,
        "amount": ODD, "account": BOB, "locked": false }))
        .unwrap();
    let say = |json: Value| {
        let intent: Intent = serde_json::from_value(json).unwrap();
        intent.words(&network(), &context).unwrap()
    };
    assert!(say(json!({ "do": "unlock" })).sentences[0].contains("in 2 rounds (round 42)"));
    assert!(say(json!({ "do": "unbond", "amount": "1" })).sentences[0].contains("in 7 rounds (round 47)"));
    assert!(say(json!({ "do": "withdraw" })).sentences[0].contains("1.234567890123456789 ETH"));
    assert!(say(json!({ "do": "withdrawStake", "lock": "1" })).sentences[0].contains("HWT"));
    assert!(say(json!({ "do": "bond", "amount": "1", "to": BOB })).warns[0].contains("slashed"));
    assert!(
        say(json!({ "do": "bond", "amount": "1", "to": ALICE }))
            .warns
            .is_empty()
    );
    assert!(
        say(json!({ "do": "withdrawFees", "amount": "1", "to": ALICE })).warns[0]
            .contains("not this wallet's")
    );
    let most = U256::MAX.to_string();
    assert!(say(json!({ "do": "approveTokens", "amount": most })).warns[0].contains("no limit"));
    let boundless = json!({ "do": "approveSigner", "sender": ALICE, "signer": BOB, "maxDepositSpend": most,
        "validUntilRound": most, "anyRecipient": true, "nonce": "0" });
    assert_eq!(say(boundless.clone()).warns.len(), 4);
    let mut expired = boundless;
    expired["validUntilRound"] = "39".into();
    assert!(say(expired).warns.iter().any(|warn| warn.contains("expired")));
}
