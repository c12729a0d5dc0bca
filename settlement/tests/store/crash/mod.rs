//! `kill -9` of a process that stores winners under load, on a disk that forgets what was not synced.
//!
//! Each round is a process of its own: this test, run once more, which tells of what is acknowledged on its standard output
//! and dies at a seeded write or sync, or is killed from outside after a seeded number of acknowledgements. The next round
//! goes on with what is on the platter. Everything is handed in in one order, so what is found must be a beginning of it,
//! whole in itself, and no shorter than what was acknowledged.

mod child;
mod found;
mod load;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use alloy_primitives::B256;

use crate::fixture::Folder;
use child::{ORDERS, take_orders};
use found::Found;

/// How many rounds, if not those that CI has time for.
const ROUNDS: &str = "HEADWATER_CRASH_ROUNDS";

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
