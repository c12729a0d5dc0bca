//! What the pages read about the chain: `network.json` beside them.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::chain::Chain;

const FILE: &str = "network.json";
/// Of the fourth of anvil's accounts, which the contracts' configuration gives tokens: the visitors' developer wallet.
const DEVELOPER_KEY: &str = "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6";

/// Writes it for a chain that pages on this machine can reach; takes an older one away otherwise.
pub(super) fn write(pages: &Path, chain: Option<&Chain>) -> Result<()> {
    let path = pages.join(FILE);
    let Some(chain) = chain else {
        // Most often there is none.
        let _ = fs::remove_file(path);
        return Ok(());
    };
    let deployed =
        fs::read(&chain.addresses).with_context(|| format!("cannot read {}", chain.addresses.display()))?;
    let network = describe(&serde_json::from_slice(&deployed)?, &chain.rpc);
    fs::write(&path, network.to_string()).with_context(|| format!("cannot write {}", path.display()))
}

fn describe(deployed: &Value, rpc: &str) -> Value {
    json!({
        "chainId": deployed["chainId"],
        "name": "Headwater demo",
        "contracts": deployed["contracts"],
        "rpc": rpc,
        "developerKey": DEVELOPER_KEY,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_told_chain_contracts_and_a_wallet_with_play_money() {
        let deployed = json!({ "chainId": 31_337, "contracts": { "TicketBroker": "0x1" }, "nonce": 1 });
        let network = describe(&deployed, "http://127.0.0.1:8545");
        assert_eq!(network["chainId"], 31_337);
        assert_eq!(network["contracts"]["TicketBroker"], "0x1");
        assert_eq!(network["rpc"], "http://127.0.0.1:8545");
        assert!(network["developerKey"].is_string() && network.get("nonce").is_none());
    }
}
