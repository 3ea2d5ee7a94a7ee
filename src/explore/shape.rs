//! The shape of a plan: what of it the machine can tell apart.
//!
//! Owns what is left out. State holds no names, texts, times or people, so two plans of one shape have the same paths, and
//! what was found for one holds for the other.

use serde_json::{Value, json};

use crate::plan::{Plan, Step};
use crate::text::canon::{canonical, sha256_hex};

/// SHA-256 of a plan's shape; plans whose shape can't be told have each their own.
#[must_use]
pub fn shape(plan: &Plan) -> String {
    let triggers: Vec<bool> = plan.triggers.iter().map(|t| t.signal.is_some()).collect();
    let facts: Vec<Value> = plan
        .facts
        .iter()
        .map(|f| {
            let values: Vec<Value> = f.regions.iter().map(|r| json!(r.example)).collect();
            json!({ "signal": f.signal.is_some(), "asked": f.ask.is_some(), "regions": values })
        })
        .collect();
    let rows: Vec<Value> = plan
        .rows
        .iter()
        .map(|r| json!({ "test": r.test, "respond": r.respond, "escalate": r.escalate, "public": r.public }))
        .collect();
    let gates: Vec<Value> =
        plan.gates.iter().map(|g| json!({ "not": g.not, "fallback": g.on_timeout, "review": g.review })).collect();
    let checks: Vec<Value> =
        plan.checks.iter().map(|c| json!({ "signal": c.signal.is_some(), "asked": c.ask.is_some() })).collect();
    let whole = json!({
        "steps": plan.steps.iter().map(step).collect::<Vec<_>>(),
        "triggers": triggers, "facts": facts, "rows": rows, "gates": gates, "checks": checks,
        "stages": plan.stages.iter().map(|s| s.step).collect::<Vec<_>>(),
        "immediate": plan.immediate, "stop": plan.stop, "safe": plan.safe_all, "silence": plan.on_silence,
        "sign_off": plan.sign_off, "stand_down": plan.stand_down, "downgrade": plan.downgrade,
        "same": same(plan), "follow_ups": plan.follow_ups.len(), "sound": plan.problems.is_empty(),
        "lost": plan.lost.is_empty(),
    });
    canonical(&whole).map_or_else(|e| format!("{} {}: {e}", plan.runbook, plan.automation), |bytes| sha256_hex(&bytes))
}

/// What else moves the thing that a stage or a gated step is about: each of these with what shares it.
fn same(plan: &Plan) -> Vec<(usize, Vec<usize>)> {
    let stage = |i: usize| plan.stages.iter().any(|s| s.step.ix() == i);
    let waits = plan.steps.iter().enumerate().filter(|(i, s)| s.gate.is_some() || stage(*i));
    let sharing = |i: usize, a: &Step| {
        let others = plan.steps.iter().enumerate().filter(|(j, b)| *j != i && a.moves_what(b));
        others.map(|(j, _)| j).collect::<Vec<_>>()
    };
    waits.map(|(i, step)| (i, sharing(i, step))).filter(|(_, with)| !with.is_empty()).collect()
}

fn step(step: &Step) -> Value {
    json!({
        "role": step.role, "verb": step.act.verb(), "targets": step.targets.len(), "direction": step.direction,
        "or_else": step.or_else, "irreversible": step.irreversible.is_some(), "repeat": step.repeat,
        "proof": step.proof, "undo": step.undo, "gate": step.gate,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::{Budget, explore};
    use crate::plan::{Fallback, Proof, fixture};
    use crate::text::time::Millis;

    #[test]
    fn names_texts_times_and_people_are_no_part_of_it() {
        let plan = fixture::plan();
        let mut other = plan.clone();
        "another".clone_into(&mut other.automation);
        "staging".clone_into(&mut other.environment);
        other.roster.clear();
        for step in &mut other.steps {
            step.id.push('x');
            step.why = Some("because".to_owned());
            step.within = Millis(1);
            step.targets.iter_mut().for_each(|t| t.provider.push('x'));
        }
        for gate in &mut other.gates {
            gate.id.push('x');
            gate.functions.push("audit".to_owned());
            gate.people += 1;
        }
        assert_eq!(shape(&plan), shape(&other));
        let budget = Budget { faults: 1, states: 100_000 };
        assert_eq!(explore(&plan, budget), explore(&other, budget));
    }

    #[test]
    fn what_changes_a_path_changes_the_shape() {
        let plan = fixture::plan();
        let changes: [fn(&mut Plan); 10] = [
            |p| p.steps[14].targets = p.steps[13].targets.clone(),
            |p| p.steps[0].proof = Proof::Accepted,
            |p| p.steps[0].or_else = None,
            |p| p.gates[0].on_timeout = Fallback::ReadOnly,
            |p| p.rows.truncate(1),
            |p| p.checks.truncate(1),
            |p| p.stages.truncate(1),
            |p| p.stand_down = None,
            |p| p.problems.push("x".to_owned()),
            |p| p.lost.push("x".to_owned()),
        ];
        let shapes: std::collections::BTreeSet<String> = changes
            .into_iter()
            .map(|change| {
                let mut other = plan.clone();
                change(&mut other);
                shape(&other)
            })
            .chain([shape(&plan)])
            .collect();
        assert_eq!(shapes.len(), changes.len() + 1);
    }
}
