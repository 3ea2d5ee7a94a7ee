//! Something that could not be read, and what depends on it.

use crate::diag::{Severity, code};
use crate::lint::rule::{Check, Explanation, Rule};

pub(super) const RULE: Rule = Rule {
    code: code::NOT_USABLE,
    severity: Severity::Error,
    checks: &[Check::Resolving],
    explanation: Explanation {
        what: "Something that a plan needs is there but can not be used: a control whose kind can not be read, a \
               check without a condition. Where reading the file already told what is wrong, this is not told \
               again.",
        why: "What can not be used is left out of a run: it contains all the same, and stops there.",
        bad: r#"[[verify]]
id = "grounded-again"
signal = "ungrounded_rate""#,
        good: r#"[[verify]]
id = "grounded-again"
signal = "ungrounded_rate"
below = 0.01"#,
        fix: "Mend what the message names, in the file that it names.",
    },
};
