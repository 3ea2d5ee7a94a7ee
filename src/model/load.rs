//! A workspace from the texts of its files.
//!
//! Owns which path is what. Must not read files: paths and bytes are given, so that the same assembling serves a folder,
//! a git commit and what is embedded in the program.

use std::sync::Arc;

use super::binding::Bound;
use super::catalog::Catalog;
use super::decode;
use super::named::Named;
use super::workspace::{Duties, Environment, Workspace};
use crate::diag::{Diagnostic, code};
use crate::text::safe;
use crate::text::source::Source;
use crate::text::span::Span;
use crate::text::suggest;

impl Workspace {
    /// Decodes the files of a workspace. Paths are relative to it, with `/` between folders; files that no path here
    /// speaks of are passed over. The problems come in the order of paths, then of places; the file of a problem is the
    /// name of its first label's source.
    #[must_use]
    pub fn assemble(mut files: Vec<(String, Vec<u8>)>, catalog: Catalog) -> (Self, Vec<Diagnostic>) {
        files.sort();
        Self::join([Self::part(files, catalog)])
    }

    /// Decodes some files of a workspace, in order, so that several can be decoded at a time; [`join`](Self::join) makes a
    /// workspace of the parts.
    #[must_use]
    pub fn part(files: Vec<(String, Vec<u8>)>, catalog: Catalog) -> (Self, Vec<Diagnostic>) {
        let mut workspace = Self::default();
        let mut problems = Vec::new();
        for (path, bytes) in files {
            let Some(what) = What::of(&path) else { continue };
            let (source, not_utf8) = decode::source(&path, &bytes);
            drop(bytes);
            // What is too long was not read, so that nothing can be missing in it.
            let unread = not_utf8.as_ref().is_some_and(|p| p.code == code::TOO_LONG);
            problems.extend(not_utf8);
            if !unread {
                problems.extend(workspace.read(what, &source, catalog));
            }
        }
        (workspace, problems)
    }

    /// The workspace of all parts, in their order.
    #[must_use]
    pub fn join(parts: impl IntoIterator<Item = (Self, Vec<Diagnostic>)>) -> (Self, Vec<Diagnostic>) {
        let mut workspace = Self::default();
        let mut problems = Vec::new();
        for (part, found) in parts {
            let Self { settings, people, automations, runbooks, scenarios, templates, duties } = part;
            workspace.settings = settings.or(workspace.settings);
            workspace.people = people.or(workspace.people);
            workspace.automations.extend_from_litemap(automations);
            workspace.runbooks.extend_from_litemap(runbooks);
            workspace.scenarios.extend_from_litemap(scenarios);
            workspace.templates.extend_from_litemap(templates);
            workspace.duties = duties.or(workspace.duties);
            problems.extend(found);
        }
        problems.extend(workspace.environments());
        (workspace, problems)
    }

    fn read(&mut self, what: What<'_>, source: &Arc<Source>, catalog: Catalog) -> Vec<Diagnostic> {
        match what {
            What::Settings => {
                let decoded = decode::settings(source, catalog);
                self.settings = Some(decoded.value);
                decoded.problems
            }
            What::People => {
                let decoded = decode::people(source);
                self.people = Some(decoded.value);
                decoded.problems
            }
            What::Automation(name) => {
                let mut decoded = decode::automation(source, name);
                decoded.problems.extend(bad_name(source, name));
                self.automations.insert(name.to_owned(), decoded.value);
                decoded.problems
            }
            What::Incident(name) => {
                let mut decoded = decode::runbook(source, name);
                decoded.problems.extend(bad_name(source, name));
                self.runbooks.insert(name.to_owned(), decoded.value);
                decoded.problems
            }
            What::Gameday(name) => {
                let mut decoded = decode::scenario(source, name);
                decoded.problems.extend(bad_name(source, name));
                self.scenarios.insert(name.to_owned(), decoded.value);
                decoded.problems
            }
            What::Duties => {
                let decoded = decode::obligations(source);
                self.duties = Some(Duties { source: Arc::clone(source), all: decoded.value });
                decoded.problems
            }
            What::Template(name) => {
                self.templates.insert(name.to_owned(), Arc::clone(source));
                Vec::new()
            }
            What::Unread => {
                let message = "this version reads runbooks of incidents and game days only";
                vec![
                    Diagnostic::warning(code::UNREAD_FILE, message).at(source, Span::default(), "").help(
                        "put runbooks of incidents below `runbooks/incident/`, scenarios below `runbooks/gameday/`",
                    ),
                ]
            }
        }
    }

    /// Names of environments in bindings, held against `aigov.toml`.
    fn environments(&self) -> Vec<Diagnostic> {
        let Some(settings) = &self.settings else { return Vec::new() };
        let mut problems = Vec::new();
        for automation in self.automations.values() {
            for bound in automation.bounds() {
                problems.extend(unknown_environments(&automation.source, bound, &settings.environments));
            }
        }
        problems
    }
}

fn unknown_environments(source: &Arc<Source>, bound: &Bound, known: &Named<Environment>) -> Vec<Diagnostic> {
    let unknown = bound.environments.iter().map(|(name, _)| name).filter(|name| known.get(&name.value).is_none());
    unknown
        .map(|name| {
            let near = suggest::nearest(&name.value, known.names());
            let label = near.map_or_else(String::new, |n| format!("did you mean `{n}`?"));
            Diagnostic::error(code::UNRESOLVED, format!("`{name}` is not an environment of aigov.toml"))
                .at(source, name.span, label)
                .help(format!("there is {}", suggest::list(known.names())))
        })
        .collect()
}

/// What a file is, by its path.
#[derive(Clone, Copy)]
enum What<'p> {
    Settings,
    People,
    Automation(&'p str),
    Incident(&'p str),
    Gameday(&'p str),
    Template(&'p str),
    Duties,
    Unread,
}

impl<'p> What<'p> {
    fn of(path: &'p str) -> Option<Self> {
        match path {
            "aigov.toml" => return Some(Self::Settings),
            "people.toml" => return Some(Self::People),
            "templates/obligations.toml" => return Some(Self::Duties),
            _ => {}
        }
        if let Some(name) = path.strip_prefix("templates/").and_then(|p| p.strip_suffix(".txt")) {
            return (!name.contains('/')).then_some(Self::Template(name));
        }
        let stem = path.strip_suffix(".toml")?;
        if let Some(name) = stem.strip_prefix("automations/") {
            return (!name.contains('/')).then_some(Self::Automation(name));
        }
        let name = stem.strip_prefix("runbooks/")?;
        Some(match name.split('/').next() {
            Some("incident") => Self::Incident(name),
            Some("gameday") => Self::Gameday(name),
            _ => Self::Unread,
        })
    }
}

/// A file whose name can not be typed or is not what it looks like.
fn bad_name(source: &Arc<Source>, name: &str) -> Option<Diagnostic> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '/');
    let problem = Diagnostic::error(code::BAD_ID, format!("`{}` can not be a name", safe::excerpt(name, 60)))
        .at(source, Span::default(), "")
        .help("name the file with a-z, 0-9 and `-`");
    (!name.chars().all(fits)).then_some(problem)
}
