//! The list of runs, kept beside the repository so that it is not read anew each time.
//!
//! A cache: what it holds of a run is used only as far as the run's branch still leads through the commit that it was
//! made from, and the rest is folded on top. Losing it costs time and nothing else. `verify` does not look at it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use git2::Oid;
use serde::{Deserialize, Serialize};

use super::beside;
use super::commit::{self, Commit};
use super::fold::RunInfo;
use super::repo::Git;
use crate::port::JournalError;
use crate::run::record::sha256_hex;
use crate::text::safe;

/// Another number whenever the fold changes: what an older program kept is not taken for the whole.
const FORMAT: u32 = 5;

/// What is kept: by branch.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Index {
    format: u32,
    runs: BTreeMap<String, RunInfo>,
    #[serde(skip)]
    changed: bool,
}

impl Index {
    /// Reads it; an empty one when it is not there, damaged or of another format.
    pub(super) fn load(own_dir: &Path) -> Self {
        fs::read(own_dir.join("runs.json"))
            .ok()
            .and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok())
            .filter(|index| index.format == FORMAT)
            .unwrap_or(Self { format: FORMAT, ..Self::default() })
    }

    /// Writes it if it changed. Not being able to is no error.
    pub(super) fn save(&self, own_dir: &Path) {
        if !self.changed {
            return;
        }
        let draft = own_dir.join(format!("runs.json.{}", std::process::id()));
        let written = serde_json::to_vec(self)
            .map_err(std::io::Error::from)
            .and_then(|bytes| fs::write(&draft, bytes))
            .and_then(|()| fs::rename(&draft, own_dir.join("runs.json")));
        if written.is_err() {
            let _ = fs::remove_file(&draft);
        }
    }

    /// Drops branches below `prefix` that are not there any more. What they held stays known.
    pub(super) fn keep_only(&mut self, git: &Git, prefix: &str, heads: &[(String, Oid)]) {
        let before = self.runs.len();
        let there: BTreeSet<&str> = heads.iter().map(|(branch, _)| branch.as_str()).collect();
        for (branch, info) in &self.runs {
            if branch.starts_with(prefix) && !there.contains(branch.as_str()) {
                beside::remember(git, branch, &info.head);
            }
        }
        self.runs.retain(|branch, _| !branch.starts_with(prefix) || there.contains(branch.as_str()));
        self.changed |= self.runs.len() != before;
    }

    /// What was known of a branch when the list was last looked at.
    pub(super) fn known(&self, branch: &str) -> Option<&RunInfo> {
        self.runs.get(branch)
    }

    /// One run as its branch has it now, as far as it can be read.
    pub(super) fn run(&mut self, git: &Git, branch: &str, id: &str, head: Oid) -> RunInfo {
        let known = self.runs.get(branch);
        if let Some(info) = known.filter(|i| i.head == head.to_string()) {
            return info.clone();
        }
        let until = known.and_then(|i| Oid::from_str(&i.head).ok());
        let tail = match commit::walk(git, head, until) {
            Ok(tail) => tail,
            Err(e) => {
                // What was known before the damage is the best that can be said.
                let mut info = known.cloned().unwrap_or_else(|| RunInfo::new(id));
                info.damaged = Some(safe::line(e.message()));
                return info;
            }
        };
        // Met the known commit, or came out at the root?
        let continues = tail.first().is_some_and(|c| !c.parents.is_empty());
        let mut info = match known {
            Some(info) if continues => info.clone(),
            Some(info) => {
                beside::remember(git, branch, &info.head);
                RunInfo::new(id)
            }
            None => RunInfo::new(id),
        };
        let folded = fold(&mut info, &tail);
        info.head = head.to_string();
        match folded {
            Ok(()) => {
                self.runs.insert(branch.to_owned(), info.clone());
                self.changed = true;
            }
            Err(e) => info.damaged = Some(e.to_string()),
        }
        info
    }
}

fn fold(info: &mut RunInfo, commits: &[Commit]) -> Result<(), JournalError> {
    let id = info.id.clone();
    for commit in commits {
        let (_, lines) = commit.parts();
        for line in lines {
            let record = commit::record(&id, line)?;
            info.apply(&record, &sha256_hex(line.as_bytes()));
        }
    }
    Ok(())
}
