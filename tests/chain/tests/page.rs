//! `docs/contracts.md`: what operators are told to type works as it stands there.

use std::fs;
use std::path::Path;
use std::process::Command;

use headwater_test_chain::{Error, Network};
use serde_json::json;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
/// Anvil's third account, which `config/local.json` gives tokens.
const KEY: &str = "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a";

#[test]
fn an_orchestrator_is_registered_by_hand_as_the_page_says() -> Result<(), Error> {
    let network = Network::deploy()?;
    network.next_round()?;
    // Cast waits for its transactions.
    network.chain.rpc().request("evm_setAutomine", json!([true]))?;
    let addresses = Path::new(env!("CARGO_TARGET_TMPDIR")).join("addresses.json");
    let contracts = json!({
        "LivepeerToken": network.token,
        "BondingManager": network.bonding_manager,
        "ServiceRegistry": network.service_registry,
    });
    fs::write(&addresses, json!({ "contracts": contracts }).to_string())?;

    let page = fs::read_to_string(Path::new(ROOT).join("docs/contracts.md"))?;
    let script = page
        .split_once("```sh\n")
        .and_then(|(_, rest)| rest.split_once("```"))
        .map(|(script, _)| script);
    let tools = Path::new(ROOT).join("contracts/node_modules/.bin");
    let path = format!(
        "{}:{}",
        tools.display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let output = Command::new("bash")
        .args(["-ec", script.expect("the page has commands")])
        .env("PATH", path)
        .env("RPC", network.chain.url())
        .env("KEY", KEY)
        .env("ADDRESSES", addresses)
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{complained}");
    assert_eq!(said.trim(), "true", "registered; {complained}");
    Ok(())
}
