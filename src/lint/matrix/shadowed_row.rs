//! A row whose every case an earlier row takes.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::Runbook;
use crate::plan::decide::{Decided, Matrix};

const CODE: Code = Code { name: "shadowed-row", summary: "A row whose every case an earlier row takes." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "Every case in which the condition of a row holds is taken by rows before it, because the first row \
               that matches counts. The finding shows one such case and the row that takes it.",
        why: "Its responses, its escalation and its public notice look like a promise and can never happen. The \
               graver row written second is the usual cause, and then the worst incident gets the milder answer.",
        bad: r#"[[severity]]
level = "sev1"
when = "exposed > 0"
respond = []

[[severity]]
level = "sev2"
when = "exposed > 1000"
respond = []

[[severity]]
level = "sev3"
respond = []"#,
        good: r#"[[severity]]
level = "sev1"
when = "exposed > 1000"
respond = []

[[severity]]
level = "sev2"
when = "exposed > 0"
respond = []

[[severity]]
level = "sev3"
respond = []"#,
        fix: "Put the graver row first, or give the earlier one a condition that leaves something.",
    },
};

fn check(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    let Some(matrix) = Matrix::of(runbook) else { return };
    for (i, row) in runbook.severities.iter().enumerate() {
        // A row after one without any condition is told while reading; one that contradicts itself, by its own rule.
        let open = runbook.severities.iter().take(i).any(|r| r.when.is_none());
        if open || matrix.reaches(i) != Decided::Never || matrix.holds(i) == Decided::Never {
            continue;
        }
        let place = row.when.as_ref().map_or(row.level.span, |w| w.text.span);
        let mut problem = Diagnostic::error(CODE, format!("row `{}` is never reached", row.level))
            .at(&runbook.source, place, "rows before it take its every case")
            .help("put the graver row first, or leave it something");
        if let Some((before, case)) = matrix.shadow(i)
            && let Some(taker) = runbook.severities.get(before)
        {
            let place = taker.when.as_ref().map_or(taker.level.span, |w| w.text.span);
            let says = format!("where {}, `{}` comes first", matrix.tell(&case), taker.level);
            problem = problem.at(&runbook.source, place, says);
        }
        findings.add(problem);
    }
}
