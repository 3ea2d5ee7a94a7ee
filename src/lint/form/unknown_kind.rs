//! A kind of provider that does not exist.

use crate::diag::{Severity, code};
use crate::lint::rule::{Check, Explanation, Rule};

pub(super) const RULE: Rule = Rule {
    code: code::UNKNOWN_KIND,
    severity: Severity::Error,
    checks: &[Check::Reading],
    explanation: Explanation {
        what: "`kind` of a provider names an adapter of this program, and there is none of this name.",
        why: "A provider without an adapter can not be asked to stop anything.",
        bad: r#"[providers.flags]
kind = "unleesh""#,
        good: r#"[providers.flags]
kind = "http""#,
        fix: "Write a kind that the help lists. Any other API is reached by `kind = \"http\"`, without code.",
    },
};
