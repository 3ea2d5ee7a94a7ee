//! Layers rolled back in an order that is not safe for the class.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::Layer;
use crate::model::runbook::{Act, Class, Runbook};
use crate::model::word::Word as _;
use crate::text::span::Spanned;

const CODE: Code = Code { name: "layer-order", summary: "Layers that are rolled back in an order that lets the harm go on." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "A row rolls back several layers, and one from which this class of incident does not come goes before \
               one from which it does; or the evaluation goes before what it judges.",
        why: "Each rollback takes minutes, and while it is proven the layer that does the harm is still the new \
               one. An evaluation that was rolled back first judges the others by yesterday's measure.",
        bad: r#"class = "hallucinated-content"

[[severity]]
level = "sev1"
respond = ["rollback-model", "rollback-retrieval"]"#,
        good: r#"class = "hallucinated-content"

[[severity]]
level = "sev1"
respond = ["rollback-retrieval", "rollback-model"]"#,
        fix: "Roll back first what this class of incident comes from: what it looks up before the model, what it \
               can call before the prompt, the evaluation last.",
    },
};

fn check(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    let Some(class) = runbook.class.as_ref().map(|c| c.value) else { return };
    let rank = |layer: Layer| match layer {
        Layer::Evaluation => 2,
        layer if sources(class).contains(&layer) => 0,
        _ => 1,
    };
    for row in &runbook.severities {
        let layers: Vec<(&Spanned<String>, Layer)> = row
            .respond
            .iter()
            .filter_map(|id| {
                let step = runbook.respond.iter().find(|s| s.id.value == id.value)?;
                match &step.act.as_ref()?.value {
                    Act::LayerRollback { layer, .. } => Some((id, Layer::parse(&layer.value)?)),
                    _ => None,
                }
            })
            .collect();
        let wrong = layers.iter().enumerate().find_map(|(i, (id, layer))| {
            let later = layers.iter().skip(i + 1);
            let sooner = later.filter(|(_, l)| rank(*l) < rank(*layer)).map(|(other, l)| (*other, *l)).next()?;
            Some((*id, *layer, sooner))
        });
        if let Some((id, layer, (other, sooner))) = wrong {
            let says = format!("layer `{layer}` is rolled back before `{sooner}`");
            findings.add(
                Diagnostic::warning(CODE, says)
                    .at(&runbook.source, id.span, "goes first")
                    .at(&runbook.source, other.span, if layer == Layer::Evaluation { "is judged by it" } else { "where this comes from sooner" })
                    .help("change their order in `respond`"),
            );
        }
    }
}

/// The layers that an incident of a class comes from sooner than from the others.
const fn sources(class: Class) -> &'static [Layer] {
    use Layer::{Orchestration, Policy, Retrieval, Tools};
    match class {
        Class::HallucinatedContent => &[Retrieval],
        Class::UnsafeRecommendation => &[Policy, Retrieval],
        Class::DataLeakage => &[Retrieval, Tools, Policy],
        Class::UnauthorizedToolUse | Class::RunawayAutomation => &[Tools, Policy, Orchestration],
        Class::BiasRegression | Class::PolicyViolation | Class::Unknown => &[],
    }
}
