//! What a change weakens, and what it strengthens, held against an earlier revision.
//!
//! Owns the comparison of two decoded workspaces and of the plans that follow from each. A comparison looks one way only:
//! at what the first has and the second lacks. Carried out forwards it tells what a change weakens, carried out backwards
//! what it strengthens, so that whatever is a weakening is a strengthening when it is taken back. Must not know where the
//! earlier revision comes from: its files are decoded by whoever calls.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::sync::Arc;

use crate::diag::{Code, Diagnostic, Severity};
use crate::model::automation::Automation;
use crate::model::runbook::Runbook;
use crate::model::workspace::Workspace;
use crate::plan::Step;
use crate::text::source::Source;
use crate::text::span::Span;

use super::context::{self, Planned};

mod closing;
mod collect;
mod measure;
mod pairs;
mod steps;

pub(super) use collect::{compare, unreadable};
pub use pairs::Sides;
pub(super) use pairs::{controls, is_one_binding, is_one_key, persons};

super::rule::rules! {
    weaker_trigger, weaker_containment, weaker_evidence, weaker_matrix, weaker_response, weaker_gate, weaker_verify,
    weaker_restore, weaker_follow_up, weaker_coverage, weaker_risk, weaker_limits, weaker_stop, weaker_inventory,
    weaker_policy, weaker_quorum, weaker_people, wider_vote, changed_target, exception_added, not_compared,
}

/// The revision that a workspace is held against.
#[derive(Clone, Copy, Debug)]
pub struct Before<'a> {
    /// What it is called: what was asked for.
    pub name: &'a str,
    /// Everything of it that could be decoded.
    pub workspace: &'a Workspace,
    /// What decoding found.
    pub problems: &'a [Diagnostic],
    /// Files of it that came with the program.
    pub shipped: &'a BTreeSet<String>,
    /// Who signed that they have read exactly this change, made none of it, and may be believed.
    pub agreed: &'a [Agreed],
}

/// Somebody's signed word for a change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Agreed {
    /// Who, by their name in `people.toml`.
    pub by: String,
    /// The day.
    pub on: jiff::civil::Date,
}

/// What a change weakens and those have signed for whom it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Closed {
    /// What was found.
    pub finding: Diagnostic,
    /// Whose word closes it.
    pub by: Vec<Agreed>,
}

/// What only a signed review answers for: who has to approve, and who can. An exception is written by whoever makes the
/// change, and nobody may take a voter away by themselves.
const VOTED: [&str; 5] = ["weaker-gate", "weaker-policy", "weaker-quorum", "weaker-people", "wider-vote"];

/// Whether no exception answers for a finding of this code.
pub(super) fn is_voted(code: &str) -> bool {
    VOTED.contains(&code)
}

/// What came of holding a workspace against an earlier revision, beside the findings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Compared {
    /// What the revision is called.
    pub name: String,
    /// How many plans were compared: those of which some file changed.
    pub plans: usize,
    /// How many were left out, because there were too many.
    pub left: usize,
    /// What the change strengthens, in the order of findings.
    pub stronger: Vec<Diagnostic>,
    /// What the change weakens and signed reviews have closed, in the order of findings.
    pub closed: Vec<Closed>,
    /// Whose word counts for something, though others may have to sign as well.
    pub heard: BTreeSet<Agreed>,
    of: BTreeMap<Key, BTreeSet<String>>,
}

/// What tells one thing that was found from another: file, first byte, code, words.
type Key = (String, usize, &'static str, String);

impl Compared {
    /// The automations for which something is weaker or stronger, in order; none where it is not of any.
    pub fn automations(&self, found: &Diagnostic) -> impl Iterator<Item = &str> {
        let key =
            found.labels.first().map(|l| (l.source.name.clone(), l.span.start, found.code.name, found.message.clone()));
        key.and_then(|key| self.of.get(&key)).into_iter().flatten().map(String::as_str)
    }
}

/// Whether one of these names is this group or a code of it: whoever asks for them by name wants a revision to be held
/// against.
#[must_use]
pub fn is_named(names: &[String]) -> bool {
    names.iter().any(|name| name == "against" || RULES.iter().any(|rule| rule.code.name == name))
}

/// What a comparison looks at.
#[derive(Clone, Copy)]
pub enum Compare {
    /// The two workspaces, once.
    Workspace(fn(&Sides<'_>, &mut Losses)),
    /// Each automation that both have.
    Automation(fn(&Automation, &Automation, &mut Losses)),
    /// Each plan that both have.
    Plan(fn(&PlanPair<'_>, &mut Losses)),
}

/// A runbook for an automation in an environment, as it follows from each of two revisions.
#[derive(Clone, Copy, Debug)]
pub struct PlanPair<'p> {
    /// From which something may have been lost.
    pub from: &'p Planned<'p>,
    /// In which it may be missing.
    pub to: &'p Planned<'p>,
    /// Whether paths are walked, so that a witness may be one of the machine's own.
    pub walked: bool,
}

/// A place in a file.
pub(super) type Place = (Arc<Source>, Span);

/// Something that one revision has and another lacks.
#[derive(Clone, Debug)]
pub(super) struct Loss {
    code: Code,
    severity: Severity,
    /// Said where it is lost.
    lost: String,
    /// Said where it is gained.
    gained: String,
    from: Option<Place>,
    to: Option<Place>,
    witness: Option<String>,
    /// For which automations, where the comparison itself knows.
    of: Vec<String>,
    /// The functions that lose something by it: each has to sign. Where there is none, the automations' owners have to.
    asks: Vec<String>,
    /// Whether it has no direction, so that it is told as a weakening whichever way it goes.
    either: bool,
    /// Whether it can be answered for where it is found.
    excusable: bool,
}

impl Loss {
    /// What is said where it is lost, and where it is gained.
    pub(super) fn new(code: Code, lost: impl Into<String>, gained: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            lost: lost.into(),
            gained: gained.into(),
            from: None,
            to: None,
            witness: None,
            of: Vec::new(),
            asks: Vec::new(),
            either: false,
            excusable: true,
        }
    }

    /// A value that went from one to the other: the same words in both directions.
    pub(super) fn moved(code: Code, what: impl Display, from: impl Display, to: impl Display) -> Self {
        Self::new(code, format!("{what} {from} → {to}"), format!("{what} {to} → {from}"))
    }

    /// A change of which nobody can say whether it is for the better: told as a warning whichever way it goes.
    pub(super) fn changed(code: Code, says: impl Into<String>) -> Self {
        let says = says.into();
        Self { either: true, severity: Severity::Warning, ..Self::new(code, says.clone(), says) }
    }

    /// With its place in each revision.
    pub(super) fn at(mut self, from: Option<Place>, to: Option<Place>) -> Self {
        self.from = from;
        self.to = to;
        self
    }

    /// With the path or the case that shows it.
    pub(super) fn witness(mut self, witness: impl Into<String>) -> Self {
        self.witness = Some(witness.into());
        self
    }

    /// As a warning.
    pub(super) fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// Without the advice that somebody answer for it, because it is itself somebody's answer.
    pub(super) fn answered(mut self) -> Self {
        self.excusable = false;
        self
    }

    /// As an error.
    pub(super) fn error(mut self) -> Self {
        self.severity = Severity::Error;
        self
    }

    /// For these automations.
    pub(super) fn of(mut self, automations: impl IntoIterator<Item = String>) -> Self {
        self.of = automations.into_iter().collect();
        self
    }

    /// At the cost of these functions.
    pub(super) fn asks(mut self, functions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.asks = functions.into_iter().map(Into::into).collect();
        self
    }
}

/// What a comparison found.
#[derive(Debug, Default)]
pub struct Losses {
    found: Vec<Loss>,
}

impl Losses {
    /// Adds one.
    pub(super) fn add(&mut self, loss: Loss) {
        self.found.push(loss);
    }
}

impl PlanPair<'_> {
    /// The place of a step in each revision: where it is written, or else where the runbook says what it is.
    pub(super) fn step(&self, from: &Step, to: &Step) -> (Option<Place>, Option<Place>) {
        (Some(of_step(self.from, from)), Some(of_step(self.to, to)))
    }

    /// The place of a step that only the first has: where it is written, and where the second says what it is.
    pub(super) fn lost_step(&self, step: &Step) -> (Option<Place>, Option<Place>) {
        (Some(of_step(self.from, step)), Some(title(self.to.runbook)))
    }

    /// Places in the two runbooks, where there are such, or else where each says what it is.
    pub(super) fn runbook(&self, from: Option<Span>, to: Option<Span>) -> (Option<Place>, Option<Place>) {
        (Some(in_runbook(self.from.runbook, from)), Some(in_runbook(self.to.runbook, to)))
    }
}

fn of_step(planned: &Planned<'_>, step: &Step) -> Place {
    in_runbook(planned.runbook, planned.written(&step.id).map(|s| s.span))
}

fn in_runbook(runbook: &Runbook, span: Option<Span>) -> Place {
    span.map_or_else(|| title(runbook), |span| (Arc::clone(&runbook.source), span))
}

/// Where a runbook says what it is.
pub(super) fn title(runbook: &Runbook) -> Place {
    let span = runbook.title.as_ref().map_or_else(|| context::head(&runbook.source), |t| t.span);
    (Arc::clone(&runbook.source), span)
}

/// Where a file begins to say something.
pub(super) fn head(source: &Arc<Source>) -> Place {
    (Arc::clone(source), context::head(source))
}

/// A place in a file, or where it begins to say something.
pub(super) fn within(source: &Arc<Source>, span: Option<Span>) -> Place {
    (Arc::clone(source), span.unwrap_or_else(|| context::head(source)))
}

/// A sentence without what only looks different: case, blanks, and marks at its end.
pub(super) fn plain(sentence: &str) -> String {
    let words: Vec<String> = sentence.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ").trim_end_matches(['.', ';', ',', '!']).to_owned()
}

/// Names that may follow in a message.
const MOST_NAMES: usize = 3;

fn names(names: &BTreeSet<String>) -> String {
    match names.len().saturating_sub(MOST_NAMES) {
        0 if names.is_empty() => String::new(),
        0 => crate::text::suggest::all(names.iter().map(String::as_str)),
        more => {
            let shown: Vec<String> = names.iter().take(MOST_NAMES).map(|n| format!("`{n}`")).collect();
            format!("{} and {more} more", shown.join(", "))
        }
    }
}
