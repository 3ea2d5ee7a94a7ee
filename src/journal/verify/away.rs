//! Runs that have no branch: what can be said of records that wait in emergency files, and of what is left of a run that is
//! gone.
//!
//! The lines of a file are one chain, and gates can be counted again from what they say. Nothing of them is signed, and no
//! other clone has them; so what can't be shown of them is said. Must not bring anything home.

use std::collections::BTreeSet;

use git2::Oid;
use litemap::LiteMap;

use super::{Finding, RunReport, Weight};
use crate::approval::Namespace;
use crate::journal::commit;
use crate::journal::emergency;
use crate::journal::repo::Git;
use crate::journal::store::Store;
use crate::port::Keys;
use crate::run::record::{GENESIS, Record, sha256_hex};
use crate::run::recount::{Recount, recount};
use crate::text::safe;

fn finding(weight: Weight, says: String) -> Finding {
    Finding { weight, seq: None, commit: None, says }
}

impl Store {
    /// The same of runs whose records wait outside git, all of them or this one, without git.
    pub fn verify_away(&self, run: Option<&str>, keys: Option<&dyn Keys>) -> Vec<RunReport> {
        let ids = self.runs_away().into_iter().filter(|id| run.is_none_or(|r| r == id));
        ids.map(|id| self.looked_at_away(&id, keys)).collect()
    }

    /// Runs of which something is left, but no branch: records outside git that have not come home, or forks and payloads
    /// of a run that is gone.
    pub(super) fn without_branch(&self, git: &Git, heads: &[(String, Oid)], keys: Option<&dyn Keys>) -> Vec<RunReport> {
        let mut found: LiteMap<String, RunReport> = LiteMap::new();
        let has_branch = |id: &str| heads.iter().any(|(branch, _)| *branch == self.run_branch(id));
        for id in self.runs_away().into_iter().filter(|id| !has_branch(id)) {
            found.insert(id.clone(), self.looked_at_away(&id, keys));
        }
        for kind in ["fork", "payload"] {
            let prefix = self.branches(kind);
            for (branch, head) in git.heads(&prefix).unwrap_or_default() {
                let id = branch.strip_prefix(&prefix).and_then(|rest| rest.split('/').next()).unwrap_or_default();
                if !has_branch(id) {
                    let report = found.entry(id.to_owned()).or_insert_with(|| nothing_of(id));
                    let says = format!("the run's branch is not here, and its {kind} is");
                    let commit = Some(head.to_string());
                    report.findings.push(Finding { commit, ..finding(Weight::Missing, says) });
                }
            }
        }
        for id in self.vanished(git) {
            found.entry(id.clone()).or_insert_with(|| {
                let says = "the run's branch is not here any more".to_owned();
                RunReport { findings: vec![finding(Weight::Missing, says)], ..nothing_of(&id) }
            });
        }
        found.into_iter().map(|(_, value)| value).collect()
    }

    /// The first run of which something waits outside git, whether git has the rest of it or not.
    #[must_use]
    pub fn waiting(&self) -> Option<String> {
        self.runs_away().into_iter().next()
    }

    /// Every such run.
    pub(in crate::journal) fn runs_away(&self) -> BTreeSet<String> {
        let mut runs: BTreeSet<String> = emergency::runs(self.places(), self.realm()).into_iter().collect();
        let spooled = self.all_spooled();
        runs.extend(spooled.iter().filter_map(|line| commit::record("of a spool", line).ok()).map(|r| r.run));
        runs
    }

    fn looked_at_away(&self, id: &str, keys: Option<&dyn Keys>) -> RunReport {
        let mut report = nothing_of(id);
        let records = match self.read(id) {
            Ok(records) => records,
            Err(e) => {
                let why = std::error::Error::source(&e).map_or_else(String::new, |s| format!(": {s}"));
                report.findings.push(finding(Weight::Broken, safe::line(&format!("{e}{why}"))));
                Vec::new()
            }
        };
        for (path, lines) in self.away(id) {
            let (n, path) = (lines.len(), safe::line(&path.to_string_lossy()));
            let of = if n == 1 { "record waits" } else { "records wait" };
            report.findings.push(finding(Weight::Note, format!("{n} {of} in {path}, and git has none of this run")));
        }
        let Some(last) = records.last() else {
            if report.findings.iter().all(|f| f.weight != Weight::Broken) {
                report.findings.push(finding(Weight::Missing, "its beginning is not in them".to_owned()));
            }
            return report;
        };
        report.records = records.len() as u64;
        report.away = report.records;
        report.digest = last.bytes().map_or_else(|_| GENESIS.to_owned(), |bytes| sha256_hex(&bytes));
        let counted = keys.map(|keys| recounted(&records, keys)).unwrap_or_default();
        report.votes = counted.signed;
        report.gates = counted.granted;
        report.findings.extend(
            counted.wrong.iter().map(|w| Finding { seq: Some(w.seq), ..finding(Weight::Broken, safe::line(&w.says)) }),
        );
        report.findings.sort_by_key(|f| f.weight);
        report
    }
}

fn recounted(records: &[Record], keys: &dyn Keys) -> Recount {
    let plan = records.first().and_then(|r| r.detail.start.as_ref()).map(|s| &s.plan);
    let check = |of: Namespace, text: &[u8], signature: &str| keys.check(of, text, signature);
    plan.map(|plan| recount(plan, records, &check)).unwrap_or_default()
}

/// A run of which nothing was read.
fn nothing_of(id: &str) -> RunReport {
    RunReport {
        run: id.to_owned(),
        records: 0,
        away: 0,
        head: String::new(),
        digest: GENESIS.to_owned(),
        signed: 0,
        endorsed: Vec::new(),
        votes: 0,
        gates: 0,
        findings: Vec::new(),
    }
}
