//! The package's list of error codes, generated from the protocol's.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::build::Group;
use crate::repo::Repo;
use crate::step::Steps;

const FILE: &str = "pkg/src/codes.ts";

/// Writes the list into the package.
pub(crate) fn write(repo: &Repo, steps: &mut Steps) -> Result<()> {
    if !repo.has("pkg/src") {
        steps.skip("codes", "pkg is not there yet");
        return Ok(());
    }
    let text = generate(repo, steps)?;
    fs::write(repo.path(FILE), text).with_context(|| format!("cannot write {FILE}"))
}

/// Fails when the package's list is not the protocol's.
pub(crate) fn check(repo: &Repo, steps: &mut Steps) -> Result<()> {
    if !repo.has("pkg/src") {
        steps.skip("codes", "pkg is not there yet");
        return Ok(());
    }
    let wanted = generate(repo, steps)?;
    let found = fs::read_to_string(repo.path(FILE)).unwrap_or_default();
    steps.work("codes are up to date", || {
        if found != wanted {
            bail!("{FILE} is not what the protocol's list says; run `cargo xtask codes`");
        }
        Ok(())
    })
}

/// Built as a step, run apart: cargo's words must not land in the file.
fn generate(repo: &Repo, steps: &mut Steps) -> Result<String> {
    // As one of its group: by itself it would choose other features of its dependencies, and they would be built again.
    let mut cargo = Group::Product.cargo(repo, "build");
    cargo.args(["--bin", "headwater-codes"]);
    steps.run("codes", &mut cargo).require()?;
    let program = repo.target("debug/headwater-codes");
    let output = repo
        .command(&program)
        .output()
        .with_context(|| format!("cannot start {}", program.display()))?;
    if !output.status.success() {
        bail!(
            "headwater-codes failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    String::from_utf8(output.stdout).context("the codes are not UTF-8")
}
