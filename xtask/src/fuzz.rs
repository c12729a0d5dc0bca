//! Fuzzing, on the stable compiler: what `cargo fuzz` adds to it are sanitizers, which need a nightly one, and our code
//! that reads strangers' bytes is safe Rust. The layout is cargo-fuzz's, for whoever has both.

use std::fs;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::repo::Repo;
use crate::setup::{self, Need};
use crate::step::Steps;

const TARGETS: &str = "fuzz/fuzz_targets";

/// Coverage as libFuzzer reads it: counters in line, and a table of where they stand.
const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Cdebug-assertions=yes -Coverflow-checks=yes -Ccodegen-units=1";

/// What to fuzz.
#[derive(Args)]
pub(crate) struct Options {
    /// The target; all of them, one after the other, without.
    target: Option<String>,

    /// Seconds for each.
    #[arg(long, default_value_t = 60)]
    seconds: u32,
}

/// Builds the targets and runs them.
pub(crate) fn run(repo: &Repo, steps: &mut Steps, options: &Options) -> Result<ExitCode> {
    setup::ensure(repo, steps, &[Need::Media])?;
    let known = targets(repo)?;
    let chosen = match &options.target {
        None => known,
        Some(target) if known.contains(target) => vec![target.clone()],
        Some(target) => bail!("there is no target {target}; there are {}", known.join(", ")),
    };
    let host = host(repo)?;
    for target in &chosen {
        let mut cargo = repo.cargo();
        cargo
            .args([
                "build",
                "--manifest-path",
                "fuzz/Cargo.toml",
                "--bin",
                target,
                "--target",
                &host,
            ])
            .arg("--target-dir")
            .arg(repo.target("fuzz"))
            .env("RUSTFLAGS", COVERAGE);
        steps.run(&format!("build {target}"), &mut cargo).require()?;
    }
    for target in &chosen {
        let folders = ["found", "artifacts"].map(|folder| format!("fuzz/{folder}/{target}"));
        for folder in &folders {
            fs::create_dir_all(repo.path(folder)).with_context(|| format!("cannot create {folder}"))?;
        }
        let [found, artifacts] = folders;
        let mut fuzzer = repo.command(repo.target(format!("fuzz/{host}/debug/{target}")));
        fuzzer
            .arg(format!("-max_total_time={}", options.seconds))
            // A unit that takes longer, or needs more, is a finding too.
            .args(["-timeout=5", "-rss_limit_mb=1024", "-max_len=65536"])
            .arg(format!("-artifact_prefix={artifacts}/"))
            .args([found, format!("fuzz/corpus/{target}")]);
        let _ = steps.run(&format!("fuzz {target}"), &mut fuzzer);
    }
    steps.summary();
    Ok(if steps.failed().is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn targets(repo: &Repo) -> Result<Vec<String>> {
    let files = repo.files(TARGETS)?;
    let names = files
        .iter()
        .filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned()));
    Ok(names.collect())
}

/// This machine, as the compiler calls it. Naming it keeps coverage out of build scripts.
fn host(repo: &Repo) -> Result<String> {
    let output = repo
        .command("rustc")
        .args(["-vV"])
        .output()
        .context("rustc does not run")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .context("rustc does not say what this machine is")
}
