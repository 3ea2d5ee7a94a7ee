//! A runbook whose day of review has passed.

use jiff::Span;
use jiff::civil::Date;

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::Runbook;

const CODE: Code = Code { name: "review-overdue", summary: "A runbook whose `review-by` has passed." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "The day in `review-by` lies before today, and nobody has signed a review of the file as it is since that day and \
               within a year (`aigov review`).",
        why: "Prompts, models, flags and people change every week, and a runbook does not notice. Knight Capital lost more \
              than 460 million dollars in about 45 minutes in 2012: no written procedure fitted what ran that day, and the \
              rollback that was tried spread the fault to every server. An overdue runbook still runs, so this is a \
              warning: a stale stop is better than none.",
        bad: "review-by = 2020-01-31",
        good: "review-by = 2027-05-01",
        fix: "Read it with its owner, rehearse it, and write the day on which it has to be read again; or have somebody who did \
              not write it sign that they have read it, with `aigov review RUNBOOK`.",
    },
};

/// The day from which on a review by itself, with the file left as it is, is too old.
fn until(on: Date) -> Date {
    on.checked_add(Span::new().years(1)).unwrap_or(Date::MAX)
}

fn check(cx: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    let Some(by) = runbook.review_by.as_ref().filter(|by| by.value < cx.today) else { return };
    if cx.reviewed.iter().any(|r| r.runbook == runbook.name && r.current && r.on >= by.value && cx.today < until(r.on)) {
        return;
    }
    findings.add(
        Diagnostic::warning(CODE, format!("`{}` should have been reviewed", runbook.name))
            .at(&runbook.source, by.span, format!("today is {}", cx.today))
            .help("read it with its owner, rehearse it, and write the next day"),
    );
}
