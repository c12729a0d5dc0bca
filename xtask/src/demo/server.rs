//! The orchestrator as a child process.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read as _};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::interrupt::Group;
use crate::repo::Repo;

/// What a start may take; it is well under a second, unless the machine is busy with something else.
const READY: Duration = Duration::from_secs(20);
/// How much of its words a failure shows.
const SHOWN_BYTES: usize = 8 * 1024;

/// What it is told.
pub(super) struct Flags {
    pub(super) http: SocketAddr,
    pub(super) udp: SocketAddr,
    /// The address that others reach it by; with one, pages are served over TLS.
    pub(super) advertise: Option<IpAddr>,
    pub(super) pages: Option<PathBuf>,
    /// Where the operator sees what it earns, and what else it is told about payment; nothing where its work is free.
    pub(super) payment: Vec<String>,
}

/// A running one. Dropping it ends it.
pub(super) struct Server {
    /// Where its pages and endpoints are, as it says itself.
    pub(super) http: String,
    /// The address of its key, where it is paid.
    pub(super) node: Option<String>,
    /// Where its operator sees what it earns.
    pub(super) admin: Option<String>,
    group: Group,
    log: PathBuf,
}

impl Server {
    /// Starts it and waits until it listens.
    pub(super) fn start(repo: &Repo, binary: &Path, flags: &Flags) -> Result<Self> {
        let log = repo.target("xtask/logs/server.log");
        let words = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut command = repo.command(binary);
        command
            .args(flags.arguments())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(words);
        let mut group = Group::start(&mut command)?;
        let ready = first_line(&mut group, &command).and_then(|line| parse(&line));
        let mut server = Self {
            http: String::new(),
            node: None,
            admin: None,
            group,
            log,
        };
        match ready {
            Ok(ready) => {
                server.http = ready.http;
                server.node = ready.node;
                server.admin = ready.admin;
            }
            Err(error) => bail!("the server did not start: {error:#}\n{}", server.words()),
        }
        Ok(server)
    }

    /// How it ended, if it did by itself.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.group.ended()
    }

    /// The last of what it logged.
    pub(super) fn words(&self) -> String {
        let bytes = fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(SHOWN_BYTES)..]).into_owned()
    }
}

impl Flags {
    fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["orchestrator".to_owned()];
        let mut flag = |name: &str, value: String| arguments.extend([name.to_owned(), value]);
        flag("--http", self.http.to_string());
        flag("--udp", self.udp.to_string());
        if let Some(address) = self.advertise {
            flag("--advertise", address.to_string());
            flag("--tls", "self-signed".to_owned());
        }
        if let Some(pages) = &self.pages {
            flag("--pages", pages.to_string_lossy().into_owned());
        }
        arguments.extend(self.payment.iter().cloned());
        arguments
    }
}

/// The line that says that it is ready. Whatever follows is read and dropped, so that it never waits for us.
fn first_line(group: &mut Group, command: &Command) -> Result<String> {
    let output = group
        .child()
        .stdout
        .take()
        .with_context(|| format!("{:?} has no output", command.get_program()))?;
    let (sender, receiver) = sync_channel(1);
    thread::spawn(move || {
        let mut reader = BufReader::new(output);
        let mut line = String::new();
        if reader.by_ref().take(64 * 1024).read_line(&mut line).is_ok() && !line.is_empty() {
            let _ = sender.send(line);
        }
        drop(sender);
        let _ = std::io::copy(&mut reader, &mut std::io::sink());
    });
    match receiver.recv_timeout(READY) {
        Ok(line) => Ok(line),
        Err(RecvTimeoutError::Timeout) => bail!("it said nothing for {} s", READY.as_secs()),
        Err(RecvTimeoutError::Disconnected) => bail!("it ended at once"),
    }
}

/// What its first line says.
struct Ready {
    http: String,
    node: Option<String>,
    admin: Option<String>,
}

fn parse(line: &str) -> Result<Ready> {
    let ready: Value =
        serde_json::from_str(line).with_context(|| format!("it said {line:?} instead of JSON"))?;
    let text = |name: &str| ready[name].as_str().map(str::to_owned);
    Ok(Ready {
        http: text("http").with_context(|| format!("its first line has no \"http\": {line}"))?,
        node: text("node"),
        admin: text("admin").map(|address| format!("http://{address}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_are_served_over_tls_only() {
        let mut flags = Flags {
            http: SocketAddr::from(([127, 0, 0, 1], 8080)),
            udp: SocketAddr::from(([127, 0, 0, 1], 0)),
            advertise: None,
            pages: None,
            payment: Vec::new(),
        };
        assert_eq!(
            flags.arguments(),
            ["orchestrator", "--http", "127.0.0.1:8080", "--udp", "127.0.0.1:0"]
        );
        flags.advertise = Some(IpAddr::from([10, 0, 0, 2]));
        assert_eq!(
            flags.arguments()[5..],
            ["--advertise", "10.0.0.2", "--tls", "self-signed"]
        );
    }

    #[test]
    fn the_ready_line_is_json_with_the_link() {
        let line = "{\"http\":\"http://127.0.0.1:8080\",\"udp\":\"127.0.0.1:40000\",\"node\":null}\n";
        let ready = parse(line).unwrap();
        assert_eq!(ready.http, "http://127.0.0.1:8080");
        assert!(ready.node.is_none() && ready.admin.is_none());
        assert!(parse("listening").is_err() && parse("{}").is_err());
    }
}
