//! The writing thread of a held run.
//!
//! Owns every write to git on behalf of one run, one after the other, so that a file system that hangs hangs this thread
//! and not a stop. Whoever asked waits a limited time and then withdraws: a [`Ticket`] decides, for each commit, whether
//! the withdrawal or the move of the branch came first. Must not know what records mean.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use git2::Oid;
use litemap::LiteMap;

use super::commit::Draft;
use super::emergency;
use super::folders::Shards;
use super::last::Mark;
use super::payload::{self, Payload};
use super::repo::{Durable, Git, OpenError, RefError};
use super::sign::ProcessKey;
use crate::text::time::Instant;

/// How long nothing is asked before the folders for objects are made beside the run.
const QUIET: Duration = Duration::from_millis(100);

const ASKED: u8 = 0;
const MOVING: u8 = 1;
const WITHDRAWN: u8 = 2;

/// Whether a commit may still be withdrawn.
#[derive(Clone, Debug, Default)]
pub(super) struct Ticket(Arc<AtomicU8>);

impl Ticket {
    /// The writer's side: from here on the branch moves.
    fn go(&self) -> bool {
        self.0.compare_exchange(ASKED, MOVING, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    /// The asker's side: true when the branch will certainly not move.
    fn withdraw(&self) -> bool {
        self.0.compare_exchange(ASKED, WITHDRAWN, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }
}

/// What became of a commit.
pub(super) type Written = Result<Oid, RefError>;

/// How waiting for a commit ended.
pub(super) enum Waited {
    /// There is an answer.
    Over(Written),
    /// No answer in time, and the branch will not move.
    Withdrawn,
    /// No answer in time, and the branch may have moved.
    Unknown,
}

/// A commit to write.
pub(super) struct Commit {
    pub(super) branch: String,
    pub(super) expected: Option<Oid>,
    pub(super) draft: Draft,
}

enum Job {
    Commit(Commit, Ticket),
    Keep(u64),
    After(Box<dyn FnOnce(&Git) + Send>),
    #[cfg(test)]
    Stall(Receiver<()>),
}

/// Payloads that are not in git yet, by a number that counts up.
type Waiting = Arc<Mutex<LiteMap<u64, Kept>>>;

/// A payload, the time of its commit, and the emergency file that it comes from.
#[derive(Clone)]
struct Kept {
    payload: Payload,
    at: Instant,
    from: Option<PathBuf>,
}

/// The asker's end.
pub(super) struct Writer {
    jobs: Option<Sender<Job>>,
    answers: Receiver<Written>,
    closed: Receiver<()>,
    /// Answers that will come, oldest first, of questions that were not waited for to the end.
    open: usize,
    waiting: Waiting,
    next: u64,
}

/// Where the thread writes.
pub(super) struct Site {
    pub(super) path: PathBuf,
    pub(super) payload_branch: String,
    pub(super) places: Vec<PathBuf>,
    pub(super) realm: &'static str,
    pub(super) run: String,
    pub(super) key: Option<ProcessKey>,
    /// The run's own branch, and the mark that follows it.
    pub(super) branch: String,
    pub(super) mark: Mark,
}

impl Writer {
    /// Starts the thread; an error when the system gives none.
    pub(super) fn start(site: Site) -> std::io::Result<Self> {
        let (jobs, inbox) = channel();
        let (answer, answers) = channel();
        let (close, closed) = channel();
        let waiting = Waiting::default();
        let theirs = Arc::clone(&waiting);
        std::thread::Builder::new().name("journal".to_owned()).spawn(move || {
            let folders = Beside::default();
            Thread { site, git: None, dirty: Vec::new(), waiting: theirs, inbox, answer, folders }.work();
            let _ = close.send(());
        })?;
        Ok(Self { jobs: Some(jobs), answers, closed, open: 0, waiting, next: 0 })
    }

    /// Whether every earlier question has been answered by now, however late.
    pub(super) fn settled(&mut self) -> bool {
        while self.open > 0 {
            match self.answers.try_recv() {
                Ok(_) => self.open -= 1,
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return false,
            }
        }
        true
    }

    /// Asks for a commit and waits up to `limit`.
    pub(super) fn commit(&mut self, commit: Commit, limit: Duration) -> Waited {
        let ticket = Ticket::default();
        let gone = || Waited::Over(Err(std::io::Error::other("the writing thread is gone").into()));
        let Some(jobs) = &self.jobs else { return gone() };
        if self.open > 0 || jobs.send(Job::Commit(commit, ticket.clone())).is_err() {
            return gone();
        }
        match self.answers.recv_timeout(limit) {
            Ok(written) => Waited::Over(written),
            Err(RecvTimeoutError::Timeout) => {
                self.open += 1;
                if ticket.withdraw() { Waited::Withdrawn } else { Waited::Unknown }
            }
            Err(RecvTimeoutError::Disconnected) => gone(),
        }
    }

    /// Hands a payload over without waiting. It is written before any commit that is asked for later. The file it comes
    /// `from` is removed once it is in git.
    pub(super) fn keep(&mut self, payload: Payload, at: Instant, from: Option<PathBuf>) {
        let number = self.next;
        self.next += 1;
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(number, Kept { payload, at, from });
        if let Some(jobs) = &self.jobs {
            let _ = jobs.send(Job::Keep(number));
        }
    }

    /// Tries once more with payloads that nothing has taken.
    pub(super) fn again(&self) {
        let numbers: Vec<u64> = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).keys().copied().collect();
        if let Some(jobs) = &self.jobs {
            for number in numbers {
                // A thread that is gone has left the payload in our hands.
                let _ = jobs.send(Job::Keep(number));
            }
        }
    }

    /// Payloads that have not arrived.
    pub(super) fn not_kept(&self) -> Vec<Payload> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).values().map(|k| k.payload.clone()).collect()
    }

    /// Does something with the repository when there is nothing more urgent; nobody waits for it.
    pub(super) fn after(&self, work: impl FnOnce(&Git) + Send + 'static) {
        if let Some(jobs) = &self.jobs {
            let _ = jobs.send(Job::After(Box::new(work)));
        }
    }

    /// Lets the thread finish what it has, up to `limit`.
    pub(super) fn close(&mut self, limit: Duration) {
        self.jobs = None;
        let _ = self.closed.recv_timeout(limit);
    }

    #[cfg(test)]
    pub(super) fn stall(&self, until: Receiver<()>) {
        assert!(self.jobs.as_ref().unwrap().send(Job::Stall(until)).is_ok());
    }
}

struct Thread {
    site: Site,
    git: Option<Git>,
    /// Written and not yet synced.
    dirty: Vec<PathBuf>,
    waiting: Waiting,
    inbox: Receiver<Job>,
    answer: Sender<Written>,
    folders: Beside,
}

/// What makes the folders for objects beside the run.
#[derive(Default)]
struct Beside {
    enough: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Beside {
    const fn begun(&self) -> bool {
        self.thread.is_some()
    }

    fn begin(&mut self, shards: Shards) {
        let enough = Arc::clone(&self.enough);
        let work = move || {
            // What is missing costs an append a little more and nothing else; the next process tries again.
            let _ = shards.complete(&enough);
            shards.save();
        };
        self.thread = std::thread::Builder::new().name("folders".to_owned()).spawn(work).ok();
    }

    fn end(self) {
        self.enough.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread {
            let _ = thread.join();
        }
    }
}

impl Thread {
    fn work(mut self) {
        loop {
            let job = match self.inbox.try_recv() {
                Ok(job) => job,
                Err(TryRecvError::Disconnected) => break,
                Err(TryRecvError::Empty) => {
                    // Nothing more urgent: one file at a time, so that an append never waits for more than one.
                    if let Some(path) = self.dirty.pop() {
                        sync(&path);
                        continue;
                    }
                    match self.next() {
                        Some(job) => job,
                        None => break,
                    }
                }
            };
            self.one(job);
        }
        let rest: BTreeSet<PathBuf> = self.dirty.drain(..).collect();
        rest.iter().for_each(sync);
        let quiet = self.folders.begun();
        self.folders.end();
        if let Some(git) = &self.git {
            if !quiet && git.shards().were_used() {
                let _ = git.shards().complete(&AtomicBool::new(false));
            }
            git.shards().save();
        }
    }

    /// Waits for something to do; none when nobody will ask any more. The folders for objects are begun once it has been
    /// quiet for a while, because making them slows an append down.
    fn next(&mut self) -> Option<Job> {
        if let (Some(git), false) = (&self.git, self.folders.begun()) {
            match self.inbox.recv_timeout(QUIET) {
                Ok(job) => return Some(job),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => self.folders.begin(git.shards().clone()),
            }
        }
        self.inbox.recv().ok()
    }

    fn one(&mut self, job: Job) {
        match job {
            Job::Commit(commit, ticket) => {
                let written = self.commit(&commit, &ticket);
                if matches!(written, Err(RefError::Io(_))) {
                    // The next attempt looks again at what is there.
                    self.git = None;
                }
                let head = written.as_ref().ok().copied().filter(|_| commit.branch == self.site.branch);
                let _ = self.answer.send(written);
                // Nobody waits for it any more.
                if let Some(head) = head {
                    self.site.mark.set(head);
                }
            }
            Job::Keep(number) => self.keep(number),
            Job::After(work) => {
                if let Ok(git) = self.git() {
                    work(git);
                }
            }
            #[cfg(test)]
            Job::Stall(until) => {
                let _ = until.recv();
            }
        }
    }

    fn git(&mut self) -> Result<&Git, OpenError> {
        if let Some(git) = self.git.take()
            && git.is_there()
        {
            return Ok(self.git.insert(git));
        }
        let git = Git::open_or_create(&self.site.path)?.signing(self.site.key.as_ref());
        Ok(self.git.insert(git))
    }

    fn commit(&mut self, commit: &Commit, ticket: &Ticket) -> Written {
        let git = self.git().map_err(|e| RefError::Io(Box::new(e)))?;
        if let Some(parent) = commit.draft.parent
            && !git.repo().odb()?.exists(parent)
        {
            // Made anew since, or another one: nothing of ours belongs there.
            return Err(std::io::Error::other("the record before is not in this repository").into());
        }
        let mut none = Vec::new();
        let oid = git.commit(&commit.draft, Durable::Now, &mut none)?;
        git.move_ref(&commit.branch, commit.expected, oid, Durable::Now, || ticket.go())?;
        Ok(oid)
    }

    fn keep(&mut self, number: u64) {
        let job = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).get(&number).cloned();
        let Some(Kept { payload, at, from }) = job else { return };
        let branch = self.site.payload_branch.clone();
        let mut dirty = Vec::new();
        let put = match self.git() {
            Ok(git) => payload::put(git, &branch, &payload, at, &mut dirty).is_ok(),
            Err(_) => false,
        };
        match from {
            Some(from) if put => {
                dirty.iter().for_each(sync);
                emergency::drop_payload(&from);
            }
            _ => self.dirty.append(&mut dirty),
        }
        let there = put || {
            let Site { places, realm, run, .. } = &self.site;
            emergency::put_payload(places, realm, run, &payload.name(), &payload.bytes)
        };
        if there {
            self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
        }
    }
}

fn sync(path: &PathBuf) {
    // Packed or replaced meanwhile: then it is not ours to sync.
    if let Ok(file) = File::open(path) {
        let _ = file.sync_all();
    }
}
