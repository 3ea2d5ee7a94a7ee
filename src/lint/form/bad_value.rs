//! A value that can not be meant.

use crate::diag::{Severity, code};
use crate::lint::rule::{Check, Explanation, Rule};

pub(super) const RULE: Rule = Rule {
    code: code::BAD_VALUE,
    severity: Severity::Error,
    checks: &[Check::Reading],
    explanation: Explanation {
        what: "The value has the right type, but it can not be meant: an empty text, `until` before `from`, a step \
               that is its own or-else, a level that the control does not have.",
        why: "Each of these was written by somebody who thought of something else. What they meant is not known, \
              and must not be guessed when the runbook runs.",
        bad: r#"[[immediate]]
id = "stop"
do = "control.safe"
with = { control = "autonomy" }
or-else = "stop""#,
        good: r#"[[immediate]]
id = "stop"
do = "control.safe"
with = { control = "autonomy" }
or-else = "stop-service""#,
        fix: "Write what was meant; the message says why this can not be it.",
    },
};
