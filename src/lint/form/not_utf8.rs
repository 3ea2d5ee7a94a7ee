//! Bytes that are not text.

use crate::diag::{Severity, code};
use crate::lint::rule::{Check, Explanation, Rule};

pub(super) const RULE: Rule = Rule {
    code: code::NOT_UTF8,
    severity: Severity::Error,
    checks: &[Check::Reading],
    explanation: Explanation {
        what: "The file holds bytes that are not UTF-8, which TOML requires. What follows them may be read as \
               something else.",
        why: "An editor with another encoding turned a letter into a byte that no reader agrees on. Names that are \
              compared byte by byte, such as those of flags and people, then silently differ.",
        bad: r#"title = "Z\xfcrich"      # the byte fc, as Latin-1 writes it"#,
        good: r#"title = "Zürich""#,
        fix: "Save the file as UTF-8.",
    },
};
