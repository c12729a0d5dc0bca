//! Who the worker is, and what it was handed without being asked.

use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::signal::Signal;
use nix::unistd::{Gid, Uid, close, geteuid, setgroups, setresgid, setresuid};

use super::Layer;

/// `nobody` and `nogroup` on every Linux (also the kernel's overflow number).
const NOBODY: u32 = 65534;

/// Closes every descriptor but standard input, output and error. First thing of all: whatever a worker opens itself is
/// closed too.
pub(in crate::worker) fn close_inherited() {
    let Ok(entries) = std::fs::read_dir("/proc/self/fd") else {
        // Without /proc there is no list; Rust's own descriptors all close by themselves when a program starts.
        return;
    };
    let open: Vec<i32> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    for fd in open.into_iter().filter(|fd| *fd > 2) {
        // The list's own descriptor is among them and closed already.
        let _ = close(fd);
    }
}

/// Becomes nobody, if the node runs as root.
pub(super) fn drop_root() -> Layer {
    if !geteuid().is_root() {
        return Layer::On;
    }
    let (user, group) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
    let dropped: Result<(), Errno> = setgroups(&[])
        .and_then(|()| setresgid(group, group, group))
        .and_then(|()| setresuid(user, user, user))
        // Forgotten with the identity.
        .and_then(|()| prctl::set_pdeathsig(Signal::SIGKILL));
    Layer::of(dropped)
}
