//! The npm packages that build and test the browser's half, and the contracts.

use anyhow::{Result, bail};

use super::answer;
use crate::build::Stamp;
use crate::repo::Repo;
use crate::step::Steps;

const CONTRACTS: &str = "contracts";

/// The oldest Node that Vite runs on.
const NODE: (u32, u32) = (20, 19);

/// Installs exactly what the lock file names, if that is not what is there.
pub(super) fn ensure(repo: &Repo, steps: &mut Steps) -> Result<()> {
    let members = repo.npm_members();
    let members = members.iter().map(|member| format!("{member}/package.json"));
    install(repo, steps, ".", members.collect())
}

/// The same for the contracts, which are a project of their own.
pub(super) fn ensure_contracts(repo: &Repo, steps: &mut Steps) -> Result<()> {
    install(repo, steps, CONTRACTS, Vec::new())
}

fn install(repo: &Repo, steps: &mut Steps, folder: &str, mut inputs: Vec<String>) -> Result<()> {
    let files = ["package.json", "package-lock.json", ".npmrc"];
    inputs.extend(files.map(|file| format!("{folder}/{file}")));
    // Inside node_modules, so that it goes when that goes.
    let stamp = Stamp::of(repo, repo.path(folder).join("node_modules/.headwater"), &inputs)?;
    if stamp.is_current(&[]) {
        return Ok(());
    }
    let version = answer(repo.command("node").arg("--version")).unwrap_or_default();
    if parse(&version).is_none_or(|found| found < NODE) {
        let (major, minor) = NODE;
        bail!(
            "Node {major}.{minor} or newer is needed, found {version:?}: install it from https://nodejs.org"
        );
    }
    steps.note(&format!(
        "installing with npm: the packages of {folder}/package-lock.json, into {folder}/node_modules"
    ));
    let mut npm = repo.command("npm");
    npm.args(["ci", "--no-audit", "--no-fund"])
        .current_dir(repo.path(folder));
    steps.run("npm ci", &mut npm).require()?;
    stamp.write()
}

fn parse(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.strip_prefix('v')?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_versions_are_compared_as_numbers() {
        assert!(parse("v20.20.2").unwrap() >= NODE);
        assert!(parse("v100.2.0").unwrap() >= NODE);
        assert!(parse("v20.9.0").unwrap() < NODE);
        assert_eq!(parse("command not found"), None);
    }
}
