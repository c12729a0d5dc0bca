//! `kill -9` of a process that stores winners under load, on a disk that forgets what was not synced.
//!
//! Each round is a process of its own: this test, run once more, which tells of what is acknowledged on its standard output
//! and dies at a seeded write or sync, or is killed from outside after a seeded number of acknowledgements. The next round
//! goes on with what is on the platter. Everything is handed in in one order, so what is found must be a beginning of it,
//! whole in itself, and no shorter than what was acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, thread};

use alloy_primitives::{Address, B256, U256, keccak256};
use headwater_protocol::pm::durable::{Ceiling, Commit, Credit};
use headwater_protocol::pm::secret::Venue;
use headwater_protocol::pm::{Params, Price, Secret};
use headwater_settlement::store::{Change, Error, Recovered, Redemption, State, Store};

use crate::disk::Disk;
use crate::fixture::{Folder, NOW, ceiling, credit, tx, winner};

/// How many rounds, if not those that CI has time for.
const ROUNDS: &str = "HEADWATER_CRASH_ROUNDS";

/// How a round's process knows that it is one: folder, round and conduct.
const ORDERS: &str = "HEADWATER_TEST_CRASH";

/// What a round hands in at most: enough to fill the log several times over.
const LOAD: u64 = 3000;

/// How many rounds one store lives through: what it holds by then takes a while to look through.
const LIFE: usize = 10;

#[test]
fn no_acknowledged_winner_is_lost_to_kill_9() {
    take_orders();
    let rounds = env::var(ROUNDS).map_or(20, |rounds| rounds.parse().expect("a number of rounds"));
    let found = run(
        "no_acknowledged_winner_is_lost_to_kill_9",
        Conduct::Honest,
        rounds,
    )
    .unwrap();
    assert!(found > 100, "only {found} acknowledgements were put to the test");
}

#[test]
fn acknowledging_before_the_commit_is_found_out() {
    take_orders();
    let end = run("acknowledging_before_the_commit_is_found_out", Conduct::Early, 20);
    assert!(end.as_ref().is_err_and(|why| why.contains("lost")), "{end:?}");
}

#[test]
fn a_store_that_does_not_sync_is_found_out() {
    take_orders();
    let end = run("a_store_that_does_not_sync_is_found_out", Conduct::Unsynced, 20);
    assert!(end.as_ref().is_err_and(|why| why.contains("lost")), "{end:?}");
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Conduct {
    Honest,
    /// Acknowledges what is handed in.
    Early,
    /// No sync reaches the platter, as with `synchronous=OFF`.
    Unsynced,
}

/// How far the three kinds of work of a round came: as many are acknowledged of each.
#[derive(Clone, Copy, Debug, Default)]
struct Acknowledged {
    secret: Option<B256>,
    won: u64,
    submitted: u64,
    paid: u64,
}

/// How many acknowledgements were put to the test.
fn run(test: &str, conduct: Conduct, rounds: u64) -> Result<u64, String> {
    let rounds: Vec<u64> = (1..=rounds).collect();
    rounds
        .chunks(LIFE)
        .map(|rounds| live(test, conduct, rounds))
        .sum()
}

/// A store's life, which begins with the crash of making it.
fn live(test: &str, conduct: Conduct, rounds: &[u64]) -> Result<u64, String> {
    let folder = Folder::new();
    let platter = folder.path().join("platter");
    fs::create_dir(&platter).unwrap();
    let (mut secret, mut known, mut count) = (None, BTreeSet::new(), 0);
    for &round in rounds {
        let acknowledged = crash(test, conduct, round, folder.path());
        let copy = copied(&platter, &folder.path().join("found"));
        let found = Found::read(&copy).map_err(|error| format!("round {round}: {error}"))?;
        let check = || -> Result<(), String> {
            found.holds(round, &acknowledged)?;
            if secret
                .or(acknowledged.secret)
                .is_some_and(|known| known != found.secret)
            {
                return Err("the secret is lost".into());
            }
            match known.iter().find(|hash| !found.winners.contains_key(*hash)) {
                Some(hash) => Err(format!("an older winner is lost: {hash}")),
                None => Ok(()),
            }
        };
        check().map_err(|why| format!("round {round}, {acknowledged:?}: {why}"))?;
        secret = secret.or(acknowledged.secret);
        known.extend(found.winners.into_keys());
        count += acknowledged.won;
    }
    Ok(count)
}

/// One round's process, to its end.
fn crash(test: &str, conduct: Conduct, round: u64, folder: &Path) -> Acknowledged {
    copied(&folder.join("platter"), &folder.join("live"));
    let mut luck = fastrand::Rng::with_seed(round);
    // Alternately from inside, at a write, and from outside, at a moment.
    let limit = luck.u64(1..200);
    let mut process = Command::new(env::current_exe().unwrap())
        .args([
            &format!("crash::{test}"),
            "--exact",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(ORDERS, format!("{round} {conduct:?} {}", folder.display()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut acknowledged = Acknowledged::default();
    let mut lines = BufReader::new(process.stdout.take().unwrap());
    let mut line = String::new();
    // A last line without an end was never said.
    while lines.read_line(&mut line).unwrap() > 0 && line.ends_with('\n') {
        match line.trim().split_once(' ') {
            Some(("secret", word)) => acknowledged.secret = Some(word.parse().unwrap()),
            Some(("won", n)) => acknowledged.won = n.parse::<u64>().unwrap() + 1,
            Some(("submitted", n)) => acknowledged.submitted = n.parse::<u64>().unwrap() + 1,
            Some(("paid", n)) => acknowledged.paid = n.parse::<u64>().unwrap() + 1,
            Some(("error", why)) => panic!("round {round}: {why}"),
            _ => {}
        }
        if round.is_multiple_of(2) && acknowledged.won >= limit {
            process.kill().unwrap();
        }
        line.clear();
    }
    process.wait().unwrap();
    acknowledged
}

fn copied(from: &Path, to: &Path) -> PathBuf {
    let _ = fs::remove_dir_all(to);
    fs::create_dir(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
    to.join("node.db")
}

/// Becomes a round's process, if it is meant to be one, and never returns then.
fn take_orders() {
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
    let (done, last) = std::sync::mpsc::channel();
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

/// Tells secrets apart.
fn mark(secret: &Secret) -> B256 {
    let params = Params {
        recipient: headwater_protocol::key::Address([1; 20]),
        sender: headwater_protocol::key::Address([2; 20]),
        face_value: U256::from(3),
        win_prob: U256::from(4),
        price: Price::new(5, 6).unwrap(),
        creation_round: 7,
        creation_round_hash: B256::ZERO,
        expires: 8,
        seed: B256::ZERO,
        recipient_rand_hash: B256::ZERO,
    };
    let venue = Venue {
        chain_id: 1,
        broker: headwater_protocol::key::Address([9; 20]),
    };
    params.sealed(secret, &venue).recipient_rand_hash
}

fn chance(round: u64, n: u64) -> u32 {
    let drawn = keccak256([round.to_be_bytes(), n.to_be_bytes()].concat());
    u32::from_be_bytes(drawn[..4].try_into().unwrap())
}

fn number(round: u64, n: u64) -> u64 {
    round * 1_000_000 + n * 4
}

fn winners(round: u64, n: u64) -> impl Iterator<Item = u64> {
    (0..u64::from(chance(round, n) % 4) + 1).map(move |k| number(round, n) + k)
}

fn raised(round: u64, n: u64) -> Ceiling {
    ceiling(round * 5 + n % 5, chance(round, n), NOW + 1)
}

fn left(round: u64, n: u64) -> Credit {
    credit((round % 200) as u8, (n % 50) as u32)
}

fn commit(round: u64, n: u64) -> Commit {
    Commit {
        winners: winners(round, n).map(winner).collect(),
        ceilings: vec![raised(round, n)],
        credits: vec![left(round, n)],
    }
}

fn submission(round: u64, n: u64) -> Change {
    Change::Submit {
        winners: winners(round, n).map(|number| winner(number).hash).collect(),
        account: Address::ZERO,
        nonce: n,
        tx: tx(number(round, n)),
        block: n,
    }
}

fn payment(round: u64, n: u64) -> Change {
    Change::Redeem {
        winner: winner(number(round, n)).hash,
        tx: tx(number(round, n)),
        block: n,
        paid: U256::from(n),
    }
}

/// What is on the platter.
struct Found {
    secret: B256,
    recovered: Recovered,
    winners: BTreeMap<B256, Redemption>,
}

impl Found {
    fn read(path: &Path) -> Result<Self, Error> {
        let (store, recovered) = Store::open(path, NOW)?;
        let mut winners = BTreeMap::new();
        for state in [State::Pending, State::Submitted, State::Redeemed, State::Hopeless] {
            for record in store.winners(state, usize::MAX)? {
                winners.insert(record.winner.hash, record.redemption);
            }
        }
        drop(store);
        let whole: String =
            rusqlite::Connection::open(path)?.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        assert_eq!(whole, "ok");
        Ok(Self {
            secret: mark(&recovered.secret),
            recovered,
            winners,
        })
    }

    /// Whether it is a beginning of what the round handed in, and one that has all that was acknowledged.
    fn holds(&self, round: u64, acknowledged: &Acknowledged) -> Result<(), String> {
        let has = |number| self.winners.contains_key(&winner(number).hash);
        let length = (0..LOAD).take_while(|n| winners(round, *n).any(has)).count() as u64;
        if length < acknowledged.won {
            return Err(format!("{length} commits are left: the others are lost"));
        }
        for n in 0..length {
            if let Some(missing) = winners(round, n).find(|number| !has(*number)) {
                return Err(format!("commit {n} is there without its winner {missing}"));
            }
            self.redemption(round, n, n + 1 == length, acknowledged)?;
        }
        if (length..LOAD).any(|n| winners(round, n).any(has)) {
            return Err(format!("commit {length} is not there, and a later one is"));
        }
        let mut ceilings = BTreeMap::new();
        for ceiling in (0..length).map(|n| raised(round, n)) {
            let highest = ceilings.entry(ceiling.recipient_rand_hash).or_insert(0);
            *highest = ceiling.nonce.max(*highest);
        }
        for which in 0..5 {
            let key = raised(round, which).recipient_rand_hash;
            let found = self
                .recovered
                .known
                .ceilings
                .iter()
                .find(|found| found.recipient_rand_hash == key);
            if found.map(|found| found.nonce) != ceilings.get(&key).copied() {
                return Err(format!("ceiling {found:?}, and it was {:?}", ceilings.get(&key)));
            }
        }
        match length.checked_sub(1).map(|last| left(round, last)) {
            Some(credit) if !self.recovered.known.credits.contains(&credit) => {
                Err("credit is not the last one's".into())
            }
            _ => Ok(()),
        }
    }

    fn redemption(&self, round: u64, n: u64, last: bool, acknowledged: &Acknowledged) -> Result<(), String> {
        let first = &self.winners[&winner(number(round, n)).hash];
        let reached = match first {
            Redemption::Submitted { .. } => 1,
            Redemption::Redeemed { paid, .. } if *paid == U256::from(n) => 2,
            _ => 0,
        };
        let told = match n {
            n if n.is_multiple_of(6) && (n < acknowledged.paid || !last) => 2,
            n if n.is_multiple_of(3) && (n < acknowledged.submitted || !last) => 1,
            _ => 0,
        };
        if reached < told {
            return Err(format!(
                "winner {n} is {first:?}: what is known of its redemption is lost"
            ));
        }
        Ok(())
    }
}
