//! A text that people wrote, with its name and its lines, so that a problem can be shown where it is.
//!
//! Owns the mapping from bytes to line and column. Must not read files: the text is given.

use std::fmt;
use std::sync::Arc;

use super::span::Span;

/// A named text.
#[derive(Clone, PartialEq, Eq)]
pub struct Source {
    /// As shown to people: a path relative to the workspace.
    pub name: String,
    /// The whole text.
    pub text: String,
    /// Whether it is a file as it once was: no file of this name is there to be opened.
    pub past: bool,
    /// First byte of each line.
    lines: Vec<usize>,
}

/// A place for people: both counted from one, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from one.
    pub line: usize,
    /// Column in characters, from one.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({}, {} bytes)", self.name, self.text.len())
    }
}

impl Source {
    /// A source of this name and text.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self::made(name.into(), text.into(), false))
    }

    /// A file as it once was, under the name that git has for it: `origin/main:people.toml`.
    #[must_use]
    pub fn of_past(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self::made(name.into(), text.into(), true))
    }

    fn made(name: String, text: String, past: bool) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(i, _)| i + 1)).collect();
        Self { name, text, past, lines }
    }

    /// Line and column of a byte; past the end counts as the end, inside a character as its start.
    #[must_use]
    pub fn position(&self, byte: usize) -> Position {
        let byte = self.floor(byte);
        let line = self.lines.partition_point(|start| *start <= byte).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let column = self.text.get(start..byte).map_or(0, |before| before.chars().count()) + 1;
        Position { line, column }
    }

    /// The line of a byte, from one. Unlike [`position`](Self::position) it does not look at the line.
    #[must_use]
    pub fn row(&self, byte: usize) -> usize {
        self.lines.partition_point(|start| *start <= byte).max(1)
    }

    /// The line in which a byte lies, without its end.
    #[must_use]
    pub fn line(&self, byte: usize) -> Span {
        let byte = self.floor(byte);
        let after = self.lines.partition_point(|start| *start <= byte).max(1);
        let start = self.lines.get(after - 1).copied().unwrap_or(0);
        let end = self.lines.get(after).map_or(self.text.len(), |next| next - 1);
        let line = self.text.get(start..end).unwrap_or("");
        Span::new(start, start + line.strip_suffix('\r').unwrap_or(line).len())
    }

    /// `name:line:column` of a span's start.
    #[must_use]
    pub fn place(&self, span: Span) -> String {
        format!("{}:{}", self.name, self.position(span.start))
    }

    /// The text of a span; empty where it does not fit the text.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or("")
    }

    /// A span that lies in the text and on character boundaries.
    #[must_use]
    pub fn clamp(&self, span: Span) -> Span {
        Span::new(self.floor(span.start), self.ceil(span.end))
    }

    fn floor(&self, byte: usize) -> usize {
        let byte = byte.min(self.text.len());
        (0..=byte).rev().find(|i| self.text.is_char_boundary(*i)).unwrap_or(0)
    }

    fn ceil(&self, byte: usize) -> usize {
        let byte = byte.min(self.text.len());
        (byte..=self.text.len()).find(|i| self.text.is_char_boundary(*i)).unwrap_or(self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_lines_and_columns_in_characters() {
        let source = Source::new("a.toml", "ab\nzürich = 1\n");
        for (byte, place) in [(0, "1:1"), (2, "1:3"), (3, "2:1"), (5, "2:2"), (6, "2:3"), (99, "3:1")] {
            assert_eq!(source.position(byte).to_string(), place, "byte {byte}");
        }
        assert_eq!(source.place(Span::new(3, 10)), "a.toml:2:1");
        assert_eq!(source.slice(Span::new(3, 10)), "zürich");
        assert_eq!(source.clamp(Span::new(5, 5)), Span::new(4, 6));
        assert_eq!(Source::new("", "").position(0).to_string(), "1:1");
    }
}
