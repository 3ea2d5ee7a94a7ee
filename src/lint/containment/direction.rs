//! An immediate action that would raise autonomy.

use crate::diag::{Severity, code};
use crate::lint::rule::{Check, Explanation, Rule};

pub(super) const RULE: Rule = Rule {
    code: code::DIRECTION,
    severity: Severity::Error,
    checks: &[Check::Resolving],
    explanation: Explanation {
        what: "An immediate action would raise autonomy, or is one that people decide about: a rollback, a \
               statement, a call that does not say that it lowers or is neutral.",
        why: "Immediate actions run without approval. That is safe only because each of them lowers autonomy or \
              only looks. In July 2025 an agent at Replit deleted production records during a freeze that had only \
              been spoken: nothing tied what ran without approval to what could do no harm.",
        bad: r#"[[immediate]]
id = "open"
do = "control.set"
with = { control = "traffic", to = 50 }"#,
        good: r#"[[immediate]]
id = "close"
do = "control.safe"
with = { control = "traffic" }"#,
        fix: "Move it to `[[respond]]` with a gate, or set the control to a value that is at least as safe as its \
              safe value.",
    },
};
