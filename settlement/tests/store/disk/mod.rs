//! A disk that forgets: what was written since a file's last sync is lost when the power goes, or part of it is.
//!
//! SQLite's files live in one folder, and everybody reads and writes there as ever. A second folder, the platter, gets what
//! is synced, when it is; a power cut is what the platter is then, with a seeded part of what was not synced: whole writes,
//! writes whose sectors are old and new, in any order between syncs. The cut itself is `kill -9` of this very process.
//!
//! It may also have little room, as the layer counts it.

mod vfs;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use rustix::process::{Signal, getpid, kill_process};

/// What a write is made of, whole or not at all.
const SECTOR: usize = 512;

/// The disks of this process, by their folders. SQLite's files elsewhere are left alone.
static DISKS: Mutex<Vec<(PathBuf, Disk)>> = Mutex::new(Vec::new());

/// What the files in one folder are kept on.
#[derive(Clone)]
pub(crate) struct Disk(Arc<Mutex<State>>);

struct State {
    live: PathBuf,
    /// Without one, nothing is forgotten.
    platter: Option<PathBuf>,
    syncs: bool,
    luck: fastrand::Rng,
    /// How many writes and syncs from now the power is cut.
    left: Option<u64>,
    room: Option<u64>,
    broken: bool,
    synced: u64,
    unsynced: BTreeMap<PathBuf, Vec<Write>>,
}

enum Write {
    Bytes(u64, Vec<u8>),
    Length(u64),
}

/// There is no room.
struct Full;

/// What was written may be lost.
struct Broken;

impl Disk {
    /// Puts one under whatever SQLite opens in a folder from now on.
    pub(crate) fn under(live: &Path) -> Self {
        vfs::install();
        let disk = Self(Arc::new(Mutex::new(State {
            live: live.to_owned(),
            platter: None,
            syncs: true,
            luck: fastrand::Rng::with_seed(0),
            left: None,
            room: None,
            broken: false,
            synced: 0,
            unsynced: BTreeMap::new(),
        })));
        DISKS.lock().unwrap().push((live.to_owned(), disk.clone()));
        disk
    }

    /// Keeps what is synced in a folder of its own.
    pub(crate) fn forget(&self, platter: &Path, luck: fastrand::Rng) {
        let mut state = self.state();
        state.platter = Some(platter.to_owned());
        state.luck = luck;
    }

    /// Ends this process after so many writes and syncs.
    pub(crate) fn cut_after(&self, writes: u64) {
        self.state().left = Some(writes);
    }

    /// Says that everything is synced, and does nothing: what SQLite gets of any disk with `synchronous=OFF`.
    pub(crate) fn lie(&self) {
        self.state().syncs = false;
    }

    /// Room for so many bytes in all, or for whatever comes.
    pub(crate) fn room(&self, bytes: Option<u64>) {
        self.state().room = bytes;
    }

    /// Fails at every sync, or no more.
    pub(crate) fn broken(&self, broken: bool) {
        self.state().broken = broken;
    }

    /// How many syncs there were.
    pub(crate) fn synced(&self) -> u64 {
        self.state().synced
    }

    fn of(file: &Path) -> Option<Self> {
        let disks = DISKS.lock().unwrap();
        let (_, disk) = disks.iter().find(|(live, _)| file.starts_with(live))?;
        Some(disk.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    fn write(&self, file: &Path, at: u64, bytes: &[u8]) -> Result<(), Full> {
        let mut state = self.state();
        state.take_room(file, at + bytes.len() as u64)?;
        state.note(file, || Write::Bytes(at, bytes.to_vec()));
        state.count();
        Ok(())
    }

    fn truncate(&self, file: &Path, length: u64) {
        let mut state = self.state();
        state.note(file, || Write::Length(length));
        state.count();
    }

    /// The power may go before it or after it.
    fn sync(&self, file: &Path) -> Result<(), Broken> {
        let mut state = self.state();
        if state.broken {
            return Err(Broken);
        }
        state.synced += 1;
        state.count();
        if let (Some(platter), true) = (state.platter.clone(), state.syncs) {
            let file = platter.join(file.file_name().unwrap());
            let writes = state.unsynced.remove(&file).unwrap_or_default();
            apply(&file, &writes);
        }
        Ok(())
    }

    fn delete(&self, file: &Path) {
        let mut state = self.state();
        state.count();
        if let Some(platter) = state.platter.clone() {
            let file = platter.join(file.file_name().unwrap());
            state.unsynced.remove(&file);
            let _ = fs::remove_file(file);
        }
    }
}

impl State {
    fn note(&mut self, file: &Path, write: impl FnOnce() -> Write) {
        if let Some(platter) = &self.platter {
            let file = platter.join(file.file_name().unwrap());
            self.unsynced.entry(file).or_default().push(write());
        }
    }

    fn take_room(&self, file: &Path, end: u64) -> Result<(), Full> {
        let Some(room) = self.room else { return Ok(()) };
        let length = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
        let used: u64 = fs::read_dir(&self.live)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| !path.to_string_lossy().ends_with("-shm"))
            .map(|path| length(&path))
            .sum();
        let more = end.saturating_sub(length(file));
        if more > 0 && used + more > room {
            return Err(Full);
        }
        Ok(())
    }

    fn count(&mut self) {
        let Some(left) = &mut self.left else { return };
        *left = left.saturating_sub(1);
        if *left == 0 {
            self.cut();
        }
    }

    fn cut(&mut self) {
        for (file, writes) in std::mem::take(&mut self.unsynced) {
            let kept: Vec<Write> = writes.into_iter().flat_map(|write| self.part(write)).collect();
            apply(&file, &kept);
        }
        kill_process(getpid(), Signal::KILL).unwrap();
        // The signal may take a moment, in which nothing more is to happen.
        loop {
            std::thread::park();
        }
    }

    /// Half of all writes are kept, a quarter in part.
    fn part(&mut self, write: Write) -> Vec<Write> {
        match (self.luck.u8(..4), write) {
            (0 | 1, write) => vec![write],
            (2, Write::Bytes(at, bytes)) => bytes
                .chunks(SECTOR)
                .enumerate()
                .filter(|_| self.luck.bool())
                .map(|(n, sector)| Write::Bytes(at + (n * SECTOR) as u64, sector.to_vec()))
                .collect(),
            _ => Vec::new(),
        }
    }
}

fn apply(file: &Path, writes: &[Write]) {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(file)
        .unwrap();
    for write in writes {
        match write {
            Write::Bytes(at, bytes) => file.write_all_at(bytes, *at).unwrap(),
            Write::Length(length) => file.set_len(*length).unwrap(),
        }
    }
}
