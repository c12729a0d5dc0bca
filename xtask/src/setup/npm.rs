//! The npm packages that build and test the browser's half.

use anyhow::{Result, bail};

use super::answer;
use crate::build::Stamp;
use crate::repo::Repo;
use crate::step::Steps;

/// The oldest Node that Vite runs on.
const NODE: (u32, u32) = (20, 19);

/// Installs exactly what the lock file names, if that is not what is there.
pub(super) fn ensure(repo: &Repo, steps: &mut Steps) -> Result<()> {
    let mut inputs = vec![
        "package.json".to_owned(),
        "package-lock.json".to_owned(),
        ".npmrc".to_owned(),
    ];
    inputs.extend(
        repo.npm_members()
            .iter()
            .map(|member| format!("{member}/package.json")),
    );
    // Inside node_modules, so that it goes when that goes.
    let stamp = Stamp::of(repo, repo.path("node_modules/.headwater"), &inputs)?;
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
    steps.note("installing with npm: the packages of package-lock.json, into node_modules");
    steps
        .run(
            "npm ci",
            repo.command("npm").args(["ci", "--no-audit", "--no-fund"]),
        )
        .require()?;
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
