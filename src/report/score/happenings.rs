//! When something happened that a scenario can speak of.

use crate::approval::Reason;
use crate::model::word::Word as _;
use crate::plan::rehearsal::{Dimension, Happening};
use crate::plan::{Act, Direction, Plan, StepIx};
use crate::run::event::{Choice, End, Event, Outcome, Source, Verdict};
use crate::run::record::Record;
use crate::run::state::State;
use crate::text::time::Instant;

/// Each time that something happened, in order.
pub(super) fn times(plan: &Plan, records: &[Record], what: Happening, about: Option<&str>) -> Vec<Instant> {
    if what == Happening::Contained {
        return contained(plan, records).into_iter().collect();
    }
    records.iter().filter(|r| is(plan, r, what) && fits(plan, r, about)).map(|r| r.at).collect()
}

/// When every lowering step, or its or-else, first had a passed probe.
pub(super) fn contained(plan: &Plan, records: &[Record]) -> Option<Instant> {
    let mut state = State::new(plan);
    let lowers = plan.immediate.iter().any(|s| plan.step(*s).direction == Direction::Lowers);
    for record in records {
        state.apply(plan, record.event).ok()?;
        if lowers
            && matches!(record.event, Event::StepProved { .. } | Event::StepAttested { .. })
            && state.contained(plan)
        {
            return Some(record.at);
        }
    }
    None
}

fn fits(plan: &Plan, record: &Record, about: Option<&str>) -> bool {
    let Some(about) = about else { return true };
    let named = match record.event {
        Event::SeverityConfirmed { row } => plan.rows.get(row.ix()).map(|r| r.level.as_str()),
        Event::CheckJudged { check, .. } | Event::CheckAttested { check } => {
            plan.checks.get(check.ix()).map(|c| c.id.as_str())
        }
        event => match (event.step(), event.gate()) {
            (Some(step), _) => plan.steps.get(step.ix()).map(|s| s.id.as_str()),
            (_, Some(gate)) => plan.gates.get(gate.ix()).map(|g| g.id.as_str()),
            _ => None,
        },
    };
    named == Some(about)
}

fn is(plan: &Plan, record: &Record, what: Happening) -> bool {
    let passed = |v: Verdict| matches!(v, Verdict::Pass | Verdict::Accepted);
    let publishes = |s: StepIx| plan.steps.get(s.ix()).is_some_and(|s| matches!(s.act, Act::Publish { .. }));
    match (what, record.event) {
        (Happening::Declared, Event::RunStarted) => true,
        (Happening::StepPassed, Event::StepProved { verdict, .. }) => passed(verdict),
        (Happening::StepPassed | Happening::StepDone, Event::StepAttested { .. }) => true,
        (Happening::StepDone, Event::StepObserved { outcome, .. }) => {
            matches!(outcome, Outcome::Done | Outcome::Unknown)
        }
        (Happening::StepDone, Event::StepProved { verdict, .. }) => passed(verdict),
        (Happening::StepSkipped, Event::StepChosen { choice, .. }) => choice == Choice::Skip,
        (Happening::ClockStarted, Event::FactAnswered { source, .. }) => source == Source::Person,
        (Happening::ClockStarted, Event::SeverityConfirmed { .. }) => true,
        (Happening::Severity, Event::SeverityConfirmed { .. }) => true,
        (Happening::GateOpened, Event::GateOpened { .. }) => true,
        (Happening::GateGranted, Event::GateGranted { .. }) => true,
        (Happening::GateDenied, Event::GateDenied { .. }) => true,
        (Happening::GateExpired, Event::GateExpired { .. }) => true,
        (Happening::OwnVote, Event::VoteRefused { .. }) => own_vote(record),
        (Happening::Published, Event::StepProved { step, verdict }) => publishes(step) && passed(verdict),
        (Happening::CheckPassed, Event::CheckJudged { verdict, .. }) => passed(verdict),
        (Happening::CheckPassed, Event::CheckAttested { .. }) => true,
        (Happening::CheckFailed, Event::CheckJudged { verdict, .. }) => !passed(verdict),
        (Happening::Breached, Event::Breached { .. }) => true,
        (Happening::Restored, Event::SoakStarted { .. }) => true,
        (Happening::Closed, Event::RunEnded { end }) => matches!(end, End::Closed | End::ClosedWithExceptions),
        (Happening::StoodDown, Event::RunEnded { end }) => end == End::StoodDown,
        (Happening::Abandoned, Event::RunEnded { end }) => end == End::Abandoned,
        _ => false,
    }
}

/// A vote of somebody who may not vote here because of what they did: asked for it, ran it, or made the fix.
pub(super) fn own_vote(record: &Record) -> bool {
    let own = [Reason::OwnRequest, Reason::Operator, Reason::FixAuthor];
    record.detail.note.as_ref().is_some_and(|note| own.iter().any(|reason| reason.to_string() == *note))
}

/// The dimension that an expectation counts in.
pub(super) fn dimension(plan: &Plan, what: Happening, about: Option<&str>) -> Dimension {
    match what {
        Happening::Declared => Dimension::Declare,
        Happening::Contained => Dimension::Containment,
        Happening::ClockStarted => Dimension::Clocks,
        Happening::Severity => Dimension::Severity,
        Happening::GateOpened
        | Happening::GateGranted
        | Happening::GateDenied
        | Happening::GateExpired
        | Happening::OwnVote => Dimension::Approvals,
        Happening::Published => Dimension::Statements,
        Happening::CheckPassed
        | Happening::CheckFailed
        | Happening::Breached
        | Happening::Restored
        | Happening::Closed
        | Happening::StoodDown
        | Happening::Abandoned => Dimension::Recovery,
        Happening::StepPassed | Happening::StepDone | Happening::StepSkipped => {
            let step = about.and_then(|id| plan.steps.iter().find(|s| s.id == id));
            match step.map(|s| &s.act) {
                Some(Act::SetControl { safe: true, .. }) => Dimension::Containment,
                Some(Act::Page { .. } | Act::Notify { .. }) => Dimension::Declare,
                Some(Act::Publish { .. }) => Dimension::Statements,
                _ => Dimension::Order,
            }
        }
    }
}

/// Every dimension, in the order of the card.
pub(super) fn all() -> &'static [Dimension] {
    Dimension::ALL
}
