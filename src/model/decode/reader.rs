//! What the decoders of all files share: the source, the problems found so far, and how problems are worded.
//!
//! Owns the collecting. Everything is reported here and nowhere else, so that one mistake is told once.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use litemap::LiteMap;
use toml::de::{DeTable, DeValue};

use super::Decoded;
use super::broken::{self, Section};
use crate::diag::{Code, Diagnostic, Severity, code};
use crate::text::safe;
use crate::text::source::Source;
use crate::text::span::{Span, Spanned};
use crate::text::suggest;

/// Collects the problems of one file.
pub(super) struct Reader {
    pub source: Arc<Source>,
    problems: RefCell<Problems>,
    /// Sections with syntax errors, in the order of the file; what is missing there is not told again.
    pub sections: Vec<Section>,
}

/// Problems of one file that are told one by one: a file with more is mended by its first ones, or by other means.
const MOST: usize = 1_000;

/// What was found so far.
#[derive(Default)]
struct Problems {
    told: Vec<Diagnostic>,
    /// The lines in which syntax errors are.
    lines: BTreeSet<usize>,
    /// Where every error begins, told or not: what is wrong is not planned.
    errors: BTreeSet<usize>,
    /// Those that are counted alone, the worst of them, and where the first one is.
    left: usize,
    worst: Option<(Severity, usize)>,
}

impl Problems {
    fn put(&mut self, source: &Source, problem: Diagnostic) {
        let at = problem.labels.first().map(|l| l.span.start);
        if problem.code == code::SYNTAX {
            self.lines.extend(at.map(|at| source.row(at)));
        }
        if problem.severity == Severity::Error {
            self.errors.extend(at);
        }
        if self.told.len() < MOST {
            self.told.push(problem);
        } else {
            self.left += 1;
            let at = at.unwrap_or(0);
            self.worst =
                Some(self.worst.map_or((problem.severity, at), |(s, first)| (s.max(problem.severity), first.min(at))));
        }
    }
}

/// Reads one source and shows another of the same shape, in which secrets are masked. A file without syntax errors is
/// parsed once.
pub(super) fn reading<T>(
    source: &Arc<Source>,
    shown: &Arc<Source>,
    read: impl FnOnce(&Reader, &DeTable<'_>) -> T,
) -> Decoded<T> {
    let (tree, errors) = DeTable::parse_recoverable(&source.text);
    if errors.is_empty() {
        let reader = Reader::new(shown);
        let value = read(&reader, tree.get_ref());
        return Decoded { value, problems: reader.finish() };
    }
    let healed = broken::heal(source, shown);
    let (tree, _) = DeTable::parse_recoverable(&healed.text);
    let mut problems = Problems::default();
    for problem in healed.problems {
        problems.put(shown, problem);
    }
    let reader = Reader { source: Arc::clone(shown), problems: RefCell::new(problems), sections: healed.sections };
    let value = read(&reader, tree.get_ref());
    Decoded { value, problems: reader.finish() }
}

impl Reader {
    /// For a file without syntax errors.
    pub(super) fn new(source: &Arc<Source>) -> Self {
        Self { source: Arc::clone(source), problems: RefCell::default(), sections: Vec::new() }
    }

    pub(super) fn report(&self, problem: Diagnostic) {
        // In a file with syntax errors, what is missing or points nowhere may stand in what could not be read.
        let mut problems = self.problems.borrow_mut();
        let row = || problem.labels.first().map(|l| self.source.row(l.span.start));
        let echo = problem.code == code::MISSING_KEY
            || problem.code == code::UNRESOLVED
            || (!problems.lines.is_empty() && row().is_some_and(|row| problems.lines.contains(&row)));
        if echo && problem.severity == Severity::Error && !self.sections.is_empty() {
            return;
        }
        problems.put(&self.source, problem);
    }

    /// An error at a place of this file.
    pub(super) fn error(&self, code: Code, span: Span, message: impl Into<String>, label: impl Into<String>) {
        self.report(self.make(code, span, message, label));
    }

    /// Like [`Self::error`], with advice.
    pub(super) fn advise(
        &self,
        code: Code,
        span: Span,
        message: impl Into<String>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.report(self.make(code, span, message, label).help(help));
    }

    pub(super) fn make(
        &self,
        code: Code,
        span: Span,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::error(code, message).at(&self.source, span, label)
    }

    /// A word that is none of those that may stand here.
    pub(super) fn unknown_value(&self, what: &str, written: &Spanned<String>, known: &[&str]) {
        let shown = safe::excerpt(&written.value, 60);
        let near = suggest::nearest(&written.value, known.iter().copied());
        let label = near.map_or_else(String::new, |n| format!("did you mean `{n}`?"));
        let problem = self.make(code::UNKNOWN_VALUE, written.span, format!("`{shown}` is not {what}"), label);
        self.report(problem.help(format!("write {}", suggest::list(known.iter().copied()))));
    }

    /// A name that names nothing in this file.
    pub(super) fn unresolved<'k>(
        &self,
        what: &str,
        written: &Spanned<String>,
        known: impl IntoIterator<Item = &'k str>,
    ) {
        let known: Vec<&str> = known.into_iter().collect();
        let shown = safe::excerpt(&written.value, 60);
        let near = suggest::nearest(&written.value, known.iter().copied());
        let label = near.map_or_else(String::new, |n| format!("did you mean `{n}`?"));
        let problem = self.make(code::UNRESOLVED, written.span, format!("`{shown}` is not {what}"), label);
        self.report(match known.as_slice() {
            [] => problem.help("there is none in this file"),
            names if names.len() <= 12 => problem.help(format!("there is {}", suggest::list(names.iter().copied()))),
            _ => problem,
        });
    }

    /// A value of a type that the key does not take.
    pub(super) fn wrong_type(&self, key: &str, span: Span, value: &DeValue<'_>, wanted: &str, help: Option<&str>) {
        let problem =
            self.make(code::WRONG_TYPE, span, format!("`{key}` takes {wanted}"), format!("this is {}", kind(value)));
        self.report(match help {
            Some(help) => problem.help(help),
            None => problem,
        });
    }

    /// Each thing of a list that has the id of an earlier one.
    pub(super) fn duplicates<'i>(&self, what: &str, ids: impl IntoIterator<Item = &'i Spanned<String>>) {
        let mut seen: LiteMap<&str, &Spanned<String>> = LiteMap::new();
        for id in ids {
            match seen.get(id.value.as_str()) {
                Some(first) => self.report(
                    self.make(code::DUPLICATE_ID, id.span, format!("two {what} are called `{}`", id.value), "again")
                        .at(&self.source, first.span, "first here")
                        .help("give each its own id"),
                ),
                None => {
                    seen.insert(&id.value, id);
                }
            }
        }
    }

    /// Whether any problem was found inside a span.
    pub(super) fn clean(&self, span: Span) -> bool {
        // Sections come in order and do not overlap.
        let before = self.sections.partition_point(|s| s.span.start <= span.start);
        let in_broken = before > 0 && self.sections.get(before - 1).is_some_and(|s| s.span.contains(span.start));
        !in_broken && (span.is_empty() || self.problems.borrow().errors.range(span.start..span.end).next().is_none())
    }

    /// All problems in the order of the file.
    pub(super) fn finish(self) -> Vec<Diagnostic> {
        let Problems { mut told, left, worst, .. } = self.problems.into_inner();
        told.sort_by_key(|p| p.labels.first().map_or(0, |l| l.span.start));
        // Told as gravely as the gravest of them, so that a file never passes because it has too many problems.
        if let Some((severity, at)) = worst {
            let says = if left == 1 {
                "1 more problem of this file is not told".to_owned()
            } else {
                format!("{left} more problems of this file are not told one by one")
            };
            let problem = Diagnostic { severity, ..Diagnostic::error(code::LEFT_OUT, says) };
            told.push(
                problem.at(&self.source, Span::new(at, at), "the first of them").help("mend those that are told first"),
            );
        }
        told
    }
}

/// What a value is, for messages.
pub(super) const fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
