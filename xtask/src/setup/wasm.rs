//! Rust's standard library for the browser.

use std::path::Path;

use anyhow::{Result, bail};

use super::{answer, on_path};
use crate::repo::Repo;
use crate::step::Steps;

/// The light node's target.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Adds the target to the toolchain in use. `rust-toolchain.toml` could name it, but installs nothing where rustup's
/// automatic installs are off.
pub(super) fn ensure(repo: &Repo, steps: &mut Steps) -> Result<()> {
    let sysroot = answer(repo.command("rustc").args(["--print", "sysroot"]));
    let library = |sysroot: &String| {
        Path::new(sysroot)
            .join("lib/rustlib")
            .join(TARGET)
            .join("lib")
            .is_dir()
    };
    if sysroot.as_ref().is_some_and(library) {
        return Ok(());
    }
    if on_path("rustup").is_none() {
        bail!(
            "this Rust has no {TARGET} and no rustup to add it: install Rust by rustup (https://rustup.rs), \
             or the package of your system that carries that target"
        );
    }
    steps.note(&format!(
        "installing with rustup: {TARGET} (the light node runs in the page)"
    ));
    steps
        .run(
            "rustup target add",
            repo.command("rustup").args(["target", "add", TARGET]),
        )
        .require()?;
    Ok(())
}
