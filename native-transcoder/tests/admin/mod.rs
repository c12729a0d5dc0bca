//! The operator's port, as a browser and a program see it.

use alloy_primitives::{U256, U512};
use headwater_protocol::key::Address;
use headwater_protocol::pm::Odds;
use headwater_test_chain::UNIT;
use reqwest::header::HOST;
use serde_json::Value;

use crate::node::Node;

/// What came in from this payer, in tickets of these odds, is told here.
pub(crate) async fn shows(node: &Node, payer: Address, odds: Odds) {
    let port = node.orchestrator.admin().expect("an admin port");
    assert!(port.ip().is_loopback());
    let client = reqwest::Client::new();
    let get = |path: &str| client.get(format!("http://{port}{path}"));

    let answer = get("/payments").send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    assert!(
        !answer.headers().contains_key("access-control-allow-origin"),
        "no other page reads it"
    );
    let told: Value = serde_json::from_str(&answer.text().await.unwrap()).expect("JSON");
    let number = |pointer: &str| told.pointer(pointer).and_then(Value::as_u64).expect(pointer);
    let wei = |pointer: &str| -> U256 {
        let text = told.pointer(pointer).and_then(Value::as_str).expect(pointer);
        text.parse().expect("a decimal number")
    };
    let accepted = number("/tickets/accepted");
    assert!(accepted > 0);
    assert_eq!(number("/tickets/received"), accepted + number("/tickets/refused"));
    let worth: U512 = (odds.expected_value() * U512::from(accepted)) >> 256;
    assert_eq!(U512::from(wei("/tickets/expectedWei")), worth);

    assert_eq!(number("/payerCount"), 1);
    assert_eq!(told["payers"][0]["address"], payer.to_string());
    assert_eq!(number("/payers/0/sessions"), 1);
    assert_eq!(
        (wei("/payers/0/depositWei"), wei("/payers/0/reserveWei")),
        (UNIT, UNIT)
    );
    assert_eq!(
        wei("/payers/0/floatWei"),
        wei("/payers/0/allotmentWei") - wei("/payers/0/outstandingWei")
    );

    let won = number("/ever/won/count");
    assert_eq!(wei("/ever/won/wei"), U256::from(won) * odds.face_value);
    assert_eq!(
        (number("/ever/pending/count"), wei("/ever/paidWei")),
        (won, U256::ZERO)
    );
    let winners = told["winners"].as_array().expect("winners");
    assert_eq!(winners.len() as u64, won.min(50));
    assert!(winners.iter().all(|winner| winner["state"] == "pending"));
    assert_eq!(number("/history/0/won/count"), won, "{}", told["history"]);

    let page = get("/").send().await.expect("a page");
    assert!(
        page.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("default-src 'none'")
    );
    assert!(page.text().await.unwrap().contains("/dashboard.js"));
    for asset in ["/dashboard.js", "/dashboard.css"] {
        assert_eq!(get(asset).send().await.expect("an answer").status(), 200);
    }
    let led_here = get("/payments").header(HOST, "evil.example").send().await;
    assert_eq!(led_here.expect("an answer").status(), 421);
}
