//! Break-glass: which act may be done without the approval that its gate asks for.
//!
//! Only downward in autonomy, or to keep evidence: there a wait costs more than a mistake, and a mistake can be put right.
//! Owns that one rule; resolve, the machine, the recount and exploration ask it. Must not know who breaks it or why.

use super::{Act, Direction, GateIx, Plan, Step, StepIx};

/// Why an act is not done without its approval; none where it may be.
#[must_use]
pub fn refusal(step: &Step) -> Option<&'static str> {
    if step.irreversible.is_some() {
        return Some(
            "it can't be taken back; without its approval only what lowers autonomy or keeps evidence is done",
        );
    }
    if matches!(step.act, Act::Capture { .. }) {
        return None;
    }
    match step.direction {
        Direction::Lowers => None,
        Direction::Raises => {
            Some("it raises autonomy; without its approval only what lowers it or keeps evidence is done")
        }
        Direction::Neutral | Direction::Looks => {
            Some("it lowers nothing; without its approval only what lowers autonomy or keeps evidence is done")
        }
    }
}

/// The step that a gate guards and the gate of its review, where the act may be done without its approval.
///
/// # Errors
/// Why not, in words.
pub fn allowed(plan: &Plan, gate: GateIx) -> Result<(StepIx, GateIx), &'static str> {
    let guarded = plan.steps.iter().position(|s| s.gate == Some(gate)).and_then(|s| u16::try_from(s).ok()).map(StepIx);
    let Some(step) = guarded else {
        return Err(
            "what it decides gives autonomy back or takes the severity down; that is never done without its votes",
        );
    };
    if let Some(why) = plan.steps.get(step.ix()).and_then(refusal) {
        return Err(why);
    }
    match plan.gates.get(gate.ix()).and_then(|g| g.review) {
        Some(review) => Ok((step, review)),
        None => Err("this run was planned by a version that had no review for it; use `aigov stop` instead"),
    }
}

/// The gate and the step that a review is about, if it is a review.
#[must_use]
pub fn reviewed(plan: &Plan, review: GateIx) -> Option<(GateIx, StepIx)> {
    let gate =
        plan.gates.iter().position(|g| g.review == Some(review)).and_then(|g| u16::try_from(g).ok()).map(GateIx)?;
    let step = plan.steps.iter().position(|s| s.gate == Some(gate)).and_then(|s| u16::try_from(s).ok()).map(StepIx)?;
    Some((gate, step))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Irreversible, Setting, fixture};
    use crate::text::time::Millis;

    #[test]
    fn only_what_lowers_or_keeps_evidence_goes_without_its_approval() {
        let plain = fixture::plan().steps.into_iter().find(|s| s.direction == Direction::Lowers).unwrap();
        let control = Act::SetControl { control: "autonomy".into(), to: Setting::On(false), safe: true };
        let rollback = Act::RollbackLayer { layer: "prompt".into(), to: "last-known-good".into() };
        let letter = Act::Publish { template: "t".into(), text: "x".into(), audience: "all".into(), amended: None };
        let page = Act::Page { to: vec!["ada".into()], severity: "critical".into(), summary: "x".into() };
        let call = Act::HttpCall { call: "drain".into(), with: serde_json::Map::new() };
        let capture = Act::Capture { since: Millis::from_secs(60) };
        let once = || Some(Irreversible { because: "gone".into(), corrective: None });
        for (act, direction, irreversible, allowed) in [
            (control.clone(), Direction::Lowers, None, true),
            (call.clone(), Direction::Lowers, None, true),
            (rollback.clone(), Direction::Lowers, None, true),
            (capture.clone(), Direction::Looks, None, true),
            (control.clone(), Direction::Raises, None, false),
            (control, Direction::Neutral, None, false),
            (rollback.clone(), Direction::Neutral, None, false),
            (rollback, Direction::Raises, None, false),
            (letter.clone(), Direction::Neutral, once(), false),
            (letter, Direction::Neutral, None, false),
            (page, Direction::Looks, None, false),
            (Act::Freeze, Direction::Neutral, None, false),
            (Act::Ticket { title: "x".into() }, Direction::Looks, None, false),
            (Act::Notify { to: vec![], text: "x".into() }, Direction::Looks, None, false),
            (Act::Human { text: "x".into() }, Direction::Neutral, None, false),
            (call.clone(), Direction::Raises, None, false),
            // Lower and gone for good: whoever is skipped could change nothing any more.
            (call, Direction::Lowers, once(), false),
            (capture, Direction::Looks, once(), false),
        ] {
            let step = Step { act, direction, irreversible, ..plain.clone() };
            let says = refusal(&step);
            assert_eq!(says.is_none(), allowed, "{step:?}: {says:?}");
        }
    }

    #[test]
    fn a_gate_that_guards_no_step_is_never_broken() {
        let plan = fixture::plan();
        for gate in [plan.sign_off, plan.stand_down, Some(plan.downgrade)].into_iter().flatten() {
            assert!(allowed(&plan, gate).unwrap_err().contains("never done without its votes"));
        }
    }
}
