//! A word that is not among those that the key takes.

use crate::diag::{Severity, code};
use crate::lint::rule::{Check, Explanation, Rule};

pub(super) const RULE: Rule = Rule {
    code: code::UNKNOWN_VALUE,
    severity: Severity::Error,
    checks: &[Check::Reading],
    explanation: Explanation {
        what: "The key takes one of a few words, and this is none of them. The nearest one is offered.",
        why: "A class, a kind or a fallback that nobody knows would have to be guessed.",
        bad: r#"class = "halucinated-content""#,
        good: r#"class = "hallucinated-content""#,
        fix: "Write one of the words that the help lists.",
    },
};
