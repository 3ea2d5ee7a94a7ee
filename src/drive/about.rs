//! What an event is about, by the id that people wrote in the runbook.

use crate::plan::Plan;
use crate::run::event::{Event, Phase};

/// The id of the step, gate, fact, trigger, check, level or phase that an event is about.
pub(super) fn about(plan: &Plan, event: &Event) -> Option<String> {
    if let Some(step) = event.step() {
        return plan.steps.get(step.ix()).map(|s| s.id.clone());
    }
    if let Some(gate) = event.gate() {
        return plan.gates.get(gate.ix()).map(|g| g.id.clone());
    }
    match *event {
        Event::PhaseEntered { phase } => Some(phase_name(phase).to_owned()),
        Event::TriggerMeasured { trigger, .. } => plan.triggers.get(trigger.ix()).map(|t| t.id.clone()),
        Event::FactSilent { fact } | Event::FactAnswered { fact, .. } => {
            plan.facts.get(fact.ix()).map(|f| f.id.clone())
        }
        Event::SeverityProposed { row } | Event::SeverityConfirmed { row } | Event::DowngradeAsked { row } => {
            plan.rows.get(row.ix()).map(|r| r.level.clone())
        }
        Event::CheckJudged { check, .. }
        | Event::CheckReopened { check }
        | Event::CheckDeferred { check }
        | Event::CheckAttested { check } => plan.checks.get(check.ix()).map(|c| c.id.clone()),
        Event::SoakStarted { stage } | Event::SoakEnded { stage } => {
            let step = plan.stages.get(stage.ix())?.step;
            plan.steps.get(step.ix()).map(|s| s.id.clone())
        }
        _ => None,
    }
}

/// A phase's name as people read it.
pub(super) const fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Declare => "declare",
        Phase::Contain => "contain",
        Phase::Assess => "assess",
        Phase::Respond => "respond",
        Phase::Verify => "verify",
        Phase::Restore => "restore",
        Phase::Close => "close",
    }
}
