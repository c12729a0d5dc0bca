//! The contracts: their format, that what Rust and JavaScript read is what they say, and what an analysis finds in them.

use std::env;
use std::ffi::OsString;

use anyhow::{Result, bail};

use crate::repo::Repo;
use crate::setup;
use crate::step::Steps;

/// So many contracts, libraries and interfaces, OpenZeppelin's included, slither has to have seen for its silence to mean
/// anything.
const ANALYSED: usize = 100;

/// What it looks for in vain.
const EXCLUDED: [&str; 2] = [
    // Solidity sets locals to zero, and the contracts count on it.
    "uninitialized-local",
    // Names left out of a tuple are left out in writing. Transfers have a detector of their own, which stays.
    "unused-return",
];

/// Checks all three.
pub(super) fn check(repo: &Repo, steps: &mut Steps) {
    for (name, script) in [("forge fmt", "format"), ("contracts/abi", "abi")] {
        let mut npm = repo.command("npm");
        npm.args(["run", script, "--", "--check"])
            .current_dir(repo.path("contracts"));
        let _ = steps.run(name, &mut npm);
    }
    let _ = analyse(repo, steps);
}

/// No finding of high or medium impact. What is none says why where it is: `slither-disable-next-line`, or `-start`.
fn analyse(repo: &Repo, steps: &mut Steps) -> Result<()> {
    let out = repo.target("forge/slither");
    let mut slither = repo.command(setup::SLITHER.program(repo, "slither"));
    slither
        .args([".", "--fail-medium", "--exclude-low", "--exclude-informational"])
        .args(["--exclude-optimization", "--exclude", &EXCLUDED.join(",")])
        .args(["--filter-paths", "node_modules"])
        .current_dir(repo.path("contracts"))
        // It builds with debugging data, which the tests' build has no use for.
        .env("FOUNDRY_OUT", out.join("out"))
        .env("FOUNDRY_CACHE_PATH", out.join("cache"))
        .env("PATH", with_forge(repo)?);
    let text = steps.run("slither", &mut slither).require()?;
    steps.work("slither saw the contracts", || saw_all(&text))
}

/// It passes in silence over what it has no detectors for, cannot build, or cannot read.
fn saw_all(text: &str) -> Result<()> {
    if let Some(line) = text
        .lines()
        .find(|line| line.contains("Impossible to generate IR"))
    {
        bail!(
            "slither cannot read a function ({line}): a cast of a sum may want its first operand as wide as the second"
        )
    }
    match analysed(text) {
        Some(count) if count >= ANALYSED => Ok(()),
        found => bail!(
            "slither analysed {found:?} contracts, which are at least {ANALYSED}: was something left out?"
        ),
    }
}

/// The path with Foundry first, which slither builds with.
fn with_forge(repo: &Repo) -> Result<OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folder = repo.path("contracts/node_modules/.bin");
    let folders = [folder].into_iter().chain(env::split_paths(&path));
    Ok(env::join_paths(folders)?)
}

/// The number in `. analyzed (63 contracts with 101 detectors), 0 result(s) found`.
fn analysed(text: &str) -> Option<usize> {
    let (_, after) = text.split_once("analyzed (")?;
    after.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "INFO:Slither:. analyzed (114 contracts with 57 detectors), 0 result(s) found\n";

    #[test]
    fn an_analysis_of_everything_counts() {
        assert_eq!(analysed(WHOLE), Some(114));
        assert!(saw_all(WHOLE).is_ok());
    }

    #[test]
    fn an_analysis_of_little_or_of_what_it_cannot_read_is_none() {
        assert!(saw_all("INFO:Slither:nothing").is_err());
        assert!(saw_all(&WHOLE.replace("114", "3")).is_err());
        let unread =
            format!("ERROR:ContractSolcParsing:Impossible to generate IR for A.b (src/A.sol#1):\n{WHOLE}");
        assert!(saw_all(&unread).is_err());
    }
}
