//! A round's process: stores under load until it dies.

use std::env;
use std::io::Write;
use std::path::Path;
use std::sync::mpsc;
use std::thread;

use headwater_protocol::pm::Commit;
use headwater_settlement::store::{Error, Store};

use super::Conduct;
use super::load::{LOAD, commit, mark, payment, submission};
use crate::disk::Disk;
use crate::fixture::NOW;

/// How a round's process knows that it is one: folder, round and conduct.
pub(super) const ORDERS: &str = "HEADWATER_TEST_CRASH";

/// Becomes a round's process, if it is meant to be one, and never returns then.
pub(super) fn take_orders() {
    let Ok(orders) = env::var(ORDERS) else { return };
    let [round, conduct, folder] = *orders.splitn(3, ' ').collect::<Vec<_>>() else {
        panic!("{orders}")
    };
    let (round, folder) = (round.parse().unwrap(), Path::new(folder));
    let conduct = [Conduct::Honest, Conduct::Early, Conduct::Unsynced]
        .into_iter()
        .find(|known| format!("{known:?}") == conduct)
        .unwrap();
    let live = folder.join("live");
    let disk = Disk::under(&live);
    let mut luck = fastrand::Rng::with_seed(round);
    disk.forget(&folder.join("platter"), luck.fork());
    if conduct == Conduct::Unsynced {
        disk.lie();
    }
    if round % 2 == 1 {
        // As often among the first ten as among the second ten thousand: a store is made once.
        let most = 1 << luck.u32(1..15);
        disk.cut_after(luck.u64(most / 2..most).max(1));
    }
    tell("");
    let (store, recovered) = Store::open(&live.join("node.db"), NOW).unwrap();
    tell(&format!("secret {}", mark(&recovered.secret)));
    work(&store, round, conduct == Conduct::Early);
    std::process::exit(0);
}

fn work(store: &Store, round: u64, early: bool) {
    for n in 0..LOAD {
        hand_in("won", n, early, |done| store.commit(commit(round, n), NOW, done));
        if n.is_multiple_of(3) {
            hand_in("submitted", n, early, |done| {
                store.change(submission(round, n), NOW, done)
            });
        }
        if n.is_multiple_of(6) {
            hand_in("paid", n, early, |done| {
                store.change(payment(round, n), NOW, done)
            });
        }
    }
    // What was handed in last is written when this is over.
    let (done, last) = mpsc::channel();
    while store
        .commit(Commit::default(), NOW, {
            let done = done.clone();
            move |_| done.send(()).unwrap()
        })
        .is_err()
    {
        thread::yield_now();
    }
    last.recv().unwrap();
}

type Done = Box<dyn FnOnce(Result<(), Error>) + Send>;

fn hand_in(what: &'static str, n: u64, early: bool, give: impl Fn(Done) -> Result<(), Error>) {
    loop {
        let done: Done = Box::new(move |end| match end {
            Ok(()) if early => {}
            Ok(()) => tell(&format!("{what} {n}")),
            Err(error) => tell(&format!("error {what} {n}: {error} {error:?}")),
        });
        match give(done) {
            Ok(()) => break,
            Err(Error::Busy) => thread::yield_now(),
            Err(error) => panic!("{error}"),
        }
    }
    if early {
        tell(&format!("{what} {n}"));
    }
}

fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}
