//! The version of a file.

use crate::diag::{Severity, code};
use crate::lint::rule::{Check, Explanation, Rule};

pub(super) const RULE: Rule = Rule {
    code: code::SCHEMA,
    severity: Severity::Error,
    checks: &[Check::Reading],
    explanation: Explanation {
        what: "`schema` is the version of the file's format. It is missing, or it is not one that this program \
               reads.",
        why: "A file without a version is read by guesswork as soon as there is a second format, and a runbook \
              must not be read by guesswork.",
        bad: r#"schema = 2
title = "Fabricated content""#,
        good: r#"schema = 1
title = "Fabricated content""#,
        fix: "Write `schema = 1`, or use a program that reads the version that the file names.",
    },
};
