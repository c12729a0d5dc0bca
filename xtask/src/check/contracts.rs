//! The contracts: their format, and that what Rust and JavaScript read is what they say.

use crate::repo::Repo;
use crate::step::Steps;

/// Checks both.
pub(super) fn check(repo: &Repo, steps: &mut Steps) {
    for (name, script) in [("forge fmt", "format"), ("contracts/abi", "abi")] {
        let mut npm = repo.command("npm");
        npm.args(["run", script, "--", "--check"])
            .current_dir(repo.path("contracts"));
        let _ = steps.run(name, &mut npm);
    }
}
