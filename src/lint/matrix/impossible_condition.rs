//! A condition that no answers make true.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::Runbook;
use crate::plan::decide::{Decided, Matrix};

const CODE: Code = Code { name: "impossible-condition", summary: "A condition that no answers make true." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "The condition of a row contradicts itself, so that no answers make it true.",
        why: "The row looks like a promise: its responses, escalation and public notice can never happen. A \
               threshold that was turned round is the usual cause.",
        bad: r#"[[severity]]
level = "sev1"
when = "exposed > 1000 && exposed < 100"
respond = []

[[severity]]
level = "sev2"
respond = []"#,
        good: r#"[[severity]]
level = "sev1"
when = "exposed > 1000 || exposed < 100"
respond = []

[[severity]]
level = "sev2"
respond = []"#,
        fix: "Mend the condition, or delete the row.",
    },
};

fn check(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    let Some(matrix) = Matrix::of(runbook) else { return };
    for (i, row) in runbook.severities.iter().enumerate() {
        if let Some(when) = &row.when
            && matrix.holds(i) == Decided::Never
        {
            findings.add(
                Diagnostic::error(CODE, format!("no answers make the condition of `{}` true", row.level))
                    .at(&runbook.source, when.text.span, "this contradicts itself")
                    .help("mend the condition, or delete the row"),
            );
        }
    }
}
