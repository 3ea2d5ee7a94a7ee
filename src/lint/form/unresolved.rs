//! A name that names nothing.

use crate::diag::{Severity, code};
use crate::lint::rule::{Check, Explanation, Rule};

pub(super) const RULE: Rule = Rule {
    code: code::UNRESOLVED,
    severity: Severity::Error,
    checks: &[Check::Reading, Check::Resolving],
    explanation: Explanation {
        what: "A control, layer, signal, source, role, person, provider, environment, step or template is named \
               that does not exist. It is looked up in the files of the workspace, for every automation that the \
               runbook serves.",
        why: "A name is resolved when the runbook runs, and then there is nobody to ask. In the worst case the \
              page goes to a role that nobody carries.",
        bad: r#"[[immediate]]
id = "stop-sending"
do = "control.safe"
with = { control = "autonomy" }
or-else = "stop-servce""#,
        good: r#"[[immediate]]
id = "stop-sending"
do = "control.safe"
with = { control = "autonomy" }
or-else = "stop-service""#,
        fix: "Write the name that was meant, or add what it names.",
    },
};
