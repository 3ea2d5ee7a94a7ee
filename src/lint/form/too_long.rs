//! Files that nobody wrote.

use crate::diag::{Severity, code};
use crate::lint::rule::{Check, Explanation, Rule};

pub(super) const RULE: Rule = Rule {
    code: code::TOO_LONG,
    severity: Severity::Error,
    checks: &[Check::Reading],
    explanation: Explanation {
        what: "The file has more than 1 MiB, and nothing of it is read. A runbook is a page or two, and a roster of a \
               thousand people is a tenth of this.",
        why: "Whoever types `aigov stop` at night must not wait for a file into which somebody pasted a log or a model's \
              output. What is refused is said before anything is read, and in the same words everywhere.",
        bad: "title = \"…\"      # followed by a megabyte that was pasted by mistake",
        good: "title = \"Fabricated content reached customers\"",
        fix: "Take out what was pasted into it, or write it as several files: one runbook, one automation a file.",
    },
};
