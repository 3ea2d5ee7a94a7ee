//! A response that is not given any more.

use std::collections::BTreeSet;

use crate::diag::{Code, Severity};
use crate::lint::against::weaker_matrix::{is_milder, of_row};
use crate::lint::against::{Compare, Loss, Losses, Place, PlanPair, steps};
use crate::lint::context::Planned;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::plan::beside::Beside;
use crate::plan::decide::Decided;
use crate::plan::{Plan, Step, StepIx, StepRole};

const CODE: Code = Code {
    name: "weaker-response",
    summary: "A change after which less is done, fewer are told, or what can not be taken back is not said to be so.",
};

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Compare(Compare::Plan(check))],
    explanation: Explanation {
        what: "Held against an earlier revision, there are answers for which a response, a page to somebody or the public \
               notice is missing, though the severity is the same; or a response no longer says that it can not be taken \
               back, or what is done then; or nobody is paged when a question stays unanswered. Cases are compared and not \
               rows, so that splitting or renaming a row is nothing.",
        why: "A response that is dropped from one row is a promise taken back for some of the people it was made to. It \
              is seldom the wish to do less; it is a list that was edited.",
        bad: "[[severity]]\nlevel = \"sev1\"\nwhen = \"harm\"\nrespond = [\"rollback-prompt\"]     # was: and tell-customers",
        good: "[[severity]]\nlevel = \"sev1\"\nwhen = \"harm\"\nrespond = [\"rollback-prompt\", \"tell-customers\"]",
        fix: "Take the change back, or let the owner of the automation read the change and sign that, who did not \
              make it: `aigov review --against REV`. Or somebody answers for it, and is told by name: an \
              `[[exception]]` in the same change, with a reason, an owner and a day. It covers this change alone.",
    },
};

fn check(pair: &PlanPair<'_>, losses: &mut Losses) {
    let (a, b) = (&pair.from.plan, &pair.to.plan);
    let matched = steps::matched(a, &responses(a), b, &responses(b));
    for (x, y) in &matched {
        let Some(y) = y else { continue };
        let (from, to) = pair.step(x, y);
        let mut add = |loss: Loss| losses.add(loss.at(from.clone(), to.clone()));
        match (&x.irreversible, &y.irreversible) {
            (Some(_), None) => add(Loss::new(
                CODE,
                format!("`{}` no longer says that it can not be taken back", y.id),
                format!("`{}` says that it can not be taken back", x.id),
            )),
            (Some(x), Some(now)) if x.corrective.is_some() && now.corrective.is_none() => add(Loss::new(
                CODE,
                format!("`{}` no longer says what is done instead of taking it back", y.id),
                format!("`{}` says what is done instead of taking it back", y.id),
            )),
            _ => {}
        }
    }
    rows(pair, &matched, losses);
    if a.on_silence.is_some() && b.on_silence.is_none() {
        let at = |p: &Planned<'_>| Some(super::title(p.runbook));
        losses.add(
            Loss::new(
                CODE,
                "nobody is paged any more when a question stays unanswered",
                "somebody is paged when a question stays unanswered",
            )
            .at(at(pair.from), at(pair.to)),
        );
    }
}

/// What is missing in the cases that stay as grave as they were.
fn rows(pair: &PlanPair<'_>, matched: &[(&Step, Option<&Step>)], losses: &mut Losses) {
    let (a, b) = (&pair.from.plan, &pair.to.plan);
    let Ok(beside) = Beside::of(a, b) else { return };
    let mut told: BTreeSet<(usize, String)> = BTreeSet::new();
    for (i, had) in a.rows.iter().enumerate() {
        for (j, has) in b.rows.iter().enumerate().filter(|(j, _)| !is_milder(a, i, b, *j)) {
            let gone = missing(pair, i, j, matched);
            let silent = had.public && !has.public;
            if gone.is_empty() && !silent {
                continue;
            }
            let Decided::Case(case) = beside.both(i, j) else { continue };
            let places: (Place, Place) = (of_row(pair.from, i), of_row(pair.to, j));
            let case = beside.tell(&case);
            let mut add = |lost: String, gained: String| {
                if told.insert((i, lost.clone())) {
                    losses.add(
                        Loss::new(CODE, format!("{lost} in `{}`", has.level), format!("{gained} in `{}`", had.level))
                            .at(Some(places.0.clone()), Some(places.1.clone()))
                            .witness(format!("as where {case}")),
                    );
                }
            };
            for (lost, gained) in gone {
                add(lost, gained);
            }
            if silent {
                add("the public is no longer told".to_owned(), "the public is told".to_owned());
            }
        }
    }
}

/// Responses and pages that one row has and another has not, in words for losing and for gaining them.
fn missing(pair: &PlanPair<'_>, i: usize, j: usize, matched: &[(&Step, Option<&Step>)]) -> Vec<(String, String)> {
    let (a, b) = (&pair.from.plan, &pair.to.plan);
    let (Some(had), Some(has)) = (a.rows.get(i), b.rows.get(j)) else { return Vec::new() };
    let there: Vec<&Step> = has.respond.iter().map(|ix| b.step(*ix)).collect();
    let mut out = Vec::new();
    for step in had.respond.iter().map(|ix| a.step(*ix)) {
        let now = matched.iter().find(|(x, _)| std::ptr::eq(*x, step)).and_then(|(_, y)| *y);
        if !now.is_some_and(|now| there.iter().any(|s| std::ptr::eq(*s, now))) {
            out.push((format!("`{}` is no longer done", step.id), format!("`{}` is done", step.id)));
        }
    }
    for who in steps::no_longer_reached(pair, &escalated(pair.from, i), &escalated(pair.to, j)) {
        out.push((format!("`{who}` is no longer paged"), format!("`{who}` is paged")));
    }
    out
}

fn escalated<'p>(planned: &'p Planned<'_>, row: usize) -> Vec<&'p str> {
    let row = planned.runbook.severities.get(row);
    row.map_or(&[][..], |r| &r.escalate).iter().map(|e| e.value.as_str()).collect()
}

fn responses(plan: &Plan) -> Vec<StepIx> {
    let all = (0..plan.steps.len()).filter_map(|i| u16::try_from(i).ok()).map(StepIx);
    all.filter(|ix| plan.step(*ix).role == StepRole::Respond).collect()
}
