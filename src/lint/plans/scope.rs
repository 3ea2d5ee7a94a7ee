//! A runbook outside of what it was written for.

use crate::diag::{Severity, code};
use crate::lint::rule::{Check, Explanation, Rule};

pub(super) const RULE: Rule = Rule {
    code: code::SCOPE,
    severity: Severity::Warning,
    checks: &[Check::Resolving],
    explanation: Explanation {
        what: "The runbook is resolved for an environment or an automation for which it was not written.",
        why: "What was never thought of for this automation may stop the wrong thing.",
        bad: r#"[scope]
environments = ["production"]
automations = ["billing-bot"]"#,
        good: r#"[scope]
environments = ["production"]
automations = ["support-replies"]"#,
        fix: "Add the automation or environment to `[scope]` once somebody has thought of it.",
    },
};
