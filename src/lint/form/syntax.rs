//! Text that is not TOML.

use crate::diag::{Severity, code};
use crate::lint::rule::{Check, Explanation, Rule};

pub(super) const RULE: Rule = Rule {
    code: code::SYNTAX,
    severity: Severity::Error,
    checks: &[Check::Reading],
    explanation: Explanation {
        what: "The file is not valid TOML at this place. The rest of the section, and every other section, is read \
               all the same.",
        why: "A runbook with a typo in one section still runs its immediate actions, but what stood in the broken \
              lines is not known to anybody, least of all at night.",
        bad: r#"title = "Fabricated content
owner = "@owner""#,
        good: r#"title = "Fabricated content"
owner = "@owner""#,
        fix: "Close the quotation mark, bracket or brace that the caret points at. An editor that knows TOML shows \
              the same place.",
    },
};
