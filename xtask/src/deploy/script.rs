//! Running `contracts/script/Deploy.s.sol`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::signer::Signer;
use crate::foundry;
use crate::interrupt::end_with_us;
use crate::repo::Repo;
use crate::step::Steps;

/// Where the script may read and write, as `contracts/foundry.toml` allows.
const FOLDER: &str = "target/forge/deploy";

/// One deployment's runs of the script. Its folder is gone when this is dropped.
pub(super) struct Script<'a> {
    repo: &'a Repo,
    rpc: &'a str,
    deployer: &'a str,
    owner: &'a str,
    forge: &'a [String],
    folder: PathBuf,
    /// The deployer's nonce when the deployment began.
    pub(super) nonce: Option<u64>,
}

/// What forge expects the transactions to take.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Estimate {
    pub(super) gas: u64,
    /// In gwei, as forge says it.
    pub(super) gas_price: String,
    pub(super) eth: f64,
}

impl<'a> Script<'a> {
    /// For one configuration. `parties` are deployer and owner, `forge` further flags for forge.
    pub(super) fn new(
        repo: &'a Repo,
        rpc: &'a str,
        config: &Path,
        parties: (&'a str, &'a str),
        forge: &'a [String],
    ) -> Result<Self> {
        // Of this process alone: several may deploy at once.
        let folder = repo.path(FOLDER).join(std::process::id().to_string());
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let script = Self {
            repo,
            rpc,
            deployer: parties.0,
            owner: parties.1,
            forge,
            folder,
            nonce: None,
        };
        fs::copy(config, script.config()).with_context(|| format!("cannot copy {}", config.display()))?;
        Ok(script)
    }

    /// Runs it on a copy of the chain. Nothing is sent, and no key is needed.
    pub(super) fn simulate(&self, steps: &mut Steps) -> Result<Estimate> {
        let mut forge = self.command()?;
        forge.arg("--json");
        let text = steps.run("rehearse", &mut forge).require()?;
        Ok(estimate(&text))
    }

    /// Sends what is left to be sent, each transaction when the one before is mined: nodes lose some of many that come
    /// at once, and forge then waits for ever.
    pub(super) fn send(&self, steps: &mut Steps, signer: &Signer) -> Result<()> {
        let mut forge = self.command()?;
        forge.args(["--broadcast", "--slow"]);
        signer.sign(self.repo, &mut forge)?;
        // Nothing may be sent behind the back of who tries again.
        end_with_us(&mut forge);
        if !signer.asks() {
            return steps
                .run("send", forge.arg("--non-interactive"))
                .require()
                .map(drop);
        }
        steps.work("send", || {
            let status = forge
                .stdin(Stdio::inherit())
                .status()
                .context("cannot start forge")?;
            if status.success() {
                Ok(())
            } else {
                bail!("forge: {status}")
            }
        })
    }

    /// Reads back what the chain has, and tries it on a copy.
    pub(super) fn check(&self, steps: &mut Steps) -> Result<()> {
        let mut forge = self.command()?;
        forge.args(["--sig", "check()"]);
        steps.run("read back", &mut forge).require().map(drop)
    }

    /// What the last run would make, or made.
    pub(super) fn addresses(&self) -> Result<Value> {
        let file = self.folder.join("addresses.json");
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        serde_json::from_str(&text).context("the script's addresses are no JSON")
    }

    fn command(&self) -> Result<Command> {
        let mut forge = foundry::command(self.repo, "forge")?;
        forge
            .args(["script", "script/Deploy.s.sol:Deploy", "--sender", self.deployer])
            .args(self.forge)
            // By the environment: addresses may hold an access key, and everybody sees command lines.
            .env("FOUNDRY_ETH_RPC_URL", self.rpc)
            .env("ETH_RPC_URL", self.rpc)
            .env("FOUNDRY_BROADCAST", self.folder.join("broadcast"))
            .env("DEPLOY_CONFIG", self.config())
            .env("DEPLOY_OWNER", self.owner)
            .env("DEPLOY_ADDRESSES", self.folder.join("addresses.json"))
            .env_remove("DEPLOY_NONCE");
        if let Some(nonce) = self.nonce {
            forge.env("DEPLOY_NONCE", nonce.to_string());
        }
        Ok(forge)
    }

    fn config(&self) -> PathBuf {
        self.folder.join("config.json")
    }
}

impl Drop for Script<'_> {
    fn drop(&mut self) {
        // What forge sent is on the chain; its notes are of no further use.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Of the lines that `forge script --json` writes, the one that says what it costs; zeros where nothing is to be sent.
fn estimate(text: &str) -> Estimate {
    let line = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find(|line| !line["estimated_total_gas_used"].is_null());
    let Some(line) = line else {
        return Estimate::default();
    };
    let plain = |key: &str| {
        line[key]
            .as_str()
            .map_or_else(|| line[key].to_string(), str::to_owned)
    };
    Estimate {
        gas: plain("estimated_total_gas_used").parse().unwrap_or_default(),
        gas_price: plain("estimated_gas_price"),
        eth: plain("estimated_amount_required").parse().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_estimate_is_found_among_forges_other_lines() {
        let text = "warning\n{\"logs\":[]}\n{\"chain\":31337,\"estimated_gas_price\":\"2.0\",\
            \"estimated_total_gas_used\":35000000,\"estimated_amount_required\":\"0.07\",\"status\":\"success\"}\n";
        let found = estimate(text);
        assert_eq!((found.gas, found.gas_price.as_str()), (35_000_000, "2.0"));
        assert!((found.eth - 0.07).abs() < 1e-9);
        assert_eq!(estimate("{\"logs\":[]}"), Estimate::default());
    }
}
