//! An exception from something that does not exist, or that can not be excepted.

use std::sync::Arc;

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::against::is_voted;
use crate::lint::registry;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::exception::Exception;
use crate::text::source::Source;
use crate::text::{safe, suggest};

const CODE: Code = Code {
    name: "exception-code",
    summary: "An exception from a code that does not exist or that can not be excepted.",
};

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Excepting],
    explanation: Explanation {
        what: "An `[[exception]]` names a code that no rule has, or one that the program itself refuses when it runs, or a \
               weakening that only a signed review closes: of gates, of the policy, and of who may vote.",
        why: "An exception that covers nothing looks like a decision and is none. What can not be read or resolved is \
              refused by `aigov run` whatever somebody accepted, so accepting it in a file would only hide it from CI. And \
              whoever takes a voter away writes the exception in the same change: nobody has agreed to anything by that.",
        bad: "[[exception]]\ncode = \"unknown-key\"\nreason = \"We will clean this up\"\nowner = \"@owner\"\nuntil = 2027-01-31",
        good: "[[exception]]\ncode = \"no-vendor-contact\"\nreason = \"The contract is being signed\"\nowner = \"@owner\"\nuntil = 2027-01-31",
        fix: "Write a code that `aigov explain` lists, or mend what was found and delete the exception.",
    },
};

/// What is wrong with the code of an exception.
pub(super) fn check(source: &Arc<Source>, exception: &Exception) -> Option<Diagnostic> {
    let code = exception.code.as_ref()?;
    let shown = safe::excerpt(&code.value, 60);
    if registry::find(&code.value).is_none() {
        let near = suggest::nearest(&code.value, registry::names());
        let label = near.map_or_else(String::new, |n| format!("did you mean `{n}`?"));
        return Some(
            Diagnostic::error(CODE, format!("there is no code `{shown}`"))
                .at(source, code.span, label)
                .help("`aigov explain` lists all codes"),
        );
    }
    // A code that is refused may be told as a warning in some places; there an exception has its place.
    let ever = [Severity::Warning, Severity::Note].into_iter().any(|s| super::excusable(&code.value, s));
    let always = registry::find(&code.value).is_some_and(|(_, rule)| rule.severity == Severity::Error)
        && !super::excusable(&code.value, Severity::Error);
    (!ever || always).then(|| {
        let (label, help) = if is_voted(&code.value) {
            ("only a signed review closes it", "delete the exception: `aigov review --against REV` takes somebody's word for the change")
        } else {
            ("the program refuses it all the same", "mend what was found and delete the exception")
        };
        Diagnostic::error(CODE, format!("`{shown}` can not be excepted")).at(source, code.span, label).help(help)
    })
}
