//! Every test of every part: the contracts, Rust, the package in TypeScript, the pages, whole chains in a real browser, and with programs
//! that no one here wrote.

mod tally;

use std::env;
use std::process::{Command, ExitCode};

use anyhow::Result;

use tally::Tally;

use crate::bench::gas;
use crate::build::{self, Group};
use crate::check::types;
use crate::repo::{Profile, Repo};
use crate::setup::{self, Need};
use crate::step::Steps;

/// Runs them all, and goes on after a failure. The last line is `N passed, N failed`.
pub(crate) fn run(repo: &Repo, steps: &mut Steps) -> Result<ExitCode> {
    let needs = [
        Need::Media,
        Need::Browser,
        Need::Firefox,
        Need::Python,
        Need::Turn,
        Need::Authority,
        Need::Networks,
        Need::Wasm,
        Need::Npm,
        Need::Contracts,
    ];
    setup::ensure(repo, steps, &needs)?;
    let mut tally = Tally::default();
    contracts(repo, steps, &mut tally);
    rust(repo, steps, &mut tally);
    if build::pages(repo, steps).is_ok() {
        types::check(repo, steps);
        scripts(repo, steps, &mut tally);
    }

    steps.summary();
    // A step that failed without any test to blame (a build, a type) counts as one.
    let failed_steps = steps.failed();
    if !failed_steps.is_empty() {
        println!("failed: {}", failed_steps.join(", "));
    }
    let failed = tally.failed.max(failed_steps.len());
    println!("{} passed, {failed} failed", tally.passed);
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The Solidity suites, and what is said about them from outside.
fn contracts(repo: &Repo, steps: &mut Steps, tally: &mut Tally) {
    for (name, script) in [("contract build", "build"), ("contract tests", "test")] {
        let mut npm = repo.command("npm");
        npm.args(["run", script]).current_dir(repo.path("contracts"));
        // What is tested with them deploys by this very program.
        if let Ok(xtask) = env::current_exe() {
            npm.env("HEADWATER_XTASK", xtask);
        }
        tally.add(&steps.run(name, &mut npm).text);
    }
}

/// One build of everything in the dev profile, then all Rust tests on it, and what the contracts' calls cost.
fn rust(repo: &Repo, steps: &mut Steps, tally: &mut Tally) {
    // Warnings are for `check` to judge.
    for group in Group::ALL {
        if build::lint(repo, steps, group).is_err() {
            return;
        }
    }
    for group in Group::ALL {
        let mut test = group.cargo(repo, "test");
        test.arg("--no-fail-fast");
        let ran = steps.run(&group.step("rust tests"), with_server(repo, &mut test));
        tally.add(&ran.text);
    }
    gas::check(repo, steps);
}

/// The package's own tests, then the browser's and the foreign programs', which start the server themselves.
fn scripts(repo: &Repo, steps: &mut Steps, tally: &mut Tally) {
    for member in ["pkg", "web"] {
        if repo.has_script(member, "test") {
            let mut npm = repo.command("npm");
            npm.args(["run", "test", "--workspace", member]);
            tally.add(&steps.run(&format!("{member} tests"), &mut npm).text);
        }
    }
    for (name, folder) in [
        ("browser tests", "tests/browser"),
        ("interop tests", "tests/interop"),
    ] {
        if !repo.has(folder) {
            steps.skip(name, &format!("{folder} is not there yet"));
        } else if !repo.server(Profile::Dev).exists() {
            steps.skip(name, "there is no server yet");
        } else {
            let mut tests = repo.command("node");
            // One file at a time: several browsers at once would measure each other.
            tests
                .args(["--test", "--test-reporter=spec", "--test-concurrency=1"])
                .current_dir(repo.path(folder));
            tally.add(&steps.run(name, with_server(repo, &mut tests)).text);
        }
    }
}

fn with_server<'a>(repo: &Repo, command: &'a mut Command) -> &'a mut Command {
    command
        .env("HEADWATER_BIN", repo.server(Profile::Dev))
        .env("HEADWATER_PAGES", repo.path("web/dist"))
        .env("HEADWATER_PYTHON", setup::INTEROP.program(repo, "python"));
    for (variable, browser) in [
        ("HEADWATER_CHROMIUM", setup::chromium()),
        ("HEADWATER_FIREFOX", setup::firefox()),
    ] {
        if let Some(browser) = browser {
            command.env(variable, browser);
        }
    }
    command
}
