//! Who may know whom. The rules are ARCHITECTURE's; each has a test that breaks it.

mod graph;
mod names;
mod pages;
mod solidity;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::source::Language;
use crate::repo::Repo;
use crate::step::Steps;

/// A source file, relative to the root.
struct File {
    path: PathBuf,
    language: Language,
    text: String,
}

/// Checks all rules; folders that do not exist break none.
pub(super) fn check(repo: &Repo, steps: &mut Steps) -> Result<()> {
    let files = read(repo)?;
    steps.work("import rules", || {
        let mut broken = graph::check(repo)?;
        broken.extend(names::check(&files));
        broken.extend(pages::check(&files));
        broken.extend(solidity::check(&files));
        if broken.is_empty() {
            Ok(())
        } else {
            bail!("{}", broken.join("\n"))
        }
    })
}

fn read(repo: &Repo) -> Result<Vec<File>> {
    let mut files = Vec::new();
    for path in repo.files(".")? {
        if let Some(language) = Language::of(&path) {
            let text = fs::read_to_string(repo.path(&path))
                .with_context(|| format!("cannot read {}", path.display()))?;
            files.push(File { path, language, text });
        }
    }
    Ok(files)
}

#[cfg(test)]
impl File {
    fn new(path: &str, text: &str) -> Self {
        let path = PathBuf::from(path);
        Self {
            language: Language::of(&path).unwrap(),
            path,
            text: text.to_owned(),
        }
    }
}
