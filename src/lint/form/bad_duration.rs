//! A text that is not a duration.

use crate::diag::{Severity, code};
use crate::lint::rule::{Check, Explanation, Rule};

pub(super) const RULE: Rule = Rule {
    code: code::BAD_DURATION,
    severity: Severity::Error,
    checks: &[Check::Reading],
    explanation: Explanation {
        what: "A duration is one whole number and one unit: `s`, `m`, `h`, `d` (24 hours) or `w`. It is longer \
               than nothing.",
        why: "`5min`, `PT5M`, `5` and `0s` are read differently by different tools, and a deadline that is never \
              reached is worse than none.",
        bad: r#"contain-within = "5 minutes""#,
        good: r#"contain-within = "5m""#,
        fix: "Write a whole number and one unit in quotation marks, such as `\"30s\"` or `\"2h\"`.",
    },
};
