//! Keys that exclude each other.

use crate::diag::{Severity, code};
use crate::lint::rule::{Check, Explanation, Rule};

pub(super) const RULE: Rule = Rule {
    code: code::CONFLICTING_KEYS,
    severity: Severity::Error,
    checks: &[Check::Reading],
    explanation: Explanation {
        what: "Two keys of one table exclude each other, such as `above` and `below`; or a key stands where it has \
               no meaning, such as a `gate` on an immediate action.",
        why: "One of the two would win, and its author may have meant the other. An approval that stands before a \
              stop would be the worst of them.",
        bad: r#"[[trigger]]
id = "slow"
signal = "latency"
above = 2
below = 1"#,
        good: r#"[[trigger]]
id = "slow"
signal = "latency"
above = 2"#,
        fix: "Keep the one that was meant.",
    },
};
