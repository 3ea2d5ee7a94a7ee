//! A change: the workspace held against an earlier revision of its repository, and who signed that they have read it.
//!
//! Owns which bytes a change is, who made it, and whose signed word for it counts. What it weakens, and whose word that takes, is
//! found by `lint`.

use std::collections::BTreeSet;

use litemap::LiteMap;

use super::context::Context;
use super::error::CliError;
use super::files::{self, Texts};
use super::reviewed::Judge;
use super::revision;
use crate::approval::review::{Of, Review, of_change};
use crate::diag::Diagnostic;
use crate::lint::{self, Agreed, Before, Input, Outcome, Selection};
use crate::model::workspace::Workspace;
use crate::provider;
use crate::text::canon::sha256_hex;
use crate::text::gather::Gather;
use crate::text::safe;

/// The workspace as it was, and what differs.
pub(crate) struct Change {
    /// What was asked for.
    pub name: String,
    /// The commit that this is, as git names it, with the folder where one was given.
    pub base: Option<String>,
    /// Each file that differs, with the digests that it had and has.
    pub files: LiteMap<String, (Option<String>, Option<String>)>,
    workspace: Workspace,
    problems: Vec<Diagnostic>,
    shipped: BTreeSet<String>,
}

impl Change {
    /// From a revision to the files that are there now.
    ///
    /// # Errors
    /// The revision can't be read.
    pub(crate) fn read(
        cx: &Context,
        name: &str,
        now: &[(String, Vec<u8>)],
        selection: &Selection,
    ) -> Result<Self, CliError> {
        let Texts { files: then, shipped, .. } = revision::texts_at(&cx.place, name)?;
        let now: LiteMap<&str, &[u8]> = now.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).gather();
        let mut files = LiteMap::new();
        let paths: BTreeSet<&str> = now.keys().copied().chain(then.keys().map(String::as_str)).collect();
        for path in paths {
            let (was, is) = (then.get(path).map(Vec::as_slice), now.get(path).copied());
            if was != is {
                files.insert(path.to_owned(), (was.map(sha256_hex), is.map(sha256_hex)));
            }
        }
        let (workspace, problems) = super::decoded::workspace(then.into_iter().collect(), selection);
        let base = revision::base(&cx.place, name);
        Ok(Self { name: name.to_owned(), base, files, workspace, problems, shipped })
    }

    /// What it is known by.
    pub(crate) fn digest(&self) -> String {
        of_change(&self.files)
    }

    /// To be held against.
    pub(crate) fn before<'a>(&'a self, agreed: &'a [Agreed]) -> Before<'a> {
        Before {
            name: &self.name,
            workspace: &self.workspace,
            problems: self.problems.as_slice(),
            shipped: &self.shipped,
            agreed,
        }
    }

    /// E-mail addresses of those who made it, as git names them; none where that can't be told.
    pub(crate) fn authors(&self, cx: &Context) -> Option<BTreeSet<String>> {
        let paths: Vec<&str> = self.files.keys().map(String::as_str).collect();
        revision::authors(&cx.place, self.base.as_deref()?, &paths)
    }

    /// Why somebody can not sign for it, or none where they can: who made it does not, and who can't be told from those who made
    /// it neither. Addresses count as they were before and as they are now.
    pub(crate) fn bars(&self, cx: &Context, person: &str, authors: &BTreeSet<String>) -> Option<String> {
        let email = |workspace: &Workspace| {
            let of = workspace.people.as_ref().and_then(|p| p.persons.get(person));
            of.and_then(|p| p.contacts.email.as_ref()).map(|e| e.value.to_lowercase())
        };
        let shown = safe::line(person);
        let revision = safe::excerpt(&self.name, 60);
        let Some(was) = email(&self.workspace) else {
            return Some(format!(
                "people.toml at {revision} has no e-mail address of {shown}, so that nobody can tell who made the change"
            ));
        };
        let theirs = [Some(was), email(&cx.core().workspace)];
        let made = theirs.into_iter().flatten().any(|e| authors.contains(&e));
        made.then(|| format!("{shown} made a part of this change; whoever makes a change does not sign for it"))
    }

    /// Whoever could speak before the change, so that it brings nobody a voice.
    pub(crate) fn judge(&self, cx: &Context) -> Judge {
        Judge::before(cx, &self.workspace)
    }

    /// Who signed for exactly this change and may be believed.
    pub(crate) fn agreed(&self, cx: &Context) -> Vec<Agreed> {
        if self.files.is_empty() || !cx.journal_path().is_dir() {
            return Vec::new();
        }
        let digest = self.digest();
        let mut found = cx.journal().reviews().unwrap_or_default();
        found.retain(|r| r.of == Of::Change && r.digest == digest);
        // Nothing of the rosters is read where nobody reviewed anything.
        if found.is_empty() {
            return Vec::new();
        }
        // What nobody has committed, nobody is known to have made.
        let Some(authors) = self.authors(cx).filter(|_| self.committed(cx)) else { return Vec::new() };
        let (now, before) = (Judge::new(cx), self.judge(cx));
        let counts = |r: &Review| {
            [&now, &before].iter().all(|judge| judge.refusal(r, cx.now).is_none())
                && self.bars(cx, &r.person, &authors).is_none()
        };
        found.iter().filter(|r| counts(r)).map(|r| Agreed { by: r.person.clone(), on: r.at.day() }).collect()
    }

    /// What it weakens, with these words for it.
    pub(crate) fn weakened(&self, cx: &Context, agreed: &[Agreed]) -> Result<Outcome, CliError> {
        let only = ["against".to_owned()];
        let selection = Selection::new(&only, &[]).map_err(|unknown| CliError::failed(unknown.to_string()))?;
        let Texts { files, shipped, .. } = files::texts(&cx.place);
        let (workspace, problems) = super::decoded::workspace(files.into_iter().collect(), &selection);
        let input = Input {
            workspace: &workspace,
            problems,
            catalog: provider::catalog(),
            today: cx.now.day(),
            shipped: &shipped,
            asked: None,
            selection: &selection,
            demo: cx.place.is_sandbox(),
            reviews: &[],
            reviewed: &[],
        };
        Ok(lint::lint_against(input, None, Some(&self.before(agreed))))
    }

    /// Whether all of it is committed, so that others can read what is signed.
    pub(crate) fn committed(&self, cx: &Context) -> bool {
        let now = files::texts(&cx.place).files;
        revision::texts_at(&cx.place, "HEAD").is_ok_and(|head| head.files == now)
    }
}
