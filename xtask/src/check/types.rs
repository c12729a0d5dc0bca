//! TypeScript: every member of the npm workspace that has a `tsconfig.json`.

use crate::repo::Repo;
use crate::step::Steps;

/// Type-checks them. Pages and tests see the package through its built declarations, so build it first.
pub(crate) fn check(repo: &Repo, steps: &mut Steps) {
    for member in ["pkg", "web", "tests/browser", "tests/interop", "tests/tickets"] {
        if repo.has(&format!("{member}/tsconfig.json")) {
            let _ = steps.run(
                &format!("tsc {member}"),
                repo.npm_bin("tsc").args(["--noEmit", "--project", member]),
            );
        } else {
            steps.skip(&format!("tsc {member}"), "it has no tsconfig.json yet");
        }
    }
}
