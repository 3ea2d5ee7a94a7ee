//! A key that nothing reads.

use crate::diag::{Severity, code};
use crate::lint::rule::{Check, Explanation, Rule};

pub(super) const RULE: Rule = Rule {
    code: code::UNKNOWN_KEY,
    severity: Severity::Error,
    checks: &[Check::Reading],
    explanation: Explanation {
        what: "A key that this table does not have. The nearest one that it has is offered.",
        why: "A key that is silently passed over looks like a promise and is none: `on_timeout` instead of \
              `on-timeout` would leave a gate without the fallback that its author wrote. Tools that pass over \
              unknown keys are the commonest source of rules that never hold.",
        bad: r#"contain_within = "5m""#,
        good: r#"contain-within = "5m""#,
        fix: "Write the key that was meant, or delete it.",
    },
};
