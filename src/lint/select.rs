//! Which rules are looked at: `--only` and `--allow`, by code or by group.
//!
//! Owns the choice and what is wrong with it.

use std::fmt;

use super::registry;
use super::rule::{Check, Rule};
use crate::diag::Code;
use crate::text::suggest;

/// A choice of rules. Without any, all of them.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    only: Vec<&'static str>,
    /// Codes that were asked for by their own name, or all where nothing was asked for.
    named: Option<Vec<String>>,
    allow: Vec<&'static str>,
    /// Whether automations are looked at without the runbooks.
    apart: bool,
}

/// A name that is neither a code nor a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownChoice {
    /// What was written.
    pub name: String,
    /// What may have been meant.
    pub near: Option<&'static str>,
}

impl fmt::Display for UnknownChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is neither a code nor a group of codes", crate::text::safe::excerpt(&self.name, 60))
    }
}

impl std::error::Error for UnknownChoice {}

impl Selection {
    /// From names of codes and groups.
    ///
    /// # Errors
    /// A name that is neither.
    pub fn new(only: &[String], allow: &[String]) -> Result<Self, UnknownChoice> {
        let named = (!only.is_empty()).then(|| only.to_vec());
        Ok(Self { only: codes(only)?, named, allow: codes(allow)?, apart: false })
    }

    /// The same for automations whose runbooks were not read: what depends on all runbooks is left out.
    #[must_use]
    pub fn without_runbooks(self) -> Self {
        Self { apart: true, ..self }
    }

    /// Whether a rule is left out, in whole or in part, because the runbooks were not read.
    #[must_use]
    pub fn leaves(&self, rule: &Rule) -> bool {
        let of_all = |c: &Check| matches!(c, Check::Plan(_) | Check::Resolving | Check::Coverage(_));
        self.apart && self.runs(rule.code) && rule.checks.iter().any(of_all)
    }

    /// Whether a rule is to be looked at.
    #[must_use]
    pub fn runs(&self, code: Code) -> bool {
        (self.only.is_empty() || self.only.contains(&code.name)) && !self.allows(code)
    }

    /// Whether a code was asked for by its own name, or everything was.
    #[must_use]
    pub fn names(&self, code: Code) -> bool {
        self.named.as_ref().is_none_or(|names| names.iter().any(|n| n == code.name))
    }

    /// Whether findings of a code are shown. A file that can not be read is always told: nothing else could be found in it.
    #[must_use]
    pub fn shows(&self, code: Code) -> bool {
        use crate::diag::code::{LEFT_OUT, NOT_UTF8, SYNTAX, TOO_LONG};
        self.runs(code) || (!self.allows(code) && [SYNTAX, NOT_UTF8, TOO_LONG, LEFT_OUT].contains(&code))
    }

    /// Whether a code is allowed.
    #[must_use]
    pub fn allows(&self, code: Code) -> bool {
        self.allow.contains(&code.name)
    }
}

fn codes(names: &[String]) -> Result<Vec<&'static str>, UnknownChoice> {
    let mut out = Vec::new();
    for name in names {
        if let Some(group) = registry::GROUPS.iter().find(|g| g.name == name) {
            out.extend(group.rules.iter().map(|r| r.code.name));
        } else if let Some((_, rule)) = registry::find(name) {
            out.push(rule.code.name);
        } else {
            return Err(UnknownChoice { name: name.clone(), near: suggest::nearest(name, registry::names()) });
        }
    }
    Ok(out)
}
