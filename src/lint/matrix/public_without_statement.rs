//! A public notice that nobody publishes.

use crate::diag::{Severity, code};
use crate::lint::rule::{Check, Explanation, Rule};

pub(super) const RULE: Rule = Rule {
    code: code::PUBLIC_WITHOUT_STATEMENT,
    severity: Severity::Error,
    checks: &[Check::Reading],
    explanation: Explanation {
        what: "A row says that the public must be told, but none of its responses publishes a statement.",
        why: "When the support bot of Cursor invented a policy in April 2025, users compared notes in public and \
              cancelled; a correction by a person came hours later. Who has to be told must not be left to whoever \
              thinks of it.",
        bad: r#"[[severity]]
level = "sev1"
respond = ["rollback-prompt"]
public = true"#,
        good: r#"[[severity]]
level = "sev1"
respond = ["rollback-prompt", "tell-customers"]
public = true"#,
        fix: "Add a response with `do = \"statement.publish\"` to `respond`, or delete `public`.",
    },
};
