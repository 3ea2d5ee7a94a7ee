//! A day of review so far away that it is none.

use jiff::Span;

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::Runbook;

const CODE: Code = Code { name: "review-far", summary: "A runbook whose `review-by` lies more than two years ahead." };

/// Longest time between two reviews, in years.
const YEARS: i64 = 2;

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "The day in `review-by` lies more than two years after today.",
        why: "A day that nobody here will see is a way of saying never, and it silences `review-overdue`. Models, flags and \
              people change many times before it comes.",
        bad: "review-by = 2099-12-31",
        good: "review-by = 2027-05-01",
        fix: "Write a day within the next two years; twice a year is usual.",
    },
};

fn check(cx: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    let Ok(last) = cx.today.checked_add(Span::new().years(YEARS)) else { return };
    let Some(by) = runbook.review_by.as_ref().filter(|by| by.value > last) else { return };
    findings.add(
        Diagnostic::warning(CODE, format!("`{}` is not to be reviewed for more than {YEARS} years", runbook.name))
            .at(&runbook.source, by.span, format!("today is {}", cx.today))
            .help(format!("write a day before {last}")),
    );
}
