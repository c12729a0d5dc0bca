//! The network as the project deploys it, by the contracts' own script.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use alloy_primitives::Address;
use serde_json::Value;

use crate::{Chain, Error};

const CONTRACTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts");
const SCRIPT: &str = "script/Deploy.s.sol";
const CONFIG: &str = "config/local.json";
/// Where the script may write; the folder is the build's.
const ADDRESSES: &str = "../target/forge/deploy";
/// The first account of every development chain, which has ETH.
const DEPLOYER: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

/// Forge writes what it did beside its sources: one at a time.
static FORGE: Mutex<()> = Mutex::new(());
static COUNT: AtomicU32 = AtomicU32::new(0);

/// Deploys by `config/local.json`, and says where the Controller lies.
pub(crate) fn run(chain: &Chain) -> Result<Address, Error> {
    let forge = Path::new(CONTRACTS).join("node_modules/.bin/forge");
    if !forge.exists() {
        return Err(Error::Missing(forge));
    }
    let name = format!(
        "test-{}-{}.json",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    );
    let addresses = Path::new(ADDRESSES).join(name);
    fs::create_dir_all(Path::new(CONTRACTS).join(ADDRESSES))?;
    let turn = FORGE.lock();
    let output = Command::new(&forge)
        .current_dir(CONTRACTS)
        .args([
            "script",
            SCRIPT,
            "--rpc-url",
            chain.url(),
            "--broadcast",
            // Of many transactions at once anvil loses some, and forge then waits for ever.
            "--slow",
            "--unlocked",
            "--sender",
            DEPLOYER,
        ])
        .env("DEPLOY_CONFIG", CONFIG)
        .env("DEPLOY_ADDRESSES", &addresses)
        .output()?;
    drop(turn);
    if !output.status.success() {
        let said = [output.stdout, output.stderr].concat();
        return Err(Error::NotDeployed(String::from_utf8_lossy(&said).into_owned()));
    }
    let file = Path::new(CONTRACTS).join(addresses);
    let text = fs::read_to_string(&file)?;
    fs::remove_file(&file)?;
    let json: Value = serde_json::from_str(&text).unwrap_or_default();
    let controller = json["contracts"]["Controller"]
        .as_str()
        .and_then(|text| text.parse().ok());
    controller.ok_or(Error::NotDeployed(text))
}
