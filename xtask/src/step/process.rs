//! Running a program while keeping its output, and showing that it is alive.

use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal, PipeReader, Write, pipe, stderr};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// How often a silent log shows that something still runs.
const ALIVE: Duration = Duration::from_secs(30);
/// How long output may still arrive after the program is gone: a grandchild may hold the pipe open for ever.
const LINGER: Duration = Duration::from_secs(2);
/// Lines that may wait to be shown. A tool that writes faster than that waits, as it would for a terminal.
const QUEUE: usize = 1024;

/// Runs a program to its end. Returns its status and both of its outputs, in the order in which they came.
pub(super) fn capture(
    name: &str,
    command: &mut Command,
    log: &Path,
    verbose: bool,
) -> Result<(ExitStatus, String)> {
    let (reader, writer) = pipe().context("cannot make a pipe")?;
    let log = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    command
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer);
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot start {program}"))?;
    // The command keeps its ends of the pipe, which would keep it open.
    command.stdout(Stdio::null()).stderr(Stdio::null());

    let (lines, received) = sync_channel(QUEUE);
    thread::spawn(move || read(reader, log, &lines));
    let mut progress = Progress::new(name, verbose);
    let mut text = String::new();
    let mut gone: Option<Instant> = None;
    loop {
        match next(&received) {
            Next::Line(line) => {
                progress.line(&line);
                text.push_str(&line);
                text.push('\n');
            }
            Next::Nothing => {
                progress.tick();
                if gone.is_none() && child.try_wait()?.is_some() {
                    gone = Some(Instant::now());
                }
                if gone.is_some_and(|since| since.elapsed() > LINGER) {
                    break;
                }
            }
            Next::End => break,
        }
    }
    progress.clear();
    Ok((child.wait()?, text))
}

enum Next {
    Line(String),
    Nothing,
    End,
}

fn next(received: &Receiver<String>) -> Next {
    match received.recv_timeout(Duration::from_millis(500)) {
        Ok(line) => Next::Line(line),
        Err(RecvTimeoutError::Timeout) => Next::Nothing,
        Err(RecvTimeoutError::Disconnected) => Next::End,
    }
}

/// Tools are not trusted to write UTF-8.
fn read(reader: PipeReader, mut log: File, lines: &SyncSender<String>) {
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        // A full disk must not end the step.
        let _ = log.write_all(&line);
        let text = String::from_utf8_lossy(&line);
        if lines
            .send(text.trim_end_matches(['\n', '\r']).to_owned())
            .is_err()
        {
            return;
        }
        line.clear();
    }
}

/// The line that changes while a step runs; where nobody looks, a line now and then.
struct Progress<'a> {
    name: &'a str,
    verbose: bool,
    terminal: bool,
    start: Instant,
    shown: Instant,
    last: String,
}

impl<'a> Progress<'a> {
    fn new(name: &'a str, verbose: bool) -> Self {
        let now = Instant::now();
        Self {
            name,
            verbose,
            terminal: stderr().is_terminal(),
            start: now,
            shown: now,
            last: String::new(),
        }
    }

    fn line(&mut self, line: &str) {
        if self.verbose {
            eprintln!("{line}");
        }
        if !line.trim().is_empty() {
            line.trim().clone_into(&mut self.last);
        }
        self.tick();
    }

    fn tick(&mut self) {
        let pause = if self.terminal {
            Duration::from_millis(200)
        } else {
            ALIVE
        };
        if self.verbose || self.shown.elapsed() < pause {
            return;
        }
        self.shown = Instant::now();
        let last: String = self.last.chars().filter(|c| !c.is_control()).take(60).collect();
        let text = format!(
            "  {:>6}  {:>6.0} s  {}: {last}",
            "…",
            self.start.elapsed().as_secs_f64(),
            self.name
        );
        if self.terminal {
            eprint!("\r\x1b[2K{text}");
        } else {
            eprintln!("{text}");
        }
    }

    fn clear(&self) {
        if self.terminal && !self.verbose {
            eprint!("\r\x1b[2K");
        }
    }
}
