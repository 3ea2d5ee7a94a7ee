//! What has to be kept before anything changes.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::context::head;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::Runbook;
use crate::model::runbook::{Act, Step};

const CODE: Code = Code { name: "no-evidence", summary: "Evidence that is not kept before something may destroy it." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "No immediate action captures evidence, or one that a person or an unknown API carries out comes \
               before it. What responses roll back would then be gone. A warning while no automation of the \
               workspace has a source of evidence.",
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
    let destroys = |act: &Act| matches!(act, Act::LayerRollback { .. } | Act::HttpCall { .. } | Act::HumanDo { .. });
    let captured = runbook.immediate.iter().position(|s| is(s, |a| matches!(a, Act::EvidenceCapture { .. })));
    let Some(captured) = captured else {
        let mut problem = Diagnostic::error(CODE, "no immediate action keeps evidence").at(source, head(source), "");
        // Where no automation has a source, there is nothing yet that the runbook could keep.
        if cx.workspace.automations.values().all(|a| a.evidence.is_empty()) {
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
