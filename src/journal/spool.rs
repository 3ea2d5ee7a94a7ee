//! The spool: one file for the records of all runs that one command drives at once.
//!
//! A stop of a thousand automations writes a thousand runs. Each as a branch of its own, synced by itself, would take longer
//! than the stopping. So the records go, in the order in which they happen, into one file in the place of emergency files:
//! the very lines that git will hold, synced in groups beside the acts. Once the verdicts are told all of it comes home to
//! git, and the file goes. A command that dies leaves the file; the next one that writes makes ordinary emergency files of
//! it, and those come home as ever. As long as the command lives, its file is locked and its runs are held by it.
//!
//! Owns the file and the thread that writes it. Must not know what records mean.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use git2::Oid;
use litemap::LiteMap;
use tokio::sync::watch;

use super::commit::{self, Commit, Draft, io_error, ref_error};
use super::emergency::{self, Emergency};
use super::hold::chain;
use super::payload::{self, Payload};
use super::readme;
use super::repo::{Durable, Git};
use super::store::Store;
use crate::aside::aside;
use crate::port::{Chance, Durability, JournalError, RunLog};
use crate::run::record::{GENESIS, PayloadRef, Record, Vote, sha256_hex};
use crate::text::time::Instant;

/// In front of the name of a spool, where an emergency file has its run.
const MARK: char = '@';
/// How many payloads are durable with the lines that name them. A stop of hundreds keeps its one reason often enough.
const EARLY: usize = 32;
/// How long the last lines may take to become durable.
const CLOSE: Duration = Duration::from_secs(2);
/// How many threads sync at the end. The file system takes their requests together.
const SYNCERS: usize = 8;

/// What the writing thread and its askers share.
#[derive(Default)]
struct Queue {
    /// Lines not yet handed to the file.
    lines: Vec<String>,
    /// How many lines there were ever.
    put: u64,
    /// The first payloads, which are kept beside the file at once; more would hold up the lines.
    early: Vec<(String, Payload)>,
    /// How many of those there were ever.
    kept: usize,
}

enum Job {
    /// There are lines.
    Write,
    /// No more come: the file is given back.
    Close(Sender<Emergency>),
}

/// How far the file is.
#[derive(Clone, Copy, Debug, Default)]
struct Written {
    lines: u64,
    /// Whether the last lines went to no file but to standard error.
    printed: bool,
}

/// The spool of a command. Clones share it.
#[derive(Clone)]
pub struct Spool {
    store: Store,
    queue: Arc<Mutex<Queue>>,
    jobs: Sender<Job>,
    written: watch::Receiver<Written>,
    payloads: Arc<Mutex<Vec<(String, Payload)>>>,
}

impl std::fmt::Debug for Spool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spool").field("journal", &self.store.path()).finish_non_exhaustive()
    }
}

/// Where the records of a spool are when it is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Landed {
    /// In git, durable.
    Home,
    /// In this file; the next command that writes brings them home. Why not now, in words.
    Waits(PathBuf, String),
    /// Nowhere but on standard error.
    Printed,
}

impl Store {
    /// Begins a spool. `name` has to be this command's own. Writes nothing before the first record.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn spool(&self, name: &str) -> Result<Spool, JournalError> {
        let queue: Arc<Mutex<Queue>> = Arc::default();
        let (jobs, inbox) = channel();
        let (tell, written) = watch::channel(Written::default());
        let file = Emergency::new(self.places(), self.realm(), &format!("{MARK}{name}"));
        let (theirs, store) = (Arc::clone(&queue), self.clone());
        std::thread::Builder::new()
            .name("spool".to_owned())
            .spawn(move || write(file, &store, &theirs, &inbox, &tell))
            .map_err(|e| io_error("start the thread that writes the record", e))?;
        Ok(Spool { store: self.clone(), queue, jobs, written, payloads: Arc::default() })
    }

    /// Every record line of a run in spools, of living processes and of dead ones.
    pub(super) fn spooled(&self, run: &str) -> Vec<(PathBuf, Vec<String>)> {
        let mine = |line: &String| belongs(line) == Some(run);
        files(self.places(), self.realm())
            .into_iter()
            .map(|path| {
                let lines = lines(&path).into_iter().filter(mine).collect();
                (path, lines)
            })
            .filter(|(_, lines): &(_, Vec<String>)| !lines.is_empty())
            .collect()
    }

    /// Every record line in spools.
    pub(super) fn all_spooled(&self) -> Vec<String> {
        files(self.places(), self.realm()).iter().flat_map(|path| lines(path)).collect()
    }

    /// Whether a living process has this run in its spool.
    pub(super) fn is_spooling(&self, run: &str) -> bool {
        self.spooled(run).iter().any(|(path, _)| emergency::claim_file(path).is_none())
    }

    /// Makes ordinary emergency files of the spools of processes that are gone.
    pub(super) fn settle_spools(&self) {
        for path in files(self.places(), self.realm()) {
            // Locked until its lines are elsewhere: two that settle the same would write them twice.
            let Some(found) = emergency::claim_file(&path) else { continue };
            if self.settle(&path, &found.lines).is_ok() {
                let _ = fs::remove_file(&path);
            }
        }
    }

    fn settle(&self, path: &Path, lines: &[String]) -> std::io::Result<()> {
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        let mut runs: LiteMap<&str, Vec<String>> = LiteMap::new();
        for line in lines {
            if let Some(run) = belongs(line).filter(|r| is_id(r)) {
                runs.entry(run).or_default().push(line.clone());
            }
        }
        for (run, lines) in &runs {
            self.forget_empty_branch(run);
            let there = emergency::lines_of(self.places(), self.realm(), run);
            // A settling that was cut off is finished; what was written since is longer and stays.
            if !there.iter().any(|(_, known)| known.starts_with(lines)) {
                emergency::put_lines(folder, self.realm(), run, lines)?;
            }
        }
        File::open(folder)?.sync_all()
    }

    /// A power cut may leave a branch without a word in it, when it was on its way home. The run is in the spool.
    fn forget_empty_branch(&self, run: &str) {
        let Ok(git) = self.readable() else { return };
        let path = git.dir().join(self.run_branch(run));
        if fs::metadata(&path).is_ok_and(|m| m.is_file() && m.len() == 0) {
            let _ = fs::remove_file(path);
        }
    }
}

impl Spool {
    /// The log of a new run in this spool. The id must be nobody's.
    #[must_use]
    pub fn log(&self, run: &str, chance: Box<dyn Chance>) -> SpoolLog {
        SpoolLog { spool: self.clone(), run: run.to_owned(), next_seq: 0, last: GENESIS.to_owned(), chance }
    }

    /// The log of a run that goes on where these records end and that nobody drives. When somebody turns out to have gone on
    /// with it meanwhile, what is appended here is left out.
    #[must_use]
    pub fn log_after(&self, run: &str, records: &[Record], chance: Box<dyn Chance>) -> Option<SpoolLog> {
        let last = records.last()?;
        let digest = sha256_hex(&last.bytes().ok()?);
        Some(SpoolLog { next_seq: last.seq + 1, last: digest, ..self.log(run, chance) })
    }

    fn put(&self, lines: Vec<String>) -> Durability {
        {
            let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
            queue.put += lines.len() as u64;
            queue.lines.extend(lines);
        }
        // A thread that is gone is found out by whoever waits for it.
        let _ = self.jobs.send(Job::Write);
        if self.written.borrow().printed { Durability::Printed } else { Durability::Spool }
    }

    /// Returns once everything that was put so far is durable, or nothing is there that would make it so.
    pub async fn durable(&self) {
        let wanted = self.queue.lock().unwrap_or_else(PoisonError::into_inner).put;
        let mut written = self.written.clone();
        let _ = written.wait_for(|w| w.lines >= wanted).await;
    }

    /// Closes the spool and brings everything home to git, for at most `limit`.
    #[must_use]
    pub fn close(self, limit: Duration) -> Landed {
        let (give, take) = channel();
        let _ = self.jobs.send(Job::Close(give));
        let Ok(mut file) = take.recv_timeout(CLOSE) else {
            return Landed::Waits(PathBuf::new(), "the file system does not answer".to_owned());
        };
        if file.lines.is_empty() {
            return Landed::Home;
        }
        let payloads = std::mem::take(&mut *self.payloads.lock().unwrap_or_else(PoisonError::into_inner));
        let (store, lines, kept) = (self.store.clone(), std::mem::take(&mut file.lines), payloads.clone());
        // Where it takes longer, the file stays, and importing leaves out what is there.
        let why = match aside("home", move || land(&store, &lines, &kept)).map(|home| home.within(limit)) {
            Ok(Some(Ok(()))) => {
                file.done();
                for (run, payload) in payloads.iter().take(EARLY) {
                    let there = emergency::payloads(self.store.places(), self.store.realm(), run);
                    let ours = there.iter().filter(|(_, name, _)| *name == payload.name());
                    ours.for_each(|(path, ..)| emergency::drop_payload(path));
                }
                return Landed::Home;
            }
            Ok(Some(Err(e))) => {
                let cause = std::error::Error::source(&e).map(|c| format!(": {c}")).unwrap_or_default();
                format!("{e}{cause}")
            }
            Ok(None) => "git takes longer than can be waited for".to_owned(),
            Err(e) => e.to_string(),
        };
        for (run, payload) in &payloads {
            emergency::put_payload(self.store.places(), self.store.realm(), run, &payload.name(), &payload.bytes);
        }
        file.path().map_or(Landed::Printed, |path| Landed::Waits(path.to_path_buf(), why))
    }
}

/// The thread: everything that is there at once, as one write and one sync.
fn write(
    mut file: Emergency,
    store: &Store,
    queue: &Mutex<Queue>,
    inbox: &Receiver<Job>,
    tell: &watch::Sender<Written>,
) {
    let mut written = Written::default();
    while let Ok(job) = inbox.recv() {
        let (lines, early) = {
            let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
            (std::mem::take(&mut queue.lines), std::mem::take(&mut queue.early))
        };
        for (run, payload) in early {
            emergency::put_payload(store.places(), store.realm(), &run, &payload.name(), &payload.bytes);
        }
        if !lines.is_empty() {
            written.lines += lines.len() as u64;
            written.printed = !file.add(lines);
            let _ = tell.send(written);
        }
        if let Job::Close(give) = job {
            let _ = give.send(file);
            return;
        }
    }
}

/// The log of one run in a spool.
pub struct SpoolLog {
    spool: Spool,
    run: String,
    next_seq: u64,
    last: String,
    chance: Box<dyn Chance>,
}

impl SpoolLog {
    /// The run's id.
    #[must_use]
    pub fn run(&self) -> &str {
        &self.run
    }
}

impl RunLog for SpoolLog {
    fn append(&mut self, batch: &[Record]) -> Result<Durability, JournalError> {
        let drill = self.spool.store.is_drill();
        let (records, lines, last) = chain(&self.run, self.next_seq, &self.last, drill, batch)?;
        self.next_seq += records.len() as u64;
        self.last = last;
        Ok(self.spool.put(lines))
    }

    /// In memory until the spool comes home; the first few beside the file too, before the lines that name them.
    fn keep(&mut self, subject: &str, bytes: &[u8]) -> PayloadRef {
        let mut salt = [0; 16];
        self.chance.fill(&mut salt);
        let store = &self.spool.store;
        let payload = Payload::new(subject, salt, bytes).for_readers(store.readers());
        let reference = payload.reference();
        if payload.apart && store.put_away(&self.run, &payload) {
            return reference;
        }
        {
            let mut queue = self.spool.queue.lock().unwrap_or_else(PoisonError::into_inner);
            if queue.kept < EARLY {
                queue.kept += 1;
                queue.early.push((self.run.clone(), payload.clone()));
            }
        }
        let mut all = self.spool.payloads.lock().unwrap_or_else(PoisonError::into_inner);
        all.push((self.run.clone(), payload));
        reference
    }

    fn votes(&mut self, known: &dyn Fn(&str) -> bool) -> Result<Vec<Vote>, JournalError> {
        self.spool.store.votes(&self.run, known)
    }

    fn others_holding(&mut self, automation: &str, environment: &str) -> Result<Vec<String>, JournalError> {
        self.spool.store.holding(automation, environment, Some(&self.run))
    }

    /// There is no commit to name yet.
    fn head(&self) -> String {
        String::new()
    }

    fn key(&self) -> Option<String> {
        self.spool.store.key().map(|key| key.public().to_owned())
    }

    fn try_restore(&mut self) -> bool {
        false
    }

    fn unpushed(&self) -> Option<usize> {
        None
    }
}

/// Spools, in the places of emergency files.
fn files(places: &[PathBuf], realm: &str) -> Vec<PathBuf> {
    let ours = |name: &str| {
        let rest = name.strip_prefix(realm).and_then(|n| n.strip_prefix('-'));
        rest.is_some_and(|n| n.starts_with(MARK) && n.ends_with(".jsonl"))
    };
    let mut found: Vec<PathBuf> = places
        .iter()
        .filter_map(|place| fs::read_dir(place).ok())
        .flat_map(|entries| entries.filter_map(Result::ok))
        .filter(|entry| ours(&entry.file_name().to_string_lossy()))
        .map(|entry| entry.path())
        .filter(|path| emergency::is_trusted(path))
        .collect();
    found.sort();
    found
}

fn lines(path: &Path) -> Vec<String> {
    File::open(path).map(|file| emergency::whole_lines(&file)).unwrap_or_default()
}

/// The run that a line belongs to. Its canonical form has no other key of this name at its end.
fn belongs(line: &str) -> Option<&str> {
    let (_, rest) = line.rsplit_once("\"run\":\"")?;
    rest.split('"').next()
}

/// Whether a name may be part of a file's.
fn is_id(run: &str) -> bool {
    !run.is_empty() && run.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Each run as one commit on a branch of its own, and its payloads; all of it durable when this returns.
fn land(store: &Store, lines: &[String], payloads: &[(String, Payload)]) -> Result<(), JournalError> {
    let git = store.writable()?;
    let mut runs: LiteMap<&str, Vec<&String>> = LiteMap::new();
    for line in lines {
        runs.entry(belongs(line).unwrap_or_default()).or_default().push(line);
    }
    let mut dirty: Vec<PathBuf> = Vec::new();
    let mut last: LiteMap<&str, Instant> = LiteMap::new();
    for (run, lines) in &runs {
        let doing = || format!("bring home run {run}");
        let lines: Vec<String> = lines.iter().map(|l| (*l).clone()).collect();
        let records = lines.iter().map(|l| commit::record(run, l)).collect::<Result<Vec<Record>, _>>()?;
        let (by, at) = records.last().map_or_else(Default::default, |r| (r.by.clone(), r.at));
        last.insert(run, at);
        let branch = store.run_branch(run);
        let head = git.head(&branch).map_err(|e| ref_error(doing(), e))?;
        match (records.first(), head) {
            (Some(first), Some(head)) if first.seq > 0 => {
                // Somebody went on with it: what was to follow is not so any more.
                if !follows(&git, head, first) {
                    continue;
                }
            }
            (Some(first), None) if first.seq == 0 => {}
            _ => return Err(io_error(doing(), "its branch is not as it was")),
        }
        let draft = Draft { tree: None, parent: head, by, at, message: commit::message(&records, &lines) };
        let commit = git.commit(&draft, Durable::Later, &mut dirty);
        let commit: Oid = commit.map_err(|e| ref_error(doing(), e))?;
        git.move_ref(&branch, head, commit, Durable::Later, || true).map_err(|e| ref_error(doing(), e))?;
        dirty.push(git.dir().join(&branch));
    }
    for (run, payload) in payloads {
        let doing = || format!("bring home a payload of run {run}");
        let at = last.get(run.as_str()).copied().unwrap_or_default();
        payload::put(&git, &store.payload_branch(run), payload, at, &mut dirty).map_err(|e| ref_error(doing(), e))?;
    }
    dirty.extend([git.dir().join(store.branches("run")), git.dir().join("refs/heads")]);
    sync_all(dirty).map_err(|e| io_error("make the record durable", e))?;
    // A list for visitors; the record does not depend on it.
    let _ = readme::refresh(&git, store);
    Ok(())
}

/// Whether a record continues the last one of a commit.
fn follows(git: &Git, head: Oid, first: &Record) -> bool {
    let read = || Commit::read(&git.repo().odb().ok()?, head).ok();
    read().is_some_and(|c| c.parts().1.last().is_some_and(|line| sha256_hex(line.as_bytes()) == first.prev))
}

fn sync_all(mut paths: Vec<PathBuf>) -> std::io::Result<()> {
    paths.sort();
    paths.dedup();
    let share = paths.len().div_ceil(SYNCERS).max(1);
    let sync = |paths: &[PathBuf]| -> std::io::Result<()> {
        for path in paths {
            match File::open(path) {
                Ok(file) => file.sync_all()?,
                // In a pack already: git has made it durable.
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let working: Vec<_> = paths.chunks(share).map(|part| scope.spawn(move || sync(part))).collect();
        working
            .into_iter()
            .try_for_each(|w| w.join().unwrap_or_else(|_| Err(std::io::Error::other("a thread that synced is gone"))))
    })
}
