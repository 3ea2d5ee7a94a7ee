//! Something that a provider can not do there.

use crate::diag::{Severity, code};
use crate::lint::rule::{Check, Explanation, Rule};

pub(super) const RULE: Rule = Rule {
    code: code::UNAVAILABLE,
    severity: Severity::Error,
    checks: &[Check::Resolving],
    explanation: Explanation {
        what: "What the runbook asks for is bound to a provider that has no settings for this environment, or that \
               can not do it.",
        why: "A step without a provider is a step that a person has to do by hand, and finds out about in the \
              incident.",
        bad: r#"[providers.flags]
kind = "http"
staging = { url = "https://flags.example.com" }"#,
        good: r#"[providers.flags]
kind = "http"
staging = { url = "https://flags.example.com" }
production = { url = "https://flags.example.com" }"#,
        fix: "Add the settings of the environment in `aigov.toml`, or bind it to a provider that can do it.",
    },
};
