//! What a visitor's browser has to download.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::repo::Repo;
use crate::step::Steps;

/// Bytes after gzip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sizes {
    /// The light node's wasm.
    pub(crate) wasm: usize,
    /// All JavaScript of the package's default entry, bundled and minified; the loader and the glue are part of it.
    pub(crate) js: usize,
}

impl Sizes {
    /// As the bench and the budget name them.
    pub(crate) fn json(self) -> Value {
        json!({ "wasm_gzip": self.wasm, "js_gzip": self.js })
    }
}

/// Weighs the built package.
pub(crate) fn measure(repo: &Repo, steps: &mut Steps) -> Result<Sizes> {
    let wasm = total(&with_extension(&crate::build::glue_folder(repo), "wasm")?)?;
    let output = repo.target("xtask/bundle");
    if output.exists() {
        fs::remove_dir_all(&output).with_context(|| format!("cannot empty {}", output.display()))?;
    }
    let mut bundler = repo.npm_bin("rolldown");
    bundler.arg(entry(&repo.path("pkg"))?).args([
        "--minify",
        "--format",
        "esm",
        "--platform",
        "browser",
        "--dir",
    ]);
    steps.run("bundle the package", bundler.arg(&output)).require()?;
    let js = total(&with_extension(&output, "js")?)?;
    if wasm == 0 || js == 0 {
        bail!("the package is not built: {wasm} bytes of wasm and {js} of JavaScript");
    }
    Ok(Sizes { wasm, js })
}

/// The file that `import "@headwater/light-node"` loads.
fn entry(package: &Path) -> Result<PathBuf> {
    let text = fs::read_to_string(package.join("package.json")).context("pkg is not there yet")?;
    let manifest: Value = serde_json::from_str(&text).context("pkg/package.json is not JSON")?;
    let name = default_entry(&manifest["exports"]).context("pkg/package.json exports no default entry")?;
    Ok(package.join(name))
}

fn default_entry(exports: &Value) -> Option<&str> {
    let root = exports.get(".").unwrap_or(exports);
    let by_condition = |condition| root.get(condition).and_then(Value::as_str);
    root.as_str().or_else(|| {
        ["browser", "import", "default"]
            .into_iter()
            .find_map(by_condition)
    })
}

fn with_extension(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(with_extension(&path, extension)?);
        } else if path.extension().is_some_and(|found| found == extension) {
            files.push(path);
        }
    }
    Ok(files)
}

fn total(files: &[PathBuf]) -> Result<usize> {
    let mut sum = 0;
    for file in files {
        sum += gzip(&fs::read(file).with_context(|| format!("cannot read {}", file.display()))?);
    }
    Ok(sum)
}

/// How many bytes `gzip -9` makes of these.
fn gzip(bytes: &[u8]) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .expect("writing to memory does not fail")
        .len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_weighed_one_by_one_as_they_are_served() {
        let one = gzip(&[7; 10_000]);
        assert!((20..100).contains(&one), "{one} bytes for a run of one value");
        let folder = std::env::temp_dir().join(format!("headwater-size-{}", std::process::id()));
        fs::create_dir_all(folder.join("chunks")).unwrap();
        for name in ["a.js", "chunks/b.js", "c.txt"] {
            fs::write(folder.join(name), [7; 10_000]).unwrap();
        }
        let files = with_extension(&folder, "js").unwrap();
        let sum = total(&files).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(sum, 2 * one);
    }

    #[test]
    fn the_default_entry_is_found_in_every_form_of_exports() {
        assert_eq!(default_entry(&json!("./a.js")), Some("./a.js"));
        assert_eq!(default_entry(&json!({ ".": "./a.js" })), Some("./a.js"));
        let conditions = json!({ ".": { "types": "./a.d.ts", "default": "./a.js" }, "./react": "./r.js" });
        assert_eq!(default_entry(&conditions), Some("./a.js"));
        assert_eq!(default_entry(&json!({ "./react": "./r.js" })), None);
    }
}
