//! Stake.

use alloy_primitives::Address;
use headwater_protocol::Code;
use headwater_test_chain::{Error, Network, UNIT};
use serde_json::json;

use crate::page::{Page, number, units};

#[test]
fn stake_is_bonded_moved_and_taken_out_from_a_page() -> Result<(), Error> {
    let network = Network::deploy()?;
    network.next_round()?;
    for (secret, stake) in [(1, 30), (2, 20), (3, 10)] {
        // Rates cannot be set at a round's end.
        network.next_round()?;
        let page = Page::open(&network, secret)?;
        page.act(json!({ "do": "approveTokens", "amount": units(stake) }))?;
        page.act(json!({ "do": "bond", "amount": units(stake), "to": page.address() }))?;
        page.act(json!({ "do": "transcoder", "rewardCut": "123456", "feeShare": 654_321 }))?;
        page.act(json!({ "do": "setServiceURI", "uri": format!("https://{stake}.example") }))?;
    }
    network.next_round()?;

    // The whole table, in one call, is what the contract names one by one.
    let page = Page::open(&network, 9)?;
    let pool = page.ask(json!({ "ask": "pool" }))?;
    assert_eq!(
        (&pool["size"], &pool["totalBonded"]),
        (&json!("3"), &json!(units(60)))
    );
    let listed = page.ask(json!({ "ask": "orchestrators", "address": pool["first"] }))?;
    let mut walked = Vec::new();
    let mut next = pool["first"].clone();
    while next != Address::ZERO.to_string() {
        let one = page.ask(json!({ "ask": "orchestrator", "address": next }))?;
        assert_eq!(
            (&one["rewardCut"], &one["feeShare"]),
            (&json!("123456"), &json!("654321"))
        );
        assert_eq!(one["active"], true);
        let whole = number(&one["stake"]) / UNIT;
        assert_eq!(one["uri"], format!("https://{whole}.example"));
        walked.push(next);
        next = one["next"].clone();
    }
    assert_eq!(walked.len(), 3);
    assert_eq!(listed["orchestrators"], json!(walked));
    let last = page.ask(json!({ "ask": "orchestrators", "address": walked[2] }))?;
    assert_eq!(last["orchestrators"], json!([walked[2]]));

    let address = page.address();
    let (code, message) = page.refused(json!({ "do": "bond", "amount": units(1), "to": walked[0] }));
    assert_eq!(
        (code, message.contains("Allow that first")),
        (Code::Reverted, true),
        "{message}"
    );
    page.act(json!({ "do": "approveTokens", "amount": units(40) }))?;
    page.act(json!({ "do": "bond", "amount": units(25), "to": walked[0] }))?;
    let token = page.ask(json!({ "ask": "token", "address": address }))?;
    assert_eq!(token, json!({ "balance": units(75), "allowance": units(15) }));
    page.act(json!({ "do": "bond", "amount": "0", "to": walked[1] }))?;
    let delegator = page.ask(json!({ "ask": "delegator", "address": address }))?;
    assert_eq!(
        (&delegator["delegate"], &delegator["pendingStake"]),
        (&walked[1], &json!(units(25)))
    );

    // A fifth of it to somebody who has none, and so comes to the same orchestrator.
    let friend = Page::open(&network, 10)?;
    network.next_round()?;
    page.act(json!({ "do": "transferBond", "amount": units(5), "to": friend.address() }))?;
    let theirs = friend.ask(json!({ "ask": "delegator", "address": friend.address() }))?;
    assert_eq!(
        (&theirs["delegate"], &theirs["pendingStake"]),
        (&walked[1], &json!(units(5)))
    );
    let orchestrator = Page::open(&network, 3)?;
    let (code, message) =
        orchestrator.refused(json!({ "do": "transferBond", "amount": "1", "to": friend.address() }));
    assert_eq!(
        (code, message.contains("is an orchestrator")),
        (Code::Reverted, true),
        "{message}"
    );

    for amount in [5, 7, 8] {
        page.act(json!({ "do": "unbond", "amount": units(amount) }))?;
    }
    let (code, message) = page.refused(json!({ "do": "unbond", "amount": "1" }));
    assert_ne!(code, Code::Internal, "{message}");
    page.act(json!({ "do": "rebondFromUnbonded", "to": walked[2], "lock": "2" }))?;
    page.act(json!({ "do": "rebond", "lock": "0" }))?;
    page.act(json!({ "do": "claimEarnings", "round": "0" }))?;
    let locks = page.ask(json!({ "ask": "locks", "address": address, "from": 0, "until": 3 }))?;
    let rounds = page.ask(json!({ "ask": "rounds" }))?;
    let free = (number(&rounds["round"]) + number(&rounds["unbondingPeriod"])).to_string();
    assert_eq!(
        locks,
        json!({ "locks": [{ "lock": "1", "amount": units(7), "withdrawRound": free }] })
    );
    let (code, message) = page.refused(json!({ "do": "withdrawStake", "lock": "1" }));
    assert_eq!(
        (code, message.contains(&free)),
        (Code::TooEarly, true),
        "{message}"
    );
    while page.ask(json!({ "ask": "rounds" }))?["round"] != free {
        network.next_round()?;
    }
    page.act(json!({ "do": "withdrawStake", "lock": "1" }))?;
    let token = page.ask(json!({ "ask": "token", "address": address }))?;
    assert_eq!(token["balance"], units(82));
    Ok(())
}
