//! cargo-deny, which reads the licences and origins of all dependencies.

use std::path::PathBuf;

use anyhow::Result;

use crate::repo::Repo;
use crate::step::Steps;

/// One version for everybody, so that `deny.toml` means the same everywhere.
const VERSION: &str = "0.20.2";

/// Where it lies: outside the build folder, so that it survives `cargo clean`.
pub(crate) fn program(repo: &Repo) -> PathBuf {
    root(repo).join("bin/cargo-deny")
}

/// Builds it once.
pub(super) fn ensure(repo: &Repo, steps: &mut Steps) -> Result<()> {
    if program(repo).is_file() {
        return Ok(());
    }
    steps.note(&format!(
        "building cargo-deny {VERSION} (licences, bans, sources); once, under three minutes"
    ));
    let mut cargo = repo.cargo();
    cargo
        .args([
            "install",
            "cargo-deny",
            "--locked",
            "--version",
            VERSION,
            "--root",
        ])
        .arg(root(repo));
    // It runs for a second: built to be there soon, not to be fast.
    for (setting, value) in [("LTO", "off"), ("CODEGEN_UNITS", "16"), ("OPT_LEVEL", "0")] {
        cargo.env(format!("CARGO_PROFILE_RELEASE_{setting}"), value);
    }
    steps.run("cargo install cargo-deny", &mut cargo).require()?;
    Ok(())
}

fn root(repo: &Repo) -> PathBuf {
    repo.path(".cache").join(format!("cargo-deny-{VERSION}"))
}
