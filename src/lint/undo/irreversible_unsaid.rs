//! A response that can't be taken back and does not say so.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::{Act, Runbook};

const CODE: Code = Code { name: "irreversible-unsaid", summary: "A response that has no undo and does not say that it is irreversible." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "A response publishes a statement or makes a call of its own, so that nothing can put it back, and \
               does not say `irreversible`.",
        why: "Whoever approves it at night has to see what can not be undone, and what is done instead. A sent \
               letter has no undo.",
        bad: r#"[[respond]]
id = "tell-customers"
do = "statement.publish"
with = { template = "customer-correction", audience = "affected" }"#,
        good: r#"[[respond]]
id = "tell-customers"
do = "statement.publish"
with = { template = "customer-correction", audience = "affected" }
irreversible = "A sent statement can not be recalled."
corrective = "Send a correction through the same channel.""#,
        fix: "Say why it can not be taken back in `irreversible`, and in `corrective` what is done instead.",
    },
};

fn check(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    for step in runbook.respond.iter().filter(|s| s.irreversible.is_none()) {
        let Some(act) = &step.act else { continue };
        if matches!(act.value, Act::StatementPublish { .. } | Act::HttpCall { .. }) {
            findings.add(
                Diagnostic::error(CODE, format!("`{}` can not be undone, and does not say so", step.id))
                    .at(&runbook.source, act.span, "nothing puts this back")
                    .help("write `irreversible` with the reason, and `corrective`"),
            );
        }
    }
}
