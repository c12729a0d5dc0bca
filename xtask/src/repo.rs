//! Where things are: the checkout, the build folder, the tools inside them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

/// Folders that hold nothing written by hand.
const GENERATED: [&str; 5] = ["target", "node_modules", "dist", "out", "cache"];

/// A checkout of the workspace.
pub(crate) struct Repo {
    root: PathBuf,
    target: PathBuf,
}

/// How a Rust binary is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// What tests and CI use.
    Dev,
    /// What people and benches run.
    Release,
}

impl Repo {
    /// The checkout that this program was started for.
    pub(crate) fn open() -> Result<Self> {
        let package = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&package)
            .join("..")
            .canonicalize()
            .context("the checkout is gone")?;
        let target =
            env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir));
        Ok(Self { root, target })
    }

    /// A path inside the checkout.
    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    /// A path that somebody typed, for programs that start elsewhere.
    pub(crate) fn typed(&self, path: &Path) -> PathBuf {
        std::path::absolute(path).unwrap_or_else(|_| self.root.join(path))
    }

    /// A path inside the build folder.
    pub(crate) fn target(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.target.join(relative)
    }

    /// Whether the checkout has this file or folder.
    pub(crate) fn has(&self, relative: &str) -> bool {
        self.path(relative).exists()
    }

    /// A program started in the checkout's root.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    /// Cargo, without the variables that `cargo run` set for xtask: they would make build scripts run again.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = self.command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&name);
            }
        }
        command
    }

    /// A command that an npm package installed.
    pub(crate) fn npm_bin(&self, name: &str) -> Command {
        self.command(self.path("node_modules/.bin").join(name))
    }

    /// The server's binary.
    pub(crate) fn server(&self, profile: Profile) -> PathBuf {
        self.target(profile.folder()).join("headwater")
    }

    /// The members of the npm workspace that exist.
    pub(crate) fn npm_members(&self) -> Vec<&'static str> {
        let exists = |member: &&str| self.has(&format!("{member}/package.json"));
        ["pkg", "web", "tests/browser", "tests/interop", "tests/tickets"]
            .into_iter()
            .filter(exists)
            .collect()
    }

    /// Whether an npm member defines this script.
    pub(crate) fn has_script(&self, member: &str, script: &str) -> bool {
        let text = fs::read_to_string(self.path(member).join("package.json")).unwrap_or_default();
        let package: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        package["scripts"][script].is_string()
    }

    /// The files written by hand below a path, relative to the root and sorted; none if the path does not exist.
    pub(crate) fn files(&self, below: &str) -> Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        let mut pending = vec![self.path(below)];
        while let Some(path) = pending.pop() {
            if path.is_file() {
                files.push(path.strip_prefix(&self.root).unwrap_or(&path).to_owned());
            } else if path.is_dir() {
                let entries =
                    fs::read_dir(&path).with_context(|| format!("cannot list {}", path.display()))?;
                for entry in entries {
                    let entry = entry?;
                    let name = entry.file_name();
                    let name = name.to_string_lossy();
                    let hidden = name.starts_with('.') && name != ".ci" && name != ".cargo";
                    if !hidden && !GENERATED.contains(&name.as_ref()) && !entry.file_type()?.is_symlink() {
                        pending.push(entry.path());
                    }
                }
            }
        }
        files.sort();
        Ok(files)
    }
}

impl Profile {
    /// Its folder in the build folder.
    pub(crate) const fn folder(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "release",
        }
    }

    /// Its flag for cargo.
    pub(crate) const fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Dev => &[],
            Self::Release => &["--release"],
        }
    }
}
