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
