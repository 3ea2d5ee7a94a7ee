//! What has to be kept before anything changes.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::{Context, Planned, head};
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::Layer;
use crate::model::runbook::{Act, Direction, Runbook, Step};
use crate::model::word::Word as _;
use crate::plan;

const CODE: Code = Code { name: "no-evidence", summary: "Evidence that is not kept before something may destroy it." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Runbook(check), Check::Plan(of_layer)],
    explanation: Explanation {
        what: "No immediate action captures evidence in every case (one that is only another's or-else does not), or one \
               that a person or an unknown API carries out comes before it, unless the call says that it lowers autonomy. Or a response rolls `retrieval`, \
               `orchestration` or `tools` back, the automation has a source of evidence for that layer, by its name or \
               its place, and nothing captures it before; versions of the other layers stay where they are kept. What \
               responses roll back would then be gone. A warning while no automation of the workspace has a source of \
               evidence.",
        why: "An answer that is generated again is another answer, and a re-index erases what the model saw. \
              Article 73(6) of the EU's AI Act forbids investigations that alter a high-risk system before the \
              authorities were informed. So: stop, keep, hold, and only then change.",
        bad: r#"[[immediate]]
id = "stop"
do = "control.safe"
with = { control = "@stop" }

[[respond]]
id = "rollback"
do = "layer.rollback"
with = { layer = "prompt" }"#,
        good: r#"[[immediate]]
id = "stop"
do = "control.safe"
with = { control = "@stop" }

[[immediate]]
id = "keep-evidence"
do = "evidence.capture"
with = { sources = ["@all"], since = "2h" }"#,
        fix: "Add `evidence.capture` right after the steps that lower autonomy. `@all` means every source that the \
              automation has.",
    },
};

fn check(cx: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    let source = &runbook.source;
    let is = |step: &Step, what: fn(&Act) -> bool| step.act.as_ref().is_some_and(|a| what(&a.value));
    // A step that can not be read may be the one.
    if runbook.immediate.is_empty() || runbook.immediate.iter().any(|s| s.act.is_none()) {
        return;
    }
    // A call that says that it lowers is the stop, and the stop comes first.
    let destroys = |act: &Act| match act {
        Act::LayerRollback { .. } | Act::HumanDo { .. } => true,
        Act::HttpCall { direction, .. } => direction.as_ref().is_none_or(|d| !matches!(d.value, Direction::Lowers)),
        _ => false,
    };
    let captures = |a: &Act| matches!(a, Act::EvidenceCapture { .. });
    let Some(captured) = super::in_every_case(runbook, captures) else {
        let mut problem = match runbook.immediate.iter().find(|s| is(s, captures)) {
            Some(step) => Diagnostic::error(CODE, format!("evidence is kept only where `{}` is needed", step.id.value))
                .at(source, step.id.span, "an or-else, which does not run on its own"),
            None => Diagnostic::error(CODE, "no immediate action keeps evidence").at(source, head(source), ""),
        };
        // Where no automation has a source, there is nothing yet that the runbook could keep.
        if cx.meant(runbook).all(|a| a.evidence.is_empty()) {
            problem.severity = Severity::Warning;
        }
        let later = runbook.respond.iter().find(|s| is(s, destroys));
        findings.add(
            match later {
                Some(step) => problem.at(source, step.id.span, "this may destroy what was not kept"),
                None => problem,
            }
            .help("add an `[[immediate]]` with `do = \"evidence.capture\"` after the stop"),
        );
        return;
    };
    let early = runbook.immediate.iter().take(captured).find(|s| is(s, destroys));
    if let (Some(early), Some(kept)) = (early, runbook.immediate.get(captured)) {
        findings.add(
            Diagnostic::error(CODE, format!("`{}` may destroy evidence before it is kept", early.id.value))
                .at(source, early.id.span, "what it changes is not known")
                .at(source, kept.id.span, "kept only here")
                .help(format!("put `{}` before it", kept.id.value)),
        );
    }
}

/// Layers that a response rolls back and whose state the automation could keep, which nothing keeps before.
fn of_layer(_: &Context<'_>, planned: &Planned<'_>, findings: &mut Findings) {
    let plan = &planned.plan;
    let captures = |s: &&plan::Step| matches!(s.act, plan::Act::Capture { .. });
    let at_once: Vec<&plan::Step> = plan.immediate.iter().map(|ix| plan.step(*ix)).filter(captures).collect();
    // That nothing is kept at all is told of the runbook.
    if at_once.is_empty() {
        return;
    }
    for row in &plan.rows {
        let mut kept: Vec<&plan::Target> = at_once.iter().flat_map(|s| &s.targets).collect();
        for step in row.respond.iter().map(|ix| plan.step(*ix)) {
            let (plan::Act::RollbackLayer { layer, .. }, Some(target)) = (&step.act, step.targets.first()) else {
                kept.extend(Some(step).filter(captures).into_iter().flat_map(|s| &s.targets));
                continue;
            };
            let evidence = &planned.automation.evidence;
            // A version of a model, a prompt or a policy stays where it is kept when another one takes its place.
            if !matches!(Layer::parse(layer), Some(Layer::Retrieval | Layer::Orchestration | Layer::Tools)) {
                continue;
            }
            // The same name, or the same thing at the same provider.
            let of = evidence.iter().find(|(name, bound)| {
                let plain = |n: &str| n.trim_end_matches('s').to_owned();
                let provider = bound.provider.as_ref().is_some_and(|p| p.value == target.provider);
                let values = bound.binding(planned.environment).values;
                let same = !values.is_empty() && values.iter().all(|(k, v)| target.binding.get(k) == Some(v));
                (plain(&name.value) == plain(layer) || (provider && same)) && plan::fit::is_in(bound, planned.environment)
            });
            let Some((source, bound)) = of.filter(|(name, _)| !kept.iter().any(|t| t.label == name.value)) else { continue };
            let place = planned.written(&step.id).map_or_else(Default::default, |s| s.id.span);
            let says = format!("`{}` replaces layer `{layer}`, and evidence `{source}` is not kept before", step.id);
            findings.add(
                Diagnostic::error(CODE, says)
                    .at(&planned.runbook.source, place, "what the layer was is gone then")
                    .at(&planned.automation.source, bound.span, "it could be kept from here")
                    .help(format!("add `{source}` to the `sources` of the immediate action, or write `[\"@all\"]`")),
            );
        }
    }
}
