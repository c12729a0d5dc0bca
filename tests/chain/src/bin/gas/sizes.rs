//! How large the contracts are on chain.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use headwater_protocol::chain::contract;
use headwater_test_chain::Error;

const BUILT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/forge/out");
/// In no ABI file: BondingManager's other half.
const LIBRARY: &str = "Ledger";

/// Bytes of each contract's code, as forge built it.
///
/// # Errors
/// It is not built.
pub(crate) fn read() -> Result<BTreeMap<&'static str, usize>, Error> {
    let size = |&name: &&'static str| {
        let path = Path::new(BUILT).join(format!("{name}.sol/{name}.json"));
        let text = fs::read_to_string(path)?;
        let artifact: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        let code = artifact["deployedBytecode"]["object"]
            .as_str()
            .unwrap_or_default();
        Ok((name, code.len().saturating_sub(2) / 2))
    };
    contract::NAMES.iter().chain([&LIBRARY]).map(size).collect()
}
