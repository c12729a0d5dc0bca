//! What a worker gives up before it reads a stranger's first byte.
//!
//! | file | takes away |
//! |---|---|
//! | `identity` | root, inherited descriptors |
//! | `files` | every file, by landlock |
//! | `limits` | memory without end, core dumps, descriptors, file growth |
//! | `syscalls` | nothing: the list of what stays |
//! | `filter` | all other system calls, by seccomp |
//!
//! The layers overlap on purpose: a kernel that lacks one still has the others, and the worker says which are on. CPU has
//! no limit here, because a live worker runs for days: the node replaces one that stalls.

mod files;
mod filter;
mod identity;
mod limits;
mod syscalls;

use std::fmt;

pub(super) use identity::close_inherited;

/// What a worker must still be able to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Profile {
    /// Decode and encode on the CPU: nothing but memory, threads and the socket.
    Software,
    /// Speak to the GPU's devices through its driver's libraries, too. Still no network and no other program.
    Gpu,
}

/// Which layers are on.
#[derive(Debug)]
pub(super) struct Report(Vec<(&'static str, Layer)>);

/// How a layer went.
#[derive(Debug)]
enum Layer {
    On,
    /// On as far as this kernel knows it.
    Partly(String),
    Off(String),
}

/// Enters the sandbox, for good. Call it once libraries are loaded and before there are threads.
///
/// A layer that this kernel lacks is left out and reported: a node that runs less confined is worth more to its operator
/// than one that does not run, as long as it says so.
pub(super) fn enter(profile: Profile) -> Report {
    Report(vec![
        ("identity", identity::drop_root()),
        ("limits", limits::set(profile)),
        ("landlock", files::lock(profile)),
        // Last: what the others call is not on its list.
        ("seccomp", filter::install(profile)),
    ])
}

impl Layer {
    fn of<E: fmt::Display>(result: Result<(), E>) -> Self {
        match result {
            Ok(()) => Self::On,
            Err(error) => Self::Off(error.to_string()),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (name, layer)) in self.0.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            match layer {
                Layer::On => write!(f, "{comma}{name} on")?,
                Layer::Partly(how) => write!(f, "{comma}{name} on ({how})")?,
                Layer::Off(why) => write!(f, "{comma}{name} OFF ({why})")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
