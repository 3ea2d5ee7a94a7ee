//! An exception that gives no reason.

use std::sync::Arc;

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::exception::Exception;
use crate::text::source::Source;

const CODE: Code = Code { name: "exception-reason", summary: "An exception whose reason says nothing." };

/// Words without which no sentence says why.
const FEWEST: usize = 3;

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Excepting],
    explanation: Explanation {
        what: "The `reason` of an `[[exception]]` has fewer than three words. What the exception covered is found again.",
        why: "`.` and `later` are what is typed to get past a check. Whoever reads the file in a year has to be able to tell \
              whether the reason still holds.",
        bad: "[[exception]]\ncode = \"no-vendor-contact\"\nreason = \"later\"\nowner = \"@owner\"\nuntil = 2027-01-31",
        good: "[[exception]]\ncode = \"no-vendor-contact\"\nreason = \"The contract is being signed\"\nowner = \"@owner\"\nuntil = 2027-01-31",
        fix: "Write in a sentence why it may stay so until that day.",
    },
};

/// Whether the reason is too short to be one.
pub(super) fn check(source: &Arc<Source>, exception: &Exception) -> Option<Diagnostic> {
    let reason = exception.reason.as_ref()?;
    let mut words: Vec<String> = reason.value.split_whitespace().map(str::to_lowercase).collect();
    words.retain(|w| w.chars().any(char::is_alphabetic));
    words.sort_unstable();
    // The same word three times is still one.
    words.dedup();
    // A language that parts no words is not counted by blanks.
    let unparted = reason.value.chars().filter(|c| c.is_alphabetic() && !c.is_ascii()).count() >= 4 * FEWEST;
    (words.len() < FEWEST && !unparted).then(|| {
        Diagnostic::error(CODE, "this exception does not say why")
            .at(source, reason.span, format!("fewer than {FEWEST} words"))
            .help("write in a sentence why it may stay so; until then the exception covers nothing")
    })
}
