//! A rollback that fails together with the stop.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::{Context, Planned};
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::plan::{Act, Step};

const CODE: Code = Code { name: "rollback-domain", summary: "A rollback through the same provider as the stop." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Plan(check)],
    explanation: Explanation {
        what: "A layer is rolled back through the same provider that carries out the automation's `[stop]`, so that \
               both fail together.",
        why: "On 4 October 2021 the tools that could have repaired Facebook's network needed that network. What \
               restores has to stand in another failure domain than what it restores.",
        bad: r#"[controls.autonomy]
provider = "flags"

[layers.prompt]
provider = "flags""#,
        good: r#"[controls.autonomy]
provider = "flags"

[layers.prompt]
provider = "registry""#,
        fix: "Let the layer be rolled back by another system than the one that stops the automation.",
    },
};

fn check(_: &Context<'_>, planned: &Planned<'_>, findings: &mut Findings) {
    let plan = &planned.plan;
    let provider = |s: &Step| s.targets.first().map(|t| t.provider.clone());
    let Some(stop) = plan.stop.first().and_then(|ix| provider(plan.step(*ix))) else { return };
    for step in &plan.steps {
        let Act::RollbackLayer { layer, .. } = &step.act else { continue };
        if provider(step).as_ref() != Some(&stop) {
            continue;
        }
        let place = planned.automation.layers.span(layer).unwrap_or_default();
        findings.add(
            Diagnostic::warning(CODE, format!("layer `{layer}` is rolled back by `{stop}`, which also stops the automation"))
                .at(&planned.automation.source, place, "fails together with the stop")
                .help("let another system keep the versions of this layer"),
        );
    }
}
