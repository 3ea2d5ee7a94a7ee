//! A risk that is not fully told, or that is told too low.

use crate::diag::{Severity, code};
use crate::lint::rule::{Check, Explanation, Rule};

pub(super) const RULE: Rule = Rule {
    code: code::RISK,
    severity: Severity::Warning,
    checks: &[Check::Resolving],
    explanation: Explanation {
        what: "The risk band is computed from impact, reversibility and confidence. One of them is missing, or an \
               explicit band is lower than the one that follows.",
        why: "What is not told counts as the worse, so that nobody can lower a floor of approvals by leaving \
              something out.",
        bad: r#"risk = { impact = "high", reversibility = "hard", confidence = "medium", band = "low" }"#,
        good: r#"risk = { impact = "high", reversibility = "hard", confidence = "medium" }"#,
        fix: "Write all three dimensions, and an explicit band only where it is higher than the computed one.",
    },
};
