//! Whether anything may rest on a run's record: the checks of `verify` as far as they say who wrote what.
//!
//! A record that is whole can still be nobody's: whoever can push can append to it. Owns which events would let something
//! pass, and so must be by somebody who is known. Must not count gates: that is asked of the machine.

use litemap::LiteMap;

use super::{Check, Elsewhere, Finding, Weight, ancestry, subject, tombstones};
use crate::journal::commit::ref_error;
use crate::journal::store::Store;
use crate::plan::Votes;
use crate::port::{Flaw, Keys, Unfounded};
use crate::run::beyond;
use crate::run::event::{Event, Source};
use crate::run::recount::Recount;
use crate::text::safe;

impl Store {
    /// Why nothing may rest on the records of a run before a place: what is broken, then what nobody who is known stands
    /// behind, then what else is known of the run and is not in it. A record that can't be read at all is broken.
    #[must_use]
    pub fn unfounded(&self, run: &str, keys: &dyn Keys, before: u64) -> Vec<Unfounded> {
        let broken = |says: String| vec![Unfounded { says, flaw: Flaw::Broken }];
        let git = match self.readable() {
            Ok(git) => git,
            Err(e) => return broken(e.to_string()),
        };
        let head = match git.head(&self.run_branch(run)) {
            Ok(Some(head)) => head,
            Ok(None) => return broken(format!("the branch of run {} is not here", safe::line(run))),
            Err(e) => return broken(ref_error(format!("read the branch of run {}", safe::line(run)), e).to_string()),
        };
        let (commits, end) = ancestry(&git, head);
        if let Some((id, why)) = end {
            return broken(format!("commit {id} can't be read: {why}"));
        }
        // What other runs knew of each other is `verify`'s: it says nothing of this record.
        let mut nowhere = Elsewhere { store: self, git: &git, known: LiteMap::new(), looks: false };
        let mut check = Check { keys: Some(keys), ..Check::new(self, &git, run) };
        check.redacted = tombstones(&commits);
        for commit in &commits {
            check.commit = commit.id;
            check.one(commit, &mut nowhere);
        }
        let mut all = check.unfounded(before);
        // A drill counts nowhere else.
        if !self.is_drill() {
            let undecided = self.beside(&git, run, head).into_iter().filter(|b| check.decided_about(b).is_none());
            all.extend(undecided.map(|b| Unfounded { says: b.says(), flaw: Flaw::Beside }));
        }
        all
    }
}

impl Check<'_> {
    /// Counts every gate again, and says where somebody without a name went beyond stopping: nobody can exclude them.
    pub(super) fn gates_and_names(&mut self) -> Recount {
        let found = self.gates();
        if let Some(plan) = &self.plan {
            let mut nameless = self.records.iter().filter_map(|record| beyond::unnamed(plan, record));
            if let Some(seq) = nameless.next() {
                let says = beyond::says(nameless.count());
                self.findings.push(Finding { weight: Weight::Note, seq: Some(seq), commit: None, says });
            }
        }
        found
    }

    fn unfounded(&self, before: u64) -> Vec<Unfounded> {
        let broken = self.findings.iter().filter(|f| f.weight == Weight::Broken).map(|f| Unfounded {
            says: f.seq.map_or_else(|| f.says.clone(), |seq| format!("record {seq}: {}", f.says)),
            flaw: Flaw::Broken,
        });
        let mut all: Vec<Unfounded> = broken.collect();
        // A drill counts nowhere else, and where names are enough nobody's key is asked for.
        let people = !self.store.is_drill() && self.plan.as_ref().is_some_and(|p| p.votes == Votes::Signed);
        let weighty = self.records.iter().filter(|r| people && r.seq < before && lets_pass(&r.event));
        all.extend(weighty.filter_map(|r| {
            let why = self.signers.unvouched(r.seq, before)?;
            let what = subject::of(std::slice::from_ref(r));
            Some(Unfounded { says: format!("record {} ({what}) {}", r.seq, safe::line(&why)), flaw: Flaw::Unvouched })
        }));
        all
    }
}

/// Whether an event lets something pass that would not pass without it. Containing, capturing and paging don't.
const fn lets_pass(event: &Event) -> bool {
    matches!(
        event,
        Event::GateGranted { .. }
            | Event::GateConsumed { .. }
            | Event::Reviewed { .. }
            | Event::FactAnswered { source: Source::Person, .. }
            | Event::SeverityConfirmed { .. }
            | Event::StepChosen { .. }
            | Event::StepAttested { .. }
            | Event::CheckJudged { .. }
            | Event::CheckDeferred { .. }
            | Event::CheckAttested { .. }
            | Event::FixAuthorNamed
            | Event::SoakEnded { .. }
            | Event::BreachAnswered
            | Event::UndoByHand { .. }
    )
}
