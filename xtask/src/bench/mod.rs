//! Benches: a table for people and, with `--json`, one JSON object on the last line.

pub(crate) mod gas;
mod merge;
mod tickets;

use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::repo::{Profile, Repo};
use crate::setup::{self, Need};
use crate::step::Steps;
use crate::{build, size};

const SERVER: &str = "tests/bench";
const BROWSER: &str = "tests/browser/bench.mjs";

/// What to measure.
#[derive(Args)]
pub(crate) struct Options {
    /// The bench.
    name: Name,

    /// End with one JSON object on the last line.
    #[arg(long)]
    json: bool,

    /// Record what gas takes now in contracts/gas.json, against which tests hold it.
    #[arg(long)]
    accept: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Name {
    /// CPU and wall time against FFmpeg's command, at equal quality.
    Transcode,
    /// What the server adds, glass to glass, and the first frame.
    Latency,
    /// From a killed worker to the next picture.
    Recovery,
    /// From a layer's selection to its first picture.
    Switch,
    /// What the worker alone adds, and how long a killed one is missed.
    Worker,
    /// Streams on time, and memory, under 2,000 hostile requests a second.
    Hostile,
    /// What a visitor's browser downloads.
    Size,
    /// What calls of the contracts cost, beside Livepeer's.
    Gas,
    /// Checking tickets beside libsecp256k1, signing them in wasm beside @noble/curves.
    Tickets,
}

impl Name {
    const fn text(self) -> &'static str {
        match self {
            Self::Transcode => "transcode",
            Self::Latency => "latency",
            Self::Recovery => "recovery",
            Self::Switch => "switch",
            Self::Worker => "worker",
            Self::Hostile => "hostile",
            Self::Size => "size",
            Self::Gas => "gas",
            Self::Tickets => "tickets",
        }
    }

    /// Whether a part of it runs in the browser.
    const fn in_browser(self) -> bool {
        matches!(self, Self::Latency)
    }
}

/// Builds what the bench needs in the release profile, and runs it.
pub(crate) fn run(repo: &Repo, steps: &mut Steps, options: &Options) -> Result<ExitCode> {
    if options.accept {
        return match options.name {
            Name::Gas => gas::accept(repo, steps),
            name => bail!(
                "nothing of the bench {} is recorded: leave out --accept",
                name.text()
            ),
        };
    }
    let (results, ok) = match options.name {
        Name::Size => (weigh(repo, steps)?, true),
        Name::Gas => gas::measure(repo, steps)?,
        Name::Tickets => tickets::measure(repo, steps)?,
        name => measure(repo, steps, name)?,
    };
    if options.json {
        println!("{results}");
    }
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn weigh(repo: &Repo, steps: &mut Steps) -> Result<Value> {
    setup::ensure(repo, steps, &[Need::Wasm, Need::Npm])?;
    build::package(repo, steps)?;
    let sizes = size::measure(repo, steps)?;
    println!("size, bytes after gzip");
    println!("  {:>8}  wasm", sizes.wasm);
    println!("  {:>8}  JavaScript of the default entry", sizes.js);
    Ok(sizes.json())
}

/// The server's half and the browser's half, as far as the bench has them and they exist.
fn measure(repo: &Repo, steps: &mut Steps, name: Name) -> Result<(Value, bool)> {
    let browser = name.in_browser() && repo.has(BROWSER);
    if name.in_browser() && !browser {
        steps.skip("in the browser", &format!("{BROWSER} is not there yet"));
    }
    let mut needs = vec![Need::Media];
    if browser {
        needs.extend([Need::Browser, Need::Wasm, Need::Npm]);
    }
    setup::ensure(repo, steps, &needs)?;
    if browser {
        build::pages(repo, steps)?;
    }
    if !repo.has(&format!("{SERVER}/Cargo.toml")) {
        bail!("{SERVER} is not there yet");
    }
    let server = build::server(repo, steps, Profile::Release)?;
    let mut cargo = repo.cargo();
    cargo.args(["build", "--release", "--package", "headwater-bench"]);
    steps.run("benches (release)", &mut cargo).require()?;

    let arguments = [name.text(), "--json"];
    let mut halves = vec![repo.command(repo.target("release/headwater-bench"))];
    if browser {
        let mut node = repo.command("node");
        node.arg(BROWSER).env("HEADWATER_PAGES", repo.path("web/dist"));
        halves.push(node);
    }
    let (mut results, mut ok) = (json!({}), true);
    for half in &mut halves {
        half.args(arguments).env("HEADWATER_BIN", &server);
        if let Some(chromium) = setup::chromium() {
            half.env("HEADWATER_CHROMIUM", chromium);
        }
        let (found, succeeded) = pass_through(half)?;
        merge::into(&mut results, found);
        ok &= succeeded;
    }
    Ok((results, ok))
}

/// Shows a bench's table as it comes, and keeps its last line, the JSON.
fn pass_through(command: &mut Command) -> Result<(Value, bool)> {
    let program = command.get_program().to_string_lossy().into_owned();
    let start = || format!("cannot start {program}");
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(start)?;
    let output = child.stdout.take().with_context(start)?;
    let mut held = String::new();
    for line in BufReader::new(output).lines() {
        let line = line.with_context(|| format!("{program} does not print UTF-8"))?;
        let earlier = std::mem::replace(&mut held, line);
        if !earlier.is_empty() {
            println!("{earlier}");
        }
    }
    let status = child.wait()?;
    match serde_json::from_str(&held) {
        Ok(results) => Ok((results, status.success())),
        Err(_) => {
            bail!("{program} ended ({status}) without a JSON object on its last line, but with {held:?}")
        }
    }
}
