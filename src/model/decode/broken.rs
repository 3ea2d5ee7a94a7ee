//! Files with syntax errors: what can still be read of them.
//!
//! Owns the healing. The parser's own recovery loses everything after a line without `=`, and lets an array that nobody
//! closed swallow the rest of the file. An immediate action must not be lost to that, so each section is looked at by
//! itself, the lines in which it is broken are blanked out, and the healed text is parsed as a whole.

use toml::de::DeTable;

use crate::diag::{Diagnostic, code};
use crate::text::source::Source;
use crate::text::span::Span;

use std::sync::Arc;

/// A section that is not valid TOML.
#[derive(Clone, Debug)]
pub(super) struct Section {
    /// From its header to the next one.
    pub span: Span,
    /// The first words of the header, such as `immediate`; empty for the top of the file.
    pub name: String,
    /// Whether nothing of it could be kept, because its header itself is broken.
    pub lost: bool,
}

/// What healing leaves.
pub(super) struct Healed {
    /// Text of the same length, in which what could not be read is blank.
    pub text: String,
    /// The sections that were broken.
    pub sections: Vec<Section>,
    /// One problem for each.
    pub problems: Vec<Diagnostic>,
}

/// Problems between sections that are told: a file with more is not mended one by one.
const MOST: usize = 100;

/// How often a section is tried again with one more line blanked.
const TRIES: usize = 12;

/// The healed text of a file with syntax errors. Problems point into `shown`, which has the same shape.
pub(super) fn heal(source: &Arc<Source>, shown: &Arc<Source>) -> Healed {
    let mut healed = Healed { text: String::new(), sections: Vec::new(), problems: Vec::new() };
    for section in sections(&source.text) {
        let text = source.slice(section);
        let (kept, errors) = keep(text);
        healed.text.push_str(&kept.text);
        if let Some(first) = errors.first() {
            healed.problems.push(problem(shown, section.start, first, errors.len() - 1));
            healed.sections.push(Section { span: section, name: name(text), lost: kept.lost });
        }
    }
    let mut between = 0;
    // What is wrong between sections, such as a table defined twice, is only seen in the whole.
    let (_, rest) = DeTable::parse_recoverable(&healed.text);
    let mut left = 0;
    for error in rest.iter().filter(|e| !tolerable(e)) {
        let problem = problem(shown, 0, error, 0);
        let at = problem.labels.first().map_or(0, |l| l.span.start);
        let before = healed.sections.partition_point(|s| s.span.start <= at);
        if before > 0 && healed.sections.get(before - 1).is_some_and(|s| s.span.contains(at)) {
            continue;
        }
        match between {
            MOST => left += 1,
            _ => {
                between += 1;
                healed.problems.push(problem);
            }
        }
    }
    if left > 0 {
        let says = if left == 1 {
            "1 more syntax error of this file is not told".to_owned()
        } else {
            format!("{left} more syntax errors of this file are not told one by one")
        };
        let problem = Diagnostic::error(code::LEFT_OUT, says).at(shown, Span::default(), "");
        healed.problems.push(problem.help("mend those that are told first"));
    }
    healed
}

fn problem(source: &Arc<Source>, offset: usize, error: &toml::de::Error, more: usize) -> Diagnostic {
    let span = error.span().map_or(Span::new(offset, offset), |s| Span::new(s.start + offset, s.end + offset));
    let message = error.message();
    let (message, expected) = match message.split_once(", expected ") {
        Some((message, expected)) => (message, format!("expected {expected}")),
        None => (message, String::new()),
    };
    let problem = Diagnostic::error(code::SYNTAX, message).at(source, source.clamp(span), expected);
    match more {
        0 => problem,
        1 => problem.help("one more syntax error in this section"),
        n => problem.help(format!("{n} more syntax errors in this section")),
    }
}

struct Kept {
    text: String,
    lost: bool,
}

/// A section without the lines in which it is broken, and the errors that it had.
fn keep(text: &str) -> (Kept, Vec<toml::de::Error>) {
    let (_, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return (Kept { text: text.to_owned(), lost: false }, errors);
    }
    let header =
        if is_header(text.lines().next().unwrap_or("")) { text.find('\n').map_or(text.len(), |i| i + 1) } else { 0 };
    let mut healed = text.to_owned();
    for _ in 0..TRIES {
        let (_, now) = DeTable::parse_recoverable(&healed);
        let Some(error) = now.iter().find(|e| !tolerable(e)) else {
            return (Kept { text: healed, lost: false }, errors);
        };
        let at = error.span().map_or(0, |s| s.start).min(healed.len());
        // An error right after a line's end belongs to the line that did not go on.
        let at = if at > 0 && healed.as_bytes().get(at - 1) == Some(&b'\n') { at - 1 } else { at };
        let start = healed.as_bytes().get(..at).and_then(|b| b.iter().rposition(|b| *b == b'\n')).map_or(0, |i| i + 1);
        let end = healed
            .as_bytes()
            .get(at..)
            .and_then(|b| b.iter().position(|b| *b == b'\n'))
            .map_or(healed.len(), |i| at + i);
        if start < header || is_blank(&healed, start, end) {
            break;
        }
        healed = blank(&healed, start, end);
    }
    // The header alone, if it is sound, so that the section is known to be there.
    let head = text.get(..header).unwrap_or("");
    let sound = header > 0 && DeTable::parse_recoverable(head).1.is_empty();
    (Kept { text: blank(text, if sound { header } else { 0 }, text.len()), lost: !sound }, errors)
}

/// An error that leaves the tree as it was meant: a text without its quotation marks.
fn tolerable(error: &toml::de::Error) -> bool {
    error.message().starts_with("string values must be quoted")
}

fn is_blank(text: &str, start: usize, end: usize) -> bool {
    text.get(start..end).is_none_or(|line| line.trim().is_empty())
}

/// The text with everything in a range but line ends replaced by spaces. The range lies on line boundaries.
fn blank(text: &str, start: usize, end: usize) -> String {
    let middle = text.get(start..end).unwrap_or("");
    let blanked: String =
        middle.chars().flat_map(|c| std::iter::repeat_n(if c == '\n' { c } else { ' ' }, c.len_utf8())).collect();
    format!("{}{blanked}{}", text.get(..start).unwrap_or(""), text.get(end..).unwrap_or(""))
}

/// The file cut before each line that looks like a header. Lines inside texts of several lines are not looked at.
fn sections(text: &str) -> Vec<Span> {
    let mut starts = vec![0];
    let mut at = 0;
    let mut inside: Option<&str> = None;
    for line in text.split_inclusive('\n') {
        if inside.is_none() && at > 0 && is_header(line) {
            starts.push(at);
            inside = None;
        }
        for mark in ["\"\"\"", "'''"] {
            if inside.is_none_or(|m| m == mark) && line.matches(mark).count() % 2 == 1 {
                inside = if inside.is_some() { None } else { Some(mark) };
            }
        }
        at += line.len();
    }
    // A text of several lines that is never closed would hide every section after it.
    if inside.is_some() {
        starts.truncate(1);
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            if at > 0 && is_header(line) {
                starts.push(at);
            }
            at += line.len();
        }
    }
    let ends = starts.iter().skip(1).copied().chain(std::iter::once(text.len()));
    starts.iter().zip(ends).map(|(start, end)| Span::new(*start, end)).collect()
}

/// Whether a line is a table header, or was meant as one: an opening bracket, a name, perhaps closing brackets.
fn is_header(line: &str) -> bool {
    let Some(rest) = line.trim_start().strip_prefix('[') else { return false };
    let rest = rest.strip_prefix('[').unwrap_or(rest).trim_start();
    let rest = rest.split('#').next().unwrap_or("").trim_end();
    let name = rest.trim_end_matches(']');
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '"' | '\'' | ' '))
        && (rest.len() > name.len() || !name.contains(' '))
}

fn name(section: &str) -> String {
    let header = section.lines().next().unwrap_or("");
    if !is_header(header) {
        return String::new();
    }
    header
        .chars()
        .skip_while(|c| !c.is_ascii_alphabetic())
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect()
}
