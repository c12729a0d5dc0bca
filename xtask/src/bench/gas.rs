//! What calls of the contracts cost: measured by a program of tests/chain, recorded in contracts/gas.json.

use std::process::{Command, ExitCode};

use anyhow::Result;
use serde_json::Value;

use super::pass_through;
use crate::repo::{Profile, Repo};
use crate::setup::{self, Need};
use crate::step::Steps;

const RECORD: &str = "contracts/gas.json";

/// All of it.
pub(super) fn measure(repo: &Repo, steps: &mut Steps) -> Result<(Value, bool)> {
    build(repo, steps)?;
    pass_through(program(repo).arg("--json"))
}

/// What costs more from now on is known.
pub(super) fn accept(repo: &Repo, steps: &mut Steps) -> Result<ExitCode> {
    build(repo, steps)?;
    steps
        .run(RECORD, program(repo).args(["--write", RECORD]))
        .require()?;
    Ok(ExitCode::SUCCESS)
}

/// Holds what it takes now against what is recorded, with programs that are built.
pub(crate) fn check(repo: &Repo, steps: &mut Steps) {
    let _ = steps.run("gas", program(repo).args(["--check", RECORD]));
}

fn build(repo: &Repo, steps: &mut Steps) -> Result<()> {
    setup::ensure(repo, steps, &[Need::Contracts])?;
    let mut npm = repo.command("npm");
    npm.args(["run", "build"]).current_dir(repo.path("contracts"));
    steps.run("contract build", &mut npm).require()?;
    let mut cargo = repo.cargo();
    cargo.args(["build", "--package", "headwater-test-chain", "--bin", "gas"]);
    steps.run("bench (dev)", &mut cargo).require().map(drop)
}

fn program(repo: &Repo) -> Command {
    repo.command(repo.target(Profile::Dev.folder()).join("gas"))
}
