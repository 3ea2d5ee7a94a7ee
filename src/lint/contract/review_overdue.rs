//! A runbook whose day of review has passed.

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
        what: "The day in `review-by` lies before today.",
        why: "Prompts, models, flags and people change every week, and a runbook does not notice. Knight Capital lost more \
              than 460 million dollars in about 45 minutes in 2012: no written procedure fitted what ran that day, and the \
              rollback that was tried spread the fault to every server. An overdue runbook still runs, so this is a \
              warning: a stale stop is better than none.",
        bad: "review-by = 2020-01-31",
        good: "review-by = 2027-05-01",
        fix: "Read it with its owner, rehearse it, and write the day on which it has to be read again.",
    },
};

fn check(cx: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    let Some(by) = runbook.review_by.as_ref().filter(|by| by.value < cx.today) else { return };
    findings.add(
        Diagnostic::warning(CODE, format!("`{}` should have been reviewed", runbook.name))
            .at(&runbook.source, by.span, format!("today is {}", cx.today))
            .help("read it with its owner, rehearse it, and write the next day"),
    );
}
