//! Floors on observations that nothing counts.

use serde_json::Map;

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::{Context, Planned};
use crate::lint::contract::measures;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::catalog::Capability;
use crate::model::runbook::{Condition, Measure};
use crate::plan;
use crate::text::span::Span;

const CODE: Code = Code { name: "floor-uncounted", summary: "A floor on observations, of a signal that nothing counts." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Plan(counted)],
    explanation: Explanation {
        what: "A trigger or a check asks for a number of observations, and the signal has no `count-query` that could tell \
               how many there were.",
        why: "A floor that nothing counts makes every verdict inconclusive, on the night when it is asked for: nothing \
              wakes anybody, and no check lets autonomy return.",
        bad: r#"[signals.ungrounded_rate]
provider = "metrics"
query    = 'ai_ungrounded_ratio{automation="support-replies"}'"#,
        good: r#"[signals.ungrounded_rate]
provider    = "metrics"
query       = 'ai_ungrounded_ratio{automation="support-replies"}'
count-query = 'ai_checked_total{automation="support-replies"}'"#,
        fix: "Give the signal a `count-query`.",
    },
};

/// Where the floor of a measurement is written.
fn floor(measure: &Measure) -> Option<Span> {
    let cases = match &measure.condition.as_ref()?.value {
        Condition::AboveBaseline { cases, .. } => cases.as_ref(),
        Condition::Above(_) | Condition::Below(_) => None,
    };
    measure.samples.as_ref().or(cases).map(|s| s.span)
}

/// Only where the provider could be told how to count: others bring their number along.
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
