//! The journal against what can happen to it. No git program, no network.

mod basics;
mod faults;
mod health;
mod published;
mod sealed;
mod signed;
mod tamper;

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::hold::HeldRun;
use super::samples::{chance, record};
use super::store::Store;
use super::verify::{Finding, RunReport, Weight};
use crate::port::{Durability, RunLog as _};
use crate::run::event::Event;
use crate::run::record::Record;

/// A workspace folder that is removed at the end.
pub(super) struct Room(pub(super) tempfile::TempDir);

impl Room {
    pub(super) fn new() -> Self {
        // Thousands of syncs: in memory where the system offers it. Nothing here can tell a disk from it.
        let memory = Path::new("/dev/shm");
        Self(if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() })
    }

    pub(super) fn git(&self) -> PathBuf {
        self.0.path().join(".aigov/journal.git")
    }

    pub(super) fn store(&self) -> Store {
        // A busy machine must not look like a broken disk.
        let store = Store::open_or_create(&self.git(), false).with_patience(Duration::from_secs(600));
        assert!(store.trouble().is_none(), "{:?}", store.trouble());
        store
    }
}

/// Appends each record on its own and expects it in git.
pub(super) fn append_all(held: &mut HeldRun, records: &[Record]) {
    for r in records {
        assert_eq!(held.append(std::slice::from_ref(r)).unwrap(), Durability::Git);
    }
}

/// A run with a beginning and `n` notes.
pub(super) fn begun(store: &Store, run: &str, n: u64) -> HeldRun {
    let mut held = store.create_run(run, chance()).unwrap();
    let mut records = vec![record(run, 0, Event::RunStarted)];
    records.extend((1..=n).map(|seq| record(run, seq, Event::Noted)));
    append_all(&mut held, &records);
    held
}

/// What was found besides that nobody signed.
pub(super) fn besides(report: &RunReport) -> Vec<Finding> {
    report.findings.iter().filter(|f| f.weight != Weight::Unsigned).cloned().collect()
}
