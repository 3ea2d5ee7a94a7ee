//! An inventory that lacks what the risk band is computed from.

use crate::diag::{Severity, code};
use crate::lint::rule::{Check, Explanation, Rule};

pub(super) const RULE: Rule = Rule {
    code: code::INCOMPLETE,
    severity: Severity::Warning,
    checks: &[Check::Reading],
    explanation: Explanation {
        what: "The automation does not say its purpose, its risk, how people look on, or how it is stopped.",
        why: "Until it is complete, the automation counts as high risk. An automation without a `[stop]` can not \
              be stopped by `aigov stop`.",
        bad: r#"schema = 1
purpose = "Answers tickets""#,
        good: r#"schema = 1
purpose = "Answers tickets"
risk = { impact = "high", reversibility = "hard", confidence = "medium" }
oversight = "single-gate"

[stop]
control = "autonomy""#,
        fix: "Add the parts that the message names as missing.",
    },
};
