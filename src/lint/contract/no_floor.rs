//! Thresholds that a handful of observations can cross.

use serde_json::Map;

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::{Context, Planned};
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::catalog::Capability;
use crate::model::runbook::{CheckBy, Condition, Measure, Runbook, TriggerOn};
use crate::plan;
use crate::text::span::Span;

const CODE: Code = Code { name: "no-floor", summary: "A threshold without a floor on observations, or with one that nothing counts." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Runbook(check), Check::Plan(counted)],
    explanation: Explanation {
        what: "A trigger against the baseline has no `cases`, or `samples` or `cases` is 0; or a floor is there and the \
               signal has no `count-query` that could tell how many observations there were.",
        why: "Twice the baseline of one case in a night is two cases. A trigger that noise sets off is switched off by \
              the people whom it wakes, and a check that three answers can pass gives autonomy back for three answers. A \
              floor that nothing counts makes every verdict inconclusive, on the night when it is asked for.",
        bad: r#"[[trigger]]
id = "overrides-doubled"
signal = "override_rate"
above-baseline = { times = 2.0, window = "24h" }"#,
        good: r#"[[trigger]]
id = "overrides-doubled"
signal = "override_rate"
above-baseline = { times = 2.0, window = "24h", cases = 10 }"#,
        fix: "Write how many observations make a verdict, and give the signal a `count-query`.",
    },
};

/// The measurements of a runbook, with the ids of what they are for.
fn measures(runbook: &Runbook) -> impl Iterator<Item = (&str, &Measure)> {
    let triggers = runbook.triggers.iter().filter_map(|t| match t.on.as_ref()? {
        TriggerOn::Signal(measure) => Some((t.id.value.as_str(), measure)),
        TriggerOn::Report(_) => None,
    });
    triggers.chain(runbook.verify.iter().filter_map(|c| match c.by.as_ref()? {
        CheckBy::Signal(measure) => Some((c.id.value.as_str(), measure)),
        CheckBy::Ask { .. } => None,
    }))
}

/// Where the floor of a measurement is written.
fn floor(measure: &Measure) -> Option<Span> {
    let cases = match &measure.condition.as_ref()?.value {
        Condition::AboveBaseline { cases, .. } => cases.as_ref(),
        Condition::Above(_) | Condition::Below(_) => None,
    };
    measure.samples.as_ref().or(cases).map(|s| s.span)
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

/// Floors that nothing counts. Only where the provider could be told how to count: others bring their number along.
fn counted(cx: &Context<'_>, planned: &Planned<'_>, findings: &mut Findings) {
    let plan = &planned.plan;
    let triggers = plan.triggers.iter().filter_map(|t| Some((t.id.as_str(), t.signal.as_ref()?)));
    let checks = plan.checks.iter().filter_map(|c| Some((c.id.as_str(), c.signal.as_ref()?)));
    for (id, measure) in triggers.chain(checks) {
        let cases = matches!(measure.condition, plan::Condition::AboveBaseline { cases: Some(n), .. } if n > 0);
        let asks = cases || measure.samples.is_some_and(|n| n > 0);
        let (none, kind) = (Map::new(), cx.catalog.iter().find(|k| k.name == measure.target.kind));
        let ability = kind.and_then(|k| (k.ability)(Capability::Signal, &none, &none));
        let could = ability.is_some_and(|a| a.keys.iter().any(|k| k.name == "count-query"));
        if !asks || !could || measure.target.binding.contains_key("count-query") {
            continue;
        }
        let written = measures(planned.runbook).find(|(of, _)| *of == id).and_then(|(_, m)| floor(m));
        let Some(span) = written else { continue };
        let signal = &planned.automation.signals;
        let bound = signal.span(&measure.signal).unwrap_or_default();
        findings.add(
            Diagnostic::warning(CODE, format!("nothing counts the observations of `{}`", measure.signal))
                .at(&planned.runbook.source, span, "this many are asked for")
                .at(&planned.automation.source, bound, "has no `count-query`")
                .help("add a `count-query` to the signal; without one every verdict is inconclusive"),
        );
    }
}
