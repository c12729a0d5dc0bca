//! Puts [`Disk`] between SQLite and the system: a VFS over SQLite's own one for Unix.
//!
//! # Safety
//! There is no way to SQLite's file layer but its C interface. A file here is [`Shim`], and behind it in the same memory,
//! which SQLite allocates by `szOsFile`, the system's; each call goes on to that with its own file, and with its own VFS.

use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::Once;

use rusqlite::ffi::{
    SQLITE_FULL, SQLITE_IOERR_FSYNC, SQLITE_OK, sqlite3_file, sqlite3_filename, sqlite3_int64,
    sqlite3_io_methods, sqlite3_vfs, sqlite3_vfs_find, sqlite3_vfs_register,
};

use super::Disk;

#[repr(C)]
struct Shim {
    base: sqlite3_file,
    /// Null for a file that is on no disk of ours; else owned.
    watch: *mut Watch,
}

struct Watch {
    disk: Disk,
    path: PathBuf,
}

/// Makes the layer SQLite's default in this process.
pub(super) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the system's VFS lives as long as the process. What is copied of it works with ours as well, since it
        // does not read the VFS that it is given.
        unsafe {
            let system = sqlite3_vfs_find(ptr::null());
            let shim = Box::leak(Box::new(sqlite3_vfs {
                iVersion: 2,
                szOsFile: size_of::<Shim>() as c_int + (*system).szOsFile,
                pNext: ptr::null_mut(),
                zName: c"forgetful".as_ptr(),
                pAppData: system.cast(),
                xOpen: Some(open),
                xDelete: Some(delete),
                xAccess: Some(access),
                xFullPathname: Some(full_path),
                ..*system
            }));
            assert_eq!(sqlite3_vfs_register(shim, 1), SQLITE_OK);
        }
    });
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    // Without xFetch: no file is mapped, each write comes by.
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

unsafe fn system(vfs: *mut sqlite3_vfs) -> *mut sqlite3_vfs {
    // SAFETY: `install` put it there.
    unsafe { (*vfs).pAppData.cast() }
}

fn behind(file: *mut sqlite3_file) -> *mut sqlite3_file {
    file.cast::<Shim>().wrapping_add(1).cast()
}

unsafe fn watch<'a>(file: *mut sqlite3_file) -> Option<&'a Watch> {
    // SAFETY: `open` filled it in, and SQLite uses no file that is closed.
    unsafe { (*file.cast::<Shim>()).watch.as_ref() }
}

unsafe fn path<'a>(name: *const c_char) -> Option<&'a Path> {
    // SAFETY: SQLite's names end with a zero; a temporary file has none.
    let name = (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) })?;
    Some(Path::new(OsStr::from_bytes(name.to_bytes())))
}

unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: `file` has room for the shim and the system's file. Methods stay null where opening fails, so that SQLite
    // does not close it.
    unsafe {
        let shim = file.cast::<Shim>();
        (*shim).base.pMethods = ptr::null();
        (*shim).watch = ptr::null_mut();
        let vfs = system(vfs);
        let end = (*vfs).xOpen.unwrap()(vfs, name, behind(file), flags, out);
        if end == SQLITE_OK {
            (*shim).base.pMethods = &raw const METHODS;
            if let Some((path, disk)) = path(name).and_then(|path| Some((path, Disk::of(path)?))) {
                let path = path.to_owned();
                (*shim).watch = Box::into_raw(Box::new(Watch { disk, path }));
            }
        }
        end
    }
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: it was made by `open`, and this is its end.
    unsafe {
        let watch = (*file.cast::<Shim>()).watch;
        if !watch.is_null() {
            drop(Box::from_raw(watch));
        }
        let file = behind(file);
        (*(*file).pMethods).xClose.unwrap()(file)
    }
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    bytes: *const c_void,
    length: c_int,
    at: sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite hands in so many bytes.
    unsafe {
        let slice = std::slice::from_raw_parts(bytes.cast::<u8>(), length as usize);
        if let Some(Watch { disk, path }) = watch(file)
            && disk.write(path, at as u64, slice).is_err()
        {
            return SQLITE_FULL;
        }
        let file = behind(file);
        (*(*file).pMethods).xWrite.unwrap()(file, bytes, length, at)
    }
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, length: sqlite3_int64) -> c_int {
    // SAFETY: as for all methods.
    unsafe {
        if let Some(Watch { disk, path }) = watch(file) {
            disk.truncate(path, length as u64);
        }
        let file = behind(file);
        (*(*file).pMethods).xTruncate.unwrap()(file, length)
    }
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: as for all methods.
    unsafe {
        if let Some(Watch { disk, path }) = watch(file) {
            // The platter is the disk, and the real one is not asked to hurry.
            return disk.sync(path).map_or(SQLITE_IOERR_FSYNC, |()| SQLITE_OK);
        }
        let file = behind(file);
        (*(*file).pMethods).xSync.unwrap()(file, flags)
    }
}

unsafe extern "C" fn delete(vfs: *mut sqlite3_vfs, name: *const c_char, sync_folder: c_int) -> c_int {
    // SAFETY: the name is SQLite's.
    unsafe {
        if let Some((path, disk)) = path(name).and_then(|path| Some((path, Disk::of(path)?))) {
            disk.delete(path);
        }
        let vfs = system(vfs);
        (*vfs).xDelete.unwrap()(vfs, name, sync_folder)
    }
}

unsafe extern "C" fn access(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: goes on as it came.
    unsafe {
        let vfs = system(vfs);
        (*vfs).xAccess.unwrap()(vfs, name, flags, out)
    }
}

unsafe extern "C" fn full_path(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    room: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: goes on as it came.
    unsafe {
        let vfs = system(vfs);
        (*vfs).xFullPathname.unwrap()(vfs, name, room, out)
    }
}

/// Methods that go on to the system's file as they came.
macro_rules! forward {
    ($($name:ident = $method:ident($($argument:ident: $type:ty),*) $(-> $end:ty)?;)*) => {$(
        unsafe extern "C" fn $name(file: *mut sqlite3_file $(, $argument: $type)*) $(-> $end)? {
            // SAFETY: the system's file was opened by its VFS, and the rest goes on as it came.
            unsafe {
                let file = behind(file);
                (*(*file).pMethods).$method.unwrap()(file $(, $argument)*)
            }
        }
    )*};
}

forward! {
    read = xRead(bytes: *mut c_void, length: c_int, at: sqlite3_int64) -> c_int;
    file_size = xFileSize(out: *mut sqlite3_int64) -> c_int;
    lock = xLock(level: c_int) -> c_int;
    unlock = xUnlock(level: c_int) -> c_int;
    check_reserved_lock = xCheckReservedLock(out: *mut c_int) -> c_int;
    file_control = xFileControl(what: c_int, argument: *mut c_void) -> c_int;
    sector_size = xSectorSize() -> c_int;
    device_characteristics = xDeviceCharacteristics() -> c_int;
    shm_map = xShmMap(region: c_int, size: c_int, extend: c_int, out: *mut *mut c_void) -> c_int;
    shm_lock = xShmLock(offset: c_int, count: c_int, flags: c_int) -> c_int;
    shm_barrier = xShmBarrier();
    shm_unmap = xShmUnmap(delete: c_int) -> c_int;
}
