//! A row that no answer reaches.

use crate::diag::{Severity, code};
use crate::lint::rule::{Check, Explanation, Rule};

pub(super) const RULE: Rule = Rule {
    code: code::UNREACHABLE_ROW,
    severity: Severity::Error,
    checks: &[Check::Reading, Check::Resolving],
    explanation: Explanation {
        what: "A row of the matrix is never reached: one before it has no condition, or matches whenever it would.",
        why: "Its responses, its escalation and its public notice look like a promise and can never happen.",
        bad: r#"[[severity]]
level = "sev2"
when = "exposed > 0"
respond = []

[[severity]]
level = "sev1"
when = "exposed > 1000"
respond = []

[[severity]]
level = "sev3"
respond = []"#,
        good: r#"[[severity]]
level = "sev1"
when = "exposed > 1000"
respond = []

[[severity]]
level = "sev2"
when = "exposed > 0"
respond = []

[[severity]]
level = "sev3"
respond = []"#,
        fix: "Put the graver row first, or give the earlier one a condition that leaves something.",
    },
};
