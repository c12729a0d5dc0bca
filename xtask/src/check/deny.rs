//! Dependencies: their licences, their origins, what is banned, known advisories.

use crate::repo::Repo;
use crate::setup;
use crate::step::Steps;

/// Runs cargo-deny; advisories only where their database can be fetched.
pub(super) fn check(repo: &Repo, steps: &mut Steps) {
    let deny = |arguments: &[&str]| {
        let mut command = repo.command(setup::DENY.program(repo, "cargo-deny"));
        command.args(arguments);
        command
    };
    let _ = steps.run(
        "cargo deny",
        &mut deny(&["check", "--hide-inclusion-graph", "bans", "licenses", "sources"]),
    );

    let fetched = deny(&["fetch", "db"]).env("GIT_TERMINAL_PROMPT", "0").output();
    if fetched.is_ok_and(|output| output.status.success()) {
        let _ = steps.run(
            "cargo deny advisories",
            &mut deny(&["check", "--disable-fetch", "advisories"]),
        );
    } else {
        steps.skip(
            "cargo deny advisories",
            "their database, a git repository, is out of reach",
        );
    }
}
