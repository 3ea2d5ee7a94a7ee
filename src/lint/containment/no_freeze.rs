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
        what: "No immediate action is `deploy.freeze`.",
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
    // A step that can not be read may be the one.
    let may_be = |act: Option<&Act>| act.is_none_or(|a| matches!(a, Act::DeployFreeze));
    if !runbook.immediate.is_empty() && !runbook.immediate.iter().any(|s| may_be(s.act.as_ref().map(|a| &a.value))) {
        findings.add(
            Diagnostic::warning(CODE, "no immediate action holds deployments")
                .at(&runbook.source, head(&runbook.source), "")
                .help("add an `[[immediate]]` with `do = \"deploy.freeze\"`"),
        );
    }
}
