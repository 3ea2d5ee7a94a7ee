//! An exception whose day has passed.

use std::sync::Arc;

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::exception::Exception;
use crate::text::source::Source;

const CODE: Code = Code { name: "exception-expired", summary: "An exception whose last day has passed." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Excepting],
    explanation: Explanation {
        what: "The `until` of an `[[exception]]` lies before today. What it covered is found again.",
        why: "Whoever accepted a risk accepted it until a day. Exceptions without an end are how a rule dies: nobody \
              remembers the reason, and the next reader takes the gap for the design.",
        bad: "[[exception]]\ncode = \"no-vendor-contact\"\nreason = \"The contract is being signed\"\nowner = \"@owner\"\nuntil = 2020-01-31",
        good: "[[exception]]\ncode = \"no-vendor-contact\"\nreason = \"The contract is being signed\"\nowner = \"@owner\"\nuntil = 2027-01-31",
        fix: "Mend what was found and delete the exception, or let its owner decide anew and write the new day and reason.",
    },
};

/// Whether the day of an exception has passed.
pub(super) fn check(cx: &Context<'_>, source: &Arc<Source>, exception: &Exception) -> Option<Diagnostic> {
    let until = exception.until.as_ref().filter(|until| until.value < cx.today)?;
    let code = exception.code.as_ref().map_or("", |c| c.value.as_str());
    Some(
        Diagnostic::error(CODE, format!("the exception from `{code}` has expired"))
            .at(source, until.span, format!("today is {}", cx.today))
            .help("mend what it covered and delete it, or let its owner decide anew"),
    )
}
