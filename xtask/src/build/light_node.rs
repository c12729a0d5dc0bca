//! From the light node's Rust to what its package ships: compile, bind, shrink.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::{Stamp, glue};
use crate::repo::Repo;
use crate::setup::WASM_TARGET;
use crate::step::Steps;

/// Where the package keeps the generated glue.
pub(crate) fn glue_folder(repo: &Repo) -> PathBuf {
    repo.path("pkg/dist/wasm")
}

/// Builds the wasm and its glue, if the crate exists.
pub(super) fn build(repo: &Repo, steps: &mut Steps) -> Result<()> {
    if !repo.has("light-node/Cargo.toml") {
        steps.skip("light node", "light-node is not there yet");
        return Ok(());
    }
    let mut cargo = repo.cargo();
    cargo.args(["build", "--package", "headwater-light-node", "--lib"]);
    cargo.args(["--target", WASM_TARGET, "--profile", "wasm"]);
    steps.run("light node", &mut cargo).require()?;

    // Cargo knows best whether the sources changed: only its output counts here.
    let compiled = repo.target(format!("{WASM_TARGET}/wasm/headwater_light_node.wasm"));
    let output = glue_folder(repo);
    let shrunk = output.join(glue::WASM);
    let inputs = [
        compiled.to_string_lossy().into_owned(),
        "Cargo.lock".to_owned(),
        "package-lock.json".to_owned(),
    ];
    let stamp = Stamp::of(repo, repo.target("xtask/stamps/light-node"), &inputs)?;
    if stamp.is_current(&[shrunk.clone(), output.join(glue::SCRIPT)]) {
        return Ok(());
    }
    steps.work("wasm-bindgen", || glue::generate(&compiled, &output))?;
    let mut opt = repo.npm_bin("wasm-opt");
    opt.arg("-Os")
        .arg(&shrunk)
        .arg("-o")
        .arg(output.join("shrunk.wasm"));
    steps.run("wasm-opt", &mut opt).require()?;
    fs::rename(output.join("shrunk.wasm"), &shrunk).context("cannot put the shrunk wasm in place")?;
    stamp.write()
}
