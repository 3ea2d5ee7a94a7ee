//! What this machine wrote last of each run, kept outside the journal.
//!
//! The list of runs is made when a command ends. What a process wrote that was killed since is in no list, and a record
//! that is cut back to there looks whole. Owns one small file for each run in the user's state folder: written after each
//! append, never synced and never waited for. An older mark than the last append still says where the run once stood. Must
//! not decide anything; `beside` does.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use git2::Oid;

use super::store::Store;
use crate::run::record::sha256_hex;

impl Store {
    /// Where the marks of several journals lie, this one's in a folder of its own. Without it, there are none.
    #[must_use]
    pub fn with_marks(mut self, folder: &Path) -> Self {
        let digest = sha256_hex(self.path().to_string_lossy().as_bytes());
        self.marks = Some(folder.join(digest.get(..12).unwrap_or(&digest)));
        self
    }

    fn mark_of(&self, run: &str) -> Option<PathBuf> {
        Some(self.marks.as_ref()?.join(self.realm()).join(run))
    }

    /// The mark of a run, to be moved.
    pub(super) fn mark(&self, run: &str) -> Mark {
        Mark { path: self.mark_of(run), file: None }
    }

    /// Where a run stood when this machine wrote to it last, as far as is known.
    pub(super) fn marked(&self, run: &str) -> Option<Oid> {
        let text = fs::read_to_string(self.mark_of(run)?).ok()?;
        Oid::from_str(text.trim()).ok()
    }
}

/// The mark of one run.
#[derive(Debug)]
pub(super) struct Mark {
    path: Option<PathBuf>,
    file: Option<File>,
}

impl Mark {
    /// Moves it. Where it can't be written, less is noticed later, and nothing else changes.
    pub(super) fn set(&mut self, head: Oid) {
        let Some(path) = &self.path else { return };
        if self.file.is_none() {
            self.file = open(path);
        }
        let written = self.file.as_ref().map(|file| file.write_all_at(format!("{head}\n").as_bytes(), 0));
        if !matches!(written, Some(Ok(()))) {
            self.file = None;
        }
    }
}

fn open(path: &Path) -> Option<File> {
    fs::create_dir_all(path.parent()?).ok()?;
    OpenOptions::new().write(true).create(true).truncate(false).open(path).ok()
}
