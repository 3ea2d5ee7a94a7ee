//! Answers that no row speaks of.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::Runbook;
use crate::plan::decide::{Decided, Matrix};

const CODE: Code = Code { name: "uncovered-case", summary: "Answers to the facts for which the matrix has no row." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "There are answers for which no row of the matrix holds. The finding names one such case; it was \
               decided from the conditions, not tried out.",
        why: "An incident that fits no row has no severity, no responses and no escalation, and the operator finds \
               out while it goes on. Cases at the edge of a threshold are what authors overlook.",
        bad: r#"[[severity]]
level = "sev1"
when = "exposed > 100"
respond = []

[[severity]]
level = "sev2"
when = "exposed < 100"
respond = []"#,
        good: r#"[[severity]]
level = "sev1"
when = "exposed > 100"
respond = []

[[severity]]
level = "sev2"
respond = []"#,
        fix: "Write the last row without `when`, or widen a condition so that the case has a row.",
    },
};

fn check(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    let Some(last) = runbook.severities.last() else { return };
    let Some(matrix) = Matrix::of(runbook) else { return };
    if let Decided::Case(case) = matrix.uncovered() {
        findings.add(
            Diagnostic::error(CODE, format!("no row speaks of the case in which {}", matrix.tell(&case)))
                .at(&runbook.source, last.span, "the last row does not take it")
                .help("write the last row without `when`"),
        );
    }
}
