//! Each attempt runs in a process of its own, this same test binary: confinement is for good, and some attempts are fatal.

use std::fs::File;
use std::io;
use std::net::{TcpStream, UdpSocket};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};

use nix::libc;
use nix::sys::signal::kill;
use nix::unistd::getppid;

use super::*;

/// Names the attempt, for the process that makes it.
const ATTEMPT: &str = "SANDBOX_ATTEMPT";
/// How much of the sandbox it enters first: all, files, none.
const CONFINED: &str = "SANDBOX_CONFINED";

const REFUSED: i32 = 41;
const DONE: i32 = 42;

fn attempt(name: &str) -> io::Result<()> {
    let denied = |result: nix::Result<()>| result.map_err(io::Error::from);
    match name {
        "open" => File::open("/etc/passwd").map(drop),
        "create" => {
            File::create(std::env::temp_dir().join(format!("sandbox-{}", std::process::id()))).map(drop)
        }
        "tcp" => TcpStream::connect("127.0.0.1:9")
            .map(drop)
            .or_else(|error| match error.kind() {
                // Nobody listens there; what matters is that it was tried.
                io::ErrorKind::ConnectionRefused => Ok(()),
                _ => Err(error),
            }),
        "udp" => UdpSocket::bind("127.0.0.1:0").map(drop),
        "exec" => Command::new("/bin/true").status().map(drop),
        "signal" => denied(kill(getppid(), None)),
        "memory" => {
            let mut much: Vec<u8> = Vec::new();
            much.try_reserve_exact(3 << 30).map_err(io::Error::other)
        }
        "code" => {
            let length = std::num::NonZeroUsize::new(4096).expect("not zero");
            let access = nix::sys::mman::ProtFlags::PROT_READ | nix::sys::mman::ProtFlags::PROT_EXEC;
            let flags = nix::sys::mman::MapFlags::MAP_PRIVATE;
            // SAFETY: a new mapping that nobody uses.
            let mapped = unsafe { nix::sys::mman::mmap_anonymous(None, length, access, flags) };
            mapped.map(drop).map_err(io::Error::from)
        }
        "work" => {
            let threads = (0..4).map(|n| {
                std::thread::Builder::new()
                    .name("rung".into())
                    .spawn(move || vec![n; 1 << 20])
            });
            let threads: Vec<_> = threads.collect::<io::Result<_>>()?;
            let sum: usize = threads
                .into_iter()
                .map(|t| t.join().expect("it ends").len())
                .sum();
            assert_eq!(sum, 4 << 20);
            Ok(())
        }
        other => panic!("no attempt is called {other}"),
    }
}

/// Run by [`outcome`] alone, see there.
#[test]
#[ignore = "an attempt in a process of its own, started by the other tests"]
fn an_attempt() {
    let name = std::env::var(ATTEMPT).expect("started by another test");
    match std::env::var(CONFINED).as_deref() {
        Ok("all") => drop(enter(Profile::Software)),
        Ok("gpu") => drop(enter(Profile::Gpu)),
        Ok("files") => drop(files::lock(Profile::Software)),
        _ => {}
    }
    // Neither destructors nor the test runner's ending are the question here.
    std::process::exit(if attempt(&name).is_ok() { DONE } else { REFUSED })
}

fn outcome(name: &str, confined: &str) -> ExitStatus {
    Command::new(std::env::current_exe().expect("this binary"))
        .args([
            "--exact",
            "worker::sandbox::tests::an_attempt",
            "--ignored",
            "--test-threads=1",
        ])
        .env(ATTEMPT, name)
        .env(CONFINED, confined)
        .output()
        .expect("this binary runs")
        .status
}

#[test]
fn a_confined_worker_opens_no_file_signals_nobody_and_takes_no_endless_memory() {
    for name in ["open", "create", "signal", "memory", "code"] {
        assert_eq!(outcome(name, "none").code(), Some(DONE), "{name} works outside");
        assert_eq!(outcome(name, "all").code(), Some(REFUSED), "{name} inside");
    }
}

#[test]
fn a_confined_worker_that_tries_the_network_or_another_program_dies() {
    for name in ["tcp", "udp", "exec"] {
        assert_eq!(outcome(name, "none").code(), Some(DONE), "{name} works outside");
        let inside = outcome(name, "all");
        assert!(
            inside.signal() == Some(libc::SIGSYS) || (name == "exec" && inside.code() == Some(REFUSED)),
            "{name} inside: {inside}"
        );
    }
}

#[test]
fn a_confined_worker_still_has_threads_and_memory() {
    assert_eq!(outcome("work", "all").code(), Some(DONE));
}

#[test]
fn landlock_keeps_files_closed_without_seccomp() {
    if matches!(files_supported(), Layer::Off(_)) {
        println!("this kernel has no landlock");
        return;
    }
    assert_eq!(outcome("open", "files").code(), Some(REFUSED));
    assert_eq!(outcome("work", "files").code(), Some(DONE));
}

/// Asked in a thread, for landlock binds only the thread that asks.
fn files_supported() -> Layer {
    std::thread::spawn(|| files::lock(Profile::Software))
        .join()
        .expect("it ends")
}

#[test]
fn a_gpu_worker_has_neither_network_nor_programs_nor_other_files() {
    for name in ["tcp", "udp", "exec", "open", "create", "signal"] {
        assert_ne!(outcome(name, "gpu").code(), Some(DONE), "{name}");
    }
    assert_eq!(outcome("work", "gpu").code(), Some(DONE));
}

#[test]
fn what_is_off_is_said() {
    let report = Report(vec![
        ("limits", Layer::On),
        ("landlock", Layer::Partly("as of its version 3".to_owned())),
        ("seccomp", Layer::Off("no such call".to_owned())),
    ]);
    assert_eq!(
        report.to_string(),
        "limits on, landlock on (as of its version 3), seccomp OFF (no such call)"
    );
}
