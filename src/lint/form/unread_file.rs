//! A file that this version does not read.

use crate::diag::{Severity, code};
use crate::lint::rule::{Check, Explanation, Rule};

pub(super) const RULE: Rule = Rule {
    code: code::UNREAD_FILE,
    severity: Severity::Warning,
    checks: &[Check::Reading],
    explanation: Explanation {
        what: "The file lies in a folder of the workspace that this version does not read.",
        why: "A contract that nothing reads looks like protection and is none.",
        bad: r#"# runbooks/hallucination.toml
schema = 1"#,
        good: r#"# runbooks/incident/hallucination.toml
schema = 1
title = "Fabricated content""#,
        fix: "Put runbooks of incidents below `runbooks/incident/`, scenarios of game days below `runbooks/gameday/`.",
    },
};
