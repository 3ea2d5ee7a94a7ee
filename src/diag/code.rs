//! The codes of problems that reading finds, each with one line that says what it means.
//!
//! Owns the names: kebab-case, stable, never reused for another meaning.

use std::fmt;

/// The stable name of a kind of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code {
    /// Kebab-case, such as `unknown-key`.
    pub name: &'static str,
    /// One line: what it means.
    pub summary: &'static str,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

macro_rules! codes {
    ($($constant:ident = $name:literal: $summary:literal;)*) => {
        $(#[doc = $summary] pub const $constant: Code = Code { name: $name, summary: $summary };)*
        /// Every code, in the order of this file.
        pub const ALL: &[Code] = &[$($constant),*];
    };
}

codes! {
    SYNTAX = "syntax": "The file is not valid TOML.";
    NOT_UTF8 = "not-utf8": "The file is not UTF-8 text.";
    TOO_LONG = "too-long": "The file is longer than any that is read.";
    LEFT_OUT = "left-out": "More problems than are told one by one.";
    SCHEMA = "schema": "`schema` is missing or is not a version that this program reads.";
    UNKNOWN_KEY = "unknown-key": "A key that nothing reads.";
    MISSING_KEY = "missing-key": "A key that must be there is not.";
    WRONG_TYPE = "wrong-type": "A value of another type than the key takes.";
    BAD_VALUE = "bad-value": "A value of the right type that can not be meant.";
    BAD_DURATION = "bad-duration": "A text that is not a duration such as `30s` or `2h`.";
    UNKNOWN_VALUE = "unknown-value": "A word that is not among the words that the key takes.";
    BAD_ID = "bad-id": "An id with characters other than a-z, 0-9 and hyphens.";
    INVISIBLE_TEXT = "invisible-text": "Invisible, bidirectional or control characters in text that people read.";
    DUPLICATE_ID = "duplicate-id": "Two things of one file have the same id.";
    CONFLICTING_KEYS = "conflicting-keys": "Keys that exclude each other.";
    UNRESOLVED = "unresolved": "A name that names nothing.";
    LITERAL_SECRET = "literal-secret": "A secret written down instead of a reference to it.";
    UNKNOWN_KIND = "unknown-kind": "A kind of provider that this program does not have.";
    EXPRESSION = "expression": "A `when` condition that can not be read.";
    EXPRESSION_TYPE = "expression-type": "A `when` condition that compares a fact with something of another kind.";
    NOT_USABLE = "not-usable": "Part of a file could not be read, so that what depends on it can not be planned.";
    UNAVAILABLE = "unavailable": "What is asked for is not there in this environment, or its provider can not do it.";
    DIRECTION = "direction": "A step that would raise autonomy, or change something, where only lowering or looking may stand.";
    GATE = "gate": "A gate or a row that can not be met as it is written.";
    RISK = "risk": "The risk of an automation is not fully told; it counts as high.";
    SCOPE = "scope": "The runbook was not written for this environment or automation.";
    TEMPLATE = "template": "A statement's template that can not be rendered.";
    MATRIX_NOT_TOTAL = "matrix-not-total": "The last row of the matrix has a condition, so that some answers have no row.";
    UNREACHABLE_ROW = "unreachable-row": "A row of the matrix that no answer reaches.";
    PUBLIC_WITHOUT_STATEMENT = "public-without-statement": "The public must be told, but no response publishes.";
    INCOMPLETE = "incomplete": "An inventory that lacks what the risk band is computed from.";
    UNREAD_FILE = "unread-file": "A file of the workspace that this version does not read.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_kebab_case_and_unique() {
        let mut names: Vec<&str> = ALL.iter().map(|c| c.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
        for code in ALL {
            assert!(code.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{code}");
            assert!(code.summary.ends_with('.'), "{code}");
        }
    }
}
