//! An id that can not be typed.

use crate::diag::{Severity, code};
use crate::lint::rule::{Check, Explanation, Rule};

pub(super) const RULE: Rule = Rule {
    code: code::BAD_ID,
    severity: Severity::Error,
    checks: &[Check::Reading],
    explanation: Explanation {
        what: "Ids are made of a-z, 0-9 and hyphens; names of tables may have underscores too; a file is named \
               likewise.",
        why: "Ids are typed on the command line at two in the morning, they stand in the record for years, and two \
              that look alike must be alike.",
        bad: r#"[[immediate]]
id = "Stop Sending""#,
        good: r#"[[immediate]]
id = "stop-sending""#,
        fix: "Write it with a-z, 0-9 and hyphens.",
    },
};
