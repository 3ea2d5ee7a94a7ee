//! A last row with a condition.

use crate::diag::{Severity, code};
use crate::lint::rule::{Check, Explanation, Rule};

pub(super) const RULE: Rule = Rule {
    code: code::MATRIX_NOT_TOTAL,
    severity: Severity::Error,
    checks: &[Check::Reading],
    explanation: Explanation {
        what: "The last `[[severity]]` has a condition, so that some answers have no row.",
        why: "An incident that fits no row has no severity, no responses and no escalation, and the operator finds \
              out while it goes on.",
        bad: r#"[[severity]]
level = "sev1"
when = "harm"
respond = []"#,
        good: r#"[[severity]]
level = "sev1"
when = "harm"
respond = []

[[severity]]
level = "sev2"
respond = []"#,
        fix: "Add a last row without `when`.",
    },
};
