//! Bringing emergency files home.
//!
//! A file whose lines continue the branch is appended to it as one commit; one that does not, because somebody went on
//! meanwhile, becomes a fork. Only with the run's lock, so that a living process's file is left alone. Nothing is
//! deleted before it is in git.

use std::fs;

use git2::Oid;

use super::commit::{self, Draft, io_error, ref_error};
use super::emergency;
use super::lease;
use super::payload;
use super::repo::{Durable, Git};
use super::store::Store;
use crate::port::JournalError;
use crate::run::record::{GENESIS, Record, sha256_hex};

/// What came home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The run.
    pub run: String,
    /// How many records.
    pub records: usize,
    /// The fork's branch, when somebody else had gone on with the run.
    pub fork: Option<String>,
}

impl Store {
    /// Brings home every emergency file and payload that no living process is writing.
    ///
    /// # Errors
    /// The repository could not be written; what is not home yet stays where it is.
    pub fn import_emergency(&self) -> Result<Vec<Imported>, JournalError> {
        let mut all = Vec::new();
        self.settle_spools();
        for run in emergency::runs(self.places(), self.realm()) {
            // Makes the repository if it is not there, and with it the place of the lock.
            self.writable()?;
            let Ok(Some(_lock)) = lease::lock(&self.own_dir(), &run) else { continue };
            all.extend(self.bring_home(&run)?);
        }
        Ok(all)
    }

    /// The same for one run. The caller has its lock.
    pub(super) fn bring_home(&self, run: &str) -> Result<Vec<Imported>, JournalError> {
        let git = self.writable()?;
        let mut all = Vec::new();
        for (path, _) in emergency::lines_of(self.places(), self.realm(), run) {
            let Some(found) = emergency::claim_file(&path) else { continue };
            let whole = self.one(&git, run, &found.lines)?;
            let left = found.lines.len() - whole.0;
            all.extend(whole.1);
            if left == 0 {
                let _ = fs::remove_file(&path);
            } else {
                // Lines that are no records are kept for a person, out of the way of the next attempt.
                let _ = fs::rename(&path, path.with_extension("damaged"));
            }
        }
        let mut dirty = Vec::new();
        for (path, kept) in self.ready_payloads(run) {
            let at = crate::text::time::Instant::default();
            payload::put(&git, &self.payload_branch(run), &kept, at, &mut dirty)
                .map_err(|e| ref_error(format!("bring home a payload of run {run}"), e))?;
            for changed in dirty.drain(..) {
                let _ = fs::File::open(changed).and_then(|f| f.sync_all());
            }
            emergency::drop_payload(&path);
        }
        Ok(all)
    }

    /// Returns how many lines are in git now, and what was done.
    fn one(&self, git: &Git, run: &str, lines: &[String]) -> Result<(usize, Option<Imported>), JournalError> {
        let doing = || format!("bring home run {run}");
        let branch = self.run_branch(run);
        let head = git.head(&branch).map_err(|e| ref_error(doing(), e))?;
        let known = digests(git, head).map_err(|e| io_error(doing(), e))?;
        let is_known = |line: &String| known.iter().any(|(d, _)| *d == sha256_hex(line.as_bytes()));
        let there = lines.iter().take_while(|l| is_known(l)).count();
        let rest = lines.get(there..).unwrap_or_default();
        let records: Vec<Record> = rest.iter().map_while(|l| commit::record(run, l).ok()).collect();
        let kept = rest.get(..records.len()).unwrap_or_default();
        let Some(first) = records.first() else { return Ok((there, None)) };
        let last = known.last().map_or(GENESIS, |(d, _)| d.as_str());
        if head.is_none() && first.seq > 0 {
            // The run is in another repository: it waits for that one to come back.
            return Err(io_error(doing(), "its beginning is not in this repository"));
        }
        let (target, expected, parent, fork) = if first.prev == last {
            (branch, head, head, false)
        } else {
            let base = known.iter().find(|(d, _)| *d == first.prev).map(|(_, c)| *c);
            let generation = records.iter().filter_map(|r| r.detail.lease.as_ref()).map(|l| l.generation).max();
            (self.fork_branch(run, generation.unwrap_or(0)), None, base, true)
        };
        let (by, at) = records.last().map_or_else(Default::default, |r| (r.by.clone(), r.at));
        let draft = Draft { tree: None, parent, by, at, message: commit::message(&records, kept) };
        let oid = git.commit(&draft, Durable::Now, &mut Vec::new()).map_err(|e| ref_error(doing(), e))?;
        git.move_ref(&target, expected, oid, Durable::Now, || true).map_err(|e| ref_error(doing(), e))?;
        let fork = fork.then_some(target);
        Ok((there + kept.len(), Some(Imported { run: run.to_owned(), records: kept.len(), fork })))
    }
}

/// Digest and commit of every record of a branch, in order.
fn digests(git: &Git, head: Option<Oid>) -> Result<Vec<(String, Oid)>, git2::Error> {
    let Some(head) = head else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for commit in commit::walk(git, head, None)? {
        let (_, lines) = commit.parts();
        all.extend(lines.map(|l| (sha256_hex(l.as_bytes()), commit.id)));
    }
    Ok(all)
}
