//! Who uses the machine while a bench runs: the bench and its node, or something else.

use std::fs;

use anyhow::{Context, Result};

use crate::machine::BUSY;

/// CPU time since some moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    node: u32,
    before: Ticks,
}

/// Shares of all cores, 0 to 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Share {
    /// In use, by whatever.
    pub(crate) busy: f64,
    /// In use by neither the bench nor its node.
    pub(crate) others: f64,
}

impl Share {
    /// Whether what was measured meanwhile says more about the machine than about the node.
    pub(crate) fn void(self) -> bool {
        self.busy > BUSY
    }
}

/// Clock ticks (proc(5)).
#[derive(Clone, Copy, Debug)]
struct Ticks {
    all: f64,
    busy: f64,
    ours: f64,
}

impl Load {
    /// Starts to look; `node` is the server's process.
    pub(crate) fn start(node: u32) -> Result<Self> {
        Ok(Self {
            node,
            before: Ticks::now(node)?,
        })
    }

    /// The shares since the start.
    pub(crate) fn share(&self) -> Result<Share> {
        let (before, now) = (self.before, Ticks::now(self.node)?);
        let all = (now.all - before.all).max(1.0);
        let (busy, ours) = (now.busy - before.busy, now.ours - before.ours);
        Ok(Share {
            busy: busy / all,
            others: ((busy - ours) / all).max(0.0),
        })
    }
}

impl Ticks {
    fn now(node: u32) -> Result<Self> {
        let stat = fs::read_to_string("/proc/stat").context("this bench needs Linux's /proc")?;
        let line = stat.lines().next().unwrap_or_default();
        // user, nice, system, idle, iowait, irq, softirq, steal; what follows is counted in user already.
        let fields: Vec<f64> = line
            .split_whitespace()
            .skip(1)
            .take(8)
            .map_while(number)
            .collect();
        let all: f64 = fields.iter().sum();
        let idle: f64 = fields.get(3..5).map_or(0.0, |idle| idle.iter().sum());
        let ended = |process: &Process| process.ticks + process.ended;
        let ours = Process::read(std::process::id()).map_or(0.0, |own| own.ticks)
            // A worker that was killed is counted in its parent from then on.
            + Process::read(node).as_ref().map_or(0.0, ended)
            + children(node).iter().map(|child| child.ticks).sum::<f64>();
        Ok(Self {
            all,
            busy: all - idle,
            ours,
        })
    }
}

/// What the system says about a process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Process {
    pub(crate) pid: u32,
    parent: f64,
    /// CPU time of its own.
    pub(crate) ticks: f64,
    /// CPU time of children that have ended and were waited for.
    ended: f64,
}

impl Process {
    /// One that has used this much, and has no family.
    #[cfg(test)]
    pub(crate) fn stub(pid: u32, ticks: f64) -> Self {
        Self {
            pid,
            parent: 0.0,
            ticks,
            ended: 0.0,
        }
    }

    /// `None` if it has ended.
    fn read(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name in front may hold anything, spaces and brackets too; the state follows it.
        let (_, fields) = stat.rsplit_once(") ")?;
        let fields: Vec<f64> = fields.split(' ').skip(1).map_while(number).collect();
        let at = |index: usize| fields.get(index).copied();
        Some(Self {
            pid,
            parent: at(0)?,
            ticks: at(10)? + at(11)?,
            ended: at(12)? + at(13)?,
        })
    }
}

/// The processes that `parent` has started and that still run.
pub(crate) fn children(parent: u32) -> Vec<Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| Process::read(entry.file_name().to_str()?.parse().ok()?))
        .filter(|process| process.parent == f64::from(parent))
        .collect()
}

fn number(field: &str) -> Option<f64> {
    field.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_found_among_its_parents_children() {
        let parent = std::os::unix::process::parent_id();
        let own = children(parent)
            .into_iter()
            .find(|child| child.pid == std::process::id());
        assert!(own.is_some_and(|own| own.parent == f64::from(parent) && own.ended == 0.0));
        // Other tests of this program start some meanwhile; who is no process has none.
        assert!(children(u32::MAX).is_empty());
    }
}
