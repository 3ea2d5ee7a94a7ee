//! A page of plain text at a given width: headings, wrapped paragraphs, hanging indents, and lines that are never cut.
//!
//! Owns wrapping. Must not know colour.

use std::fmt;

/// Lines of text, built for one width.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    width: usize,
    lines: Vec<String>,
}

impl Page {
    /// An empty page. Widths below 20 are taken as 20.
    #[must_use]
    pub fn new(width: usize) -> Self {
        Self { width: width.max(20), lines: Vec::new() }
    }

    /// A heading, with an empty line before it unless it is the first line.
    pub fn heading(&mut self, text: &str) {
        if !self.lines.is_empty() {
            self.blank();
        }
        self.para(text);
    }

    /// A paragraph from the left edge.
    pub fn para(&mut self, text: &str) {
        self.hang("", "", text);
    }

    /// Text after `first` on its first line and after `rest` on those that follow.
    pub fn hang(&mut self, first: &str, rest: &str, text: &str) {
        let room = self.width.saturating_sub(first.chars().count().max(rest.chars().count())).max(10);
        for (i, part) in wrap(text, room).into_iter().enumerate() {
            let lead = if i == 0 { first } else { rest };
            self.lines.push(format!("{lead}{part}").trim_end().to_owned());
        }
    }

    /// A label, then text that keeps clear of the label's column.
    pub fn item(&mut self, indent: usize, label: &str, column: usize, text: &str) {
        let first = format!("{:indent$}{label:<column$} ", "");
        let rest = " ".repeat(indent + column + 1);
        if label.chars().count() > column {
            self.lines.push(first.trim_end().to_owned());
            self.hang(&rest, &rest, text);
        } else {
            self.hang(&first, &rest, text);
        }
    }

    /// A line that somebody approves or copies: whole, but broken at the page's width. What continues stands two columns
    /// further in, so that it isn't taken for a line of its own.
    pub fn whole(&mut self, indent: usize, text: &str) {
        for line in text.split('\n') {
            let mut rest: Vec<char> = line.chars().collect();
            let mut lead = indent;
            loop {
                let room = self.width.saturating_sub(lead).max(10);
                // Rather after a space, a comma or a slash than within a word, unless the line would get much shorter.
                let natural = |at: &usize| matches!(rest.get(*at), Some(' ' | ',' | '/' | '&'));
                let at = if rest.len() <= room {
                    rest.len()
                } else {
                    (room.saturating_sub(30).max(room / 2)..room).rev().find(natural).map_or(room, |at| at + 1)
                };
                let next = rest.split_off(at);
                let part: String = rest.into_iter().collect();
                self.lines.push(format!("{:lead$}{part}", "").trim_end().to_owned());
                if next.is_empty() {
                    break;
                }
                rest = next;
                lead = indent + 2;
            }
        }
    }

    /// Text in a box: its own lines and its own indentation, each broken at spaces, every part behind `first`, those that
    /// continue a line behind `rest`.
    pub fn boxed(&mut self, first: &str, rest: &str, text: &str) {
        for line in text.split('\n') {
            let body = line.trim_start_matches(' ');
            let indentation = line.get(..line.len() - body.len()).unwrap_or("");
            self.hang(&format!("{first}{indentation}"), &format!("{rest}{indentation}"), body);
        }
    }

    /// A line exactly as it is, never wrapped: for what has to be copied in one piece.
    pub fn verbatim(&mut self, indent: usize, text: &str) {
        for line in text.split('\n') {
            self.lines.push(format!("{:indent$}{line}", "").trim_end().to_owned());
        }
    }

    /// An empty line, but never two in a row.
    pub fn blank(&mut self) {
        if self.lines.last().is_some_and(|l| !l.is_empty()) {
            self.lines.push(String::new());
        }
    }

    /// The width that it is built for.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// The lines so far.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        &self.lines
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            writeln!(f, "{line}")?;
        }
        Ok(())
    }
}

/// Breaks one line at spaces so that each part has at most `room` characters. A word that is longer stands alone, whole:
/// a command or an address that was broken could not be copied.
#[must_use]
pub fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut out = Vec::new();
    let mut line = String::new();
    let mut length = 0;
    for word in text.split(' ').filter(|w| !w.is_empty()) {
        let word_length = word.chars().count();
        if length > 0 && length + 1 + word_length > room {
            out.push(std::mem::take(&mut line));
            length = 0;
        }
        if length > 0 {
            line.push(' ');
            length += 1;
        }
        line.push_str(word);
        length += word_length;
    }
    if length > 0 || out.is_empty() {
        out.push(line);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_never_broken_and_lines_keep_to_the_width() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("", 7), [""]);
        assert_eq!(wrap("https://a.very.long/address x", 7), ["https://a.very.long/address", "x"]);
    }

    #[test]
    fn what_is_approved_stays_whole_at_any_width() {
        let request = format!("{{\"text\":\"{}\",\"to\":[\"a\",\"b\"]}}", "word ".repeat(40) + &"x".repeat(90));
        for width in [20, 40, 72, 80] {
            let mut page = Page::new(width);
            page.whole(4, &request);
            assert!(page.lines().iter().all(|l| l.chars().count() <= width), "{page}");
            let bare = |t: &str| t.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            assert_eq!(bare(&page.to_string()), bare(&request));
        }
        let mut page = Page::new(24);
        page.whole(2, "short");
        page.boxed("| ", "| ", "Dear Sam,\n\n  a list that is too long for it");
        assert_eq!(page.to_string(), "  short\n| Dear Sam,\n|\n|   a list that is too\n|   long for it\n");
    }

    #[test]
    fn an_item_keeps_clear_of_its_label() {
        let mut page = Page::new(24);
        page.item(2, "why", 5, "because it must be so");
        page.item(2, "a-long-label", 5, "text");
        assert_eq!(page.to_string(), "  why   because it must\n        be so\n  a-long-label\n        text\n");
    }
}
