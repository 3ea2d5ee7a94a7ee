//! An exception that covers nothing.

use std::sync::Arc;

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::exception::Exception;
use crate::text::safe;
use crate::text::source::Source;

const CODE: Code = Code { name: "exception-unused", summary: "An exception that no finding of its file matches." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Excepting],
    explanation: Explanation {
        what: "An `[[exception]]` names a code, and perhaps an id, but nothing of the kind is found in its file.",
        why: "It was mended, or it stands in the wrong file, or the id is misspelt. In each case the exception would \
              silently cover the next mistake of its kind.",
        bad: "[[exception]]\ncode = \"no-by-hand\"\nid = \"autonomi\"\nreason = \"No console yet\"\nowner = \"@owner\"\nuntil = 2027-01-31",
        good: "[[exception]]\ncode = \"no-by-hand\"\nid = \"autonomy\"\nreason = \"No console yet\"\nowner = \"@owner\"\nuntil = 2027-01-31",
        fix: "Delete it, or correct its code or id, or move it to the file in which the finding lies.",
    },
};

/// The finding.
pub(super) fn found(source: &Arc<Source>, exception: &Exception) -> Diagnostic {
    let code = exception.code.as_ref().map_or("", |c| c.value.as_str());
    let (message, place) = match &exception.id {
        Some(id) => {
            (format!("nothing in this file is a `{code}` of `{}`", safe::excerpt(&id.value, 60)), id.span)
        }
        None => {
            (format!("nothing in this file is a `{code}`"), exception.code.as_ref().map_or(exception.span, |c| c.span))
        }
    };
    Diagnostic::warning(CODE, message).at(source, place, "covers nothing").help("delete the exception")
}
