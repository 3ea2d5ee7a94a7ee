//! An exception from a finding of lint, as written in any file: `[[exception]]`.
//!
//! Owns the typed data. Which finding it covers, and whether it still holds, is decided by `lint`.

use crate::text::span::{Span, Spanned};

/// An exception: somebody answers for a finding until a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Exception {
    /// The whole table.
    pub span: Span,
    /// The code of the finding, such as `no-vendor-contact`.
    pub code: Option<Spanned<String>>,
    /// Why it is accepted.
    pub reason: Option<Spanned<String>>,
    /// Who answers for it: a role or a name.
    pub owner: Option<Spanned<String>>,
    /// The last day on which it holds.
    pub until: Option<Spanned<jiff::civil::Date>>,
    /// The thing that it is for, by its id or name; none means every finding of this code in the file.
    pub id: Option<Spanned<String>>,
}

impl Exception {
    /// Whether another says the same, wherever it stands.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        let text = |a: &Option<Spanned<String>>, b: &Option<Spanned<String>>| {
            a.as_ref().map(|t| &t.value) == b.as_ref().map(|t| &t.value)
        };
        text(&self.code, &other.code)
            && text(&self.reason, &other.reason)
            && text(&self.owner, &other.owner)
            && text(&self.id, &other.id)
            && self.until.as_ref().map(|d| d.value) == other.until.as_ref().map(|d| d.value)
    }
}
