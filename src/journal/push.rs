//! Bringing branches to a remote and votes from it, beside the run.
//!
//! Owns the child processes of `git push` and `git fetch`: the user's own git, because it brings credentials, proxies and
//! hooks, and because libgit2's local transport ignores hooks. Nothing here is waited for by an append, and nothing that
//! goes wrong here stops anything; what has not arrived is counted. A branch that the remote refuses because somebody
//! else went on is pushed as a fork, never forced.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use git2::Oid;
use serde::{Deserialize, Serialize};

use super::commit;
use super::readme;
use super::repo::Git;
use super::store::Store;
use crate::aside::{Answer, Coming, aside};
use crate::run::left::{Left, What};
use crate::run::record::Vote;
use crate::text::safe;

mod trial;

/// How long a push or fetch may take.
const LIMIT: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(20);

/// A branch that the remote did not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The branch.
    pub branch: String,
    /// Git's words, such as `pre-receive hook declined`.
    pub because: String,
}

/// What a push did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PushReport {
    /// Branches that the remote has now, with their heads.
    pub pushed: BTreeMap<String, String>,
    /// Branches that went to a fork's name, with that name.
    pub forked: BTreeMap<String, String>,
    /// Branches that it refused.
    pub refused: Vec<Refusal>,
    /// Why nothing could be pushed at all: no git program, no connection, out of time.
    pub error: Option<String>,
}

/// Where a branch was last pushed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    head: String,
    to: String,
}

/// What the remote has, as far as we know: by remote, by branch.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Known(BTreeMap<String, BTreeMap<String, Place>>);

impl Known {
    fn load(own_dir: &Path) -> Self {
        fs::read(own_dir.join("pushed.json")).ok().and_then(|b| serde_json::from_slice(&b).ok()).unwrap_or_default()
    }

    fn save(&self, own_dir: &Path) {
        let draft = own_dir.join(format!("pushed.json.{}", std::process::id()));
        // A cache: pushing twice does no harm.
        let _ = serde_json::to_vec(self)
            .map_err(io::Error::from)
            .and_then(|bytes| fs::write(&draft, bytes))
            .and_then(|()| fs::rename(&draft, own_dir.join("pushed.json")));
    }
}

impl Store {
    /// Pushes everything that the remote does not have yet, and waits for it. Does nothing without a remote.
    #[must_use]
    pub fn push(&self) -> PushReport {
        let Some(remote) = self.remote() else { return PushReport::default() };
        match Git::open(self.path()).map(|git| git.signing(self.key())) {
            Ok(git) => push(&git, self, remote),
            Err(e) => PushReport { error: Some(e.to_string()), ..PushReport::default() },
        }
    }

    /// Pushes one vote and the words that belong to it, and nothing else: the run itself is its holder's to push. Says what
    /// did not arrive.
    #[must_use]
    pub fn push_vote(&self, vote: &Vote) -> Vec<String> {
        let mut branches = vec![self.vote_branch(&vote.run, &vote.nonce)];
        branches.extend(vote.reason.as_ref().map(|_| self.payload_branch(&vote.run)));
        self.push_branches(&branches)
    }

    /// The same for what somebody leaves for a run.
    #[must_use]
    pub fn push_left(&self, left: &Left) -> Vec<String> {
        let mut branches = vec![self.left_branch(&left.run, &left.nonce)];
        if matches!(left.what, What::Note(_)) {
            branches.push(self.payload_branch(&left.run));
        }
        self.push_branches(&branches)
    }

    /// Pushes these branches and nothing else. Says what did not arrive.
    pub(super) fn push_branches(&self, branches: &[String]) -> Vec<String> {
        let Some(remote) = self.remote() else { return Vec::new() };
        let git = match Git::open(self.path()) {
            Ok(git) => git,
            Err(e) => return vec![e.to_string()],
        };
        send(&git, remote, branches)
    }

    /// Pushes what an earlier vote or word could not, because nobody reached the remote. How many branches arrived, and
    /// what did not.
    #[must_use]
    pub fn push_unsent(&self) -> (usize, Vec<String>) {
        let (Some(remote), Ok(git)) = (self.remote(), Git::open(self.path())) else { return (0, Vec::new()) };
        let unsent: Vec<String> = Unsent::load(&git.own_dir()).0.into_iter().collect();
        let wrong = send(&git, remote, &unsent);
        (unsent.len() - wrong.len().min(unsent.len()), wrong)
    }

    /// Fetches runs, payloads and votes that are not here yet, and waits for it. Branches that went on here are left as
    /// they are. Which runs the remote does not have any more as it had them when this was asked last.
    ///
    /// # Errors
    /// In words: no git program, no connection, out of time.
    pub fn fetch(&self) -> Result<Vec<String>, String> {
        self.fetch_within(LIMIT)
    }

    /// The same, and gives up after `limit`: nothing is fetched any more when this returns.
    ///
    /// # Errors
    /// As [`Store::fetch`].
    pub fn fetch_within(&self, limit: Duration) -> Result<Vec<String>, String> {
        let Some(remote) = self.remote() else { return Ok(Vec::new()) };
        let git = Git::open_or_create(self.path()).map_err(|e| e.to_string())?;
        let all = format!("refs/heads/{0}/*:refs/heads/{0}/*", self.realm());
        let mut before = self.their_heads(&git);
        before.extend(sent_runs(&git, remote, &self.branches("run")));
        fetch(&git, remote, &[all, self.theirs()], limit)?;
        Ok(self.rewritten(&git, &before))
    }

    /// How many commits of runs have not reached the remote; none without a remote.
    #[must_use]
    pub fn unpushed(&self) -> Option<usize> {
        let remote = self.remote()?;
        let git = Git::open(self.path()).ok()?;
        let known = Known::load(&git.own_dir());
        let heads = git.heads(&self.branches("run")).ok()?;
        Some(heads.iter().map(|(branch, head)| backlog(&git, &known, remote, branch, *head).len()).sum())
    }
}

/// Pushes branches one by one, and keeps in mind which did not arrive. What went wrong, in words.
fn send(git: &Git, remote: &str, branches: &[String]) -> Vec<String> {
    let mut unsent = Unsent::load(&git.own_dir());
    let before = unsent.0.clone();
    let mut wrong = Vec::new();
    for branch in branches {
        let failed = match run(git, "push", &["--porcelain", remote, &format!("{branch}:{branch}")]) {
            Ok(answer) if answer.status.success() => None,
            Ok(answer) => {
                let line = parse(&answer.out).into_iter().find(|l| l.flag == '!');
                Some(line.map_or_else(|| answer.last_words(), |l| format!("{}: {}", l.to, l.says)))
            }
            Err(e) => Some(e),
        };
        match failed {
            None => drop(unsent.0.remove(branch)),
            Some(why) => {
                unsent.0.insert(branch.clone());
                wrong.push(why);
            }
        }
    }
    if unsent.0 != before {
        unsent.save(&git.own_dir());
    }
    wrong
}

/// Branches of votes and of what was left that have not reached the remote.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Unsent(BTreeSet<String>);

impl Unsent {
    fn load(own_dir: &Path) -> Self {
        fs::read(own_dir.join("unsent.json")).ok().and_then(|b| serde_json::from_slice(&b).ok()).unwrap_or_default()
    }

    fn save(&self, own_dir: &Path) {
        let draft = own_dir.join(format!("unsent.json.{}", std::process::id()));
        // Without it the voter is told all the same, and can vote again.
        let _ = serde_json::to_vec(self)
            .map_err(io::Error::from)
            .and_then(|bytes| fs::write(&draft, bytes))
            .and_then(|()| fs::rename(&draft, own_dir.join("unsent.json")));
    }
}

/// Where this machine has sent a branch, at each remote that took it.
pub(super) fn sent(git: &Git, branch: &str) -> Vec<Oid> {
    let known = Known::load(&git.own_dir());
    let places = known.0.values().filter_map(|k| k.get(branch));
    places.filter_map(|p| Oid::from_str(&p.head).ok()).collect()
}

/// The runs that a remote took under their own names, with where each stood.
fn sent_runs(git: &Git, remote: &str, prefix: &str) -> Vec<(String, Oid)> {
    let mut known = Known::load(&git.own_dir());
    let places = known.0.remove(remote).unwrap_or_default().into_iter();
    let own = places.filter(|(branch, place)| *branch == place.to);
    own.filter_map(|(branch, p)| Some((branch.strip_prefix(prefix)?.to_owned(), Oid::from_str(&p.head).ok()?)))
        .collect()
}

/// Commits of a branch that are not known to be at the remote, oldest first.
fn backlog(git: &Git, known: &Known, remote: &str, branch: &str, head: Oid) -> Vec<Oid> {
    let there = known.0.get(remote).and_then(|k| k.get(branch)).and_then(|p| Oid::from_str(&p.head).ok());
    if there == Some(head) {
        return Vec::new();
    }
    commit::walk(git, head, there).unwrap_or_default().into_iter().map(|c| c.id).collect()
}

fn push(git: &Git, store: &Store, remote: &str) -> PushReport {
    let mut report = PushReport::default();
    let own_dir = git.own_dir();
    // One push at a time: two would fight for the same refs at the remote, and the loser would look like a refusal. Where
    // no lock can be made, that is the worst that happens.
    let turn = File::create(own_dir.join("push.lock"));
    if let Ok(turn) = &turn {
        let _ = turn.lock();
    }
    let mut known = Known::load(&own_dir);
    let places = known.0.entry(remote.to_owned()).or_default();
    let mut wanted: BTreeMap<String, Place> = BTreeMap::new();
    match git.heads(&format!("refs/heads/{}/", store.realm())) {
        Ok(heads) => {
            for (branch, head) in heads {
                let before = places.get(&branch);
                if before.is_none_or(|p| p.head != head.to_string()) {
                    let to = before.map_or_else(|| branch.clone(), |p| p.to.clone());
                    wanted.insert(branch, Place { head: head.to_string(), to });
                }
            }
        }
        Err(e) => report.error = Some(safe::line(e.message())),
    }
    // Twice: once as they are, and once more with those that somebody else went on with as forks.
    for _ in 0..2 {
        if wanted.is_empty() || report.error.is_some() {
            break;
        }
        let specs: Vec<String> = wanted.values().map(|p| format!("{}:{}", p.head, p.to)).collect();
        let mut args = vec!["--porcelain", "--atomic", remote];
        args.extend(specs.iter().map(String::as_str));
        let answer = match run(git, "push", &args) {
            Ok(answer) => answer,
            Err(e) => {
                report.error = Some(e);
                break;
            }
        };
        let lines = parse(&answer.out);
        if answer.status.success() {
            for (branch, place) in std::mem::take(&mut wanted) {
                report.pushed.insert(branch.clone(), place.head.clone());
                if place.to != branch {
                    report.forked.insert(branch.clone(), place.to.clone());
                }
                places.insert(branch, place);
            }
            break;
        }
        report.refused.clear();
        let mut moved = false;
        for line in &lines {
            let Some((branch, place)) = wanted.iter_mut().find(|(_, p)| p.to == line.to) else { continue };
            if line.flag != '!' || line.says.contains("atomic push failed") || line.says.contains("atomic transaction")
            {
                continue;
            }
            let gone_on = ["fetch first", "non-fast-forward", "needs force", "stale info"];
            if gone_on.iter().any(|w| line.says.contains(w)) && place.to == *branch {
                place.to = fork_name(store, branch, &place.head);
                moved = true;
            } else {
                report.refused.push(Refusal { branch: branch.clone(), because: line.says.clone() });
            }
        }
        if !moved {
            if report.refused.is_empty() {
                report.error = Some(answer.last_words());
            }
            break;
        }
    }
    if report.error.is_none() {
        push_main(git, store, remote, known.0.entry(remote.to_owned()).or_default());
    }
    known.save(&own_dir);
    report
}

/// Puts a branch that was made anew in the place of the remote's, if that is as it was when we last saw it. None where the
/// remote never had it.
pub(super) fn replace(git: &Git, remote: &str, branch: &str, head: Oid) -> Option<Result<(), String>> {
    let own_dir = git.own_dir();
    let mut known = Known::load(&own_dir);
    let place = known.0.get(remote).and_then(|k| k.get(branch)).cloned()?;
    let lease = format!("--force-with-lease={}:{}", place.to, place.head);
    let spec = format!("+{head}:{}", place.to);
    let answer = match run(git, "push", &["--porcelain", &lease, remote, &spec]) {
        Ok(answer) => answer,
        Err(e) => return Some(Err(e)),
    };
    if answer.status.success() {
        let places = known.0.entry(remote.to_owned()).or_default();
        places.insert(branch.to_owned(), Place { head: head.to_string(), to: place.to });
        known.save(&own_dir);
        return Some(Ok(()));
    }
    let refused = parse(&answer.out).into_iter().find(|l| l.flag == '!').map(|l| l.says);
    Some(Err(refused.unwrap_or_else(|| answer.last_words())))
}

/// The same once more, where the remote refused it then: asks the remote what it has. None where it has nothing that is not in
/// ours. What somebody else has added there since is never dropped.
pub(super) fn replace_again(git: &Git, remote: &str, branch: &str, head: Oid) -> Option<Result<(), String>> {
    let there = match run(git, "ls-remote", &["--quiet", remote, branch]) {
        Ok(answer) if answer.status.success() => answer.out.split_whitespace().next().map(Oid::from_str)?.ok()?,
        Ok(answer) => return Some(Err(answer.last_words())),
        Err(e) => return Some(Err(e)),
    };
    if there == head || git.repo().graph_descendant_of(head, there).unwrap_or_default() {
        return None;
    }
    if git.repo().find_commit(there).is_err() {
        return Some(Err(
            "somebody else has added to its payload branch since; look at `aigov inbox`, then again".to_owned()
        ));
    }
    let own_dir = git.own_dir();
    let mut known = Known::load(&own_dir);
    let place = Place { head: there.to_string(), to: branch.to_owned() };
    known.0.entry(remote.to_owned()).or_default().insert(branch.to_owned(), place);
    known.save(&own_dir);
    replace(git, remote, branch, head)
}

const MAIN: &str = "refs/heads/main";

/// The list of runs goes apart from the runs, so that a refusal there holds up nothing. When another machine has moved
/// it, our list goes on top of theirs, which holds both; nothing is forced.
fn push_main(git: &Git, store: &Store, remote: &str, places: &mut BTreeMap<String, Place>) {
    for _ in 0..2 {
        let Ok(Some(head)) = git.head(MAIN) else { return };
        if places.get(MAIN).is_some_and(|p| p.head == head.to_string()) {
            return;
        }
        let spec = format!("{head}:{MAIN}");
        let Ok(answer) = run(git, "push", &["--porcelain", remote, &spec]) else { return };
        if answer.status.success() {
            places.insert(MAIN.to_owned(), Place { head: head.to_string(), to: MAIN.to_owned() });
            return;
        }
        let gone_on = parse(&answer.out).iter().any(|l| l.says.contains("fetch first") || l.says.contains("non-fast"));
        if !gone_on || fetch(git, remote, &[format!("+{MAIN}:{THEIRS}")], LIMIT).is_err() {
            return;
        }
        let Ok(Some(theirs)) = git.head(THEIRS) else { return };
        if readme::join(git, store, head, theirs).is_err() {
            return;
        }
    }
}

/// Where the remote's list is kept while it is joined; below no name that is pushed.
const THEIRS: &str = "refs/aigov/main";

/// `…/run/ID` goes to `…/fork/ID/HEAD`, `…/payload/ID` to `…/fork/ID/HEAD.payload`.
fn fork_name(store: &Store, branch: &str, head: &str) -> String {
    let short = head.get(..10).unwrap_or(head);
    let fork = store.branches("fork");
    if let Some(run) = branch.strip_prefix(&store.branches("run")) {
        let generation = store
            .runs()
            .ok()
            .and_then(|all| all.into_iter().find(|r| r.id == run).and_then(|r| r.lease).map(|l| l.generation));
        return format!("{fork}{run}/{}-{short}", generation.unwrap_or(0));
    }
    let kind = branch.rsplit('/').nth(1).unwrap_or("branch");
    let id = branch.rsplit('/').next().unwrap_or("unnamed");
    format!("{fork}{id}/{short}.{kind}")
}

fn fetch(git: &Git, remote: &str, specs: &[String], limit: Duration) -> Result<(), String> {
    let mut args = vec!["--quiet", "--no-tags", remote];
    args.extend(specs.iter().map(String::as_str));
    let answer = run_within(git, "fetch", &args, limit)?;
    // One: some branch went on here and there; the others have come.
    if answer.status.success() || answer.status.code() == Some(1) { Ok(()) } else { Err(answer.last_words()) }
}

/// One line of `git push --porcelain`.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    flag: char,
    to: String,
    says: String,
}

fn parse(out: &str) -> Vec<Line> {
    out.lines()
        .filter_map(|line| {
            let mut parts = line.splitn(3, '\t');
            let (flag, refs, says) = (parts.next()?, parts.next()?, parts.next()?);
            let mut flag = flag.chars();
            let (flag, None) = (flag.next()?, flag.next()) else { return None };
            let (_, to) = refs.rsplit_once(':')?;
            Some(Line { flag, to: to.to_owned(), says: safe::line(says) })
        })
        .collect()
}

struct Answered {
    status: ExitStatus,
    out: String,
    err: String,
}

impl Answered {
    /// The line in which git, or the ssh that it started, says what went wrong.
    fn last_words(&self) -> String {
        let lines: Vec<&str> =
            self.err.lines().map(str::trim_end).filter(|l| !l.is_empty() && !l.starts_with("Warning:")).collect();
        let said = |l: &&str| l.starts_with("fatal:") || l.starts_with("error:") || l.starts_with("remote: ");
        let first = lines.iter().position(said);
        let line = match first {
            // Git's line says only that ssh failed; the one before it is ssh's and says why.
            Some(at) if at > 0 && lines.get(at).is_some_and(|l| l.contains("Could not read from remote")) => at - 1,
            Some(at) => at,
            None => lines.len().saturating_sub(1),
        };
        safe::line(lines.get(line).copied().unwrap_or("git gave no reason"))
    }
}

/// Runs git, never asking anybody anything.
fn run(git: &Git, verb: &str, args: &[&str]) -> Result<Answered, String> {
    run_within(git, verb, args, LIMIT)
}

fn run_within(git: &Git, verb: &str, args: &[&str], limit: Duration) -> Result<Answered, String> {
    let mut command = Command::new("git");
    // A passphrase can't be asked for while a person is looking at something else.
    let ssh = git.repo().config().and_then(|c| c.get_string("core.sshCommand")).unwrap_or_else(|_| "ssh".to_owned());
    command
        .arg("--git-dir")
        .arg(git.repo().path())
        .args([
            "-c",
            &format!("core.sshCommand={ssh} -o BatchMode=yes"),
            "-c",
            "gc.auto=0",
            "-c",
            "maintenance.auto=false",
        ])
        .arg(verb)
        .args(args)
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // Set when we run inside a hook; they would lead git elsewhere.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE", "GIT_PREFIX"] {
        command.env_remove(name);
    }
    apart(&mut command);
    let mut child = command.spawn().map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => "there is no git program on PATH, so nothing is pushed".to_owned(),
        _ => format!("git could not be started: {e}"),
    })?;
    let out = reader(child.stdout.take());
    let err = reader(child.stderr.take());
    let status = wait(&mut child, limit).map_err(|e| format!("git {verb}: {e}"))?;
    let text =
        |text: io::Result<Answer<String>>| text.ok().and_then(|t| t.within(Duration::from_secs(1))).unwrap_or_default();
    Ok(Answered { status, out: text(out), err: text(err) })
}

/// A process group of its own: Ctrl-C in the terminal is for the run, and a prompt can't take the keyboard.
#[cfg(unix)]
fn apart(command: &mut Command) {
    use std::os::unix::process::CommandExt as _;
    command.process_group(0);
}

#[cfg(not(unix))]
fn apart(_: &mut Command) {}

fn reader(from: Option<impl Read + Send + 'static>) -> io::Result<Answer<String>> {
    aside("reads", move || {
        let mut bytes = Vec::new();
        if let Some(mut from) = from {
            // What was read before an error is still of use.
            let _ = from.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn wait(child: &mut Child, limit: Duration) -> io::Result<ExitStatus> {
    let mut waited = Duration::ZERO;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if waited >= limit {
            child.kill()?;
            child.wait()?;
            return Err(io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {} s", limit.as_secs())));
        }
        std::thread::sleep(POLL);
        waited += POLL;
    }
}

/// Pushing and fetching beside one held run.
pub(super) struct Pushing {
    remote: Option<String>,
    /// Our commits that the remote is not known to have, oldest first.
    behind: VecDeque<Oid>,
    branch: String,
    busy: Option<Answer<PushReport>>,
    fetching: Option<Answer<()>>,
    last: Option<PushReport>,
}

impl Pushing {
    pub(super) fn new(store: &Store, run: &str, head: Option<Oid>) -> Self {
        let branch = store.run_branch(run);
        let mut behind = VecDeque::new();
        if let (Some(remote), Some(head)) = (store.remote(), head)
            && let Ok(git) = Git::open(store.path())
        {
            behind.extend(backlog(&git, &Known::load(&git.own_dir()), remote, &branch, head));
        }
        Self { remote: store.remote().map(str::to_owned), behind, branch, busy: None, fetching: None, last: None }
    }

    /// Notes a commit, and starts a push if none is under way.
    pub(super) fn appended(&mut self, store: &Store, head: Oid) {
        if self.remote.is_none() {
            return;
        }
        self.behind.push_back(head);
        self.go_on(store);
    }

    /// Takes in what a push did, and starts the next when something is left.
    pub(super) fn go_on(&mut self, store: &Store) {
        self.settle(Duration::ZERO);
        if self.remote.is_none() || self.behind.is_empty() || self.busy.is_some() {
            return;
        }
        let store = store.clone();
        self.busy = aside("push", move || store.push()).ok();
    }

    fn settle(&mut self, limit: Duration) {
        let Some(busy) = &self.busy else { return };
        let report = match busy.wait(limit) {
            Coming::Awaited if limit.is_zero() => return,
            Coming::Here(report) => Some(report),
            Coming::Awaited | Coming::Never => None,
        };
        self.busy = None;
        let Some(report) = report else { return };
        if let Some(there) = report.pushed.get(&self.branch)
            && let Some(at) = self.behind.iter().position(|c| c.to_string() == *there)
        {
            self.behind.drain(..=at);
        }
        self.last = Some(report);
    }

    /// Waits for a push that is under way, pushes what is left, and says how it went.
    pub(super) fn finish(&mut self, store: &Store, limit: Duration) -> Option<PushReport> {
        self.settle(limit);
        self.go_on(store);
        self.settle(limit);
        self.last.clone()
    }

    pub(super) fn unpushed(&self) -> Option<usize> {
        self.remote.as_ref()?;
        Some(self.behind.len())
    }

    /// Starts fetching votes if that is not under way.
    pub(super) fn fetch_votes(&mut self, store: &Store, run: &str) {
        let Some(remote) = self.remote.clone() else { return };
        if let Some(fetching) = &self.fetching
            && fetching.now() == Coming::Awaited
        {
            return;
        }
        let both = [store.vote_branch(run, ""), store.left_branch(run, "")];
        // What others leave is taken in drills only.
        let specs: Vec<String> =
            both.iter().take(if store.is_drill() { 2 } else { 1 }).map(|b| format!("{b}*:{b}*")).collect();
        let path = store.path().to_path_buf();
        let ask = move || {
            if let Ok(git) = Git::open(&path) {
                // The next look asks again.
                let _ = fetch(&git, &remote, &specs, LIMIT);
            }
        };
        self.fetching = aside("fetch", ask).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_a_push_are_read() {
        let out = "To file:///there\n\
                   *\tabc:refs/heads/aigov/run/1\t[new branch]\n \tdef:refs/heads/aigov/run/2\tabc..def\n\
                   !\tdef:refs/heads/aigov/run/3\t[rejected] (fetch first)\n\
                   !\tdef:refs/heads/aigov/run/4\t[remote rejected] (pre-receive hook declined)\nDone\n";
        let lines = parse(out);
        let flags: Vec<(char, &str, &str)> = lines.iter().map(|l| (l.flag, l.to.as_str(), l.says.as_str())).collect();
        assert_eq!(
            flags,
            [
                ('*', "refs/heads/aigov/run/1", "[new branch]"),
                (' ', "refs/heads/aigov/run/2", "abc..def"),
                ('!', "refs/heads/aigov/run/3", "[rejected] (fetch first)"),
                ('!', "refs/heads/aigov/run/4", "[remote rejected] (pre-receive hook declined)"),
            ]
        );
    }
}
