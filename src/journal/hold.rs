//! A run held for writing.
//!
//! Owns the lock, the chain of records and where they go at the moment: git or the emergency file. What is appended is
//! the same bytes wherever it goes. The port's side of it stands in `log`.

use std::fmt;
use std::fs::File;
use std::path::Path;
use std::time::Duration;

use git2::Oid;

use super::commit::{self, Draft};
use super::emergency::{self, Emergency};
use super::lease;
use super::payload::Payload;
use super::push::{PushReport, Pushing};
use super::repo::RefError;
use super::store::Store;
use super::writer::{Commit, Site, Waited, Writer};
use crate::port::{Chance, Durability, JournalError};
use crate::run::record::{GENESIS, Lease, Record, sha256_hex};
use crate::text::time::Instant;

/// How long a process waits at its end for payloads to become durable.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);

/// Why a run can't be held.
#[derive(Debug)]
pub enum HoldError {
    /// A living process on this machine holds it.
    Held {
        /// The run.
        run: String,
        /// The last lease in its record.
        lease: Option<Lease>,
    },
    /// A new run would take the id of an old one.
    Exists {
        /// The run.
        run: String,
    },
    /// The journal said no.
    Journal(JournalError),
}

impl fmt::Display for HoldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held { run, lease: Some(l) } => {
                write!(f, "run {run} is held by {} on {} (process {}), which is alive", l.person, l.host, l.pid)
            }
            Self::Held { run, lease: None } => write!(f, "run {run} is held by a living process on this machine"),
            Self::Exists { run } => write!(f, "there is a run {run} already"),
            Self::Journal(e) => e.fmt(f),
        }
    }
}

impl std::error::Error for HoldError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Journal(e) => e.source(),
            _ => None,
        }
    }
}

impl From<JournalError> for HoldError {
    fn from(e: JournalError) -> Self {
        Self::Journal(e)
    }
}

/// Where records go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Home {
    Git,
    Emergency,
}

/// Somebody else went on with the run.
#[derive(Clone, Debug)]
pub(super) struct Moved {
    expected: String,
    found: String,
    /// Where our records go now.
    branch: String,
    head: Option<Oid>,
}

impl Moved {
    fn error(&self, run: &str) -> JournalError {
        JournalError::Moved { run: run.to_owned(), expected: self.expected.clone(), found: self.found.clone() }
    }
}

/// A run held for writing; a [`RunLog`](crate::port::RunLog). Dropping it gives the run back.
pub struct HeldRun {
    pub(super) store: Store,
    pub(super) run: String,
    pub(super) branch: String,
    /// Last commit of ours; none before the first.
    pub(super) head: Option<Oid>,
    pub(super) next_seq: u64,
    /// Digest of the last record as it was written.
    pub(super) last: String,
    /// Time of the last record: payloads have no clock of their own.
    pub(super) last_at: Instant,
    /// Who wrote it.
    pub(super) last_by: String,
    /// Generation of the last lease, for the name of a fork.
    pub(super) generation: u32,
    pub(super) home: Home,
    pub(super) emergency: Emergency,
    /// Somebody else appended.
    pub(super) moved: Option<Moved>,
    pub(super) writer: Option<Writer>,
    pub(super) chance: Box<dyn Chance>,
    pub(super) push: Pushing,
    /// Payloads from before the first record: a run that never began leaves nothing.
    early: Vec<Payload>,
    /// Held until the end; none where no lock could be made.
    _lock: Option<File>,
}

impl HeldRun {
    /// Takes the lock and starts the writer.
    pub(super) fn new(store: Store, run: &str, chance: Box<dyn Chance>) -> Result<Self, HoldError> {
        let silent = store.is_silent();
        let lock = if silent { Ok(None) } else { lease::lock(&store.own_dir(), run) };
        let lock = match lock {
            Ok(None) if !silent => {
                let lease = store.read(run).ok().and_then(|r| lease::last(&r).cloned());
                return Err(HoldError::Held { run: run.to_owned(), lease });
            }
            // Nothing blocks a stop; the emergency file has a lock of its own.
            other => other.ok().flatten(),
        };
        let branch = store.run_branch(run);
        let site = Site {
            path: store.path().to_path_buf(),
            payload_branch: store.payload_branch(run),
            places: store.places().to_vec(),
            realm: store.realm(),
            run: run.to_owned(),
            key: store.key().cloned(),
            branch: branch.clone(),
            mark: store.mark(run),
        };
        let writer = Writer::start(site).ok();
        let emergency = Emergency::new(store.places(), store.realm(), run);
        let push = Pushing::new(&store, run, None);
        Ok(Self {
            run: run.to_owned(),
            branch,
            head: None,
            next_seq: 0,
            last: GENESIS.to_owned(),
            last_at: Instant::default(),
            last_by: "aigov".to_owned(),
            generation: 0,
            home: if silent { Home::Emergency } else { Home::Git },
            emergency,
            moved: None,
            writer,
            chance,
            push,
            early: Vec::new(),
            _lock: lock,
            store,
        })
    }

    /// Goes on where `records` end. Those in git end at `head`; `away` is the emergency file of a process that is gone.
    pub(super) fn continue_from(
        &mut self,
        head: Option<Oid>,
        records: &[Record],
        away: Option<emergency::Found>,
    ) -> Result<(), JournalError> {
        self.head = head;
        self.push = Pushing::new(&self.store, &self.run, head);
        self.generation =
            records.iter().filter_map(|r| r.detail.lease.as_ref()).map(|l| l.generation).max().unwrap_or(0);
        if let Some(last) = records.last() {
            self.follow(last)?;
        }
        if let Some(found) = away {
            self.home = Home::Emergency;
            let empty = Emergency::new(self.store.places(), self.store.realm(), &self.run);
            self.emergency = empty.found(found);
        }
        Ok(())
    }

    /// The run's id.
    #[must_use]
    pub fn run(&self) -> &str {
        &self.run
    }

    /// The generation of the last lease; the next holder's is one more.
    #[must_use]
    pub const fn generation(&self) -> u32 {
        self.generation
    }

    /// The place of the next record.
    #[must_use]
    pub const fn next_seq(&self) -> u64 {
        self.next_seq
    }

    fn follow(&mut self, record: &Record) -> Result<(), JournalError> {
        let bytes = record.bytes().map_err(|e| commit::io_error("write a record", e))?;
        self.last = sha256_hex(&bytes);
        self.next_seq = record.seq + 1;
        self.last_at = record.at;
        record.by.clone_into(&mut self.last_by);
        if let Some(lease) = &record.detail.lease {
            self.generation = self.generation.max(lease.generation);
        }
        Ok(())
    }

    pub(super) fn put(&mut self, batch: &[Record]) -> Result<Durability, JournalError> {
        let durability = self.put_records(batch)?;
        if self.next_seq > 0 {
            for payload in std::mem::take(&mut self.early) {
                self.put_payload(payload);
            }
        }
        Ok(durability)
    }

    fn put_records(&mut self, batch: &[Record]) -> Result<Durability, JournalError> {
        if batch.is_empty() {
            return Ok(match self.home {
                Home::Git => Durability::Git,
                Home::Emergency => Durability::Emergency,
            });
        }
        let (records, lines, _) = chain(&self.run, self.next_seq, &self.last, self.store.is_drill(), batch)?;
        if let Some(moved) = self.moved.clone() {
            self.beside(&records, lines);
            return Err(moved.error(&self.run));
        }
        if self.home == Home::Git {
            match self.commit(&records, &lines, self.branch.clone(), self.head, self.head) {
                Waited::Over(Ok(head)) => {
                    self.head = Some(head);
                    for record in &records {
                        self.follow(record)?;
                    }
                    self.push.appended(&self.store, head);
                    return Ok(Durability::Git);
                }
                // A branch that is gone altogether is damage, not somebody who appended.
                Waited::Over(Err(RefError::Moved { found: Some(found) })) => {
                    let moved = self.moved_to(Some(found));
                    self.beside(&records, lines);
                    return Err(moved.error(&self.run));
                }
                // It may be in git all the same, when the answer was only late. The emergency file gets the same bytes:
                // whichever is found, the chain is one.
                Waited::Over(Err(_)) | Waited::Withdrawn | Waited::Unknown => {}
            }
            self.home = Home::Emergency;
            self.rescue_payloads();
        }
        self.away(&records, lines)
    }

    /// Notes that somebody else went on; from here on our records go beside the run.
    fn moved_to(&mut self, found: Option<Oid>) -> Moved {
        let moved = Moved {
            expected: self.head.map(|h| h.to_string()).unwrap_or_default(),
            found: found.map_or_else(|| "no branch".to_owned(), |f| f.to_string()),
            branch: self.store.fork_branch(&self.run, self.generation),
            head: None,
        };
        self.moved = Some(moved.clone());
        moved
    }

    /// Keeps records that the run's branch can't take any more: what they say happened.
    fn beside(&mut self, records: &[Record], lines: Vec<String>) -> bool {
        let Some(moved) = self.moved.clone() else { return false };
        match self.commit(records, &lines, moved.branch.clone(), moved.head, moved.head.or(self.head)) {
            Waited::Over(Ok(head)) => {
                self.moved = Some(Moved { head: Some(head), ..moved });
                for record in records {
                    // Their bytes were made a moment ago.
                    let _ = self.follow(record);
                }
                true
            }
            _ => {
                // Importing finds that they don't continue the run.
                let _ = self.away(records, lines);
                false
            }
        }
    }

    fn away(&mut self, records: &[Record], lines: Vec<String>) -> Result<Durability, JournalError> {
        let kept = self.emergency.add(lines);
        for record in records {
            self.follow(record)?;
        }
        Ok(if kept { Durability::Emergency } else { Durability::Printed })
    }

    /// What the writer has not stored goes beside the emergency file.
    fn rescue_payloads(&self) {
        for payload in self.writer.iter().flat_map(Writer::not_kept) {
            self.put_away(&payload);
        }
    }

    fn put_away(&self, payload: &Payload) -> bool {
        self.store.put_away(&self.run, payload)
    }

    pub(super) fn put_payload(&mut self, payload: Payload) {
        if self.next_seq == 0 {
            self.early.push(payload);
            return;
        }
        if payload.apart && self.put_away(&payload) {
            // For named eyes, and not to be encrypted: what is in git is pushed, and can't be taken back. Only where no
            // folder takes it at all it goes there, because evidence that is lost can't be taken back either.
            return;
        }
        let away = self.home == Home::Emergency && self.put_away(&payload);
        match &mut self.writer {
            _ if away => {}
            // With the record away, in memory until git takes it.
            Some(writer) => writer.keep(payload, self.last_at, None),
            None => {
                self.put_away(&payload);
            }
        }
    }

    fn commit(
        &mut self,
        records: &[Record],
        lines: &[String],
        branch: String,
        expected: Option<Oid>,
        parent: Option<Oid>,
    ) -> Waited {
        let Some(last) = records.last() else {
            return Waited::Over(Err(std::io::Error::other("an empty batch").into()));
        };
        let draft =
            Draft { tree: None, parent, by: last.by.clone(), at: last.at, message: commit::message(records, lines) };
        let Some(writer) = &mut self.writer else {
            return Waited::Over(Err(std::io::Error::other("there is no writing thread").into()));
        };
        writer.commit(Commit { branch, expected, draft }, self.store.patience())
    }

    /// Brings the emergency file home; true when nothing is left of it.
    pub(super) fn restore(&mut self) -> bool {
        if self.home == Home::Git {
            return true;
        }
        let Some(writer) = &mut self.writer else { return false };
        if !writer.settled() {
            return false;
        }
        // The second time with what turned out to be in git already.
        for _ in 0..2 {
            let lines = self.emergency.lines.clone();
            let Ok(records) = lines.iter().map(|l| commit::record(&self.run, l)).collect::<Result<Vec<_>, _>>() else {
                return false;
            };
            if records.is_empty() {
                break;
            }
            match self.commit(&records, &lines, self.branch.clone(), self.head, self.head) {
                Waited::Over(Ok(head)) => {
                    self.head = Some(head);
                    self.push.appended(&self.store, head);
                    break;
                }
                Waited::Over(Err(RefError::Moved { found })) => {
                    if !found.is_some_and(|found| self.arrived(found)) {
                        return self.fork(&records, &lines, found);
                    }
                }
                Waited::Over(Err(_)) | Waited::Withdrawn | Waited::Unknown => return false,
            }
        }
        self.home = Home::Git;
        self.emergency.done();
        if let Some(writer) = &mut self.writer {
            writer.again();
            for (path, payload) in self.store.ready_payloads(&self.run) {
                writer.keep(payload, self.last_at, Some(path));
            }
        }
        true
    }

    /// Whether what stands on the branch after our last commit is what we took to be lost. If so it is, and is left out
    /// of what has to come home.
    fn arrived(&mut self, found: Oid) -> bool {
        let Ok(git) = self.store.readable() else { return false };
        let Ok(commits) = commit::walk(&git, found, self.head) else { return false };
        let there: Vec<&str> = commits.iter().flat_map(|c| c.parts().1).collect();
        let ours = !there.is_empty()
            && there.len() <= self.emergency.lines.len()
            && there.iter().zip(&self.emergency.lines).all(|(a, b)| a == b);
        if ours {
            let count = there.len();
            self.head = Some(found);
            self.emergency.came_home(count);
        }
        ours
    }

    /// Somebody else went on with the run while ours was in the emergency file.
    fn fork(&mut self, records: &[Record], lines: &[String], found: Option<Oid>) -> bool {
        let moved = self.moved_to(found);
        match self.commit(records, lines, moved.branch.clone(), None, self.head) {
            Waited::Over(Ok(head)) => {
                self.moved = Some(Moved { head: Some(head), ..moved });
                self.home = Home::Git;
                self.emergency.done();
                true
            }
            _ => {
                self.moved = None;
                false
            }
        }
    }

    /// The emergency file that holds this run's records now; none where they are in git, or nowhere but on standard error.
    #[must_use]
    pub fn emergency_file(&self) -> Option<&Path> {
        match self.home {
            Home::Git => None,
            Home::Emergency => self.emergency.path(),
        }
    }

    /// Waits for what is being pushed, up to `limit`, pushes the rest, and says how it went; none without a remote.
    pub fn finish_push(&mut self, limit: Duration) -> Option<PushReport> {
        self.push.finish(&self.store, limit)
    }
}

/// Gives each record its place in the chain, and the digest of the last. Nothing else of it is changed: whoever sealed it
/// knows its digest, and votes name it.
pub(super) fn chain(
    run: &str,
    next_seq: u64,
    last: &str,
    drill: bool,
    batch: &[Record],
) -> Result<(Vec<Record>, Vec<String>, String), JournalError> {
    let mut records = Vec::with_capacity(batch.len());
    let mut lines = Vec::with_capacity(batch.len());
    let mut prev = last.to_owned();
    for (place, record) in (next_seq..).zip(batch) {
        let broken = |link: String| JournalError::Broken { run: run.to_owned(), link };
        if record.seq != place || record.run != run {
            return Err(broken(format!(
                "record {} of run {} was to be appended where record {place} of run {run} belongs",
                record.seq, record.run
            )));
        }
        if record.prev != prev && record.prev != GENESIS {
            return Err(broken(format!("record {place} was to be appended and names another record before it")));
        }
        if record.drill != drill {
            return Err(broken("records of drills and of real runs don't mix".to_owned()));
        }
        let mut record = record.clone();
        record.prev = prev;
        let line = record.bytes().map_err(|e| commit::io_error("write a record", e))?;
        prev = sha256_hex(&line);
        records.push(record);
        lines.push(String::from_utf8_lossy(&line).into_owned());
    }
    Ok((records, lines, prev))
}

impl Drop for HeldRun {
    fn drop(&mut self) {
        if let Some(writer) = &mut self.writer {
            writer.close(CLOSE_LIMIT);
        }
    }
}
