//! Knowing that nothing changed since the last build.

use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::repo::Repo;

/// A hash over a build's inputs, and the file that keeps the last one. A collision (1 in 2⁶⁴) would skip a build;
/// another hash function in a newer Rust repeats one.
pub(crate) struct Stamp {
    file: PathBuf,
    value: String,
}

impl Stamp {
    /// Over the contents and names of files, and of everything written by hand in folders. Missing ones count as such.
    pub(crate) fn of(repo: &Repo, file: PathBuf, inputs: &[impl AsRef<str>]) -> Result<Self> {
        let mut hasher = DefaultHasher::new();
        for input in inputs {
            for path in repo.files(input.as_ref())? {
                let bytes =
                    fs::read(repo.path(&path)).with_context(|| format!("cannot read {}", path.display()))?;
                hasher.write(path.as_os_str().as_encoded_bytes());
                hasher.write_usize(bytes.len());
                hasher.write(&bytes);
            }
            hasher.write_u8(0);
        }
        Ok(Self {
            file,
            value: format!("{:016x}", hasher.finish()),
        })
    }

    /// Whether the last build had these inputs and all of its outputs are still there.
    pub(crate) fn is_current(&self, outputs: &[PathBuf]) -> bool {
        let last = fs::read_to_string(&self.file).unwrap_or_default();
        last == self.value && outputs.iter().all(|output| output.exists())
    }

    /// The hash, for those that remember it elsewhere.
    pub(crate) fn value(&self) -> &str {
        &self.value
    }

    /// Remembers this build.
    pub(crate) fn write(&self) -> Result<()> {
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        }
        fs::write(&self.file, &self.value).with_context(|| format!("cannot write {}", self.file.display()))
    }
}
