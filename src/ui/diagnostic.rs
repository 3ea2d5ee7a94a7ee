//! How a problem with a file looks: `file:line:column`, the line, carets, other places, advice.
//!
//! Owns the look alone. Outside text is made safe here once more, because a source line is shown as it stands in a file
//! that somebody else may have written.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::diag::{Diagnostic, Label, Severity};
use crate::text::safe;
use crate::text::source::Source;
use crate::text::span::Span;

/// Most bytes of a file that are shown with one finding: lines of a person, and those between two places of them.
const MOST: usize = 20_000;

/// A problem as it is shown, without a line end at its end. The width is in columns; colour only where it is asked for.
#[must_use]
pub fn render(problem: &Diagnostic, width: usize, colour: bool) -> String {
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let lead = problem.severity.to_string().len() + problem.code.name.len() + 4;
    let title = level.primary_title(wrap(&problem.message, width.saturating_sub(lead))).id(problem.code.name);
    let shown: Vec<(Shown<'_>, Vec<&Label>)> = sources(&problem.labels);
    let mut group = Group::with_title(title);
    for (shown, labels) in &shown {
        let path = safe::line(&shown.source.name);
        // What is too long for a screen is named by its place alone: it would be looked at as a whole for each finding.
        if shown.text.is_empty() && shown.cut {
            for label in labels {
                let at = shown.source.position(label.span.start);
                group = group.element(Origin::path(path.clone()).line(at.line).char_column(at.column));
                if !label.text.is_empty() {
                    group = group.element(Level::NOTE.message(wrap(&label.text, width.saturating_sub(12))));
                }
            }
            continue;
        }
        let mut snippet = Snippet::source(shown.text.as_ref()).line_start(shown.line).path(path);
        for label in labels {
            let first = problem.labels.first().is_some_and(|l| std::ptr::eq(l, *label));
            let kind = if first { AnnotationKind::Primary } else { AnnotationKind::Context };
            let room = width.saturating_sub(MARGIN + label.text.chars().count());
            let annotation = kind.span(short(shown.text.as_ref(), shown.span(label), room));
            snippet = snippet.annotation(match label.text.as_str() {
                "" => annotation,
                text => annotation.label(safe::line(text)),
            });
        }
        group = group.element(snippet);
    }
    if let Some(help) = &problem.help {
        group = group.element(Level::HELP.message(wrap(help, width.saturating_sub(12))));
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    renderer.term_width(width).render(&[group])
}

/// Columns before the text of a line, and between its marks and what is said of them: number, bar, dots, blanks.
const MARGIN: usize = 18;
/// So much of what is marked is marked at least, however long the text is that stands beside it.
const LEAST: usize = 8;

/// As much of a marked place as has room beside what is said of it: a gate on one line of a hundred columns is known by its
/// beginning.
fn short(text: &str, place: Range<usize>, room: usize) -> Range<usize> {
    let marked = text.get(place.clone()).unwrap_or("");
    let end = marked.char_indices().nth(room.max(LEAST)).map_or(place.end, |(at, _)| place.start + at);
    place.start..end
}

/// All problems one after the other, with an empty line between them, and how many there are at the end.
#[must_use]
pub fn render_all(problems: &[Diagnostic], width: usize, colour: bool) -> String {
    let mut out = String::new();
    for problem in problems {
        out.push_str(&render(problem, width, colour));
        out.push_str("\n\n");
    }
    let count = |severity| problems.iter().filter(|p| p.severity == severity).count();
    let name = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let counts: Vec<String> = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")]
        .into_iter()
        .map(|(severity, what)| (count(severity), what))
        .filter(|(n, _)| *n > 0)
        .map(|(n, what)| name(n, what))
        .collect();
    if !counts.is_empty() {
        out.push_str(&counts.join(", "));
        out.push('\n');
    }
    out
}

/// The labels of each source, in the order in which the sources are first named.
fn sources(labels: &[Label]) -> Vec<(Shown<'_>, Vec<&Label>)> {
    let mut groups: Vec<(&Source, Vec<&Label>)> = Vec::new();
    for label in labels {
        let same = |source: &Source| std::ptr::eq(source, &*label.source) || *source == *label.source;
        match groups.iter_mut().find(|(source, _)| same(source)) {
            Some((_, labels)) => labels.push(label),
            None => groups.push((&label.source, vec![label])),
        }
    }
    groups.into_iter().map(|(source, labels)| (Shown::new(source, &labels), labels)).collect()
}

/// The lines of a source in which labels lie and those between them, safe to show, with the places of what was escaped:
/// never the whole text, because a file with many problems is shown once for each.
struct Shown<'a> {
    source: &'a Source,
    /// The first byte and the first line that are shown.
    from: usize,
    line: usize,
    text: Cow<'a, str>,
    /// Whether it is not shown because it is too long.
    cut: bool,
    /// Byte in the source and how many bytes were added before and at it, ascending; empty where nothing was escaped.
    added: Vec<(usize, isize)>,
}

impl<'a> Shown<'a> {
    fn new(source: &'a Source, labels: &[&Label]) -> Self {
        let plain = |c: char| c == '\n' || c == '\t' || safe::is_plain(c);
        let lines = || labels.iter().map(|l| source.line(l.span.start));
        let from = lines().map(|l| l.start).min().unwrap_or(0);
        let written = source.slice(Span::new(from, lines().map(|l| l.end).max().unwrap_or(0)));
        let line = source.row(from);
        if written.len() > MOST {
            return Self { source, from, line, text: Cow::Borrowed(""), cut: true, added: Vec::new() };
        }
        if written.chars().all(plain) {
            return Self { source, from, line, text: Cow::Borrowed(written), cut: false, added: Vec::new() };
        }
        let mut text = String::with_capacity(written.len());
        let mut added = Vec::new();
        let mut chars = written.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            match c {
                c if plain(c) => text.push(c),
                // The line end of Windows is no attempt to hide anything.
                '\r' if chars.peek().is_some_and(|(_, next)| *next == '\n') => {}
                c => text.push_str(&safe::line(&c.to_string())),
            }
            let after = at + c.len_utf8();
            let shift = text.len().cast_signed() - after.cast_signed();
            if added.last().map_or(0, |(_, s)| *s) != shift {
                added.push((after, shift));
            }
        }
        Self { source, from, line, text: Cow::Owned(text), cut: false, added }
    }

    /// Where a label lies in the shown text: on character boundaries, and on one line, because a whole table underlined
    /// says no more than its header does.
    fn span(&self, label: &Label) -> Range<usize> {
        let span = self.source.clamp(label.span);
        let (start, end) = (self.map(span.start), self.map(span.end));
        let line = self.text.get(start..end).and_then(|t| t.split('\n').next()).unwrap_or("");
        start..start + line.trim_end().len().max(usize::from(span.start < span.end && !line.is_empty()))
    }

    fn map(&self, byte: usize) -> usize {
        let byte = byte.saturating_sub(self.from);
        let shift = self.added.iter().rev().find(|(at, _)| *at <= byte).map_or(0, |(_, shift)| *shift);
        byte.saturating_add_signed(shift).min(self.text.len())
    }
}

/// Text made safe and broken into lines of at most `width` characters, where it has blanks to break at.
fn wrap(text: &str, width: usize) -> String {
    let mut out = String::new();
    let mut column = 0;
    for word in safe::line(text).split(' ') {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width.max(20) {
            out.push('\n');
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out
}

#[cfg(test)]
mod tests;
