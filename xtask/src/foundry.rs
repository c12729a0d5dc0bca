//! Foundry's programs, which npm installs with the contracts' packages, for the platforms that it has them for.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::repo::Repo;

/// Where the contracts are, and everything that Foundry works on.
const FOLDER: &str = "contracts";

/// `forge`, `cast` or `anvil`; nothing where npm has none for this platform.
pub(crate) fn program(repo: &Repo, name: &str) -> Option<PathBuf> {
    let program = repo.path(FOLDER).join("node_modules/.bin").join(name);
    program.exists().then_some(program)
}

/// One of them, started in the contracts' folder.
pub(crate) fn command(repo: &Repo, name: &str) -> Result<Command> {
    let program = program(repo, name).with_context(|| {
        format!("npm has no {name} for this platform: install Foundry from https://getfoundry.sh and link its {name} into {FOLDER}/node_modules/.bin")
    })?;
    let mut command = Command::new(program);
    command.current_dir(repo.path(FOLDER)).stdin(Stdio::null());
    Ok(command)
}

/// What `cast` answers to a question about the chain behind an RPC address.
pub(crate) fn ask(repo: &Repo, rpc: &str, question: &[&str]) -> Result<String> {
    // By the environment: addresses may hold an access key, and everybody sees command lines.
    let output = command(repo, "cast")?
        .args(question)
        .env("ETH_RPC_URL", rpc)
        .output()
        .context("cannot start cast")?;
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if !output.status.success() {
        bail!("cast {}: {}", question.join(" "), said(&output.stderr));
    }
    Ok(said(&output.stdout))
}
