//! Incidents that nobody is told of.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::context::head;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::Act;
use crate::model::runbook::Runbook;

const CODE: Code = Code { name: "no-page", summary: "A runbook that pages nobody." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "No immediate action is `page.send`. A warning while nothing in the workspace can page (`[paging]`).",
        why: "Knight Capital's system sent 97 mails about the fault before the market opened in 2012; they were \
              not made as alarms, and nobody read them. Who runs the runbook is one person; those who decide next \
              have to be awake.",
        bad: r#"[[immediate]]
id = "stop"
do = "control.safe"
with = { control = "@stop" }"#,
        good: r#"[[immediate]]
id = "page"
do = "page.send"
with = { to = ["@owner", "@commander"], severity = "critical" }"#,
        fix: "Add `page.send` to the owner and to whoever leads incidents.",
    },
};

fn check(cx: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    // A step that can not be read may be the one.
    let may_be = |act: Option<&Act>| act.is_none_or(|a| matches!(a, Act::PageSend { .. }));
    if !runbook.immediate.is_empty() && !runbook.immediate.iter().any(|s| may_be(s.act.as_ref().map(|a| &a.value))) {
        let mut problem = Diagnostic::error(CODE, "no immediate action pages anybody")
            .at(&runbook.source, head(&runbook.source), "")
            .help("add an `[[immediate]]` with `do = \"page.send\"`");
        // Where nothing is there that could page, the runbook is not to blame.
        let workspace = cx.workspace;
        let by_workspace = workspace.settings.as_ref().is_some_and(|s| s.paging.is_some());
        if !by_workspace && cx.meant(runbook).all(|a| a.paging.is_none()) {
            problem.severity = Severity::Warning;
        }
        findings.add(problem);
    }
}
