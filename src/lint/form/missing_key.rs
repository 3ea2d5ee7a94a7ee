//! A key that must be there.

use crate::diag::{Severity, code};
use crate::lint::rule::{Check, Explanation, Rule};

pub(super) const RULE: Rule = Rule {
    code: code::MISSING_KEY,
    severity: Severity::Error,
    checks: &[Check::Reading],
    explanation: Explanation {
        what: "A table lacks a key without which nobody knows what is meant.",
        why: "Defaults that are guessed are discovered during the incident. What the program needs to know is \
              asked for when the file is written.",
        bad: r#"[[trigger]]
signal = "ungrounded_rate"
above = 0.02"#,
        good: r#"[[trigger]]
id = "ungrounded-claims"
signal = "ungrounded_rate"
above = 0.02"#,
        fix: "Add the key; the help shows an example.",
    },
};
