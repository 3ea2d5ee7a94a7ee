//! A question whose answer changes nothing.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::Runbook;
use crate::plan::decide::Matrix;

const CODE: Code = Code { name: "unread-fact", summary: "A fact that no row of the matrix reads." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "A fact is declared that no condition of the matrix reads, so that its answer changes nothing.",
        why: "Every question costs a minute of an operator at two in the morning, and an unanswered one pages \
               somebody.",
        bad: r#"[[fact]]
id = "weather"
ask = "How is the weather?"
kind = "yes-no"

[[severity]]
level = "sev1"
respond = []"#,
        good: r#"[[fact]]
id = "harm"
ask = "Could somebody be harmed?"
kind = "yes-no"

[[severity]]
level = "sev1"
when = "harm"
respond = []

[[severity]]
level = "sev2"
respond = []"#,
        fix: "Read the fact in a condition, or delete it.",
    },
};

fn check(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    let Some(matrix) = Matrix::of(runbook) else { return };
    for (_, fact) in runbook.facts.iter().enumerate().filter(|(i, _)| !matrix.reads(*i)) {
        findings.add(
            Diagnostic::warning(CODE, format!("no row reads fact `{}`", fact.id))
                .at(&runbook.source, fact.id.span, "its answer changes nothing")
                .help("read it in a `when`, or delete it"),
        );
    }
}
