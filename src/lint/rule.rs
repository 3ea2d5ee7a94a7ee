//! What a rule is: a code with its explanation, how grave it is, and what it looks at.
//!
//! Owns the types. The rules themselves stand one a file below their group.

use std::sync::Arc;

use super::against::Compare;
use super::context::{Context, Planned};
use super::findings::Findings;
use super::paths::Walked;
use crate::diag::{Code, Severity};
use crate::model::automation::Automation;
use crate::model::runbook::Runbook;
use crate::text::source::Source;

/// A rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its name and one line that says what it finds.
    pub code: Code,
    /// How grave it is where it is found.
    pub severity: Severity,
    /// What it looks at.
    pub checks: &'static [Check],
    /// The page of `aigov explain`.
    pub explanation: Explanation,
}

/// What a rule looks at. A rule takes the smallest thing that tells it what it needs to know: a check of a runbook is
/// called once for each, a check of a plan once for each runbook, automation and environment.
#[derive(Clone, Copy)]
pub enum Check {
    /// Found while a file is read; nothing is left to do here.
    Reading,
    /// Found while a runbook is resolved for an automation; nothing is left to do here but to resolve.
    Resolving,
    /// Found while exceptions are matched with what was found.
    Excepting,
    /// The text of each file.
    Text(fn(&Arc<Source>, &mut Findings)),
    /// The whole workspace, once.
    Workspace(fn(&Context<'_>, &mut Findings)),
    /// The whole workspace, once, where all its runbooks were read: what it finds about one file depends on all of them.
    Coverage(fn(&Context<'_>, &mut Findings)),
    /// Each runbook by itself, with what it names.
    Runbook(fn(&Context<'_>, &Runbook, &mut Findings)),
    /// Each automation by itself.
    Automation(fn(&Context<'_>, &Automation, &mut Findings)),
    /// Each plan.
    Plan(fn(&Context<'_>, &Planned<'_>, &mut Findings)),
    /// One plan of each shape, with what came of walking its paths.
    Path(fn(&Planned<'_>, &Walked, &mut Findings)),
    /// What was there in an earlier revision, where there is one to be held against.
    Compare(Compare),
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Reading => "reading",
            Self::Resolving => "resolving",
            Self::Excepting => "excepting",
            Self::Text(_) => "each text",
            Self::Workspace(_) => "the workspace",
            Self::Coverage(_) => "all runbooks",
            Self::Runbook(_) => "each runbook",
            Self::Automation(_) => "each automation",
            Self::Plan(_) => "each plan",
            Self::Path(_) => "the paths of each plan",
            Self::Compare(_) => "an earlier revision",
        })
    }
}

/// The page of a code. Plain sentences; code in backticks; paragraphs parted by an empty line.
#[derive(Clone, Copy, Debug)]
pub struct Explanation {
    /// What is found.
    pub what: &'static str,
    /// Why it matters, with what happened where it was missing, as far as that is known.
    pub why: &'static str,
    /// TOML that is found.
    pub bad: &'static str,
    /// The same, mended.
    pub good: &'static str,
    /// What to do.
    pub fix: &'static str,
}

/// Rules about one thing.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// One word, which `--only` and `--allow` take as well.
    pub name: &'static str,
    /// One line.
    pub about: &'static str,
    /// In the order of the table.
    pub rules: &'static [Rule],
}

/// Declares one module for each rule of a group, and the list `RULES` of them. The file is named after the code, with
/// `_` for `-`, and has a `pub(super) const RULE: Rule`.
macro_rules! rules {
    ($($module:ident),* $(,)?) => {
        $(mod $module;)*
        /// The rules of this group.
        pub(super) const RULES: &[super::rule::Rule] = &[$($module::RULE),*];
        #[cfg(test)]
        pub(super) const FILES: &[&str] = &[$(stringify!($module)),*];
    };
}

pub(super) use rules;
