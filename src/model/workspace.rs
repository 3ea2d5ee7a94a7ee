//! A workspace: `aigov.toml` and everything that stands beside it.
//!
//! Owns the typed data. Must not read files; `load` assembles a workspace from given texts.

use std::sync::Arc;

use litemap::LiteMap;

use super::automation::{Automation, RiskBand};
use super::binding::{Binding, Bound};
use super::exception::Exception;
use super::named::Named;
use super::obligation::Obligation;
use super::people::People;
use super::runbook::Runbook;
use super::scenario::Scenario;
use crate::text::source::Source;
use crate::text::span::{Span, Spanned};
use crate::text::time::Millis;

/// Everything that people wrote, as far as it could be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Workspace {
    /// `aigov.toml`; none when there is none.
    pub settings: Option<Settings>,
    /// `people.toml`; none when there is none.
    pub people: Option<People>,
    /// By name.
    pub automations: LiteMap<String, Automation>,
    /// By name, such as `incident/hallucination`.
    pub runbooks: LiteMap<String, Runbook>,
    /// Game days by name, such as `gameday/invented-policy`.
    pub scenarios: LiteMap<String, Scenario>,
    /// Statement templates of `templates/NAME.txt` by name; one of the same name takes the place of a shipped one.
    pub templates: LiteMap<String, Arc<Source>>,
    /// `templates/obligations.toml` of its own; none when it has none, and the shipped one holds.
    pub duties: Option<Duties>,
}

/// Duties to tell somebody.
#[derive(Clone, Debug, PartialEq)]
pub struct Duties {
    /// The file.
    pub source: Arc<Source>,
    /// In the order of the file.
    pub all: Vec<Obligation>,
}

/// `aigov.toml`.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The file.
    pub source: Arc<Source>,
    /// Whether unsigned votes are asked to count; they do only where every provider URL is loopback.
    pub demo: Option<Spanned<bool>>,
    /// `[environments.NAME]`.
    pub environments: Named<Environment>,
    /// `[providers.NAME]`.
    pub providers: Named<Provider>,
    /// What pages people.
    pub paging: Option<Bound>,
    /// What publishes statements.
    pub statements: Option<Bound>,
    /// What keeps tickets.
    pub tickets: Option<Bound>,
    /// What tells people without waking them.
    pub notices: Option<Bound>,
    /// Floors by risk band: `[policy.approvals]`.
    pub approvals: Named<Floor>,
    /// Which votes need a touch of the voter's hardware: `[policy.touch]`.
    pub touch: Touch,
    /// The git ref whose people.toml says who may vote: `[policy] roster`.
    pub roster: Option<Spanned<String>>,
    /// `[deadlines] question`: time allowed for each question.
    pub question: Option<Spanned<Millis>>,
    /// `[journal]`.
    pub journal: Journal,
    /// Findings that somebody answers for: `[[exception]]`.
    pub exceptions: Vec<Exception>,
}

/// An environment.
#[derive(Clone, Debug, PartialEq)]
pub struct Environment {
    /// The whole table.
    pub span: Span,
    /// Whether real people are affected there.
    pub production: Option<Spanned<bool>>,
    /// Whether people may practise there.
    pub rehearse: Option<Spanned<bool>>,
}

/// A provider.
#[derive(Clone, Debug, PartialEq)]
pub struct Provider {
    /// The whole table.
    pub span: Span,
    /// Its kind; none when it is missing or unknown.
    pub kind: Option<Spanned<String>>,
    /// Keys beside `kind`, the same for every environment.
    pub shared: Binding,
    /// Settings per environment. Secrets stay references.
    pub environments: Named<Binding>,
    /// Whether no problem was found anywhere in it.
    pub intact: bool,
}

/// The least approval that a band asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Floor {
    /// The whole table.
    pub span: Span,
    /// Least number of distinct people.
    pub people: Option<Spanned<u16>>,
    /// Functions that must be covered.
    pub functions: Vec<Spanned<String>>,
}

/// Which votes need a touch of the voter's hardware, so that no program can give them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Touch {
    /// At gates that ask for one of these functions.
    pub functions: Vec<Spanned<String>>,
    /// At gates of automations of these bands.
    pub bands: Vec<Spanned<RiskBand>>,
    /// Whether a PIN or a fingerprint is needed with it.
    pub pin: bool,
}

/// Where records go.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Journal {
    /// A path, relative to the workspace.
    pub path: Option<Spanned<String>>,
    /// A git remote that it is pushed to.
    pub remote: Option<Spanned<String>>,
    /// A git remote for drills, by which players on other machines join; without it, `remote` where that is on this machine.
    pub drills: Option<Spanned<String>>,
}
