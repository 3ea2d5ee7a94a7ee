//! Deployments that go on during an incident.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::context::head;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::Act;
use crate::model::runbook::Runbook;

const CODE: Code = Code { name: "no-freeze", summary: "A runbook that does not hold deployments." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "No immediate action is `deploy.freeze` in every case: one that is only another's or-else does not run on its own.",
        why: "About half of the public incidents follow a change within days, and a deployment in the middle of \
              one hides the cause. At Knight Capital in 2012 a rollback during the incident spread the fault from \
              one server to eight.",
        bad: r#"[[immediate]]
id = "stop"
do = "control.safe"
with = { control = "@stop" }"#,
        good: r#"[[immediate]]
id = "freeze"
do = "deploy.freeze""#,
        fix: "Add `deploy.freeze` after the evidence, and `[deploy]` to the automation.",
    },
};

fn check(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    let freezes = |a: &Act| matches!(a, Act::DeployFreeze);
    // A step that can not be read may be the one.
    let is_open = runbook.immediate.is_empty() || runbook.immediate.iter().any(|s| s.act.is_none());
    if is_open || super::in_every_case(runbook, freezes).is_some() {
        return;
    }
    let only = runbook.immediate.iter().find(|s| s.act.as_ref().is_some_and(|a| freezes(&a.value)));
    findings.add(
        match only {
            Some(step) => Diagnostic::warning(CODE, format!("deployments are held only where `{}` is needed", step.id.value))
                .at(&runbook.source, step.id.span, "an or-else, which does not run on its own"),
            None => Diagnostic::warning(CODE, "no immediate action holds deployments")
                .at(&runbook.source, head(&runbook.source), ""),
        }
        .help("add an `[[immediate]]` with `do = \"deploy.freeze\"`"),
    );
}
