//! Two things with one id.

use crate::diag::{Severity, code};
use crate::lint::rule::{Check, Explanation, Rule};

pub(super) const RULE: Rule = Rule {
    code: code::DUPLICATE_ID,
    severity: Severity::Error,
    checks: &[Check::Reading],
    explanation: Explanation {
        what: "Two steps, triggers, facts, checks or severities of one file have the same id; or the same key, \
               level or function stands twice in a list.",
        why: "Whatever names the id (an or-else, a row of the matrix, the record) would mean one of the two, and \
              nobody knows which.",
        bad: r#"[[respond]]
id = "rollback"

[[respond]]
id = "rollback""#,
        good: r#"[[respond]]
id = "rollback-prompt"

[[respond]]
id = "rollback-retrieval""#,
        fix: "Give each its own id, and look at what names it.",
    },
};
