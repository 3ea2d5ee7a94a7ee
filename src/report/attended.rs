//! Whether somebody sits with what was given back: a fold over the records of a run.
//!
//! Tells what is raised, until when it is watched, and when its operator left. Whether a process still holds the run is told
//! by whoever can see its lock.

use super::phrase;
use crate::plan::Plan;
use crate::run::command::Command;
use crate::run::deadline;
use crate::run::event::Event;
use crate::run::ledger::Ledger;
use crate::run::record::Record;
use crate::run::state::State;
use crate::text::safe;
use crate::text::time::Instant;

/// Autonomy that is back, or partly back, while its run goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raised {
    /// What was raised last, in words.
    pub what: String,
    /// Until when it is watched; none where no soak is under way.
    pub until: Option<Instant>,
    /// When whoever held the run left it, if they did.
    pub left: Option<Instant>,
    /// When the last record was written.
    pub last: Instant,
}

impl Raised {
    /// Since when nobody attends, where a process on this machine would be seen and `alive` says whether there is one.
    /// Nothing is claimed of another machine whose operator did not leave.
    #[must_use]
    pub fn unattended_since(&self, alive: bool, here: bool) -> Option<Instant> {
        match (alive, self.left, here) {
            (true, ..) => None,
            (false, Some(left), _) => Some(left),
            (false, None, true) => Some(self.last),
            (false, None, false) => None,
        }
    }

    /// The same as a sentence.
    #[must_use]
    pub fn sentence(&self, since: Instant, now: Instant) -> String {
        let until = self.until.map(|at| format!(", to be watched until {}", phrase::deadline(at, now)));
        let until = until.unwrap_or_default();
        format!("NOBODY ATTENDS: {}{until}; nobody has sat with it since {}", self.what, phrase::when(since, now))
    }
}

/// What is raised in a run that goes on; none where nothing is, or it is being lowered.
#[must_use]
pub fn raised(plan: &Plan, records: &[Record]) -> Option<Raised> {
    let ledger = Ledger::of(plan, records).ok()?;
    let mut state = State::new(plan);
    for record in records {
        state.apply(plan, record.event).ok()?;
    }
    if state.end.is_some() || state.safing || !state.raised(plan) {
        return None;
    }
    let until = match state.pending(plan) {
        wanted @ Command::Soak(_) => deadline::open(plan, wanted, &ledger).map(|open| open.at),
        _ => None,
    };
    let stage = plan.stages.get(usize::from(state.stage)).or(plan.stages.last());
    let step = stage.and_then(|s| plan.steps.get(s.step.ix()));
    let what =
        step.map_or_else(|| "autonomy is partly back".to_owned(), |s| format!("{} is in effect", phrase::act(s)));
    let comes_or_goes = |e: &Event| matches!(e, Event::Interrupted | Event::Restarted | Event::LeaseTaken { .. });
    let moved = records.iter().rev().find(|r| comes_or_goes(&r.event));
    let left = moved.filter(|r| r.event == Event::Interrupted).map(|r| r.at);
    Some(Raised { what: safe::line(&what), until, left, last: ledger.last_at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_process_and_one_that_left_are_nobody_and_another_machine_is_not_guessed_at() {
        let at = |n| Instant(n);
        let raised = |left| Raised {
            what: "set traffic to 5 is in effect".into(),
            until: Some(at(7_200_000)),
            left,
            last: at(60_000),
        };
        assert_eq!(raised(None).unattended_since(true, true), None);
        assert_eq!(raised(Some(at(70_000))).unattended_since(true, true), None, "taken up again a moment ago");
        assert_eq!(raised(Some(at(70_000))).unattended_since(false, false), Some(at(70_000)));
        assert_eq!(raised(None).unattended_since(false, true), Some(at(60_000)));
        assert_eq!(raised(None).unattended_since(false, false), None);
        let says = raised(None).sentence(at(60_000), at(120_000));
        assert!(says.starts_with("NOBODY ATTENDS: set traffic to 5 is in effect, to be watched until "), "{says}");
    }
}
