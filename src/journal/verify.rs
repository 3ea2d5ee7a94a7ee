//! What can be said of a run's record by looking at it alone.
//!
//! Owns the checks: chain, places, ancestry, form, names, payloads, runs that others knew of, forks. Says what it finds as
//! data and names the first broken link. What it shows: nobody changed, dropped or slipped in a record without changing
//! every record after it and every run that knew its head. What it does not show: that the last records of a run, or a
//! whole journal that nobody else has, were not replaced; signatures and the remote are for that. Must not repair
//! anything.

use git2::Oid;
use litemap::LiteMap;
use serde_json::Value;

use super::beside::{Beside, Whence};
use super::commit::{Commit, io_error, ref_error};
use super::emergency;
use super::named::{Named, id_in};
use super::payload::{self, Content};
use super::repo::{EMPTY_TREE, Git};
use super::sign;
use super::signers::{Endorsed, Signers};
use super::store::Store;
use super::subject;
use crate::approval::{Namespace, Process};
use crate::plan::{Plan, Votes};
use crate::port::{JournalError, Keys};
use crate::run::event::Event;
use crate::run::record::{Fork, GENESIS, RECORD_FORMAT, Record, canonical, sha256_hex};
use crate::run::recount::{Recount, recount};
use crate::text::safe;
use crate::text::time::Instant;

mod away;
mod elsewhere;
mod unfounded;

use elsewhere::Elsewhere;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// The record is not what it was.
    Broken,
    /// A run or payload that a record speaks of is not here.
    Missing,
    /// Records were written beside the run and wait to be reconciled.
    Fork,
    /// This version can't read it; it may be whole.
    Unread,
    /// Erased, and the record says why.
    Redacted,
    /// Not signed, or by nobody that the record names.
    Unsigned,
    /// Signed by a process, and no person's key vouches for it.
    Unendorsed,
    /// Worth knowing.
    Note,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How much it weighs.
    pub weight: Weight,
    /// The record's place in the run.
    pub seq: Option<u64>,
    /// The commit that holds it.
    pub commit: Option<String>,
    /// One line.
    pub says: String,
}

/// What was found of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunReport {
    /// The run.
    pub run: String,
    /// Records looked at.
    pub records: u64,
    /// How many of them are not in git: all of a run that waits in an emergency file, and otherwise none.
    pub away: u64,
    /// The branch's last commit.
    pub head: String,
    /// Digest of the last record.
    pub digest: String,
    /// How many of its commits are signed by a key that its records name.
    pub signed: u64,
    /// Which of its records are by processes that somebody vouches for.
    pub endorsed: Vec<Endorsed>,
    /// How many votes have a signature that was checked and count.
    pub votes: u64,
    /// How many gates let something pass, with enough votes.
    pub gates: u64,
    /// Findings, the first broken link first.
    pub findings: Vec<Finding>,
}

impl RunReport {
    /// Whether nothing is broken or missing.
    #[must_use]
    pub fn whole(&self) -> bool {
        !self.findings.iter().any(|f| matches!(f.weight, Weight::Broken | Weight::Missing))
    }

    /// The first broken link.
    #[must_use]
    pub fn first_broken(&self) -> Option<&Finding> {
        self.findings.iter().find(|f| f.weight == Weight::Broken)
    }
}

/// A branch as one types it.
fn plain(branch: &str) -> &str {
    branch.strip_prefix("refs/heads/").or_else(|| branch.strip_prefix("refs/remotes/origin/")).unwrap_or(branch)
}

impl Store {
    /// Records of a run that are known here and are not in it, by the names under which somebody decides about them.
    ///
    /// # Errors
    /// The repository could not be read.
    pub fn forks(&self, run: &str) -> Result<Vec<Fork>, JournalError> {
        let git = self.readable()?;
        let head =
            git.head(&self.run_branch(run)).map_err(|e| ref_error(format!("read the branch of run {run}"), e))?;
        let beside = head.map(|head| self.beside(&git, run, head)).unwrap_or_default();
        Ok(beside.into_iter().map(|b| Fork { branch: b.name, head: b.head.to_string() }).collect())
    }

    /// Checks one run, or all, in order of id.
    ///
    /// # Errors
    /// There is no such run; the repository could not be read at all.
    pub fn verify(&self, run: Option<&str>) -> Result<Vec<RunReport>, JournalError> {
        self.verify_with(run, None)
    }

    /// The same, and counts every gate again from the votes, whose signatures `keys` checks.
    ///
    /// # Errors
    /// As [`Store::verify`].
    pub fn verify_with(&self, run: Option<&str>, keys: Option<&dyn Keys>) -> Result<Vec<RunReport>, JournalError> {
        let git = self.readable()?;
        let prefix = self.branches("run");
        let heads = git.heads(&prefix).map_err(|e| io_error("list the runs", e))?;
        let mut elsewhere = Elsewhere { store: self, git: &git, known: LiteMap::new(), looks: true };
        let mut reports = Vec::new();
        for (branch, head) in &heads {
            let id = branch.strip_prefix(&prefix).unwrap_or(branch);
            if run.is_none_or(|r| r == id) {
                reports.push(Check { keys, ..Check::new(self, &git, id) }.run(*head, &mut elsewhere));
            }
        }
        reports
            .extend(self.without_branch(&git, &heads, keys).into_iter().filter(|r| run.is_none_or(|id| id == r.run)));
        reports.sort_by(|a, b| a.run.cmp(&b.run));
        if let Some(run) = run.filter(|_| reports.is_empty()) {
            return Err(self.no_such_run(run));
        }
        Ok(reports)
    }
}

/// What was erased, by digest, with the place of the record that says so. It stands behind the record that names it, so all
/// are gathered first.
fn tombstones(commits: &[Commit]) -> LiteMap<String, u64> {
    let lines = commits.iter().flat_map(|c| c.parts().1).filter(|line| line.contains("\"redacted\":"));
    let records = lines.filter_map(|line| serde_json::from_slice::<Record>(line.as_bytes()).ok());
    let mut all = LiteMap::new();
    for record in records {
        if let (Event::Noted, Some(redacted)) = (record.event, record.detail.redacted) {
            all.extend(redacted.digests.into_iter().map(|digest| (digest, record.seq)));
        }
    }
    all
}

/// Commits from the root to the head as far as they can be read, and where that ended.
fn ancestry(git: &Git, head: Oid) -> (Vec<Commit>, Option<(Oid, String)>) {
    let mut found = Vec::new();
    let mut end = None;
    match git.repo().odb() {
        Ok(odb) => {
            let mut next = Some(head);
            while let Some(id) = next {
                match Commit::read(&odb, id) {
                    Ok(commit) => {
                        next = commit.parents.first().copied();
                        found.push(commit);
                    }
                    Err(e) => {
                        end = Some((id, safe::line(e.message())));
                        break;
                    }
                }
            }
        }
        Err(e) => end = Some((head, safe::line(e.message()))),
    }
    found.reverse();
    (found, end)
}

/// The checks of one run.
struct Check<'a> {
    store: &'a Store,
    git: &'a Git,
    run: String,
    findings: Vec<Finding>,
    /// Of the record before.
    last: String,
    last_at: Option<Instant>,
    /// The place of the next record.
    seq: u64,
    plan: Option<Plan>,
    /// The version that began the run: another one may choose other words for a subject.
    version: Option<String>,
    commit: Oid,
    signers: Signers,
    /// Forks that somebody decided about, by branch and head, with the record that says so.
    decided: LiteMap<(String, String), u64>,
    /// Digests of the records read so far, by place.
    digests: LiteMap<u64, String>,
    /// Checks the signatures of votes; without it gates are not counted again.
    keys: Option<&'a dyn Keys>,
    /// What was read, to count gates again.
    records: Vec<Record>,
    /// Digests of payloads that were erased, with the record that says so.
    redacted: LiteMap<String, u64>,
}

impl<'a> Check<'a> {
    fn new(store: &'a Store, git: &'a Git, run: &str) -> Self {
        Self {
            store,
            git,
            run: run.to_owned(),
            findings: Vec::new(),
            last: GENESIS.to_owned(),
            last_at: None,
            seq: 0,
            plan: None,
            version: None,
            commit: Oid::ZERO_SHA1,
            signers: Signers::default(),
            decided: LiteMap::new(),
            digests: LiteMap::new(),
            redacted: LiteMap::new(),
            keys: None,
            records: Vec::new(),
        }
    }

    fn say(&mut self, weight: Weight, says: impl Into<String>) {
        self.findings.push(Finding {
            weight,
            seq: Some(self.seq),
            commit: Some(self.commit.to_string()),
            says: says.into(),
        });
    }

    fn run(mut self, head: Oid, elsewhere: &mut Elsewhere<'_>) -> RunReport {
        let (commits, end) = ancestry(self.git, head);
        if let Some((id, why)) = end {
            self.commit = id;
            self.findings.push(Finding {
                weight: Weight::Broken,
                seq: None,
                commit: Some(id.to_string()),
                says: format!("a commit can't be read ({why}); what stands before it can't be reached"),
            });
            // What follows continues something that is not here.
            self.resume_at(&commits);
        }
        self.redacted = tombstones(&commits);
        for commit in &commits {
            self.commit = commit.id;
            self.one(commit, elsewhere);
        }
        let counted = self.gates_and_names();
        self.signers();
        self.forks(head);
        self.away();
        let records = self.seq;
        // The first broken link first, then by weight as it was met.
        self.findings.sort_by_key(|f| f.weight);
        RunReport {
            run: self.run,
            records,
            away: 0,
            head: head.to_string(),
            digest: self.last,
            signed: self.signers.good(),
            endorsed: self.signers.endorsements(),
            votes: counted.signed,
            gates: counted.granted,
            findings: self.findings,
        }
    }

    /// After a hole: takes the first readable record's word for its place.
    fn resume_at(&mut self, commits: &[Commit]) {
        let first = commits.iter().find_map(|c| c.parts().1.next().map(str::to_owned));
        let Some(value) = first.and_then(|line| serde_json::from_slice::<Value>(line.as_bytes()).ok()) else { return };
        if let (Some(seq), Some(prev)) = (value["seq"].as_u64(), value["prev"].as_str()) {
            self.seq = seq;
            prev.clone_into(&mut self.last);
        }
    }

    fn one(&mut self, commit: &Commit, elsewhere: &mut Elsewhere<'_>) {
        if commit.parents.len() > 1 {
            self.say(Weight::Broken, format!("the commit has {} parents: a run is one line", commit.parents.len()));
        }
        if commit.tree != EMPTY_TREE {
            self.say(Weight::Broken, "the commit holds files; a run's commits hold none");
        }
        let (written, lines) = commit.parts();
        let lines: Vec<&str> = lines.collect();
        if lines.is_empty() {
            self.say(Weight::Broken, "the commit holds no record");
        }
        let from = self.seq;
        let mut records = Vec::new();
        for line in &lines {
            match self.line(line) {
                Some(record) => {
                    self.meaning(&record, elsewhere);
                    records.push(record);
                }
                None => self.seq += 1,
            }
        }
        self.signature(commit, from, &records);
        if self.keys.is_some() {
            self.records.extend(records.iter().cloned());
        }
        let same_words = self.version.as_deref() == Some(env!("CARGO_PKG_VERSION"));
        if same_words && records.len() == lines.len() && subject::of(&records) != written {
            // The last record of the commit is the nearest place to name.
            self.seq = self.seq.saturating_sub(1);
            self.say(
                Weight::Broken,
                format!("the subject does not say what the records say: {}", safe::excerpt(written, 80)),
            );
            self.seq += 1;
        }
    }

    /// Who signed the commit, and whether whoever wrote it signs.
    fn signature(&mut self, commit: &Commit, from: u64, records: &[Record]) {
        for record in records {
            if matches!(record.event, Event::RunStarted | Event::Restarted) {
                self.signers.expected = record.detail.key.is_some();
            }
            if let Some(key) = &record.detail.key {
                self.signers.name(key);
            }
        }
        let to = self.seq.saturating_sub(1).max(from);
        match commit.signature().map(|(armour, bytes)| sign::check(&armour, &bytes)) {
            Some(Ok(key)) => self.signers.signed(from, to, key),
            Some(Err(why)) => self.at(from, Weight::Broken, format!("the commit's signature does not hold: {why}")),
            None if self.signers.expected => {
                self.at(from, Weight::Broken, "the commit's signature is gone: whoever wrote it signs".to_owned());
            }
            None => self.signers.nobody(from, to),
        }
    }

    /// Whether a person's word for the key of a process counts, where signatures are checked at all.
    fn word(&mut self, record: &Record) {
        let (Some(signed), Some(keys), Some(plan)) = (&record.detail.endorsed, self.keys, &self.plan) else { return };
        let held = Process::read(&signed.statement).and_then(|said| {
            let checked = keys.check(Namespace::Process, signed.statement.as_bytes(), &signed.signature);
            let checked = checked.map_err(|e| e.to_string())?;
            if said.run != self.run {
                return Err("it is for another run".to_owned());
            }
            if checked.key.fingerprint() != said.key {
                return Err("another key signed it than the one that it names".to_owned());
            }
            if self.digests.get(&said.record) != Some(&said.head) {
                return Err("it was given on another record than this one".to_owned());
            }
            match said.refusal(plan, &checked, record.at) {
                Some(reason) => Err(reason.to_string()),
                None => Ok(said),
            }
        });
        match held {
            Ok(said) => self.signers.endorse(said.process, said.person),
            Err(why) => self.say(Weight::Broken, format!("somebody's word for a process does not count: {why}")),
        }
    }

    /// Which stretches nobody signed or vouches for, once all of it was read.
    fn signers(&mut self) {
        let people = self.keys.is_some() && self.plan.as_ref().is_some_and(|p| p.votes == Votes::Signed);
        for (weight, seq, says) in self.signers.tell(people) {
            self.findings.push(Finding { weight, seq: Some(seq), commit: None, says: safe::line(&says) });
        }
    }

    fn at(&mut self, seq: u64, weight: Weight, says: String) {
        self.findings.push(Finding { weight, seq: Some(seq), commit: Some(self.commit.to_string()), says });
    }

    /// Chain, place and form of one line; the record when this version can read it. Moves on to the next place only
    /// through [`Check::meaning`] or its caller.
    fn line(&mut self, line: &str) -> Option<Record> {
        let before = std::mem::replace(&mut self.last, sha256_hex(line.as_bytes()));
        self.digests.insert(self.seq, self.last.clone());
        let value: Value = match serde_json::from_slice(line.as_bytes()) {
            Ok(value) => value,
            Err(e) => {
                self.say(Weight::Broken, format!("the record is not JSON: {e}"));
                return None;
            }
        };
        if value["prev"].as_str() != Some(before.as_str()) {
            let says = match self.seq {
                0 => "the first record names one before it".to_owned(),
                n => format!("record {n} does not continue record {}: one of the two was changed", n - 1),
            };
            self.say(Weight::Broken, says);
        }
        if value["run"].as_str() != Some(self.run.as_str()) {
            self.say(Weight::Broken, "the record belongs to another run");
        }
        if value["seq"].as_u64() != Some(self.seq) {
            let is = value["seq"].as_u64().map_or_else(|| "one without a place".to_owned(), |n| n.to_string());
            self.say(Weight::Broken, format!("record {is} stands where {} belongs", self.seq));
        }
        if canonical(&value).ok().as_deref() != Some(line.as_bytes()) {
            self.say(Weight::Broken, "the record is not in canonical form");
        }
        match value["format"].as_u64() {
            Some(format) if format > u64::from(RECORD_FORMAT) => {
                self.say(Weight::Unread, format!("format {format}, written by a newer aigov"));
                return None;
            }
            Some(_) => {}
            None => {
                self.say(Weight::Broken, "the record names no format");
                return None;
            }
        }
        match serde_json::from_slice::<Record>(line.as_bytes()) {
            Ok(record) => {
                if record.bytes().ok().as_deref() != Some(line.as_bytes()) {
                    self.say(Weight::Unread, "the record has parts that this version does not know");
                }
                Some(record)
            }
            Err(e) if e.to_string().contains("unknown variant") => {
                self.say(
                    Weight::Unread,
                    format!("a kind that this version does not know: {}", safe::line(&e.to_string())),
                );
                None
            }
            Err(e) => {
                self.say(Weight::Broken, format!("the record can't be read: {}", safe::line(&e.to_string())));
                None
            }
        }
    }

    /// What only a record that was read can be asked; moves on to the next place.
    fn meaning(&mut self, record: &Record, elsewhere: &mut Elsewhere<'_>) {
        if self.last_at.is_some_and(|before| record.at < before) {
            self.say(Weight::Note, format!("the clock went back, to {}", record.at));
        }
        self.last_at = Some(record.at);
        if record.drill != self.store.is_drill() {
            self.say(
                Weight::Broken,
                if record.drill { "a drill's record in a real run" } else { "a real record in a drill" },
            );
        }
        let first = self.seq == 0;
        match (&record.event, &record.detail.start) {
            (Event::RunStarted, Some(start)) if first => {
                self.version = Some(start.version.clone());
                self.plan = Some(start.plan.clone());
                for says in start.roster.iter().flat_map(|origin| origin.doubts(record.at)) {
                    self.say(Weight::Note, says);
                }
                for (run, digest) in &start.heads {
                    match elsewhere.digests(run) {
                        None => self.say(
                            Weight::Missing,
                            format!("run {} was known when this one began and is not here", safe::line(run)),
                        ),
                        Some(there) if !there.contains(digest) => self.say(
                            Weight::Missing,
                            format!("run {} is shorter than when this one began, or was changed", safe::line(run)),
                        ),
                        Some(_) => {}
                    }
                }
            }
            (Event::RunStarted, None) if first => self.say(Weight::Broken, "the run's plan is not in its first record"),
            (Event::RunStarted, _) => self.say(Weight::Broken, "the run starts a second time"),
            _ if first => self.say(Weight::Broken, "the first record does not start the run"),
            _ => {}
        }
        if let Some(wrong) = self.wrong_name(record) {
            self.say(Weight::Broken, wrong);
        }
        self.payloads(record);
        self.word(record);
        if let Some(fork) = &record.detail.fork {
            self.decided.insert((fork.branch.clone(), fork.head.clone()), self.seq);
        }
        self.seq += 1;
    }

    /// Whether the record's `about` is the plan's id of what the event is about.
    fn wrong_name(&self, record: &Record) -> Option<String> {
        let plan = self.plan.as_ref()?;
        let missing = || Some("the event is about something that the plan does not have".to_owned());
        let id = match id_in(plan, record.event) {
            Named::Nothing => return None,
            Named::Unknown => return missing(),
            Named::As(id) => id,
        };
        let about = record.about.as_deref()?;
        (about != id).then(|| format!("the event is about `{id}` and says `{}`", safe::line(about)))
    }

    fn payloads(&mut self, record: &Record) {
        let branch = self.store.payload_branch(&self.run);
        let named = record.detail.payloads.iter().chain(record.detail.vote.iter().filter_map(|v| v.reason.as_ref()));
        for reference in named {
            let short = reference.digest.get(..10).unwrap_or(&reference.digest).to_owned();
            let what = safe::line(&reference.subject);
            let found = payload::get(self.git, &branch, &reference.digest);
            if let Some(seq) = self.redacted.get(&reference.digest) {
                let still = if matches!(found, Ok(Some(_))) { "redacted, and still here" } else { "redacted" };
                self.say(Weight::Redacted, format!("payload {short} ({what}) is {still}: record {seq} says why"));
                continue;
            }
            match found {
                // A vote that was signed elsewhere names its reason by the digest alone, which says the length, too.
                Ok(Some(Content::Plain(bytes))) if [bytes.len() as u64, 0].contains(&reference.length) => {}
                Ok(Some(Content::Plain(_))) => {
                    self.say(Weight::Broken, format!("payload {short} ({what}) is not as long as the record says"));
                }
                Ok(Some(Content::Sealed(bytes))) => match &reference.sealed {
                    Some(as_kept) if *as_kept != sha256_hex(&bytes) => self.say(
                        Weight::Broken,
                        format!("payload {short} ({what}) is encrypted and is not the file that the record names"),
                    ),
                    Some(_) => {}
                    None => self.say(Weight::Note, format!("payload {short} ({what}) was encrypted later")),
                },
                Ok(Some(Content::Other(_))) => {
                    self.say(Weight::Broken, format!("payload {short} ({what}) is not what its digest says"));
                }
                Ok(None) if reference.apart => self.say(
                    Weight::Note,
                    format!("payload {short} ({what}) could not be encrypted and is kept on the machine that wrote it"),
                ),
                Ok(None) if matches!(self.git.head(&branch), Ok(None)) => {
                    self.say(Weight::Note, format!("payload {short} ({what}) is on a branch that is not here"));
                }
                Ok(None) => self.say(Weight::Missing, format!("payload {short} ({what}) is not here")),
                Err(e) => {
                    let why = ref_error("read", e);
                    let why = std::error::Error::source(&why).map(ToString::to_string).unwrap_or_default();
                    self.say(Weight::Broken, format!("payload {short} ({what}) can't be read: {}", safe::line(&why)));
                }
            }
        }
    }

    /// Counts every gate again, where the whole record could be read and its chain holds.
    fn gates(&mut self) -> Recount {
        let broken = self.findings.iter().any(|f| matches!(f.weight, Weight::Broken | Weight::Unread));
        let (Some(keys), Some(plan), false) = (self.keys, &self.plan, broken) else { return Recount::default() };
        let check = |of: Namespace, text: &[u8], signature: &str| keys.check(of, text, signature);
        let found = recount(plan, &self.records, &check);
        for wrong in &found.wrong {
            let says = safe::line(&wrong.says);
            self.findings.push(Finding { weight: Weight::Broken, seq: Some(wrong.seq), commit: None, says });
        }
        // In play nobody is expected to sign.
        for named in found.named.iter().filter(|_| !self.store.is_drill()) {
            let says = safe::line(&named.says);
            self.findings.push(Finding { weight: Weight::Unsigned, seq: Some(named.seq), commit: None, says });
        }
        found
    }

    fn forks(&mut self, head: Oid) {
        let prefix = format!("{}{}/", self.store.branches("fork"), self.run);
        for (branch, head) in self.git.heads(&prefix).unwrap_or_default() {
            let name = plain(&branch).to_owned();
            if name.ends_with(".payload") {
                let says = format!("what a record beside this run names by digest is kept on {name}");
                self.findings.push(Finding { weight: Weight::Note, seq: None, commit: Some(head.to_string()), says });
            }
        }
        for beside in self.store.beside(self.git, &self.run, head) {
            let decided = self.decided_about(&beside);
            let (weight, then) = match decided {
                Some(seq) => (Weight::Note, format!(": record {seq} says what was decided about them")),
                None if beside.whence == Whence::Before => (Weight::Missing, String::new()),
                None => (Weight::Fork, String::new()),
            };
            let says = format!("{}{then}", beside.says());
            self.findings.push(Finding { weight, seq: decided, commit: Some(beside.head.to_string()), says });
        }
    }

    /// The record that says what was decided. A decision is about what stood there then: whatever came to it since is
    /// undecided.
    fn decided_about(&self, beside: &Beside) -> Option<u64> {
        self.decided.get(&(beside.name.clone(), beside.head.to_string())).copied()
    }

    fn away(&mut self) {
        let waiting = emergency::lines_of(self.store.places(), self.store.realm(), &self.run);
        for (path, lines) in waiting {
            self.findings.push(Finding {
                weight: Weight::Note,
                seq: None,
                commit: None,
                says: format!("{} more records wait in {}", lines.len(), path.display()),
            });
        }
    }
}
