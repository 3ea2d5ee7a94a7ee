//! Thresholds that a handful of observations can cross.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::{CheckBy, Condition, Measure, Runbook, TriggerOn};
use crate::text::span::Span;

const CODE: Code = Code { name: "no-floor", summary: "A threshold without a floor on observations." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "A trigger against the baseline has no `cases`, or `samples` or `cases` is 0.",
        why: "Twice the baseline of one case in a night is two cases. A trigger that noise sets off is switched off by \
              the people whom it wakes, and a check that three answers can pass gives autonomy back for three answers.",
        bad: r#"[[trigger]]
id = "overrides-doubled"
signal = "override_rate"
above-baseline = { times = 2.0, window = "24h" }"#,
        good: r#"[[trigger]]
id = "overrides-doubled"
signal = "override_rate"
above-baseline = { times = 2.0, window = "24h", cases = 10 }"#,
        fix: "Write how many observations make a verdict.",
    },
};

/// The measurements of a runbook, with the ids of what they are for.
pub(in crate::lint) fn measures(runbook: &Runbook) -> impl Iterator<Item = (&str, &Measure)> {
    let triggers = runbook.triggers.iter().filter_map(|t| match t.on.as_ref()? {
        TriggerOn::Signal(measure) => Some((t.id.value.as_str(), measure)),
        TriggerOn::Report(_) => None,
    });
    triggers.chain(runbook.verify.iter().filter_map(|c| match c.by.as_ref()? {
        CheckBy::Signal(measure) => Some((c.id.value.as_str(), measure)),
        CheckBy::Ask { .. } => None,
    }))
}

fn check(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    for (id, measure) in measures(runbook) {
        let says = |findings: &mut Findings, span: Span, says: &str, help: &str| {
            let problem = Diagnostic::warning(CODE, format!("`{id}` has no floor on observations"));
            findings.add(problem.at(&runbook.source, span, says).help(help));
        };
        if let Some(samples) = measure.samples.as_ref().filter(|s| s.value == 0) {
            says(findings, samples.span, "none at all is enough", "write how many make a verdict, such as `samples = 200`");
        }
        let Some(condition) = &measure.condition else { continue };
        if let Condition::AboveBaseline { cases, .. } = &condition.value {
            match cases {
                None if measure.samples.is_none() => {
                    says(findings, condition.span, "of one case, two are the double", "add `cases = 10`");
                }
                Some(cases) if cases.value == 0 => {
                    says(findings, cases.span, "none at all is enough", "write how many cases make a verdict");
                }
                _ => {}
            }
        }
    }
}
