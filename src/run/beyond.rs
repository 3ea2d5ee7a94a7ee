//! What is more than stopping, paging and keeping evidence: only somebody identified may do it, where only signed votes count.
//!
//! Owns which steps and which events that is. Asks nobody who they are.

use super::event::{Event, Source};
use super::ledger::UNIDENTIFIED;
use super::record::Record;
use crate::plan::{Direction, Plan, Step, StepRole, Votes};

/// Whether doing a step, or deciding about it, is more than stopping, paging and keeping evidence: only somebody identified
/// may.
#[must_use]
pub fn beyond_stopping(step: &Step) -> bool {
    matches!(step.role, StepRole::Respond | StepRole::Stage)
        && !matches!(step.direction, Direction::Lowers | Direction::Looks)
}

/// The number of a record in which somebody without a name went beyond stopping, where only signed votes count.
#[must_use]
pub fn unnamed(plan: &Plan, record: &Record) -> Option<u64> {
    let nameless = plan.votes == Votes::Signed && record.by == UNIDENTIFIED;
    (nameless && went_beyond(plan, record)).then_some(record.seq)
}

/// What is said of the first such record, where so many more follow.
#[must_use]
pub fn says(more: usize) -> String {
    let more = if more == 0 { String::new() } else { format!(", and in {more} more records") };
    format!("somebody without a name went beyond stopping here{more}: nobody can tell whether they also vote")
}

/// Whether a record shows that somebody did more than stop, page and keep evidence.
fn went_beyond(plan: &Plan, record: &Record) -> bool {
    match record.event {
        Event::SeverityConfirmed { .. }
        | Event::DowngradeAsked { .. }
        | Event::BackToRespond
        | Event::CheckAttested { .. }
        | Event::FixAuthorNamed
        | Event::UndoByHand { .. } => true,
        Event::FactAnswered { source, .. } => source == Source::Person,
        Event::CheckJudged { .. } => record.detail.person.is_some(),
        Event::StepIntended { step } | Event::StepChosen { step, .. } | Event::StepAttested { step } => {
            beyond_stopping(plan.step(step))
        }
        _ => false,
    }
}
