//! What other runs of the same journal say of a run that they knew.

use std::collections::BTreeSet;

use litemap::LiteMap;

use super::ancestry;
use crate::journal::repo::Git;
use crate::journal::store::Store;
use crate::run::record::sha256_hex;

/// Digests of the records of other runs, read once each.
pub(super) struct Elsewhere<'a> {
    pub(super) store: &'a Store,
    pub(super) git: &'a Git,
    pub(super) known: LiteMap<String, Option<BTreeSet<String>>>,
    /// Whether other runs are looked at.
    pub(super) looks: bool,
}

impl Elsewhere<'_> {
    /// None when there is no branch of the run.
    pub(super) fn digests(&mut self, run: &str) -> Option<&BTreeSet<String>> {
        let Self { store, git, known, looks } = self;
        if !*looks {
            return None;
        }
        known
            .entry(run.to_owned())
            .or_insert_with(|| {
                let head = git.head(&store.run_branch(run)).ok().flatten()?;
                let mut all: BTreeSet<String> = BTreeSet::new();
                let mut tips = vec![head];
                let forks = git.heads(&format!("{}{run}/", store.branches("fork"))).unwrap_or_default();
                tips.extend(forks.into_iter().map(|(_, h)| h));
                for tip in tips {
                    let (commits, _) = ancestry(git, tip);
                    for commit in &commits {
                        all.extend(commit.parts().1.map(|l| sha256_hex(l.as_bytes())));
                    }
                }
                Some(all)
            })
            .as_ref()
    }
}
