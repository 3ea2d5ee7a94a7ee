//! An answer that leads to a milder severity.

use crate::diag::{Code, Severity};
use crate::lint::against::{Compare, Loss, Losses, Place, PlanPair};
use crate::lint::context::Planned;
use crate::lint::matrix::number;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::plan::Plan;
use crate::plan::beside::Beside;
use crate::plan::decide::Decided;

const CODE: Code = Code { name: "weaker-matrix", summary: "A change after which some answers lead to a milder severity." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Compare(Compare::Plan(check))],
    explanation: Explanation {
        what: "Held against an earlier revision, there are answers to the facts for which the matrix proposes a milder \
               severity. The finding names one such case; it was decided from the conditions of both revisions, not tried \
               out. A fact that was measured and is only asked now is told as well.",
        why: "Severity decides who is woken, what is rolled back and whether the public is told. A threshold that is \
              raised after a hard week makes the next incident of that size an ordinary one.",
        bad: "[[severity]]\nlevel = \"sev1\"\nwhen = \"exposed > 5000\"     # was: harm || exposed > 1000",
        good: "[[severity]]\nlevel = \"sev1\"\nwhen = \"harm || exposed > 1000\"",
        fix: "Take the change back, or let the owner of the automation read the change and sign that, who did not \
              make it: `aigov review --against REV`. Or somebody answers for it, and is told by name: an \
              `[[exception]]` in the same change, with a reason, an owner and a day. It covers this change alone.",
    },
};

fn check(pair: &PlanPair<'_>, losses: &mut Losses) {
    let (a, b) = (&pair.from.plan, &pair.to.plan);
    for fact in a.facts.iter().filter(|f| f.signal.is_some()) {
        if b.facts.iter().any(|f| f.id == fact.id && f.signal.is_none()) {
            let id = &fact.id;
            let words = (format!("fact `{id}` is no longer measured, only asked"), format!("fact `{id}` is measured"));
            losses.add(Loss::new(CODE, words.0, words.1).at(Some(of_fact(pair.from, id)), Some(of_fact(pair.to, id))));
        }
    }
    let beside = match Beside::of(a, b) {
        Ok(beside) => beside,
        Err(fact) => {
            let says = format!("fact `{fact}` has answers of another kind, so that no severity can be compared");
            losses.add(Loss::changed(CODE, says).at(Some(of_fact(pair.from, &fact)), Some(of_fact(pair.to, &fact))));
            return;
        }
    };
    for (i, had) in a.rows.iter().enumerate() {
        for (j, has) in b.rows.iter().enumerate().filter(|(j, _)| is_milder(a, i, b, *j)) {
            let case = match beside.both(i, j) {
                Decided::Case(case) => format!("severity where {}:", beside.tell(&case)),
                Decided::Never => continue,
                Decided::TooTangled => "severity of some answers, too tangled to tell which,".to_owned(),
            };
            losses.add(
                Loss::moved(CODE, case, &had.level, &has.level).at(Some(of_row(pair.from, i)), Some(of_row(pair.to, j))),
            );
        }
    }
}

/// Whether a row of the second plan is milder than one of the first: by the numbers of their levels, or else by their
/// places.
pub(super) fn is_milder(a: &Plan, i: usize, b: &Plan, j: usize) -> bool {
    let level = |plan: &Plan, row: usize| plan.rows.get(row).map(|r| r.level.clone()).unwrap_or_default();
    let (x, y) = (level(a, i), level(b, j));
    if x == y {
        return false;
    }
    match (number(&x), number(&y)) {
        (Some((word, had)), Some((same, has))) if word == same => had < has,
        _ => i < j,
    }
}

/// Where a row is written.
pub(super) fn of_row(planned: &Planned<'_>, row: usize) -> Place {
    super::in_runbook(planned.runbook, planned.runbook.severities.get(row).map(|s| s.span))
}

fn of_fact(planned: &Planned<'_>, id: &str) -> Place {
    super::in_runbook(planned.runbook, planned.runbook.facts.iter().find(|f| f.id.value == id).map(|f| f.span))
}
