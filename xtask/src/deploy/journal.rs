//! The files that a deployment leaves: the addresses when it is whole, and until then what going on with it takes.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

/// The address file, and the unfinished one beside it.
pub(super) struct Journal {
    pub(super) out: PathBuf,
    unfinished: PathBuf,
}

impl Journal {
    /// For the address file at this path.
    pub(super) fn at(out: PathBuf) -> Self {
        let mut unfinished = out.clone().into_os_string();
        unfinished.push(".unfinished");
        Self {
            out,
            unfinished: unfinished.into(),
        }
    }

    /// The addresses of a deployment that came to its end.
    pub(super) fn finished(&self) -> Option<Value> {
        serde_json::from_str(&fs::read_to_string(&self.out).ok()?).ok()
    }

    /// The plan of the deployment to go on with, if that is asked for and it was made of the same `stamp`.
    pub(super) fn resume(&self, wanted: bool, stamp: &str) -> Result<Option<Value>> {
        let shown = self.unfinished.display();
        if !wanted {
            if self.unfinished.exists() {
                bail!(
                    "a deployment was interrupted ({shown}): go on with --resume, or remove that file to begin anew"
                );
            }
            return Ok(None);
        }
        let text = fs::read_to_string(&self.unfinished)
            .with_context(|| format!("there is nothing to go on with: {shown} cannot be read"))?;
        let begun: Value = serde_json::from_str(&text).with_context(|| format!("{shown} is no JSON"))?;
        if begun["stamp"] != stamp {
            bail!(
                "contracts, configuration or owner are no longer those that {shown} was begun with: bring them back, or remove that file to begin anew"
            );
        }
        Ok(Some(begun["plan"].clone()))
    }

    /// Remembers what is about to be sent, before it is.
    pub(super) fn begin(&self, stamp: &str, plan: &Value) -> Result<()> {
        write(&self.unfinished, &json!({ "stamp": stamp, "plan": plan }))
    }

    /// Writes the addresses.
    pub(super) fn finish(&self, addresses: &Value) -> Result<()> {
        write(&self.out, addresses)?;
        fs::remove_file(&self.unfinished)
            .with_context(|| format!("cannot remove {}", self.unfinished.display()))
    }
}

/// Whole or not at all, whenever it is interrupted.
fn write(path: &Path, json: &Value) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let mut new = path.to_owned().into_os_string();
    new.push(".new");
    fs::write(&new, format!("{json:#}\n"))
        .and_then(|()| fs::rename(&new, path))
        .with_context(|| format!("cannot write {}", path.display()))
}
