//! A value of another type.

use crate::diag::{Severity, code};
use crate::lint::rule::{Check, Explanation, Rule};

pub(super) const RULE: Rule = Rule {
    code: code::WRONG_TYPE,
    severity: Severity::Error,
    checks: &[Check::Reading],
    explanation: Explanation {
        what: "The key takes a value of another type: a text, a number, a list, a table, a date, true or false.",
        why: "A number in quotation marks, or a duration without them, means something else to each reader.",
        bad: r#"contain-within = 5"#,
        good: r#"contain-within = "5m""#,
        fix: "Write a value of the type that the message names.",
    },
};
