//! An exception without an end that anybody will see.

use std::sync::Arc;

use jiff::Span;

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::exception::Exception;
use crate::text::source::Source;

const CODE: Code = Code { name: "exception-far", summary: "An exception that holds for more than a year." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Excepting],
    explanation: Explanation {
        what: "The `until` of an `[[exception]]` lies more than a year ahead. What the exception covered is found again.",
        why: "An exception until 2099 is the end of the rule, decided by one person for everybody who comes after. Within a \
              year somebody who still knows the reason has to decide again.",
        bad: "[[exception]]\ncode = \"no-vendor-contact\"\nreason = \"The contract is being signed\"\nowner = \"@owner\"\nuntil = 2099-01-31",
        good: "[[exception]]\ncode = \"no-vendor-contact\"\nreason = \"The contract is being signed\"\nowner = \"@owner\"\nuntil = 2027-01-31",
        fix: "Write the day by which it will be mended, at most a year ahead.",
    },
};

/// Whether the day of an exception is too far off.
pub(super) fn check(cx: &Context<'_>, source: &Arc<Source>, exception: &Exception) -> Option<Diagnostic> {
    let last = cx.today.checked_add(Span::new().years(1)).ok()?;
    let until = exception.until.as_ref().filter(|until| until.value > last)?;
    Some(
        Diagnostic::error(CODE, "this exception holds for more than a year")
            .at(source, until.span, format!("today is {}", cx.today))
            .help(format!("write {last} or an earlier day; until then the exception covers nothing")),
    )
}
