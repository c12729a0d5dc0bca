//! Rust's own tools. Warnings are errors.

use crate::build::{self, Group};
use crate::repo::Repo;
use crate::setup::WASM_TARGET;
use crate::step::Steps;

/// Formatting.
pub(super) fn format(repo: &Repo, steps: &mut Steps) {
    let _ = steps.run(
        "rustfmt",
        repo.cargo()
            .args(["fmt", "--all", "--check", "--", "--color", "never"]),
    );
}

/// Lints, for this machine and for the page.
pub(super) fn lint(repo: &Repo, steps: &mut Steps) {
    for group in Group::ALL {
        // What does not compile has said so.
        if let Ok(output) = build::lint(repo, steps, group) {
            let _ = steps.work(&group.step("clippy"), || build::unwarned(&output));
        }
    }

    // The crates that run in the page have code that only wasm32 compiles. They are small, and the lints' compiler
    // optimises less, which nobody is to download: these are only checked.
    let mut page = repo.cargo();
    page.args(["clippy", "--target", WASM_TARGET, "--lib"]);
    page.args(["--package", "headwater-protocol"]);
    if repo.has("light-node/Cargo.toml") {
        page.args(["--package", "headwater-light-node"]);
    }
    let _ = steps.run("clippy (wasm32)", page.args(["--", "-D", "warnings"]));
}
