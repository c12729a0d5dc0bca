//! One build of everything, linted while it is compiled: what `check` judges is what `test` runs.
//!
//! `cargo clippy` leaves nothing that could run: to lint by it and then to test compiles every dependency twice. Its driver
//! is a whole compiler, though. As cargo's wrapper for the workspace's own crates it lints and compiles them, while
//! dependencies come from rustc and are the same for a plain `cargo test`.

use std::process::Command;

use anyhow::{Result, bail};

use crate::repo::Repo;
use crate::step::Steps;

/// What is built in one go. xtask was built by itself to get here, with its own choice of its dependencies' features: with
/// the others', they would all be built again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    /// All that ships, and its tests.
    Product,
    /// This program.
    Xtask,
}

impl Group {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Product, Self::Xtask];

    /// What steps with it are called.
    pub(crate) fn step(self, what: &str) -> String {
        match self {
            Self::Product => what.to_owned(),
            Self::Xtask => format!("{what} of xtask"),
        }
    }

    /// Cargo with clippy's driver, told to do this with the group: whatever is to find [`lint`]'s results fresh.
    pub(crate) fn cargo(self, repo: &Repo, command: &str) -> Command {
        let mut cargo = repo.cargo();
        cargo
            .env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver")
            // Part of what makes a result fresh.
            .env_remove("CLIPPY_ARGS")
            // `unwarned` reads what it says.
            .env("CARGO_TERM_COLOR", "never")
            .arg(command);
        match self {
            Self::Product => cargo.args(["--workspace", "--exclude", "xtask"]),
            Self::Xtask => cargo.args(["--package", "xtask"]),
        };
        cargo
    }
}

/// Builds and lints all targets of a group in the dev profile.
///
/// # Errors
/// Something does not compile. Warnings are [`unwarned`]'s.
pub(crate) fn lint(repo: &Repo, steps: &mut Steps, group: Group) -> Result<String> {
    let mut cargo = group.cargo(repo, "build");
    cargo.args(["--all-targets", "--keep-going"]);
    steps.run(&group.step("build (dev)"), &mut cargo).require()
}

/// No crate of ours may have a warning. Cargo repeats those of crates that it had no need to compile.
pub(crate) fn unwarned(output: &str) -> Result<()> {
    let warned: Vec<&str> = output.lines().filter(|line| sums_up(line)).collect();
    if warned.is_empty() {
        return Ok(());
    }
    bail!("{output}\n{}", warned.join("\n"))
}

/// Whether cargo ends the list of a crate's warnings here. Its other warnings, of a slow network for one, are not the code's.
fn sums_up(line: &str) -> bool {
    line.starts_with("warning: `") && line.contains(" generated ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crates_warnings_count_and_cargos_own_do_not() {
        let network = "warning: spurious network error (3 tries remaining)\n    Finished `dev` profile\n";
        assert!(unwarned(network).is_ok());
        let warned = "warning: the `dbg!` macro is intended as a debugging tool\n --> protocol/src/lib.rs:1:1\n\n\
            warning: `headwater-protocol` (lib) generated 1 warning\n    Finished `dev` profile\n";
        let error = unwarned(warned).unwrap_err().to_string();
        assert!(error.contains("protocol/src/lib.rs:1"), "{error}");
    }
}
