//! Who holds a run: a file lock says that somebody on this machine lives, the record says who.
//!
//! Owns the lock file of a run and this machine's name and boot. The lock ends with the process, however it ends. Must
//! not decide who may take over: that is asked of a person.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

use crate::run::event::Event;
use crate::run::record::{Lease, Record};

/// Who holds a run, as far as this machine can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The last lease in the record; none before the first.
    pub lease: Option<Lease>,
    /// Whether a process on this machine holds the lock now.
    pub alive_here: bool,
    /// Whether the lease was taken on this machine, so that a free lock means that its process is dead.
    pub same_host: bool,
}

/// The last lease that records speak of.
pub(super) fn last(records: &[Record]) -> Option<&Lease> {
    records.iter().rev().find(|r| matches!(r.event, Event::LeaseTaken { .. })).and_then(|r| r.detail.lease.as_ref())
}

/// Takes the lock of a run; none when a living process has it. `own_dir` is the folder inside the repository; where there
/// is no repository none is begun, or the half of one would stand in the way of the whole.
pub(super) fn lock(own_dir: &Path, run: &str) -> io::Result<Option<File>> {
    if !own_dir.parent().is_some_and(|git| git.join("HEAD").exists()) {
        return Err(io::Error::new(io::ErrorKind::NotFound, "there is no journal to lock a run in"));
    }
    fs::create_dir_all(own_dir)?;
    let path = own_dir.join(format!("run-{run}.lock"));
    let file = match OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path) {
        Ok(file) => file,
        // A lock needs no right to write.
        Err(e) => File::open(&path).map_err(|_| e)?,
    };
    try_lock(file)
}

/// The lock of an open file; none when a living process has it.
pub(super) fn try_lock(file: File) -> io::Result<Option<File>> {
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(e)) => Err(e),
    }
}

/// The machine's name; `unknown` where the system does not say.
#[must_use]
pub fn this_host() -> String {
    ["/proc/sys/kernel/hostname", "/etc/hostname", "/etc/myname"]
        .iter()
        .find_map(|path| fs::read_to_string(path).ok())
        .map(|text| crate::text::safe::line(text.trim()))
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "unknown".to_owned())
}

/// The boot's id; empty where the system has none.
#[must_use]
pub fn this_boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").map(|t| t.trim().to_owned()).unwrap_or_default()
}
