//! A disk without room, or that fails: work is refused, nothing is damaged, and it goes on when the disk does.

use std::process::Command;
use std::{env, fs};

use headwater_protocol::pm::Commit;
use headwater_settlement::store::{Error, State, Store};

use crate::disk::Disk;
use crate::fixture::{Folder, NOW, ceiling, commit, winner, won};

/// Says that the small file system is there.
const INSIDE: &str = "HEADWATER_TEST_SMALL";

/// Commits until there is no room; how many.
fn fill(store: &Store, from: u64) -> u64 {
    for n in 0.. {
        match commit(store, won((n * 4..n * 4 + 4).map(|k| from + k)), NOW) {
            Ok(()) => {}
            Err(Error::Full) => return n * 4,
            Err(error) => panic!("{error}: {error:?}"),
        }
    }
    unreachable!()
}

fn is_whole(path: &std::path::Path) {
    let connection = rusqlite::Connection::open(path).unwrap();
    let end: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(end, "ok");
}

#[test]
fn a_full_disk_refuses_winners_and_loses_none() {
    let folder = Folder::new();
    let disk = Disk::under(folder.path());
    let (store, _) = Store::open(&folder.store(), NOW).unwrap();
    let short_lived = Commit {
        ceilings: vec![ceiling(1, 1, NOW)],
        ..Commit::default()
    };
    commit(&store, short_lived, NOW).unwrap();
    let kept = |store: &Store| store.winners(State::Pending, usize::MAX).unwrap().len() as u64;
    let mut count = 0;
    // Full in the middle of the log, and again in the middle of the file once the log is written back.
    for room in [200_000, 1_000_000, 6_000_000] {
        disk.room(Some(room));
        let more = fill(&store, count);
        assert!(more > 0, "nothing fits in {room}");
        count += more;
        assert_eq!(kept(&store), count);
    }
    // The log is written back and gone: a node starts without room even for what it would tidy up.
    disk.room(None);
    drop(store);
    disk.room(Some(0));
    let (store, recovered) = Store::open(&folder.store(), NOW + 2 * 3_600_000).unwrap();
    assert_eq!((kept(&store), recovered.known.ceilings), (count, vec![]));
    assert!(matches!(commit(&store, won([count]), NOW), Err(Error::Full)));
    disk.room(None);
    commit(&store, won([count]), NOW).unwrap();
    assert_eq!(kept(&store), count + 1);
    drop(store);
    is_whole(&folder.store());
}

#[test]
fn what_a_sync_failed_for_is_not_acknowledged() {
    let folder = Folder::new();
    let disk = Disk::under(folder.path());
    let (store, _) = Store::open(&folder.store(), NOW).unwrap();
    commit(&store, won([0]), NOW).unwrap();
    disk.broken(true);
    assert!(matches!(commit(&store, won([1]), NOW), Err(Error::Sqlite(_))));
    disk.broken(false);
    commit(&store, won([2]), NOW).unwrap();
    let kept = store.winners(State::Pending, 9).unwrap();
    let kept: Vec<_> = kept.into_iter().map(|record| record.winner).collect();
    assert_eq!(kept, [winner(0), winner(2)]);
}

#[test]
fn a_full_file_system_refuses_winners_and_loses_none() {
    const NAME: &str = "failing::a_full_file_system_refuses_winners_and_loses_none";
    let Some(folder) = env::var_os(INSIDE) else {
        let folder = Folder::new();
        let mounted = r#"mount -t tmpfs -o size=1m none "$1" && shift && exec "$@""#;
        let end = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", mounted, "sh"])
            .arg(folder.path())
            .arg(env::current_exe().unwrap())
            .args([NAME, "--exact"])
            .env(INSIDE, folder.path())
            .output();
        let end = end.expect("`unshare`, of util-linux, is there");
        let said = String::from_utf8_lossy(&end.stdout);
        assert!(
            end.status.success() && said.contains("1 passed"),
            "{said}{}",
            String::from_utf8_lossy(&end.stderr)
        );
        return;
    };
    let folder = std::path::PathBuf::from(folder);
    let path = folder.join("node.db");
    let ballast = folder.join("ballast");
    fs::write(&ballast, vec![0; 300_000]).unwrap();
    let (store, _) = Store::open(&path, NOW).unwrap();
    let count = fill(&store, 0);
    assert!(count > 0);
    assert_eq!(
        store.winners(State::Pending, usize::MAX).unwrap().len() as u64,
        count
    );
    fs::remove_file(ballast).unwrap();
    let more = fill(&store, count);
    assert!(more > 0, "room is not found again");
    drop(store);
    is_whole(&path);
    let store = Store::attach(&path).unwrap();
    assert_eq!(
        store.winners(State::Pending, usize::MAX).unwrap().len() as u64,
        count + more
    );
}
