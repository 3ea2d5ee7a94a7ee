//! A rollback that fails together with the stop.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::{Context, Planned};
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::plan::Act;
use crate::text::safe;

const CODE: Code = Code { name: "rollback-domain", summary: "A rollback that fails together with the stop, or that goes back to what runs." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Plan(check)],
    explanation: Explanation {
        what: "A layer is rolled back through the same provider, or at the same address, that carries out the \
               automation's `[stop]`, so that both fail together; or back to the very version, alias or label that the \
               layer runs from, so that nothing changes.",
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

fn check(cx: &Context<'_>, planned: &Planned<'_>, findings: &mut Findings) {
    let plan = &planned.plan;
    // The narrowest stop is the one that counts: it is what `aigov stop` does first.
    let Some(stop) = plan.stop.first().and_then(|ix| plan.step(*ix).targets.first()) else { return };
    for step in &plan.steps {
        let (Act::RollbackLayer { layer, to }, Some(target)) = (&step.act, step.targets.first()) else { continue };
        let place = planned.automation.layers.span(layer).unwrap_or_default();
        let found = |says: String, label: &str, help: &str| {
            Diagnostic::warning(CODE, says).at(&planned.automation.source, place, label).help(help)
        };
        // What runs now and what it goes back to would be one thing.
        if target.binding.values().any(|v| v.as_str() == Some(to)) {
            let says = format!("`{}` rolls layer `{layer}` back to `{to}`, which is what runs", step.id);
            let written = planned.written(&step.id).and_then(|s| s.act.as_ref()).map_or_else(Default::default, |a| a.span);
            findings.add(
                Diagnostic::warning(CODE, says)
                    .at(&planned.runbook.source, written, "nothing would change")
                    .at(&planned.automation.source, place, "the layer runs from there")
                    .help("write `to = \"last-known-good\"`, or a version that does not move"),
            );
        } else if target.provider == stop.provider {
            let says = format!("layer `{layer}` is rolled back by `{}`, which also stops the automation", stop.provider);
            findings.add(found(says, "fails together with the stop", "let another system keep the versions of this layer"));
        } else if !cx.demo
            && let Some(address) = cx.address(&target.provider, planned.environment)
            && cx.address(&stop.provider, planned.environment).as_ref() == Some(&address)
        {
            let says = format!(
                "layer `{layer}` is rolled back at `{}`, where `{}` stops the automation",
                safe::excerpt(&address, 60),
                stop.provider
            );
            findings.add(found(says, "fails together with the stop", "let another system keep the versions of this layer"));
        }
    }
}
