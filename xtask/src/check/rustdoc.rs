//! Documentation out of what was built: no broken links, nothing malformed.
//!
//! `cargo doc` checks every dependency once more. `cargo test --doc` does not: it hands rustdoc the libraries that the build
//! left, to run the examples with. Told that this program is rustdoc, it hands them to [`stand_in`], which asks the real
//! one for the pages instead.

use std::env;
use std::ffi::{OsStr, OsString};
use std::process::{Command, ExitCode};

use crate::build::Group;
use crate::repo::{Profile, Repo};
use crate::step::Steps;

/// Where pages go; set where this program stands in for rustdoc.
const PAGES: &str = "HEADWATER_RUSTDOC_PAGES";

/// Documents every library. Programs have no readers but ours.
pub(super) fn check(repo: &Repo, steps: &mut Steps) {
    let mut cargo = Group::Product.cargo(repo, "test");
    cargo
        .arg("--doc")
        // Not by what is running: a build may have put another file in its place.
        .env("RUSTDOC", repo.target(Profile::Dev.folder()).join("xtask"))
        .env("RUSTDOCFLAGS", "-D warnings")
        .env(PAGES, repo.target("doc"));
    let _ = steps.run("rustdoc", &mut cargo);
}

/// If this was started as rustdoc: what that says.
pub(crate) fn stand_in() -> Option<ExitCode> {
    let pages = env::var_os(PAGES)?;
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    let status = Command::new("rustdoc").args(instead(arguments, &pages)).status();
    Some(match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("cannot start rustdoc: {error}");
            ExitCode::FAILURE
        }
    })
}

/// The same for pages as for tests. What is no test, such as asking for the version, stays.
fn instead(arguments: Vec<OsString>, pages: &OsStr) -> Vec<OsString> {
    if !arguments.iter().any(|argument| argument == "--test") {
        return arguments;
    }
    let mut kept = vec!["--out-dir".into(), pages.to_owned()];
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let text = argument.to_string_lossy();
        if text.starts_with("--test-") {
            // With its value.
            arguments.next();
        } else if text != "--test" && text != "--no-capture" && text != "--nocapture" {
            kept.push(argument);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<OsString> {
        text.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn tests_become_pages_with_the_same_libraries() {
        let tests = "--crate-name a --test src/lib.rs --test-run-directory /a --extern b=libb.rlib";
        let pages = "--out-dir doc --crate-name a src/lib.rs --extern b=libb.rlib";
        assert_eq!(instead(words(tests), OsStr::new("doc")), words(pages));
    }

    #[test]
    fn other_questions_are_passed_on() {
        assert_eq!(instead(words("-vV"), OsStr::new("doc")), words("-vV"));
    }
}
