//! A matrix that can not be decided in a reasonable time.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::Runbook;
use crate::plan::decide::{Decided, Matrix};

const CODE: Code = Code { name: "tangled-matrix", summary: "A matrix with so many cases that it can not be decided." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "The conditions of the matrix have so many cases that it can not be decided within a bounded time \
               whether every case has a row and every row a case.",
        why: "What the program can not decide in a second, nobody decides in their head at two in the morning.",
        bad: r#"# each row compares many facts with each other row's thresholds
[[severity]]
level = "sev1"
when = "a > 1 && b > 1 && c > 1 && d > 1 || e > 1 && f > 1""#,
        good: r#"[[severity]]
level = "sev1"
when = "harm || exposed > 1000""#,
        fix: "Use fewer facts: each should be a question whose answer changes what is done.",
    },
};

fn check(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    let Some(matrix) = Matrix::of(runbook) else { return };
    let rows = runbook.severities.iter().enumerate();
    let tangled = rows.map(|(i, row)| (row, [matrix.reaches(i), matrix.holds(i)]));
    for (row, decided) in tangled {
        if decided.contains(&Decided::TooTangled) {
            findings.add(
                Diagnostic::warning(CODE, format!("it takes too long to decide whether row `{}` is reached", row.level))
                    .at(&runbook.source, row.when.as_ref().map_or(row.level.span, |w| w.text.span), "")
                    .help("use fewer facts"),
            );
            return;
        }
    }
}
