//! The demo without anybody watching: the browser tests' driver does what a visitor would.

use std::process::{ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::Options;
use super::server::Server;
use crate::interrupt::{Group, Interrupt, POLL};
use crate::repo::Repo;
use crate::setup;

const DRIVER: &str = "tests/browser/demo.mjs";
/// What starting browsers, paying in, connecting, measuring and waiting for winners' redemption may take beyond the seconds asked
/// for.
const OVERHEAD: Duration = Duration::from_secs(240);

/// Runs the driver against the server. Its exit code is ours.
pub(super) fn run(
    repo: &Repo,
    server: &Server,
    options: &Options,
    interrupt: &Interrupt,
) -> Result<ExitCode> {
    if !repo.has(DRIVER) {
        bail!("{DRIVER} is not there yet, and it is what drives the browser");
    }
    let mut command = repo.command("node");
    command
        .args([
            DRIVER,
            "--url",
            &server.http,
            "--seconds",
            &options.seconds.to_string(),
        ])
        .stdin(Stdio::null());
    if let Some(admin) = &server.admin {
        command.args(["--admin", admin]);
    }
    if options.json {
        command.arg("--json");
    }
    if let Some(chromium) = setup::chromium() {
        command.env("HEADWATER_CHROMIUM", chromium);
    }
    let limit = Duration::from_secs(options.seconds.into()) + OVERHEAD;
    let start = Instant::now();
    let mut driver = Group::start(&mut command)?;
    loop {
        if let Some(status) = driver.ended() {
            let code = status.code().and_then(|code| u8::try_from(code).ok());
            return Ok(code.map_or(ExitCode::FAILURE, ExitCode::from));
        }
        if interrupt.heard() {
            bail!("interrupted");
        }
        if start.elapsed() > limit {
            bail!("the browser did not come to an end within {} s", limit.as_secs());
        }
        thread::sleep(POLL);
    }
}
