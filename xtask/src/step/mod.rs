//! One line per step, with its duration; a tool's own words only when it fails.

mod process;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::repo::Repo;

/// How much of a failed tool's output is shown; the log file has all of it.
const SHOWN_LINES: usize = 300;

/// What has been done so far.
pub(crate) struct Steps {
    verbose: bool,
    logs: PathBuf,
    done: Vec<Done>,
}

struct Done {
    name: String,
    took: Duration,
    ok: bool,
}

/// What a program did.
#[must_use]
pub(crate) struct Ran {
    /// Whether it exited with 0.
    pub(crate) ok: bool,
    /// Everything that it wrote, standard output and error as they came.
    pub(crate) text: String,
    name: String,
}

impl Ran {
    /// Its output, if it succeeded.
    pub(crate) fn require(self) -> Result<String> {
        if self.ok {
            Ok(self.text)
        } else {
            bail!("{} failed", self.name)
        }
    }
}

impl Steps {
    /// None yet. With `verbose`, tools' output passes through.
    pub(crate) fn new(repo: &Repo, verbose: bool) -> Result<Self> {
        let logs = repo.target("xtask/logs");
        fs::create_dir_all(&logs).with_context(|| format!("cannot create {}", logs.display()))?;
        Ok(Self {
            verbose,
            logs,
            done: Vec::new(),
        })
    }

    /// Whether tools' output passes through.
    pub(crate) const fn verbose(&self) -> bool {
        self.verbose
    }

    /// The file that keeps the output of the step of this name.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        let file: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .collect();
        self.logs.join(file + ".log")
    }

    /// Runs a program as a step. A failure is shown at once; the caller decides whether it ends the command.
    pub(crate) fn run(&mut self, name: &str, command: &mut Command) -> Ran {
        let start = Instant::now();
        let log = self.log(name);
        let (ok, text) = match process::capture(name, command, &log, self.verbose) {
            Ok((status, text)) => (status.success(), text),
            Err(error) => (false, format!("{error:#}\n")),
        };
        if !ok && !self.verbose {
            show_end(&text);
            eprintln!("  (all of it: {})", log.display());
        }
        self.finish(name, start, ok);
        Ran {
            ok,
            text,
            name: name.to_owned(),
        }
    }

    /// Runs a function as a step. Its error is shown at once, and returned.
    pub(crate) fn work<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let start = Instant::now();
        let result = work();
        if let Err(error) = &result {
            eprintln!("{error:#}");
        }
        self.finish(name, start, result.is_ok());
        result.map_err(|_| anyhow::anyhow!("{name} failed"))
    }

    /// Says that something was not done, and why.
    pub(crate) fn skip(&self, name: &str, why: &str) {
        eprintln!("  {:>6}  {:>8}  {name}: {why}", "skip", "");
    }

    /// Says something worth knowing.
    pub(crate) fn note(&self, text: &str) {
        eprintln!("  {:>6}  {:>8}  {text}", "note", "");
    }

    /// The names of the steps that failed.
    pub(crate) fn failed(&self) -> Vec<&str> {
        self.done
            .iter()
            .filter(|step| !step.ok)
            .map(|step| step.name.as_str())
            .collect()
    }

    /// Prints the minutes of each step that took long enough to matter.
    pub(crate) fn summary(&self) {
        let total: Duration = self.done.iter().map(|step| step.took).sum();
        eprintln!("\nminutes per step (of a second or more):");
        for step in self.done.iter().filter(|step| step.took.as_secs() > 0) {
            eprintln!(
                "  {:>6.2}  {}{}",
                minutes(step.took),
                step.name,
                if step.ok { "" } else { "  FAILED" }
            );
        }
        eprintln!("  {:>6.2}  together", minutes(total));
    }

    fn finish(&mut self, name: &str, start: Instant, ok: bool) {
        let took = start.elapsed();
        eprintln!(
            "  {:>6}  {:>6.1} s  {name}",
            if ok { "ok" } else { "FAIL" },
            took.as_secs_f64()
        );
        self.done.push(Done {
            name: name.to_owned(),
            took,
            ok,
        });
    }
}

fn minutes(duration: Duration) -> f64 {
    duration.as_secs_f64() / 60.0
}

/// Prints the last lines of a text, where tools put what went wrong.
pub(crate) fn show_end(text: &str) {
    let lines: Vec<&str> = text.lines().collect();
    for line in &lines[lines.len().saturating_sub(SHOWN_LINES)..] {
        eprintln!("{line}");
    }
}
