//! Worker processes, and the one that stands ready.

use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tracing::warn;

/// Starting a process takes CPU that a worker which has just taken over a session needs more.
const REFILL: Duration = Duration::from_millis(200);

/// Bytes of a worker's standard error that reach the log: its reason to end, or a library's last words. A stranger's stream
/// must not fill the disk by way of them.
const LAST_WORDS: u64 = 8 << 10;

/// What a worker is told of the node's environment: where libraries lie, which device is whose, and how to show a panic.
/// Everything else, secrets among it, is not its business.
const ENVIRONMENT: [&str; 5] = [
    "LD_LIBRARY_PATH",
    "CUDA_VISIBLE_DEVICES",
    "LIBVA_DRIVER_NAME",
    "LIBVA_DRIVERS_PATH",
    "RUST_BACKTRACE",
];

/// How a worker is started: `PROGRAM worker`, with a socket as standard input.
#[derive(Clone, Debug)]
pub struct Program {
    path: PathBuf,
    gpu: bool,
}

impl Program {
    /// The `headwater` binary at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            gpu: false,
        }
    }

    /// The same for workers that may use GPUs: a sandbox that leaves these within reach.
    #[must_use]
    pub fn for_gpu(mut self) -> Self {
        self.gpu = true;
        self
    }

    /// The binary that is running, for nodes that are `headwater` themselves.
    ///
    /// # Errors
    /// If the system does not say where it is.
    pub fn current() -> io::Result<Self> {
        std::env::current_exe().map(Self::new)
    }
}

/// Where worker processes come from. One for all of a node's sessions; copies share the spare.
#[derive(Clone, Debug)]
pub struct Workers {
    program: Arc<Program>,
    /// `None` where no spare is kept.
    spare: Option<Arc<Mutex<Option<Worker>>>>,
}

/// A worker process and the socket to it. Dropping it kills the process.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) child: Child,
    pub(super) socket: UnixStream,
}

impl Workers {
    /// Starts workers of `program`, and keeps one running that has its codecs loaded and waits: the session that needs a
    /// worker then has one at once. Call it within a runtime. The first spare starts right away; a program that cannot be
    /// started is reported by the first session.
    #[must_use]
    pub fn new(program: Program) -> Self {
        let spare = Arc::new(Mutex::new(start(&program, &[]).ok()));
        Self {
            program: Arc::new(program),
            spare: Some(spare),
        }
    }

    /// Starts each worker when it is needed.
    #[must_use]
    pub fn without_spare(program: Program) -> Self {
        Self {
            program: Arc::new(program),
            spare: None,
        }
    }

    /// The spare, or else a new worker.
    pub(super) fn take(&self) -> io::Result<Worker> {
        let Some(slot) = &self.spare else {
            return start(&self.program, &[]);
        };
        let spare = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (program, weak) = (self.program.clone(), Arc::downgrade(slot));
        tokio::spawn(async move {
            tokio::time::sleep(REFILL).await;
            let Some(slot) = weak.upgrade() else { return };
            let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
            if slot.is_none() {
                // Whoever finds no spare tries again, and reports what is wrong.
                *slot = start(&program, &[]).ok();
            }
        });
        // It may have been killed while it waited.
        match spare.map(|mut spare| (spare.child.try_wait(), spare)) {
            Some((Ok(None), spare)) => Ok(spare),
            _ => start(&self.program, &[]),
        }
    }
}

pub(super) fn start(program: &Program, arguments: &[&str]) -> io::Result<Worker> {
    let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    let known = ENVIRONMENT
        .iter()
        .filter_map(|name| Some((name, std::env::var_os(name)?)));
    let mut child = Command::new(&program.path)
        .arg("worker")
        .args(arguments)
        .args(program.gpu.then_some("--gpu"))
        .env_clear()
        .envs(known)
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stdout(Stdio::null())
        // Through a pipe: a confined worker may not write to files, not even to the node's log.
        .stderr(Stdio::piped())
        // Ctrl-C in a terminal is for the node, which ends its sessions itself.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    if let (Some(said), Some(pid)) = (child.stderr.take(), child.id()) {
        tokio::spawn(overhear(pid, said));
    }
    Ok(Worker {
        child,
        socket: UnixStream::from_std(ours)?,
    })
}

/// Logs a worker's first words on standard error and lets the rest go.
async fn overhear(pid: u32, mut said: impl AsyncRead + Unpin) {
    let mut lines = BufReader::new((&mut said).take(LAST_WORDS)).split(b'\n');
    while let Ok(Some(line)) = lines.next_segment().await {
        // As a debug string: a worker that was taken over could write anything.
        warn!(pid, said = ?String::from_utf8_lossy(&line), "worker");
    }
    // A full pipe would hold the worker up.
    let _ = tokio::io::copy(&mut said, &mut tokio::io::sink()).await;
}
