//! Everything about the sources that a machine can judge without running them.

mod budget;
mod contracts;
mod deny;
mod file_size;
mod imports;
mod rust;
pub(crate) mod rustdoc;
mod source;
pub(crate) mod types;

use std::process::ExitCode;

use anyhow::Result;

use crate::repo::Repo;
use crate::setup::{self, Need};
use crate::step::Steps;
use crate::{build, codes};

/// Runs all checks, the quick ones first, and goes on after a failure.
pub(crate) fn run(repo: &Repo, steps: &mut Steps) -> Result<ExitCode> {
    setup::ensure(
        repo,
        steps,
        &[
            Need::Media,
            Need::Wasm,
            Need::Npm,
            Need::Contracts,
            Need::Slither,
            Need::Deny,
        ],
    )?;

    // A failed step has said so and is listed at the end, hence the dropped results.
    let _ = file_size::check(repo, steps);
    let _ = imports::check(repo, steps);
    rust::format(repo, steps);
    contracts::check(repo, steps);
    deny::check(repo, steps);
    rust::lint(repo, steps);
    rustdoc::check(repo, steps);
    let _ = codes::check(repo, steps);
    let built = build::package(repo, steps);
    types::check(repo, steps);
    if built.is_ok() {
        let _ = budget::check(repo, steps);
    }

    steps.summary();
    let failed = steps.failed();
    if failed.is_empty() {
        println!("all checks passed");
        Ok(ExitCode::SUCCESS)
    } else {
        println!("failed: {}", failed.join(", "));
        Ok(ExitCode::FAILURE)
    }
}
