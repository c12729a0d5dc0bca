//! Winners, and a folder to keep them in.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::{fs, process};

use alloy_primitives::{Address, B256, U256, keccak256};
use headwater_protocol::chain::ticket::Ticket;
use headwater_protocol::key::Signature;
use headwater_protocol::pm::durable::{Ceiling, Commit, Credit};
use headwater_protocol::pm::{Account, Odds, Price, Winner};
use headwater_settlement::store::{Change, Error, Store};

/// A time: November 2026.
pub(crate) const NOW: u64 = 1_795_000_000_000;

/// An empty folder, gone with its owner.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("store-{}-{next}", process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.0.join("node.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Another one for each number, each field unlike the others.
pub(crate) fn winner(number: u64) -> Winner {
    let field = |name: &str| keccak256(format!("{name} {number}"));
    let mut signature = [27; 65];
    signature[..32].copy_from_slice(field("r").as_slice());
    Winner {
        ticket: Ticket {
            recipient: Address::from_word(field("recipient")),
            sender: Address::repeat_byte((number % 3) as u8),
            faceValue: U256::from(number) + (U256::from(1) << 100),
            winProb: U256::MAX - U256::from(number),
            senderNonce: U256::from(number),
            recipientRandHash: field("recipient rand hash"),
            creationRound: U256::from(number / 10),
            creationRoundBlockHash: field("round"),
        },
        signature: Signature(signature),
        recipient_rand: field("recipient rand").into(),
        hash: field("hash"),
        expires: NOW + number,
    }
}

pub(crate) fn won(numbers: impl IntoIterator<Item = u64>) -> Commit {
    Commit {
        winners: numbers.into_iter().map(winner).collect(),
        ..Commit::default()
    }
}

pub(crate) fn ceiling(which: u64, nonce: u32, expires: u64) -> Ceiling {
    Ceiling {
        recipient_rand_hash: keccak256(which.to_be_bytes()),
        nonce,
        expires,
    }
}

/// What `sender` has left after so many tickets.
pub(crate) fn credit(sender: u8, tickets: u32) -> Credit {
    let odds = Odds {
        face_value: U256::from(1000),
        win_prob: U256::MAX,
    };
    let mut account = Account::new(Price::new(3, 7).unwrap());
    for _ in 0..tickets {
        account.ticket(&odds);
    }
    account.work(u64::from(tickets));
    let sender = headwater_protocol::key::Address([sender; 20]);
    Credit {
        sender,
        stream: format!("{sender}/studio").parse().unwrap(),
        account,
    }
}

/// Waits for the disk.
pub(crate) fn commit(store: &Store, commit: Commit, now: u64) -> Result<(), Error> {
    let (done, result) = mpsc::channel();
    store.commit(commit, now, move |end| done.send(end).unwrap())?;
    result.recv().unwrap()
}

/// Waits for the disk.
pub(crate) fn change(store: &Store, change: Change, now: u64) -> Result<(), Error> {
    let (done, result) = mpsc::channel();
    store.change(change, now, move |end| done.send(end).unwrap())?;
    result.recv().unwrap()
}

pub(crate) fn tx(number: u64) -> B256 {
    keccak256(format!("transaction {number}"))
}
