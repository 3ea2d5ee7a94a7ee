//! What has to be read to lint a few files of a workspace, so that an editor or a hook does not wait for all the others.
//!
//! Owns which files decide what is found in which. What is found in a runbook follows from it, `aigov.toml`, `people.toml`,
//! the templates, and the automations that it names, or all of them where it names none: other runbooks say nothing about
//! it. What is found in an automation by itself follows from it and those two; its plans follow from all runbooks, and
//! are left out, which is told. Everything else is found with the whole workspace alone.

use std::collections::BTreeSet;

use super::files::{self, PEOPLE};
use super::place::{Place, SETTINGS};
use crate::diag::Diagnostic;
use crate::model::catalog::Catalog;
use crate::model::workspace::Workspace;

/// Most files for which a part is read. With more, the whole workspace is hardly more work.
const MOST: usize = 20;

/// A part of a workspace that decides what is found in some of its files.
#[derive(Debug)]
pub(crate) struct Part {
    /// What it holds, by path.
    pub files: Vec<(String, Vec<u8>)>,
    /// Whether the runbooks were left out that make plans with what was asked for.
    pub without_runbooks: bool,
}

/// The part that decides what is found in these files; none where that takes the whole workspace, or where something of it
/// can not be read, so that it is told as with the whole workspace.
pub(crate) fn of(place: &Place, asked: &[String], catalog: Catalog) -> Option<Part> {
    if place.is_sandbox() || asked.is_empty() || asked.len() > MOST {
        return None;
    }
    let all = |folder: &str| asked.iter().all(|path| path.starts_with(folder) && files::belongs(path));
    let without_runbooks = all("automations/");
    if !without_runbooks && !all("runbooks/incident/") {
        return None;
    }
    let mut paths: BTreeSet<String> = asked.iter().cloned().chain([SETTINGS.to_owned(), PEOPLE.to_owned()]).collect();
    let own = read(place, asked)?;
    if asked.len() != own.len() {
        return None;
    }
    let (workspace, problems) = Workspace::part(own, catalog);
    if without_runbooks {
        // What it feeds may feed it in turn.
        if workspace.automations.values().any(|a| !a.feeds.is_empty()) {
            return None;
        }
    } else {
        match named(&workspace, asked.len(), &problems) {
            Some(named) => paths.extend(named.iter().map(|name| format!("automations/{name}.toml"))),
            None => paths.extend(files::beside(place, "automations")),
        }
        paths.extend(files::beside(place, "templates"));
    }
    let paths: Vec<String> = paths.into_iter().collect();
    let read = read(place, &paths)?;
    // A name that names nothing is told with the names that there are.
    let lacks = |path: &String| path != PEOPLE && !read.iter().any(|(there, _)| there == path);
    (!paths.iter().any(lacks)).then_some(Part { files: read, without_runbooks })
}

/// The automations that all these runbooks name; none where one of them names none, or could not be read well enough to
/// say so.
fn named(workspace: &Workspace, asked: usize, problems: &[Diagnostic]) -> Option<BTreeSet<String>> {
    if !problems.is_empty() || workspace.runbooks.len() != asked {
        return None;
    }
    let mut out = BTreeSet::new();
    for runbook in workspace.runbooks.values() {
        if runbook.scope.automations.is_empty() {
            return None;
        }
        out.extend(runbook.scope.automations.iter().map(|name| name.value.clone()));
    }
    // A name that could be no file's is looked for among those that there are.
    let fits = |name: &String| name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    out.iter().all(fits).then_some(out)
}

fn read(place: &Place, paths: &[String]) -> Option<Vec<(String, Vec<u8>)>> {
    let texts = files::texts_of(place, paths);
    texts.unread.is_empty().then(|| texts.files.into_iter().collect())
}
