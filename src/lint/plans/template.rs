//! A statement's template that can not be rendered.

use crate::diag::{Severity, code};
use crate::lint::rule::{Check, Explanation, Rule};

pub(super) const RULE: Rule = Rule {
    code: code::TEMPLATE,
    severity: Severity::Error,
    checks: &[Check::Resolving],
    explanation: Explanation {
        what: "The template of a statement names a field that does not exist, or is not a template at all.",
        why: "The letter to customers is rendered while they wait for it. A field that does not exist would leave \
              a hole in it, or no letter.",
        bad: r#"# templates/customer-correction.txt
# Dear {{ custmer }},
template = "customer-correction""#,
        good: r#"# templates/customer-correction.txt
# In the meantime: {{ meanwhile }}
template = "customer-correction""#,
        fix: "Write a field that exists; the message lists them.",
    },
};
