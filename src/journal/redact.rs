//! Erasing payloads: the one thing in a journal that is ever rewritten.
//!
//! Owns the new payload branch, what is taken off this machine, and what is asked of the remote. The record stays as it
//! is, and names what was erased by a digest that says nothing without the salt. Must not decide whether something may be
//! erased, and must not touch any other branch. The tombstone is the run's own record: it is written first.

use std::fs;
use std::path::PathBuf;

use git2::{ObjectType, Oid};

use super::commit::{Draft, io_error, ref_error};
use super::emergency;
use super::payload;
use super::push;
use super::repo::{Durable, Git, RefError};
use super::store::Store;
use crate::port::JournalError;
use crate::text::time::Instant;

/// What became of what was to be erased.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// How many files left the payload branch.
    pub files: usize,
    /// How many lay beside the journal, waiting to come home, and are gone.
    pub beside: usize,
    /// How many objects are still in a pack of this repository until git is told to collect.
    pub packed: usize,
    /// What the remote said; none without a remote, or where it has no such branch.
    pub remote: Option<Result<(), String>>,
}

impl Store {
    /// Takes payloads of a run off the payload branch, whose history is made anew without them, and off this machine as far
    /// as they are not in a pack. The remote's branch is replaced where it is as it was known.
    ///
    /// # Errors
    /// The repository could not be written.
    pub fn erase(&self, run: &str, digests: &[String], at: Instant) -> Result<Erased, JournalError> {
        let doing = || format!("erase payloads of run {run}");
        let mut erased = Erased::default();
        for (path, waiting) in self.waiting_payloads(run) {
            if digests.contains(&waiting.digest) {
                emergency::drop_payload(&path);
                erased.beside += usize::from(!path.exists());
            }
        }
        let git = self.writable()?;
        let branch = self.payload_branch(run);
        // Whoever holds the run may be adding to it.
        for _ in 0..20 {
            let Some(head) = git.head(&branch).map_err(|e| ref_error(doing(), e))? else { return Ok(erased) };
            let mut dirty = Vec::new();
            let (tree, gone) = payload::without(&git, head, digests, &mut dirty).map_err(|e| ref_error(doing(), e))?;
            if gone.is_empty() {
                // Erased here before; a remote that refused it then may take it now.
                erased.remote = self.remote().and_then(|remote| push::replace_again(&git, remote, &branch, head));
                return Ok(erased);
            }
            let draft = Draft {
                tree: Some(tree),
                parent: None,
                by: "aigov".to_owned(),
                at,
                message: "What stood before was redacted; the run's own branch says what, when and why\n".to_owned(),
            };
            let fresh = git.commit(&draft, Durable::Now, &mut dirty).map_err(|e| ref_error(doing(), e))?;
            for path in dirty {
                // In a pack already: git has made it durable.
                let _ = fs::File::open(path).and_then(|f| f.sync_all());
            }
            match git.move_ref(&branch, Some(head), fresh, Durable::Now, || true) {
                Err(RefError::Moved { .. }) => continue,
                moved => moved.map_err(|e| ref_error(doing(), e))?,
            }
            erased.files = gone.len();
            erased.packed = gone.iter().filter(|blob| !drop_loose(&git, **blob)).count();
            erased.remote = self.remote().and_then(|remote| push::replace(&git, remote, &branch, fresh));
            return Ok(erased);
        }
        Err(io_error(doing(), "somebody else goes on writing payloads"))
    }
}

/// Removes a blob's own file; false where the object is still there afterwards, in a pack.
fn drop_loose(git: &Git, blob: Oid) -> bool {
    let hex = blob.to_string();
    let (shard, rest) = hex.split_at(2);
    let file: PathBuf = git.shards().folder(shard).join(rest);
    let _ = fs::remove_file(file);
    let there = || -> Result<bool, git2::Error> {
        let odb = git.repo().odb()?;
        odb.refresh()?;
        Ok(odb.read_header(blob).is_ok_and(|(_, kind)| kind == ObjectType::Blob))
    };
    !there().unwrap_or(true)
}
