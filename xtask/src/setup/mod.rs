//! What a machine needs before a command can run. Nothing that is there is touched; when all is there this takes
//! well under a second.

mod apt;
mod npm;
mod python;
mod wasm;

use std::process::{Command, Stdio};

use anyhow::Result;

pub(crate) use python::{DENY, INTEROP, SLITHER};
pub(crate) use wasm::TARGET as WASM_TARGET;

use crate::repo::Repo;
use crate::step::Steps;

/// Something that a command relies on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// FFmpeg with its libraries' headers, and what binds to them: the native transcoder and its tests.
    Media,
    /// A Chromium to drive.
    Browser,
    /// A Firefox to drive.
    Firefox,
    /// Python programs to talk to.
    Python,
    /// What analyses the contracts.
    Slither,
    /// A TURN server to reach the node through.
    Turn,
    /// A CA to get certificates from.
    Authority,
    /// Networks of its own to put a node into, and a NAT before it.
    Networks,
    /// The standard library for wasm32.
    Wasm,
    /// The npm packages of the lock file.
    Npm,
    /// The Solidity compiler, Foundry and OpenZeppelin.
    Contracts,
    /// cargo-deny.
    Deny,
}

impl Need {
    /// All of them.
    pub(crate) const ALL: [Self; 12] = [
        Self::Media,
        Self::Browser,
        Self::Firefox,
        Self::Python,
        Self::Slither,
        Self::Turn,
        Self::Authority,
        Self::Networks,
        Self::Wasm,
        Self::Npm,
        Self::Contracts,
        Self::Deny,
    ];
}

/// Installs what is missing, saying what and why. Fails, with the command to run by hand, where it may not.
pub(crate) fn ensure(repo: &Repo, steps: &mut Steps, needs: &[Need]) -> Result<()> {
    apt::ensure(repo, steps, needs)?;
    for need in needs {
        match need {
            Need::Media | Need::Browser | Need::Firefox | Need::Turn | Need::Authority | Need::Networks => {}
            Need::Python => INTEROP.ensure(repo, steps)?,
            Need::Slither => SLITHER.ensure(repo, steps)?,
            Need::Wasm => wasm::ensure(repo, steps)?,
            Need::Npm => npm::ensure(repo, steps)?,
            Need::Contracts => npm::ensure_contracts(repo, steps)?,
            Need::Deny => DENY.ensure(repo, steps)?,
        }
    }
    Ok(())
}

/// The Chromium to drive: `HEADWATER_CHROMIUM`, or the first known name on the path.
pub(crate) fn chromium() -> Option<String> {
    chosen(
        "HEADWATER_CHROMIUM",
        &[
            "chromium",
            "chromium-browser",
            "google-chrome-stable",
            "google-chrome",
        ],
    )
}

/// The Firefox to drive: `HEADWATER_FIREFOX`, or the first known name on the path.
pub(crate) fn firefox() -> Option<String> {
    chosen("HEADWATER_FIREFOX", &["firefox-esr", "firefox"])
}

/// What the environment names, or the first of these programs on the path.
fn chosen(variable: &str, names: &[&str]) -> Option<String> {
    let named = std::env::var(variable).ok();
    named.or_else(|| names.iter().copied().find_map(on_path))
}

/// Where the path has this program.
fn on_path(program: &str) -> Option<String> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
        .and_then(|file| file.to_str().map(str::to_owned))
}

/// What a program prints, if it succeeds.
fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
