//! Evidence that is not kept any more, or not before what would destroy it.

use std::collections::BTreeSet;

use crate::diag::{Code, Severity};
use crate::lint::against::{Compare, Loss, Losses, PlanPair, steps};
use crate::lint::rule::{Check, Explanation, Rule};
use crate::plan::decide::{Decided, Matrix};
use crate::plan::{Act, Plan, Step};
use crate::text::time::Millis;

const CODE: Code = Code {
    name: "weaker-evidence",
    summary: "A change after which less evidence is kept, or not before what would destroy it.",
};

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Compare(Compare::Plan(check))],
    explanation: Explanation {
        what: "Held against an earlier revision, a source is no longer captured at once, evidence reaches less far back, or \
               there is a path on which a layer is rolled back and nothing was captured before. The finding tells the \
               answers that lead there.",
        why: "A rollback replaces what the model saw with what it should have seen, and afterwards nobody can say what \
              went wrong. Evidence is dropped from a runbook because it is slow, and missed only after the incident.",
        bad: "[[immediate]]\nid = \"keep-evidence\"\ndo = \"evidence.capture\"\nwith = { sources = [\"prompts\"], since = \"2h\" }     \
              # was prompts, decisions, retrieval",
        good: "[[immediate]]\nid = \"keep-evidence\"\ndo = \"evidence.capture\"\nwith = { sources = [\"@all\"], since = \"2h\" }",
        fix: "Take the change back, or let whoever owns the floor answer for it: an `[[exception]]` in the same change, \
              with a reason, an owner and a day. It covers this change alone.",
    },
};

fn check(pair: &PlanPair<'_>, losses: &mut Losses) {
    let (a, b) = (&pair.from.plan, &pair.to.plan);
    let (had, has) = (captures(a), captures(b));
    let places = |x: &Step| match has.first() {
        Some(y) => pair.step(x, y),
        None => pair.lost_step(x),
    };
    for x in &had {
        let (from, to) = places(x);
        for source in &x.targets {
            let kept = has.iter().flat_map(|s| &s.targets).any(|t| t.label == source.label || steps::is_one_place(source, t));
            if !kept {
                let name = &source.label;
                losses.add(
                    Loss::new(
                        CODE,
                        format!("evidence `{name}` is no longer kept at once"),
                        format!("evidence `{name}` is kept at once"),
                    )
                    .at(from.clone(), to.clone()),
                );
            }
        }
    }
    let longest = |steps: &[&Step]| steps.iter().filter_map(|s| since(s)).max();
    if let (Some(x), Some(y), Some(first)) = (longest(&had), longest(&has), had.first())
        && x > y
    {
        let (from, to) = places(first);
        losses.add(Loss::moved(CODE, "evidence of the last", x, y).at(from, to));
    }
    bare_paths(pair, losses);
}

/// What captures evidence at once.
fn captures(plan: &Plan) -> Vec<&Step> {
    plan.immediate.iter().map(|ix| plan.step(*ix)).filter(|s| since(s).is_some()).collect()
}

const fn since(step: &Step) -> Option<Millis> {
    match step.act {
        Act::Capture { since } => Some(since),
        _ => None,
    }
}

/// Rollbacks before which nothing is captured, each with the row that leads there.
fn bare(plan: &Plan) -> Vec<(usize, &Step)> {
    if !captures(plan).is_empty() {
        return Vec::new();
    }
    let mut out: Vec<(usize, &Step)> = Vec::new();
    for (i, row) in plan.rows.iter().enumerate() {
        let steps: Vec<&Step> = row.respond.iter().map(|ix| plan.step(*ix)).collect();
        let until = steps.iter().position(|s| since(s).is_some()).unwrap_or(steps.len());
        for step in steps.iter().take(until).filter(|s| matches!(s.act, Act::RollbackLayer { .. })) {
            if !out.iter().any(|(_, s)| s.id == step.id) {
                out.push((i, step));
            }
        }
    }
    out
}

fn bare_paths(pair: &PlanPair<'_>, losses: &mut Losses) {
    let (a, b) = (&pair.from.plan, &pair.to.plan);
    let layer = |s: &Step| s.act.verb().to_owned() + s.targets.first().map_or("", |t| &t.label);
    let before: BTreeSet<String> = bare(a).into_iter().map(|(_, s)| layer(s)).collect();
    for (row, step) in bare(b).into_iter().filter(|(_, s)| !before.contains(&layer(s))) {
        let level = b.rows.get(row).map_or("", |r| r.level.as_str());
        let case = Matrix::of(pair.to.runbook).map(|m| (m.reaches(row), m));
        let case = case.and_then(|(decided, m)| if let Decided::Case(case) = decided { Some(m.tell(&case)) } else { None });
        let case = case.unwrap_or_else(|| "some answers".to_owned());
        let contained: Vec<String> = b.immediate.iter().map(|ix| format!("`{}`", b.step(*ix).id)).collect();
        let contained = if contained.is_empty() { "nothing is done at once".to_owned() } else { contained.join(", ") };
        let (from, to) = pair.runbook(None, pair.to.written(&step.id).map(|s| s.span));
        losses.add(
            Loss::new(
                CODE,
                format!("a path exists without evidence before `{}`", step.id),
                format!("no path is left without evidence before `{}`", step.id),
            )
            .at(from, to)
            .witness(format!("the path: {contained}; where {case}, `{level}`; then `{}`, and nothing was captured", step.id)),
        );
    }
}
