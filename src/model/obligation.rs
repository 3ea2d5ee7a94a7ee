//! Duties to tell somebody about an incident, with the clock that each sets, as written in `templates/obligations.toml`.
//!
//! Owns the typed data. No deadline of any law stands in code: what is not in the file does not exist here.

use super::runbook::Class;
use super::word::words;
use crate::text::span::{Span, Spanned};
use crate::text::time::Millis;

/// A duty. What could not be read is absent, and was reported.
#[derive(Clone, Debug, PartialEq)]
pub struct Obligation {
    /// The whole table.
    pub span: Span,
    /// Its id.
    pub id: Spanned<String>,
    /// Which law, and which case of it.
    pub regime: Option<Spanned<String>>,
    /// Incident classes that may start it.
    pub classes: Vec<Spanned<Class>>,
    /// What its clock runs from.
    pub starts: Option<Spanned<ClockStart>>,
    /// How long; none where the law says at once or without undue delay.
    pub limit: Option<Spanned<Millis>>,
    /// Who is to be told.
    pub to: Option<Spanned<String>>,
    /// Where it is written.
    pub source: Option<Spanned<String>>,
    /// How well it is known.
    pub basis: Option<Spanned<Basis>>,
    /// Since when, or from when on, it applies.
    pub applies_from: Option<Spanned<jiff::civil::Date>>,
    /// When somebody last held it against its source.
    pub reviewed_at: Option<Spanned<jiff::civil::Date>>,
}

words! {
    /// Events that clocks run from. Each regime has its own, which is why the record keeps them apart.
    ClockStart {
        /// We are reasonably certain that it happened.
        Aware = "aware",
        /// A causal link to the system is established or likely.
        CausalLink = "causal-link",
        /// It was classified as major.
        Classified = "classified",
        /// It was found, whether or not it was understood.
        Discovered = "discovered",
        /// A high risk to people is likely.
        HighRiskLikely = "high-risk-likely",
    }
}

words! {
    /// How well a duty is known.
    Basis {
        /// The text of the law was read.
        Law = "law",
        /// Taken from summaries; the text is to be checked.
        Summary = "summary",
    }
}
