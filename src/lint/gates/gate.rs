//! A gate that can not be met.

use crate::diag::{Severity, code};
use crate::lint::rule::{Check, Explanation, Rule};

pub(super) const RULE: Rule = Rule {
    code: code::GATE,
    severity: Severity::Error,
    checks: &[Check::Resolving],
    explanation: Explanation {
        what: "A gate, or a row of the matrix, can not be met as it is written: a function that nobody has, more \
               people than there are, a fallback that can not hold.",
        why: "A gate that nobody can open is bypassed. Then it is worse than none, because the record says that \
              there was one.",
        bad: r#"gate = { functions = ["astrology"], within = "30m", on-timeout = "queue" }"#,
        good: r#"gate = { functions = ["legal"], within = "30m", on-timeout = "queue" }"#,
        fix: "Name functions that people in `people.toml` have, and no more people than there are.",
    },
};
