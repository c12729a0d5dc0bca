//! What tickets take: natively beside libsecp256k1, in wasm beside @noble/curves, and on chain as contracts/gas.json has it.

use std::path::PathBuf;

use anyhow::Result;
use serde_json::Value;

use super::{merge, pass_through};
use crate::repo::{Profile, Repo};
use crate::setup::{self, Need, WASM_TARGET};
use crate::step::Steps;

const PACKAGE: &str = "headwater-bench-tickets";
const PAGE: &str = "tests/tickets/page.mjs";

/// Both halves.
pub(super) fn measure(repo: &Repo, steps: &mut Steps) -> Result<(Value, bool)> {
    setup::ensure(repo, steps, &[Need::Wasm, Need::Npm])?;
    let mut cargo = repo.cargo();
    cargo.args(["build", "--release", "--package", PACKAGE, "--bin", PACKAGE]);
    steps.run("bench (release)", &mut cargo).require()?;
    let wasm = build_page(repo, steps)?;

    let native = repo.target(Profile::Release.folder()).join(PACKAGE);
    let (mut results, mut ok) = pass_through(repo.command(native).arg("--json"))?;
    let (page, succeeded) = pass_through(repo.command("node").arg(PAGE).arg(wasm))?;
    merge::into(&mut results, page);
    ok &= succeeded;
    Ok((results, ok))
}

/// Compiled and shrunk as the light node is.
fn build_page(repo: &Repo, steps: &mut Steps) -> Result<PathBuf> {
    let mut cargo = repo.cargo();
    cargo.args(["build", "--package", PACKAGE, "--lib"]);
    cargo.args(["--target", WASM_TARGET, "--profile", "wasm"]);
    steps.run("bench (wasm)", &mut cargo).require()?;
    let shrunk = repo.target("xtask/bench_tickets.wasm");
    let mut opt = repo.npm_bin("wasm-opt");
    opt.arg("-Os")
        .arg(repo.target(format!("{WASM_TARGET}/wasm/bench_tickets.wasm")))
        .arg("-o")
        .arg(&shrunk);
    steps.run("wasm-opt", &mut opt).require()?;
    Ok(shrunk)
}
