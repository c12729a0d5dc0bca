//! The orchestrator's binary.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::repo::{Profile, Repo};
use crate::step::Steps;

/// Builds it. Returns where it is.
pub(crate) fn server(repo: &Repo, steps: &mut Steps, profile: Profile) -> Result<PathBuf> {
    if !repo.has("native-transcoder/Cargo.toml") {
        bail!("native-transcoder is not there yet, and it is the server");
    }
    let mut cargo = repo.cargo();
    cargo
        .args([
            "build",
            "--package",
            "headwater-native-transcoder",
            "--bin",
            "headwater",
        ])
        .args(profile.flags());
    let name = if profile == Profile::Release {
        "server (release)"
    } else {
        "server"
    };
    steps.run(name, &mut cargo).require()?;
    Ok(repo.server(profile))
}
