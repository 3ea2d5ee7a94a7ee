//! A condition that compares things of different kinds.

use crate::diag::{Severity, code};
use crate::lint::rule::{Check, Explanation, Rule};

pub(super) const RULE: Rule = Rule {
    code: code::EXPRESSION_TYPE,
    severity: Severity::Error,
    checks: &[Check::Reading],
    explanation: Explanation {
        what: "A condition compares a fact with something of another kind: a count with a level, a yes-no with a \
               number.",
        why: "Languages that compare anything with anything answer such a question too, always with the same \
              answer, and nobody notices until the row never matches.",
        bad: r#"when = "exposed > true""#,
        good: r#"when = "exposed > 1000""#,
        fix: "Compare the fact with a literal of its own kind.",
    },
};
