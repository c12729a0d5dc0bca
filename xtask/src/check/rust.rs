//! Rust's own tools. Warnings are errors.

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
    let mut host = repo.cargo();
    host.args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    let _ = steps.run("clippy", &mut host);

    // The crates that run in the page have code that only wasm32 compiles.
    let mut page = repo.cargo();
    page.args([
        "clippy",
        "--target",
        WASM_TARGET,
        "--lib",
        "--package",
        "headwater-protocol",
    ]);
    if repo.has("light-node/Cargo.toml") {
        page.args(["--package", "headwater-light-node"]);
    }
    let _ = steps.run("clippy (wasm32)", page.args(["--", "-D", "warnings"]));
}

/// Documentation: no broken links, nothing malformed.
pub(super) fn document(repo: &Repo, steps: &mut Steps) {
    let mut cargo = repo.cargo();
    cargo
        .args(["doc", "--workspace", "--no-deps"])
        .env("RUSTDOCFLAGS", "-D warnings");
    let _ = steps.run("rustdoc", &mut cargo);
}
