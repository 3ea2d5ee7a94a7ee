//! What the plan calls the thing that an event is about.
//!
//! Owns nothing but that look-up; `verify` holds a record's own word against it.

use crate::plan::Plan;
use crate::run::event::Event;

/// What the plan calls the thing an event is about.
pub(super) enum Named<'a> {
    /// The event is about nothing of the plan.
    Nothing,
    /// An index that the plan does not have.
    Unknown,
    /// This.
    As(&'a str),
}

pub(super) fn id_in(plan: &Plan, event: Event) -> Named<'_> {
    let id = if let Some(step) = event.step() {
        plan.steps.get(step.ix()).map(|s| s.id.as_str())
    } else if let Some(gate) = event.gate() {
        plan.gates.get(gate.ix()).map(|g| g.id.as_str())
    } else {
        match event {
            Event::TriggerMeasured { trigger, .. } => plan.triggers.get(trigger.ix()).map(|t| t.id.as_str()),
            Event::FactSilent { fact } | Event::FactAnswered { fact, .. } => {
                plan.facts.get(fact.ix()).map(|f| f.id.as_str())
            }
            Event::SeverityProposed { row } | Event::SeverityConfirmed { row } | Event::DowngradeAsked { row } => {
                plan.rows.get(row.ix()).map(|r| r.level.as_str())
            }
            Event::CheckJudged { check, .. }
            | Event::CheckDeferred { check }
            | Event::CheckAttested { check }
            | Event::CheckReopened { check } => plan.checks.get(check.ix()).map(|c| c.id.as_str()),
            Event::SoakStarted { stage } | Event::SoakEnded { stage } => {
                plan.stages.get(stage.ix()).and_then(|s| plan.steps.get(s.step.ix())).map(|s| s.id.as_str())
            }
            _ => return Named::Nothing,
        }
    };
    id.map_or(Named::Unknown, Named::As)
}
