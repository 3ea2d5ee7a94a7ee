//! The journal of a workspace: which runs there are, what they say, and taking hold of one.
//!
//! Owns the names of branches and the ways in. Opens the repository anew for each question, so that nothing here is
//! stale and a repository that comes back is used again. Never fails to open: a stop goes on without git.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use git2::Oid;
use litemap::LiteMap;

use super::commit::{self, io_error, ref_error};
use super::emergency;
use super::fold::RunInfo;
use super::hold::{HeldRun, HoldError};
use super::index::Index;
use super::lease::{self, Holder};
use super::payload::{self, Content, Payload};
use super::repo::{Git, OpenError};
use super::seal::Readers;
use super::sign::ProcessKey;
use crate::aside::aside;
use crate::port::{Chance, JournalError};
use crate::run::record::{GENESIS, Record, sha256_hex};
use crate::text::gather::Gather;
use crate::text::time::Instant;

/// The journal of a workspace.
#[derive(Clone, Debug)]
pub struct Store {
    path: PathBuf,
    /// What the names of branches begin with.
    root: &'static str,
    drill: bool,
    places: Vec<PathBuf>,
    remote: Option<String>,
    trouble: Option<Arc<OpenError>>,
    patience: Duration,
    readers: Readers,
    key: Option<ProcessKey>,
    /// Where it is kept what was written last.
    pub(super) marks: Option<PathBuf>,
}

/// How long git may take for an append. With the places of the emergency file a failing-over append stays within two
/// seconds.
const PATIENCE: Duration = Duration::from_millis(1_200);

/// How long opening may take, once per process; making the journal syncs it.
const OPEN_PATIENCE: Duration = Duration::from_secs(3);

/// A new run's id: `YYYYMMDD-HHMM-xxxx`, in UTC, without letters and digits that are mistaken for others.
#[must_use]
pub fn run_id(now: Instant, chance: &mut dyn Chance) -> String {
    const LETTERS: &[u8; 31] = b"23456789abcdefghjkmnpqrstvwxyz\0";
    // Thirty letters; 240 is the largest multiple of thirty in a byte, so that none is likelier than another.
    let mut tail = String::new();
    while tail.len() < 4 {
        let mut byte = [0];
        chance.fill(&mut byte);
        let [b] = byte;
        if b < 240
            && let Some(letter) = LETTERS.get(usize::from(b % 30))
        {
            tail.push(char::from(*letter));
        }
    }
    let text = now.to_string();
    let digits = |from: usize, to: usize| text.get(from..to).unwrap_or("0").to_owned();
    format!("{}{}{}-{}{}-{tail}", digits(0, 4), digits(5, 7), digits(8, 10), digits(11, 13), digits(14, 16))
}

impl Store {
    /// The journal at `path`, made on first use. A `drill` has branches of its own. What prevents its use is said by
    /// [`Store::trouble`] and prevents nothing else: records then go to the emergency file.
    #[must_use]
    pub fn open_or_create(path: &Path, drill: bool) -> Self {
        let place = path.to_path_buf();
        Self::with(path, drill, within(path, move || Git::open_or_create(&place).map(drop)).err())
    }

    /// The journal at `path`, for commands that only read: makes nothing.
    #[must_use]
    pub fn open(path: &Path, drill: bool) -> Self {
        let place = path.to_path_buf();
        Self::with(path, drill, within(path, move || Git::open(&place).map(drop)).err())
    }

    /// A clone of a journal, for verifying it: in one with a work tree the branches are the remote's.
    #[must_use]
    pub fn open_clone(path: &Path, drill: bool) -> Self {
        let store = Self::open(path, drill);
        let theirs = Self { root: "refs/remotes/origin/", ..store.clone() };
        let has = |s: &Self| s.readable().is_ok_and(|g| g.heads(&s.branches("run")).is_ok_and(|h| !h.is_empty()));
        if !has(&store) && has(&theirs) { theirs } else { store }
    }

    fn with(path: &Path, drill: bool, trouble: Option<OpenError>) -> Self {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        let places = path.parent().map(|p| p.join("emergency")).into_iter().collect();
        let trouble = trouble.map(Arc::new);
        Self {
            path,
            root: "refs/heads/",
            drill,
            places,
            remote: None,
            trouble,
            patience: PATIENCE,
            readers: Readers::default(),
            key: None,
            marks: None,
        }
    }

    /// More folders for emergency files, in order, after the one beside the journal. Each gets a subfolder of this
    /// journal's own, because several workspaces share them.
    #[must_use]
    pub fn with_emergency_folders(mut self, folders: &[PathBuf]) -> Self {
        let digest = sha256_hex(self.path.to_string_lossy().as_bytes());
        let own = format!("aigov-emergency-{}", digest.get(..12).unwrap_or(&digest));
        self.places.extend(folders.iter().map(|f| f.join(&own)));
        self
    }

    /// Where appends are pushed to, as git understands it.
    #[must_use]
    pub fn with_remote(mut self, remote: Option<String>) -> Self {
        self.remote = remote;
        self
    }

    /// Whom payloads are encrypted to from here on. Where nobody is named they are kept in the clear.
    #[must_use]
    pub fn with_readers(mut self, readers: Readers) -> Self {
        self.readers = readers;
        self
    }

    /// Whom payloads are encrypted to.
    #[must_use]
    pub const fn readers(&self) -> &Readers {
        &self.readers
    }

    /// What this process signs its commits with; without it they are not signed, and `verify` says so.
    #[must_use]
    pub fn with_key(mut self, key: Option<ProcessKey>) -> Self {
        self.key = key;
        self
    }

    /// What this process signs its commits with.
    #[must_use]
    pub const fn key(&self) -> Option<&ProcessKey> {
        self.key.as_ref()
    }

    /// How long git may take for an append before the emergency file is used; 1.2 s unless said.
    #[must_use]
    pub const fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    pub(super) const fn patience(&self) -> Duration {
        self.patience
    }

    /// A journal whose file system did not answer.
    #[cfg(test)]
    pub(super) fn silent(path: &Path) -> Self {
        Self::with(path, false, Some(OpenError::Silent(path.to_path_buf())))
    }

    /// Why the repository could not be opened, if it could not.
    #[must_use]
    pub fn trouble(&self) -> Option<&OpenError> {
        self.trouble.as_deref()
    }

    /// The repository's folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether everything in here is a drill's.
    #[must_use]
    pub const fn is_drill(&self) -> bool {
        self.drill
    }

    /// Where appends are pushed to.
    #[must_use]
    pub fn remote(&self) -> Option<&str> {
        self.remote.as_deref()
    }

    pub(super) fn places(&self) -> &[PathBuf] {
        &self.places
    }

    pub(super) const fn realm(&self) -> &'static str {
        if self.drill { "aigov-drill" } else { "aigov" }
    }

    pub(super) fn branches(&self, kind: &str) -> String {
        format!("{}{}/{kind}/", self.root, self.realm())
    }

    pub(super) fn run_branch(&self, run: &str) -> String {
        self.branches("run") + run
    }

    pub(super) fn payload_branch(&self, run: &str) -> String {
        self.branches("payload") + run
    }

    pub(super) fn vote_branch(&self, run: &str, nonce: &str) -> String {
        format!("{}{run}/{nonce}", self.branches("vote"))
    }

    /// A name for a fork that is not taken.
    pub(super) fn fork_branch(&self, run: &str, generation: u32) -> String {
        let base = format!("{}{run}/{generation}", self.branches("fork"));
        let taken = |name: &str| self.readable().is_ok_and(|git| matches!(git.head(name), Ok(Some(_))));
        if !taken(&base) {
            return base;
        }
        let mut n = 2_u32;
        loop {
            let name = format!("{base}.{n}");
            if !taken(&name) {
                return name;
            }
            n += 1;
        }
    }

    pub(super) fn own_dir(&self) -> PathBuf {
        self.readable().map_or_else(|_| self.path.join("aigov"), |git| git.own_dir())
    }

    pub(super) fn readable(&self) -> Result<Git, JournalError> {
        self.answers()?;
        Git::open(&self.path).map(|git| git.signing(self.key())).map_err(|e| self.unusable(e))
    }

    pub(super) fn writable(&self) -> Result<Git, JournalError> {
        self.answers()?;
        Git::open_or_create(&self.path).map(|git| git.signing(self.key())).map_err(|e| self.unusable(e))
    }

    /// The repository; none where there is none yet.
    pub(super) fn there(&self) -> Result<Option<Git>, JournalError> {
        self.answers()?;
        match Git::open(&self.path) {
            Ok(git) => Ok(Some(git)),
            Err(OpenError::Missing(_)) => Ok(None),
            Err(e) => Err(self.unusable(e)),
        }
    }

    /// A file system that did not answer when the journal was opened is not asked again by this process, except by the
    /// writer's thread.
    fn answers(&self) -> Result<(), JournalError> {
        match self.trouble() {
            Some(e @ OpenError::Silent(_)) => Err(io_error("open the journal", e.to_string())),
            _ => Ok(()),
        }
    }

    /// Whether the file system answered.
    pub(super) fn is_silent(&self) -> bool {
        self.answers().is_err()
    }

    fn unusable(&self, e: OpenError) -> JournalError {
        match e {
            OpenError::Io { doing, source } => JournalError::Io { doing, source },
            e => io_error(format!("open the journal {}", self.path.display()), e),
        }
    }

    /// Begins a run: takes its lock. Works without git, too.
    ///
    /// # Errors
    /// There is a run of this id.
    pub fn create_run(&self, run: &str, chance: Box<dyn Chance>) -> Result<HeldRun, HoldError> {
        let there = self.readable().is_ok_and(|git| matches!(git.head(&self.run_branch(run)), Ok(Some(_))));
        if there || !emergency::lines_of(&self.places, self.realm(), run).is_empty() {
            return Err(HoldError::Exists { run: run.to_owned() });
        }
        HeldRun::new(self.clone(), run, chance)
    }

    /// Takes hold of a run that exists and returns what it says so far. Brings its emergency file home first, where that
    /// can be done.
    ///
    /// # Errors
    /// A living process holds it; there is no such run; a record is damaged.
    pub fn hold(&self, run: &str, chance: Box<dyn Chance>) -> Result<(HeldRun, Vec<Record>), HoldError> {
        if self.is_spooling(run) {
            let lease = self.read(run).ok().and_then(|r| lease::last(&r).cloned());
            return Err(HoldError::Held { run: run.to_owned(), lease });
        }
        self.settle_spools();
        let waits = || !emergency::lines_of(&self.places, self.realm(), run).is_empty();
        let there = self.readable().is_ok_and(|git| matches!(git.head(&self.run_branch(run)), Ok(Some(_))));
        if !there && !waits() {
            return Err(self.no_such_run(run).into());
        }
        let mut held = HeldRun::new(self.clone(), run, chance)?;
        if waits() || !self.ready_payloads(run).is_empty() {
            // What can't come home now is taken over as it is, below.
            let _ = self.bring_home(run);
        }
        let (head, mut records) = self.in_git_or_away(run)?;
        if let (Some(head), Ok(git)) = (head, self.readable()) {
            self.remember_marked(&git, run, head);
        }
        let mut away = None;
        if let Some(found) = emergency::claim(&self.places, self.realm(), run) {
            let tail = self.continuing(run, &records, &found.lines)?;
            if !tail.is_empty() {
                let lines = found.lines.iter().skip(found.lines.len() - tail.len()).cloned().collect();
                away = Some(emergency::Found { lines, ..found });
                records.extend(tail);
            }
        }
        held.continue_from(head, &records, away)?;
        Ok((held, records))
    }

    /// Who holds a run, as far as this machine can tell. `host` is this machine's name.
    ///
    /// # Errors
    /// There is no such run, or a record is damaged.
    pub fn holder(&self, run: &str, host: &str) -> Result<Holder, JournalError> {
        let records = self.read(run)?;
        let lease = lease::last(&records).cloned();
        let alive_here = matches!(lease::lock(&self.own_dir(), run), Ok(None));
        Ok(Holder { same_host: lease.as_ref().is_none_or(|l| l.host == host), alive_here, lease })
    }

    /// Every record of a run in order, the emergency file's last. The chain is checked on the way.
    ///
    /// # Errors
    /// There is no such run, or a record is damaged or out of place.
    pub fn read(&self, run: &str) -> Result<Vec<Record>, JournalError> {
        let away = self.away(run);
        let (head, mut records) = self.in_git_or_away(run)?;
        if head.is_none() && away.is_empty() {
            return Err(self.no_such_run(run));
        }
        for (_, lines) in &away {
            let tail = self.continuing(run, &records, lines)?;
            records.extend(tail);
        }
        Ok(records)
    }

    /// What stands of a run outside git: its emergency files, and its part of spools.
    pub(super) fn away(&self, run: &str) -> Vec<(PathBuf, Vec<String>)> {
        let mut found = emergency::lines_of(&self.places, self.realm(), run);
        found.extend(self.spooled(run));
        found
    }

    /// What git has of a run. A run that is wholly in an emergency file is readable without git.
    fn in_git_or_away(&self, run: &str) -> Result<(Option<Oid>, Vec<Record>), JournalError> {
        match self.in_git(run) {
            Err(JournalError::Io { .. }) if self.is_wholly_away(run) => Ok((None, Vec::new())),
            other => other,
        }
    }

    fn is_wholly_away(&self, run: &str) -> bool {
        self.away(run)
            .iter()
            .any(|(_, lines)| lines.first().and_then(|l| commit::record(run, l).ok()).is_some_and(|r| r.seq == 0))
    }

    /// What git has of a run.
    fn in_git(&self, run: &str) -> Result<(Option<Oid>, Vec<Record>), JournalError> {
        let doing = || format!("read run {run}");
        let Some(git) = self.there()? else { return Ok((None, Vec::new())) };
        let Some(head) = git.head(&self.run_branch(run)).map_err(|e| ref_error(doing(), e))? else {
            return Ok((None, Vec::new()));
        };
        let commits = commit::walk(&git, head, None).map_err(|e| io_error(doing(), e))?;
        let mut records = Vec::with_capacity(commits.len());
        let mut chain = Chain::new(run);
        for commit in &commits {
            let (_, lines) = commit.parts();
            for line in lines {
                records.push(chain.next(line)?);
            }
        }
        Ok((Some(head), records))
    }

    /// The records of an emergency file that go on where `home` ends; empty when the file does not.
    fn continuing(&self, run: &str, home: &[Record], lines: &[String]) -> Result<Vec<Record>, JournalError> {
        let mut chain = Chain::after(run, home)?;
        let from = lines.iter().position(|line| {
            serde_json::from_slice::<Record>(line.as_bytes()).is_ok_and(|r| r.seq == chain.seq && r.prev == chain.last)
        });
        let Some(from) = from else { return Ok(Vec::new()) };
        lines.iter().skip(from).map(|line| chain.next(line)).collect()
    }

    /// Every run, oldest first. A run that can't be read to its end is listed as far as it can.
    ///
    /// # Errors
    /// The repository could not be read.
    pub fn runs(&self) -> Result<Vec<RunInfo>, JournalError> {
        let Some(git) = self.there()? else { return self.listed(None) };
        let own_dir = git.own_dir();
        let mut index = Index::load(&own_dir);
        let runs = self.listed(Some((&git, &mut index)))?;
        index.save(&own_dir);
        Ok(runs)
    }

    /// The same for real runs and drills together, oldest first; each says which it is.
    ///
    /// # Errors
    /// The repository could not be read.
    pub fn runs_and_drills(&self) -> Result<Vec<RunInfo>, JournalError> {
        let other = Self { drill: !self.drill, ..self.clone() };
        let mut runs = match self.there()? {
            None => [self.listed(None)?, other.listed(None)?].concat(),
            Some(git) => {
                let own_dir = git.own_dir();
                let mut index = Index::load(&own_dir);
                let ours = self.listed(Some((&git, &mut index)))?;
                let others = other.listed(Some((&git, &mut index)))?;
                index.save(&own_dir);
                [ours, others].concat()
            }
        };
        oldest_first(&mut runs);
        Ok(runs)
    }

    fn listed(&self, from: Option<(&Git, &mut Index)>) -> Result<Vec<RunInfo>, JournalError> {
        let mut infos: BTreeMap<String, RunInfo> = BTreeMap::new();
        if let Some((git, index)) = from {
            let prefix = self.branches("run");
            let heads = git.heads(&prefix).map_err(|e| io_error("list the runs", e))?;
            for (branch, head) in &heads {
                let id = branch.strip_prefix(&prefix).unwrap_or(branch);
                infos.insert(id.to_owned(), index.run(git, branch, id, *head));
            }
            index.keep_only(git, &prefix, &heads);
        }
        for id in emergency::runs(&self.places, self.realm()) {
            let info = infos.entry(id.clone()).or_insert_with(|| RunInfo::new(&id));
            for (_, lines) in emergency::lines_of(&self.places, self.realm(), &id) {
                for line in lines {
                    let Ok(record) = commit::record(&id, &line) else { break };
                    if record.seq == info.records && record.prev == info.digest {
                        info.apply(&record, &sha256_hex(line.as_bytes()));
                        info.away += 1;
                    }
                }
            }
            if info.records == 0 {
                infos.remove(&id);
            }
        }
        for line in self.all_spooled() {
            let Ok(record) = commit::record("of a spool", &line) else { continue };
            let info = infos.entry(record.run.clone()).or_insert_with(|| RunInfo::new(&record.run));
            if record.seq == info.records && record.prev == info.digest {
                info.apply(&record, &sha256_hex(line.as_bytes()));
                info.away += 1;
            }
        }
        let mut runs: Vec<RunInfo> = infos.into_values().collect();
        oldest_first(&mut runs);
        Ok(runs)
    }

    /// Every run's id, newest first, with what was known of it when the runs were last listed. Reads no record and writes
    /// nothing: for completion, where an answer counts only if it comes at once.
    #[must_use]
    pub fn glance(&self) -> Vec<(String, Option<RunInfo>)> {
        let mut found: LiteMap<String, Option<RunInfo>> =
            emergency::runs(&self.places, self.realm()).into_iter().map(|id| (id, None)).gather();
        if let Ok(Some(git)) = self.there() {
            let prefix = self.branches("run");
            let index = Index::load(&git.own_dir());
            for (branch, _) in git.heads(&prefix).unwrap_or_default() {
                let id = branch.strip_prefix(&prefix).unwrap_or(&branch);
                found.insert(id.to_owned(), index.known(&branch).cloned());
            }
        }
        found.into_iter().rev().collect()
    }

    /// Open runs that hold a lowering step on an automation and environment, `except` left out. A drill that plays against
    /// something real is held up by real runs as well as by drills; nothing real is held up by a drill.
    ///
    /// # Errors
    /// The repository could not be read.
    pub fn holding(
        &self,
        automation: &str,
        environment: &str,
        except: Option<&str>,
    ) -> Result<Vec<String>, JournalError> {
        let runs = if self.drill { self.runs_and_drills()? } else { self.runs()? };
        Ok(runs
            .into_iter()
            .filter(|r| r.holds(automation, environment) && except != Some(r.id.as_str()))
            .map(|r| r.id)
            .collect())
    }

    /// Digest of the last record of every run, for a new run's `heads`. Empty when nothing can be read.
    #[must_use]
    pub fn heads(&self) -> BTreeMap<String, String> {
        self.runs().unwrap_or_default().into_iter().map(|r| (r.id, r.digest)).gather()
    }

    /// The one run whose id is, begins or ends with what was given.
    ///
    /// # Errors
    /// None or several: the nearest are named.
    pub fn find(&self, given: &str) -> Result<String, JournalError> {
        // Where git can't be read, what is outside it can.
        let (ids, unread): (Vec<String>, _) = match self.runs() {
            Ok(runs) => (runs.into_iter().map(|r| r.id).collect(), None),
            Err(e) => (self.runs_away().into_iter().collect(), Some(e)),
        };
        let matching: Vec<&String> = ids.iter().filter(|id| id.starts_with(given) || id.ends_with(given)).collect();
        match matching.as_slice() {
            _ if ids.iter().any(|id| id == given) => Ok(given.to_owned()),
            [one] if !given.is_empty() => Ok((*one).clone()),
            [] => Err(unread.or_else(|| self.gone(given)).unwrap_or_else(|| self.no_such_run(given))),
            several => Err(JournalError::NoSuchRun {
                run: given.to_owned(),
                nearest: several.iter().map(|id| (*id).clone()).collect(),
            }),
        }
    }

    /// What is said of a run that was here and whose branch is not.
    fn gone(&self, given: &str) -> Option<JournalError> {
        let vanished = self.vanished(&self.there().ok()??);
        let mut matching = vanished.into_iter().filter(|id| id.starts_with(given) || id.ends_with(given));
        let run = matching.next().filter(|_| !given.is_empty())?;
        let link = "its branch is not here any more, and what belongs to it is".to_owned();
        matching.next().is_none().then_some(JournalError::Broken { run, link })
    }

    /// The runs that were here and whose branches are not.
    #[must_use]
    pub fn gone_runs(&self) -> Vec<String> {
        self.there().ok().flatten().map(|git| self.vanished(&git)).unwrap_or_default()
    }

    pub(super) fn no_such_run(&self, given: &str) -> JournalError {
        let mut ids: Vec<(usize, String)> = self
            .runs()
            .unwrap_or_default()
            .into_iter()
            .map(|r| {
                let tail = r.id.rsplit('-').next().unwrap_or_default();
                (strsim::levenshtein(&r.id, given).min(strsim::levenshtein(tail, given)), r.id)
            })
            .collect();
        ids.sort();
        let nearest = ids.into_iter().take(3).map(|(_, id)| id).collect();
        JournalError::NoSuchRun { run: given.to_owned(), nearest }
    }

    /// What is kept of a payload; none when nothing is here (erased, or not fetched).
    ///
    /// # Errors
    /// The repository could not be read.
    pub fn payload(&self, run: &str, digest: &str) -> Result<Option<Content>, JournalError> {
        for (_, payload) in self.waiting_payloads(run) {
            if payload.digest == digest {
                let sealed = payload.is_sealed();
                return Ok(Some(if sealed { Content::Sealed(payload.bytes) } else { Content::Plain(payload.bytes) }));
            }
        }
        let Some(git) = self.there()? else { return Ok(None) };
        payload::get(&git, &self.payload_branch(run), digest)
            .map_err(|e| ref_error(format!("read a payload of run {run}"), e))
    }

    /// Payloads of a run that are beside the journal.
    pub(super) fn waiting_payloads(&self, run: &str) -> Vec<(PathBuf, Payload)> {
        emergency::payloads(&self.places, self.realm(), run)
            .into_iter()
            .filter_map(|(path, name, bytes)| Payload::from_file(&name, bytes).map(|p| (path, p)))
            .collect()
    }

    /// Those of them that may go into the journal: what is for named eyes is encrypted first.
    pub(super) fn ready_payloads(&self, run: &str) -> Vec<(PathBuf, Payload)> {
        let ready = |(path, p): (PathBuf, Payload)| (path, p.for_readers(&self.readers));
        self.waiting_payloads(run).into_iter().map(ready).filter(|(_, p)| !p.apart).collect()
    }

    /// Writes a payload beside the journal, for its owner's eyes.
    pub(super) fn put_away(&self, run: &str, payload: &Payload) -> bool {
        emergency::put_payload(&self.places, self.realm(), run, &payload.name(), &payload.bytes)
    }
}

fn oldest_first(runs: &mut [RunInfo]) {
    runs.sort_by(|a, b| a.started.cmp(&b.started).then_with(|| a.id.cmp(&b.id)));
}

/// Asks the file system for something in a thread of its own: one that hangs must not hang a stop.
fn within(path: &Path, ask: impl FnOnce() -> Result<(), OpenError> + Send + 'static) -> Result<(), OpenError> {
    let answer = aside("open", ask).ok().and_then(|answer| answer.within(OPEN_PATIENCE));
    answer.unwrap_or_else(|| Err(OpenError::Silent(path.to_path_buf())))
}

/// The chain of a run while it is read.
pub(super) struct Chain {
    run: String,
    pub(super) seq: u64,
    pub(super) last: String,
}

impl Chain {
    pub(super) fn new(run: &str) -> Self {
        Self { run: run.to_owned(), seq: 0, last: GENESIS.to_owned() }
    }

    pub(super) fn after(run: &str, home: &[Record]) -> Result<Self, JournalError> {
        let mut chain = Self::new(run);
        if let Some(last) = home.last() {
            chain.seq = last.seq + 1;
            chain.last = sha256_hex(&last.bytes().map_err(|e| io_error("write a record", e))?);
        }
        Ok(chain)
    }

    /// Reads the next record, which must continue the one before.
    pub(super) fn next(&mut self, line: &str) -> Result<Record, JournalError> {
        let record = commit::record(&self.run, line)?;
        let broken = |link: String| JournalError::Broken { run: self.run.clone(), link };
        if record.run != self.run {
            return Err(broken(format!("record {} belongs to run {}", self.seq, record.run)));
        }
        if record.seq != self.seq {
            return Err(broken(format!("record {} stands where {} belongs", record.seq, self.seq)));
        }
        if record.prev != self.last {
            return Err(broken(match self.seq {
                0 => "record 0 names a record before it".to_owned(),
                n => format!("record {n} does not continue record {}: one of the two was changed", n - 1),
            }));
        }
        self.seq += 1;
        self.last = sha256_hex(line.as_bytes());
        Ok(record)
    }
}
