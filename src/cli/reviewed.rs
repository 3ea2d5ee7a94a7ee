//! Reviews that the journal holds, and which of them count now.

use super::context::Context;
use super::error::CliError;
use super::keys;
use crate::approval::review::{Of, Review, Voices};
use crate::approval::{Checked, Namespace};
use crate::model::automation::Automation;
use crate::model::workspace::Workspace;
use crate::plan::{Person, Voters, authorities, roster};
use crate::port::Keys as _;
use crate::text::time::Instant;

/// Every review with why it does not count, oldest first.
///
/// # Errors
/// The journal can't be read.
pub(crate) fn all(cx: &Context) -> Result<Vec<(Review, Option<String>)>, CliError> {
    let found = cx.journal().reviews()?;
    // Nothing of the roster is read where nobody reviewed anything.
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let judge = Judge::new(cx);
    Ok(found.into_iter().map(|r| (judge.refusal(&r, cx.now), r)).map(|(why, r)| (r, why)).collect())
}

/// The reviews that count now.
///
/// # Errors
/// The journal can't be read.
pub(crate) fn counted(cx: &Context) -> Result<Vec<Review>, CliError> {
    Ok(all(cx)?.into_iter().filter(|(_, why)| why.is_none()).map(|(review, _)| review).collect())
}

/// The rosters that a review is held against, read once.
pub(crate) struct Judge {
    port: crate::keys::SshKeys,
    protected: Vec<Person>,
    authorities: Vec<String>,
    now: Result<Voters, String>,
    unsigned: bool,
}

impl Judge {
    pub(crate) fn new(cx: &Context) -> Self {
        let unsigned = is_play(cx);
        let (protected, authorities) = keys::protected_roster(cx);
        let port = keys::port(cx);
        Self { now: port.roster(), port, protected, authorities, unsigned }
    }

    /// The same held against the roster that an earlier workspace had, whatever is protected now.
    pub(crate) fn before(cx: &Context, then: &Workspace) -> Self {
        let people = then.people.as_ref();
        let demo = then.settings.as_ref().and_then(|s| s.demo.as_ref()).is_some_and(|d| d.value);
        Self {
            protected: people.map(roster).unwrap_or_default(),
            authorities: authorities(people),
            unsigned: demo && is_play(cx),
            ..Self::new(cx)
        }
    }

    /// The roster that counts.
    pub(crate) fn roster(&self) -> &[Person] {
        &self.protected
    }

    /// Why a review does not count, or none when it does.
    pub(crate) fn refusal(&self, review: &Review, now: Instant) -> Option<String> {
        // One that is taken out now vouches for nobody now.
        let still = |a: &&String| self.now.as_ref().is_ok_and(|now| now.authorities.contains(a));
        let authorities: Vec<String> = self.authorities.iter().filter(still).cloned().collect();
        let of = Voices {
            protected: &self.protected,
            now: self.now.as_ref().map(|v| v.persons.as_slice()).map_err(String::as_str),
            authorities: &authorities,
            unsigned: self.unsigned,
        };
        review.refusal(&self.looked(review), of, now)
    }

    fn looked(&self, review: &Review) -> Result<Checked, String> {
        let Some((text, signature)) = &review.signed else { return Err(String::new()) };
        self.port.check(Namespace::Review, text.as_bytes(), signature).map_err(|bad| bad.to_string())
    }
}

/// Whether a name is enough here: the sandbox, or a workspace that says that it is a demonstration.
#[must_use]
pub(crate) fn is_play(cx: &Context) -> bool {
    let settings = cx.core().workspace.settings.as_ref();
    cx.place.is_sandbox() || settings.and_then(|s| s.demo.as_ref()).is_some_and(|d| d.value)
}

/// The people who own an automation: whoever carries its role `owner`, or is named by it.
#[must_use]
pub(crate) fn owners(cx: &Context, automation: &Automation) -> Vec<String> {
    let Some(role) = automation.roles.get("owner").map(|r| r.value.as_str()) else { return Vec::new() };
    let Some(people) = cx.core().workspace.people.as_ref() else { return Vec::new() };
    let named = people.persons.get(role).is_some().then_some(role);
    named.into_iter().chain(people.carriers(role)).map(str::to_owned).collect()
}

/// The path of an automation's or a runbook's file, and the digest of what is in it now.
#[must_use]
pub(crate) fn file(cx: &Context, of: Of, name: &str) -> Option<(String, String)> {
    let workspace = &cx.loaded().workspace;
    let source = match of {
        Of::Runbook => &workspace.runbooks.get(name)?.source,
        Of::Launch => &workspace.automations.get(name)?.source,
        // Not one file.
        Of::Change => return None,
    };
    Some((source.name.clone(), cx.loaded().digests.get(&source.name)?.clone()))
}
