//! The closing table: what was done, what proves it, how long it took.
//!
//! Rows only; the terminal draws them.

use super::fold::{GateState, Summary, is_yes};
use super::phrase;
use crate::plan::{Plan, StepIx};
use crate::text::safe;
use crate::text::time::Millis;

/// The columns.
pub const HEADER: [&str; 4] = ["step", "what", "proof", "took"];

/// A row.
pub type Row = [String; 4];

/// The rows in the order in which things are done: immediate, responses, gates, checks, stages, undo; last what
/// a stage left otherwise than it was before.
#[must_use]
pub fn rows(summary: &Summary<'_>) -> Vec<Row> {
    let plan = summary.plan;
    let mut out: Vec<Row> = Vec::new();
    let names_only = phrase::names_only(plan, summary.drill);
    let open = if summary.end.is_some() { "not decided: the run ended" } else { "waits for votes" };
    for ix in in_order(plan) {
        let (Some(step), Some(line)) = (plan.steps.get(ix.ix()), summary.steps.get(&ix)) else { continue };
        let gate = step.gate.and_then(|g| summary.gates.get(&g));
        if line.tries == 0 && gate.is_none() && line.choice.is_none() && !line.carried && !line.attested {
            continue;
        }
        let mut proof = line.word().to_owned();
        if let Some(gate) = gate {
            match gate.state {
                GateState::Denied => "denied".clone_into(&mut proof),
                GateState::Expired => "expired".clone_into(&mut proof),
                GateState::Open => open.clone_into(&mut proof),
                GateState::Broken => proof.push_str("; BREAK-GLASS: without its approval"),
                _ => {
                    let who = voters(gate);
                    if !who.is_empty() {
                        proof.push_str(&format!("; approved by {who}{names_only}"));
                    }
                }
            }
        }
        out.push([safe::line(&step.id), phrase::act(step), proof, took(line.took)]);
    }
    for (ix, gate) in &summary.gates {
        if plan.steps.iter().any(|s| s.gate == Some(*ix)) {
            continue;
        }
        let Some(g) = plan.gates.get(ix.ix()) else { continue };
        let state = match gate.state {
            GateState::Open => open.to_owned(),
            GateState::Granted | GateState::Consumed => format!("granted by {}{names_only}", voters(gate)),
            GateState::Denied => "denied".to_owned(),
            GateState::Expired => "expired".to_owned(),
            GateState::Broken => "BREAK-GLASS: not waited for".to_owned(),
            GateState::Voided(why) => format!("voided: {}", phrase::void_reason(why)),
        };
        let waited = gate.settled.map(|s| s.since(gate.opened)).unwrap_or_default();
        out.push([safe::line(&g.id), format!("approval of {}", phrase::who(g)), state, took(waited)]);
    }
    for (ix, review) in &summary.reviews {
        let Some(g) = plan.gates.get(ix.ix()) else { continue };
        let by =
            review.votes.iter().filter(|v| is_yes(v)).map(|v| safe::line(&v.person)).collect::<Vec<_>>().join(", ");
        let state = match review.done {
            Some(_) => format!("countersigned by {by}"),
            None if by.is_empty() => "OPEN: nobody has countersigned".to_owned(),
            None => format!("OPEN: only {by} countersigned"),
        };
        let what = format!("BREAK-GLASS by {}, without {}", safe::line(review.by), phrase::skipped(review.skipped));
        let waited = review.done.map(|at| at.since(review.at)).unwrap_or_default();
        out.push([safe::line(&g.id), what, state, took(waited)]);
    }
    for (ix, check) in &summary.checks {
        let Some(c) = plan.checks.get(ix.ix()) else { continue };
        let what = c.signal.as_ref().map(|m| format!("{} {}", safe::line(&m.signal), phrase::condition(m)));
        let what = what.or_else(|| c.ask.as_deref().map(safe::line)).unwrap_or_default();
        let mut proof = check.verdict.map_or("not judged", phrase::verdict).to_owned();
        if let Some(value) = check.value {
            proof = format!("{proof}: {}", phrase::value(c.kind.as_ref(), value));
        } else if let Some(m) = check.measured {
            proof = format!("{proof}: {}", phrase::measured(m));
        } else if check.deferred {
            "no data while stopped; judged in the soaks".clone_into(&mut proof);
        }
        if let Some(who) = check.attested {
            proof = format!("attested by {}", safe::line(who));
        }
        out.push([safe::line(&c.id), what, proof, String::new()]);
    }
    for stage in &plan.stages {
        let (Some(step), Some(line)) = (plan.steps.get(stage.step.ix()), summary.steps.get(&stage.step)) else {
            continue;
        };
        if line.tries > 0 {
            out.push([
                safe::line(&step.id),
                format!("{}, watched for {}", phrase::act(step), stage.soak),
                line.word().to_owned(),
                took(line.took),
            ]);
        }
    }
    for (ix, undo) in summary.undos.iter().rev() {
        let Some(step) = plan.steps.get(ix.ix()) else { continue };
        out.push([
            format!("undo {}", safe::line(&step.id)),
            "put back captured prior state".to_owned(),
            undo.word().to_owned(),
            took(undo.took),
        ]);
    }
    for (ix, differs) in summary.left_different() {
        let Some(step) = plan.steps.get(ix.ix()) else { continue };
        for (target, was, now) in differs {
            let what = format!("leaves {} at {}", safe::line(&target.label), phrase::difference(was, now));
            out.push([safe::line(&step.id), what, "not as before".to_owned(), String::new()]);
        }
    }
    out
}

fn voters(gate: &super::fold::GateLine<'_>) -> String {
    gate.votes.iter().filter(|v| is_yes(v)).map(|v| safe::line(&v.person)).collect::<Vec<_>>().join(", ")
}

fn took(m: Millis) -> String {
    if m.0 == 0 { String::new() } else { phrase::length(m) }
}

/// Steps that act before restoration, in the order of the plan, each once.
fn in_order(plan: &Plan) -> Vec<StepIx> {
    let mut out: Vec<StepIx> = Vec::new();
    let mut add = |ix: StepIx| {
        if !out.contains(&ix) {
            out.push(ix);
        }
    };
    for ix in &plan.immediate {
        add(*ix);
        if let Some(other) = plan.steps.get(ix.ix()).and_then(|s| s.or_else) {
            add(other);
        }
    }
    plan.stop.iter().copied().for_each(&mut add);
    for row in &plan.rows {
        row.escalate.iter().chain(&row.respond).copied().for_each(&mut add);
    }
    plan.on_silence.into_iter().for_each(&mut add);
    plan.safe_all.iter().copied().for_each(&mut add);
    let stages: Vec<StepIx> = plan.stages.iter().map(|s| s.step).collect();
    out.retain(|ix| !stages.contains(ix));
    out
}
