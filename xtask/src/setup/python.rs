//! The Python programs of the interop tests, in an environment of their own: nothing of the system's is touched.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use super::{answer, on_path};
use crate::build::Stamp;
use crate::repo::Repo;
use crate::step::Steps;

/// The packages, each with its version and hashes.
const LOCK: &str = "tests/interop/requirements.txt";

/// Succeeds in a Python that can make environments (Debian keeps that in a package apart) and that the packages run on.
const FITS: &str = "import ensurepip, venv, sys; sys.exit(sys.version_info < (3, 11))";

/// The environment's interpreter: outside the build folder, so that it survives `cargo clean`.
pub(crate) fn program(repo: &Repo) -> PathBuf {
    root(repo).join("bin/python")
}

/// Whether an environment is to be made and there is no Python to make it with.
pub(super) fn is_missing(repo: &Repo) -> Result<bool> {
    Ok(!stamp(repo)?.is_current(&[program(repo)]) && base().is_none())
}

/// Makes the environment, if it is not what the lock file names.
pub(super) fn ensure(repo: &Repo, steps: &mut Steps) -> Result<()> {
    let stamp = stamp(repo)?;
    if stamp.is_current(&[program(repo)]) {
        return Ok(());
    }
    let Some(base) = base() else {
        bail!("Python 3.11 or newer with its venv module is needed: install it, and call it python3")
    };
    steps.note(
        "installing with pip: aiortc and FFmpeg 9, which the interop tests talk to, into .cache/python",
    );
    let mut environment = repo.command(base);
    environment.args(["-m", "venv", "--clear"]).arg(root(repo));
    steps.run("python -m venv", &mut environment).require()?;
    let mut install = repo.command(program(repo));
    install
        .args(["-m", "pip", "install", "--disable-pip-version-check"])
        // What is downloaded is what the lock names, and nothing of it runs before it is asked for.
        .args(["--require-hashes", "--no-deps", "--only-binary", ":all:"])
        .args(["--requirement", LOCK]);
    steps.run("pip install", &mut install).require()?;
    stamp.write()
}

/// A Python that fits: the one on the path, or, where that is another's shim or too old, the system's.
fn base() -> Option<String> {
    let candidates = [on_path("python3"), Some("/usr/bin/python3".to_owned())];
    candidates
        .into_iter()
        .flatten()
        .find(|python| answer(Command::new(python).args(["-c", FITS])).is_some())
}

fn stamp(repo: &Repo) -> Result<Stamp> {
    // Inside the environment, so that it goes when that goes.
    Stamp::of(repo, root(repo).join("headwater"), &[LOCK])
}

fn root(repo: &Repo) -> PathBuf {
    repo.path(".cache/python")
}
