//! More problems than anybody reads.

use crate::diag::{Severity, code};
use crate::lint::rule::{Check, Explanation, Rule};

pub(super) const RULE: Rule = Rule {
    code: code::LEFT_OUT,
    severity: Severity::Error,
    checks: &[Check::Reading],
    explanation: Explanation {
        what: "A file has so many problems of one kind that the others are only counted: 100 syntax errors between \
               sections, 100 characters that can not be seen, 1,000 problems of one code. It says how many are left, \
               where the first of them is, and is as grave as the gravest of them.",
        why: "A list that ends without saying so is taken for the whole list. And a file that was written by a program, or \
              by somebody who means harm, must not fill the memory of whoever looks at it.",
        bad: "a b c        # and the same on each of ten thousand lines",
        good: "title = \"Fabricated content reached customers\"",
        fix: "Mend the problems that are told first: mostly the others have the same cause. Then lint again.",
    },
};
