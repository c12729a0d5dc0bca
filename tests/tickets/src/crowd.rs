//! What memory payers take: ten thousand of them at once, each with a session, an account, parameters and nonces.

use std::fs;
use std::io;

use headwater_protocol::key::{Address, Signature};

use crate::stall::Stall;

/// As many as pay one node.
pub const PAYERS: u32 = 10_000;

/// The most that each takes, in bytes: with its page's key and parameters, which this process holds too.
pub const BOUND: u64 = 3 * 1024;

/// What they take.
#[derive(Clone, Copy, Debug)]
pub struct Crowd {
    /// Resident memory for each, in bytes.
    pub each: u64,
    /// Of the whole process, in bytes.
    pub resident: u64,
}

/// Lets them come and pay one ticket each. In a process that has done nothing else: memory that was given back would be
/// used again and not be seen.
///
/// # Errors
/// The system does not say what memory this process has, or a ticket was refused.
pub fn gather(recover: impl Fn(&Signature, &[u8; 32]) -> Option<Address>) -> io::Result<Crowd> {
    let before = resident()?;
    let mut stall = Stall::open(PAYERS);
    for session in stall.sessions() {
        let payment = stall.payment(session);
        stall.take(session, payment, &recover);
    }
    let after = resident()?;
    if stall.accepted() != u64::from(PAYERS) {
        return Err(io::Error::other("not every ticket was accepted"));
    }
    Ok(Crowd {
        each: after.saturating_sub(before) / u64::from(PAYERS),
        resident: after,
    })
}

/// In bytes.
fn resident() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kib.map(|kib| kib * 1024)
        .ok_or_else(|| io::Error::other("the system does not say what memory this process has"))
}
