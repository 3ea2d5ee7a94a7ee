//! Thresholds on the wrong side of zero.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::{CheckBy, Condition, Measure, Runbook, TriggerOn};
use crate::text::span::Spanned;

const CODE: Code =
    Code { name: "threshold-of-nothing", summary: "A signal is held against a threshold that no rate or count can cross." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "A trigger or a check asks whether a signal is below zero or nothing, or above less than nothing. Rates, counts \
               and times are never below zero, so that the answer is always the same.",
        why: "A trigger that can not fire is an alarm that is cut off: nobody notices until the day on which it is needed. A \
              check that nothing can pass keeps autonomy low for ever, and people learn to attest their way round it; one \
              that everything passes is no check.",
        bad: "[[trigger]]\nid = \"answers-stop\"\nsignal = \"answer_rate\"\nbelow = 0",
        good: "[[trigger]]\nid = \"answers-stop\"\nsignal = \"answer_rate\"\nbelow = 0.1",
        fix: "Write the smallest value that is still good, or the greatest one that is. If the signal does go below zero, \
              accept the finding with an exception that says so.",
    },
};

fn check(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    let triggers = runbook.triggers.iter().filter_map(|t| match &t.on {
        Some(TriggerOn::Signal(measure)) => Some((&t.id, measure, "never sets the runbook off", "always sets the runbook off")),
        _ => None,
    });
    let checks = runbook.verify.iter().filter_map(|c| match &c.by {
        Some(CheckBy::Signal(measure)) => Some((&c.id, measure, "is never passed", "is always passed")),
        _ => None,
    });
    for (id, measure, never, always) in triggers.chain(checks) {
        look(runbook, id, measure, (never, always), findings);
    }
}

fn look(
    runbook: &Runbook,
    id: &Spanned<String>,
    measure: &Measure,
    (never, always): (&str, &str),
    findings: &mut Findings,
) {
    let Some(condition) = &measure.condition else { return };
    let (ends, takes) = match condition.value {
        Condition::Below(n) if n <= 0.0 => (never, "what is counted or timed is never below 0"),
        Condition::Above(n) if n < 0.0 => (always, "what is counted or timed is always above this"),
        _ => return,
    };
    findings.add(
        Diagnostic::warning(CODE, format!("`{}` {ends}", id.value))
            .at(&runbook.source, condition.span, takes)
            .help("write a threshold that the signal can be on either side of"),
    );
}
