//! The day by which a runbook is read again.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::context::head;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::Runbook;

const CODE: Code = Code { name: "no-review-by", summary: "A runbook without a day of review." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "A runbook has no `review-by`.",
        why: "A runbook ages without a trace: flags are renamed, people leave, a model is exchanged. The day makes \
              somebody look before the night does.",
        bad: r#"title = "Fabricated content""#,
        good: r#"review-by = 2027-05-01"#,
        fix: "Write the day by which its owner reads and rehearses it again, half a year ahead at most.",
    },
};

fn check(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    if runbook.review_by.is_none() {
        findings.add(
            Diagnostic::warning(CODE, "`review-by` is missing")
                .at(&runbook.source, head(&runbook.source), "")
                .help("add `review-by` with a date without quotation marks"),
        );
    }
}
