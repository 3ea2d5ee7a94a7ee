//! Records of a run that are known here and that its branch does not hold: written beside it, held by the remote, or what
//! the branch held before somebody moved it back or wrote it anew.
//!
//! Owns finding them and keeping them: a branch that is found moved back leaves a reference, so that nothing of it is lost
//! to git's cleaning. Must not decide which of two histories is right, and puts nothing back: a person does.

use std::collections::BTreeSet;

use git2::Oid;

use super::push::sent;
use super::repo::{Durable, Git};
use super::store::Store;
use crate::text::safe;

/// Why records are beside a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whence {
    /// Somebody else had gone on with the run, or brought them home too late.
    Fork,
    /// The remote has them.
    Remote,
    /// They were here.
    Before,
}

/// A history of a run that leads to where its branch does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Beside {
    /// What a decision about it names.
    pub(super) name: String,
    /// Its last commit.
    pub(super) head: Oid,
    /// Why it is there.
    pub(super) whence: Whence,
}

impl Beside {
    /// In words.
    pub(super) fn says(&self) -> String {
        let name = safe::line(&self.name);
        match self.whence {
            Whence::Fork => format!("records were written beside this run and are kept on {name}"),
            Whence::Remote => format!(
                "the remote has records of this run that it does not have here ({name}): it was cut off here, or \
                 somebody wrote it anew or went on with it elsewhere"
            ),
            Whence::Before => format!(
                "records that this run had here are not in it any more ({name}): it was cut off or written anew"
            ),
        }
    }
}

/// Below no name that is pushed.
const THEIRS: &str = "refs/aigov/theirs/";
const BEFORE: &str = "refs/aigov/before/";

/// Whether a history holds a commit.
fn holds(git: &Git, head: Oid, commit: Oid) -> bool {
    head == commit || git.repo().graph_descendant_of(head, commit).unwrap_or_default()
}

/// Keeps where a branch stood that does not lead there any more.
pub(super) fn remember(git: &Git, branch: &str, head: &str) {
    let Ok(head) = Oid::from_str(head) else { return };
    let Some((realm, run)) = branch.strip_prefix("refs/heads/").and_then(|name| name.split_once("/run/")) else {
        return;
    };
    if git.repo().find_commit(head).is_err() {
        return;
    }
    let short = head.to_string().get(..10).unwrap_or_default().to_owned();
    // Kept already, or nowhere to keep it: what is known is told as far as it is known.
    let _ = git.move_ref(&format!("{BEFORE}{realm}/{run}/{short}"), None, head, Durable::Later, || true);
}

impl Store {
    /// What a fetch keeps of the remote's own runs, whatever became of ours.
    pub(super) fn theirs(&self) -> String {
        format!("+refs/heads/{0}/run/*:{THEIRS}{0}/*", self.realm())
    }

    /// The remote's runs as they were fetched last.
    pub(super) fn their_heads(&self, git: &Git) -> Vec<(String, Oid)> {
        let prefix = format!("{THEIRS}{}/", self.realm());
        let heads = git.heads(&prefix).unwrap_or_default().into_iter();
        heads.filter_map(|(name, head)| Some((name.strip_prefix(&prefix)?.to_owned(), head))).collect()
    }

    /// Runs whose record at the remote does not lead on from what it was.
    pub(super) fn rewritten(&self, git: &Git, before: &[(String, Oid)]) -> Vec<String> {
        let now = self.their_heads(git);
        let is = |run: &str| now.iter().find(|(id, _)| id == run).map(|(_, head)| *head);
        let moved = before.iter().filter(|(run, was)| is(run).is_none_or(|is| !holds(git, is, *was)));
        let moved: BTreeSet<&String> = moved.map(|(run, _)| run).collect();
        moved.into_iter().cloned().collect()
    }

    /// Keeps what this machine wrote last of a run where its branch, which ends at `head`, does not lead there: before anything
    /// is written to that branch, because the mark follows what is written.
    pub(super) fn remember_marked(&self, git: &Git, run: &str, head: Oid) {
        if let Some(last) = self.marked(run).filter(|last| !holds(git, head, *last)) {
            remember(git, &self.run_branch(run), &last.to_string());
        }
    }

    /// Histories of a run that its branch, which ends at `head`, does not hold.
    pub(super) fn beside(&self, git: &Git, run: &str, head: Oid) -> Vec<Beside> {
        self.remember_marked(git, run, head);
        let theirs = self.their_heads(git).into_iter().filter(|(id, _)| id == run);
        let theirs = theirs.map(|(_, head)| Beside { name: format!("remote/{run}"), head, whence: Whence::Remote });
        let mut all: Vec<Beside> = theirs.collect();
        let forks = format!("{}{run}/", self.branches("fork"));
        for (branch, head) in git.heads(&forks).unwrap_or_default() {
            if !branch.ends_with(".payload") {
                let name = branch.strip_prefix("refs/heads/").or_else(|| branch.strip_prefix("refs/remotes/origin/"));
                all.push(Beside { name: name.unwrap_or(&branch).to_owned(), head, whence: Whence::Fork });
            }
        }
        let prefix = format!("{BEFORE}{}/{run}/", self.realm());
        let kept = git.heads(&prefix).unwrap_or_default().into_iter().map(|(_, head)| head);
        for head in kept.chain(sent(git, &self.run_branch(run))) {
            let short = head.to_string().get(..10).unwrap_or_default().to_owned();
            all.push(Beside { name: format!("before/{run}/{short}"), head, whence: Whence::Before });
        }
        let mut found: Vec<Beside> = Vec::new();
        for one in all.into_iter().filter(|b| !holds(git, head, b.head)) {
            if !found.iter().any(|b| holds(git, b.head, one.head)) {
                found.push(one);
            }
        }
        found
    }

    /// Ids of runs of which something is here, and no branch.
    pub(super) fn vanished(&self, git: &Git) -> Vec<String> {
        let mut ids: Vec<String> = Vec::new();
        for prefix in [
            format!("{BEFORE}{}/", self.realm()),
            format!("{THEIRS}{}/", self.realm()),
            self.branches("payload"),
            self.branches("fork"),
        ] {
            let heads = git.heads(&prefix).unwrap_or_default().into_iter();
            let id = |(name, _): (String, Oid)| Some(name.strip_prefix(&prefix)?.split('/').next()?.to_owned());
            ids.extend(heads.filter_map(id));
        }
        ids.sort();
        ids.dedup();
        let away = self.runs_away();
        ids.retain(|id| matches!(git.head(&self.run_branch(id)), Ok(None)) && !away.contains(id));
        ids
    }
}
