//! Hearing Ctrl-C, and ending what was started.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process_group, set_parent_process_death_signal};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// How often waiting loops look up: short enough to feel immediate, long enough to cost nothing.
pub(crate) const POLL: Duration = Duration::from_millis(50);
/// What a program gets to end by itself; a browser writes its profile, a server says goodbye to its peers.
const GRACE: Duration = Duration::from_secs(5);

/// Whether the user wants to stop.
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// From now on the signals that end a program only set this.
    pub(crate) fn listen() -> Result<Self> {
        let heard = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&heard)).context("cannot listen for Ctrl-C")?;
        }
        Ok(Self(heard))
    }

    /// Whether one came.
    pub(crate) fn heard(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Whatever way this program ends, the other one does too.
pub(crate) fn end_with_us(command: &mut Command) {
    // SAFETY: between fork and exec only one system call is made, and nothing is allocated.
    unsafe {
        command.pre_exec(|| set_parent_process_death_signal(Some(Signal::KILL)).map_err(Into::into));
    }
}

/// A program in a process group of its own, which is gone when this is dropped.
pub(crate) struct Group(Child);

impl Group {
    /// Starts it. Ctrl-C in the terminal does not reach it; if xtask is killed outright, so is it.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        end_with_us(command.process_group(0));
        command
            .spawn()
            .map(Self)
            .with_context(|| format!("cannot start {program}"))
    }

    /// The program.
    pub(crate) const fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// How it ended, if it did.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().ok().flatten()
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            // Nobody may be left to hear it.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let start = Instant::now();
        if self.ended().is_none() {
            self.signal(Signal::TERM);
        }
        while self.ended().is_none() && start.elapsed() < GRACE {
            thread::sleep(POLL);
        }
        // What outlives its leader goes too. The group keeps its number as long as it has a member.
        self.signal(Signal::KILL);
        let _ = self.0.wait();
    }
}
