//! Evidence that is not kept any more, or not before what would destroy it.

use std::collections::BTreeSet;

use crate::diag::{Code, Severity};
use crate::explore::{reach, tell};
use crate::lint::against::{Compare, Loss, Losses, PlanPair, steps};
use crate::lint::rule::{Check, Explanation, Rule};
use crate::plan::decide::{Decided, Matrix};
use crate::plan::{Act, Plan, Step};
use crate::run::event::Event;
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
        what: "Held against an earlier revision, a source is no longer captured at once or may take longer, evidence \
               reaches less far back, or there is a path on which a layer is rolled back and nothing was captured before. \
               The finding tells the answers that lead there, and with `--paths` the shortest path of the run itself.",
        why: "A rollback replaces what the model saw with what it should have seen, and afterwards nobody can say what \
              went wrong. Evidence is dropped from a runbook because it is slow, and missed only after the incident.",
        bad: "[[immediate]]\nid = \"keep-evidence\"\ndo = \"evidence.capture\"\nwith = { sources = [\"prompts\"], since = \"2h\" }     \
              # was prompts, decisions, retrieval",
        good: "[[immediate]]\nid = \"keep-evidence\"\ndo = \"evidence.capture\"\nwith = { sources = [\"@all\"], since = \"2h\" }",
        fix: "Take the change back, or let the owner of the automation read the change and sign that, who did not \
              make it: `aigov review --against REV`. Or somebody answers for it, and is told by name: an \
              `[[exception]]` in the same change, with a reason, an owner and a day. It covers this change alone.",
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
    let matched = steps::matched(a, &a.immediate, b, &b.immediate);
    for (x, y) in matched.iter().filter_map(|(x, y)| Some((*x, (*y)?))).filter(|(x, _)| since(x).is_some()) {
        if x.within < y.within {
            let (from, to) = pair.step(x, y);
            losses.add(Loss::moved(CODE, format!("time for `{}`", y.id), x.within, y.within).at(from, to));
        }
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
            .witness(story(pair, &step.id).unwrap_or_else(|| {
                format!("the path: {contained}; where {case}, `{level}`; then `{}`, and nothing was captured", step.id)
            })),
        );
    }
}

/// States that are looked at for a story.
const MOST: usize = 100_000;

/// The shortest path of the machine itself on which a step acts and no evidence was captured before, where paths are walked.
fn story(pair: &PlanPair<'_>, id: &str) -> Option<String> {
    let plan = &pair.to.plan;
    let step = plan.find_step(id).filter(|_| pair.walked)?;
    let acts = |event: Event| matches!(event, Event::StepIntended { step: s } if s == step);
    let keeps = |event: Event| matches!(event, Event::StepIntended { step: s } if since(plan.step(s)).is_some());
    let path = reach(plan, MOST, &acts, &keeps)?;
    let lines: Vec<String> = (1..).zip(tell(plan, &path)).map(|(n, line)| format!("{n}. {line}")).collect();
    Some(format!("the shortest path: {}; then `{id}` acts, and nothing was captured", lines.join("; ")))
}
