//! A condition that can not be read.

use crate::diag::{Severity, code};
use crate::lint::rule::{Check, Explanation, Rule};

pub(super) const RULE: Rule = Rule {
    code: code::EXPRESSION,
    severity: Severity::Error,
    checks: &[Check::Reading],
    explanation: Explanation {
        what: "`when` is a comparison of facts with literals: `==`, `!=`, `<`, `<=`, `>`, `>=`, `in`, joined by \
               `&&`, `||` and `!`.",
        why: "A condition that can not be read would leave the severity to whoever is awake.",
        bad: r#"when = "harm or exposed > 1000""#,
        good: r#"when = "harm || exposed > 1000""#,
        fix: "Write it with the operators above; the caret shows the first place that does not fit.",
    },
};
