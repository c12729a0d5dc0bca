//! The members of the npm workspace that are built: the package, and the pages on it.

use anyhow::Result;

use super::Stamp;
use crate::repo::Repo;
use crate::step::Steps;

/// A member with a `build` script.
pub(super) struct Member {
    folder: &'static str,
    /// What its build reads besides its own folder.
    inputs: &'static [&'static str],
    /// What is there after a build.
    output: &'static str,
}

/// `@headwater/light-node`.
pub(super) const PACKAGE: Member = Member {
    folder: "pkg",
    inputs: &["pkg/dist/wasm"],
    output: "pkg/dist/index.js",
};
/// The pages that the orchestrator serves.
pub(super) const PAGES: Member = Member {
    folder: "web",
    inputs: &["pkg/dist"],
    output: "web/dist/index.html",
};

/// Runs a member's build, unless nothing that it reads has changed since the last one.
pub(super) fn build(repo: &Repo, steps: &mut Steps, member: &Member) -> Result<()> {
    let folder = member.folder;
    if !repo.has(&format!("{folder}/package.json")) {
        steps.skip(folder, &format!("{folder} is not there yet"));
        return Ok(());
    }
    let mut inputs = vec![folder, "package-lock.json", "tsconfig.json"];
    inputs.extend(member.inputs);
    let stamp = Stamp::of(repo, repo.target(format!("xtask/stamps/{folder}")), &inputs)?;
    if stamp.is_current(&[repo.path(member.output)]) {
        return Ok(());
    }
    steps
        .run(
            folder,
            repo.command("npm").args(["run", "build", "--workspace", folder]),
        )
        .require()?;
    stamp.write()
}
