//! Rows that are not written gravest first.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::Runbook;

const CODE: Code = Code { name: "severity-order", summary: "Levels that do not stand gravest first." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "The numbers in the levels do not rise from row to row, or `minor` stands before `critical`. The first row that matches counts, and an \
               upward revision is one towards the first row, so the gravest has to stand first.",
        why: "With `sev2` before `sev1`, raising the severity during an incident would take away responses, and \
               doubt, which goes upward, would go to the milder row.",
        bad: r#"[[severity]]
level = "sev2"
when = "exposed > 0"
respond = []

[[severity]]
level = "sev1"
respond = []"#,
        good: r#"[[severity]]
level = "sev1"
when = "harm"
respond = []

[[severity]]
level = "sev2"
respond = []"#,
        fix: "Write the rows in the order of their levels, the gravest first.",
    },
};

fn check(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    for pair in runbook.severities.windows(2) {
        let [first, second] = pair else { continue };
        let numbered = (super::number(&first.level.value), super::number(&second.level.value));
        let falls = matches!(numbered, (Some(a), Some(b)) if a.0 == b.0 && a.1 > b.1);
        let ranked = (super::rank(&first.level.value), super::rank(&second.level.value));
        if falls || matches!(ranked, (Some(a), Some(b)) if a > b) {
            findings.add(
                Diagnostic::error(CODE, format!("`{}` stands after `{}`", second.level, first.level))
                    .at(&runbook.source, second.level.span, "graver, and comes second")
                    .at(&runbook.source, first.level.span, "comes first")
                    .help("write the gravest row first"),
            );
        }
    }
}
