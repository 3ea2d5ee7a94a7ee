//! The same folds as JSON objects, for `--json`. Keys are part of the contract with scripts.

use serde_json::{Value, json};

use super::brief;
use super::fold::{GateState, Summary};
use super::phrase;
use crate::text::time::Instant;

/// A run in one object.
#[must_use]
pub fn summary(s: &Summary<'_>, now: Instant) -> Value {
    let level = |row: crate::plan::RowIx| s.plan.rows.get(row.ix()).map(|r| r.level.clone());
    let gates: Vec<Value> = s
        .gates
        .iter()
        .filter_map(|(ix, line)| {
            let gate = s.plan.gates.get(ix.ix())?;
            let state = match line.state {
                GateState::Open if line.deadline.is_some_and(|d| now.0 >= d.0) => "expired, not yet recorded",
                GateState::Open => "open",
                GateState::Granted => "granted",
                GateState::Consumed => "consumed",
                GateState::Denied => "denied",
                GateState::Expired => "expired",
                GateState::Voided(_) => "voided",
                GateState::Broken => "broken",
            };
            Some(json!({
                "gate": gate.id, "state": state, "functions": gate.functions, "people": gate.people,
                "deadline": line.deadline, "act": line.act.map(|a| a.digest.clone()), "fallback": gate.on_timeout,
                "votes": line.votes.iter().map(|v| json!({ "person": v.person, "decision": v.decision, "at": v.at })).collect::<Vec<_>>(),
            }))
        })
        .collect();
    let steps: Vec<Value> = s
        .steps
        .iter()
        .filter_map(|(ix, line)| {
            let step = s.plan.steps.get(ix.ix())?;
            Some(json!({
                "step": step.id, "verb": step.act.verb(), "direction": step.direction, "tries": line.tries,
                "outcome": line.outcome, "verdict": line.verdict, "choice": line.choice, "attested": line.attested,
                "in_doubt": line.in_doubt, "took_ms": line.took.0,
            }))
        })
        .collect();
    json!({
        "run": s.run, "drill": s.drill, "runbook": s.plan.runbook, "class": s.plan.class,
        "automation": s.plan.automation, "environment": s.plan.environment, "plan_digest": s.start.plan_digest,
        "began": s.began, "last": s.last, "records": s.records,
        "phase": s.phase, "contained": s.contained(), "contained_at": s.contained_at,
        "severity": s.severity.map(|(row, confirmed)| json!({ "level": level(row), "confirmed": confirmed })),
        "end": s.end, "end_words": s.end.map(phrase::end),
        "holder": s.lease.map(|l| json!({ "person": l.person, "host": l.host, "pid": l.pid, "generation": l.generation })),
        "reviews": s.reviews.iter().filter_map(|(ix, line)| Some(json!({
            "review": s.plan.gates.get(ix.ix())?.id, "gate": s.plan.gates.get(line.of.ix())?.id, "by": line.by, "at": line.at,
            "skipped": line.skipped, "countersigned_at": line.done,
            "votes": line.votes.iter().map(|v| json!({ "person": v.person, "decision": v.decision, "at": v.at })).collect::<Vec<_>>(),
        }))).collect::<Vec<_>>(),
        "asked": s.asked().filter(|_| s.end.is_none()).map(|open| json!({
            "deadline": open.at, "state": if open.passed(now) { "expired, not yet recorded" } else { "open" },
        })),
        "gates": gates, "steps": steps, "exceptions": s.exceptions(), "degraded": s.degraded,
        "next": brief::next(s),
    })
}
