//! What sets a runbook off.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::context::head;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::Runbook;

const CODE: Code = Code { name: "no-trigger", summary: "A runbook that nothing sets off." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "A runbook has no `[[trigger]]`: neither a signal nor the words of a report.",
        why: "In none of the 21 public incidents that were read for this tool is an internal alarm documented as \
              what started containment: users, press, an applicant, an invoice did. So a runbook says what sets it \
              off, and a report by a person counts as much as a signal.",
        bad: r#"title = "Fabricated content""#,
        good: r#"[[trigger]]
id = "credible-report"
report = "A customer shows an invented policy.""#,
        fix: "Add a `[[trigger]]` with a signal and a threshold, or with `report` and the words that count.",
    },
};

fn check(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    if runbook.triggers.is_empty() {
        findings.add(
            Diagnostic::error(CODE, "nothing sets this runbook off")
                .at(&runbook.source, head(&runbook.source), "")
                .help("add a `[[trigger]]` with `signal` and `above`, or with `report = \"…\"`"),
        );
    }
}
