//! A line that is being typed, as far as it has come.
//!
//! The terminal could edit lines by itself, but then nobody would know what stands half typed when a question is asked
//! again. Owns what each key does to the line and what has to be shown for it; reads and draws nothing itself.

use super::typing::{Key, key_of};
use crate::text::safe::is_plain;

/// Takes one character back on the screen.
const BACK: &str = "\u{8} \u{8}";
/// Ctrl-D.
const END: u8 = 0x04;
/// Ctrl-W: takes back the last word.
const WORD: u8 = 0x17;
/// The begin of an arrow and the like.
const ESC: u8 = 0x1b;

/// What bytes did to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fed {
    /// It goes on.
    GoesOn,
    /// Enter.
    Entered,
    /// The end of input, with nothing typed.
    Gone,
}

/// A line that is being typed.
#[derive(Debug, Default)]
pub(super) struct Line {
    text: String,
    /// The beginning of a character or of an arrow; the rest is on its way.
    rest: Vec<u8>,
}

impl Line {
    /// Goes on where it was left.
    pub(super) const fn at(text: String) -> Self {
        Self { text, rest: Vec::new() }
    }

    /// What is typed so far.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// It as it stands on the screen: one column for each character, and nothing that draws.
    pub(super) fn shown(&self) -> String {
        self.text.chars().map(shown).collect()
    }

    /// Takes what came from the terminal; returns what is to be shown for it. What stands behind an Enter is dropped: it was
    /// typed before anybody could see what is asked next.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> (String, Fed) {
        self.rest.extend_from_slice(bytes);
        let mut echo = String::new();
        if bytes.is_empty() {
            return (echo, Fed::Gone);
        }
        while let Some((key, taken)) = self.key() {
            let first = self.rest.first().copied();
            self.rest.drain(..taken);
            match key {
                Key::Enter => return (echo, Fed::Entered),
                Key::Back => self.back(&mut echo, |_| true, 1),
                Key::Wipe => self.back(&mut echo, |_| true, usize::MAX),
                Key::Char(c) => self.add(&mut echo, c),
                Key::Other if first == Some(b'\t') => self.add(&mut echo, ' '),
                Key::Other if first == Some(WORD) => {
                    self.back(&mut echo, char::is_whitespace, usize::MAX);
                    self.back(&mut echo, |c| !c.is_whitespace(), usize::MAX);
                }
                Key::Leave if first == Some(END) && self.text.is_empty() => return (echo, Fed::Gone),
                Key::Leave | Key::Up | Key::Down | Key::Other => {}
            }
        }
        (echo, Fed::GoesOn)
    }

    fn add(&mut self, echo: &mut String, c: char) {
        self.text.push(c);
        echo.push(shown(c));
    }

    /// Takes back the last characters that are `such`, at most so many.
    fn back(&mut self, echo: &mut String, such: impl Fn(char) -> bool, most: usize) {
        for _ in 0..most {
            match self.text.chars().next_back() {
                Some(c) if such(c) => {
                    self.text.pop();
                    echo.push_str(BACK);
                }
                _ => return,
            }
        }
    }

    /// The first key of what came, and how many bytes it has; none while the rest of it is on its way.
    fn key(&self) -> Option<(Key, usize)> {
        let (first, more) = self.rest.split_first()?;
        let wanted = match *first {
            0xc0..=0xdf => 1,
            0xe0..=0xef => 2,
            0xf0..=0xf7 => 3,
            ESC => match more.first()? {
                b'[' | b'O' => more.iter().skip(1).position(|b| (0x40..=0x7e).contains(b))? + 2,
                // Esc by itself stands for nothing here, and the key behind it for itself.
                _ => return Some((Key::Other, 1)),
            },
            _ => 0,
        };
        let rest = more.get(..wanted)?;
        let mut bytes = rest.iter().copied();
        Some((key_of(*first, || bytes.next()), 1 + wanted))
    }
}

fn shown(c: char) -> char {
    if is_plain(c) { c } else { '?' }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_its_keys_make_of_it_in_whatever_parts_they_come() {
        for (typed, text, fed) in [
            (&b"1843\n"[..], "1843", Fed::Entered),
            (b"1843", "1843", Fed::GoesOn),
            (b"1844\x7f3\r", "1843", Fed::Entered),
            (b"\x7f\x7f7", "7", Fed::GoesOn),
            (b"no, yes\x17maybe", "no, maybe", Fed::GoesOn),
            (b"no idea\x15?\n", "?", Fed::Entered),
            ("caf\u{e9} \u{6f22}\n".as_bytes(), "caf\u{e9} \u{6f22}", Fed::Entered),
            (b"1\x1b[D\x1b[1;5C\x1bOA8", "18", Fed::GoesOn),
            (b"1\x1b8", "18", Fed::GoesOn),
            (b"a\tb", "a b", Fed::GoesOn),
            (b"\x04", "", Fed::Gone),
            (b"18\x04", "18", Fed::GoesOn),
        ] {
            let mut whole = Line::default();
            assert_eq!((whole.feed(typed).1, whole.text()), (fed, text), "{typed:?}");
            let mut parts = Line::default();
            let last = typed.iter().map(|byte| parts.feed(&[*byte]).1).last();
            assert_eq!((last, parts.text()), (Some(fed), text), "byte by byte: {typed:?}");
        }
    }

    #[test]
    fn what_stands_behind_an_enter_answers_nothing_and_what_hides_is_shown() {
        let mut line = Line::at("18".to_owned());
        assert_eq!(line.shown(), "18");
        assert_eq!(line.feed(b"43\ny\n"), ("43".to_owned(), Fed::Entered));
        assert_eq!(line.text(), "1843");
        let mut line = Line::default();
        assert_eq!(line.feed("a\u{202e}b\x7f".as_bytes()), (format!("a?b{BACK}"), Fed::GoesOn));
        assert_eq!((line.text(), line.shown()), ("a\u{202e}", "a?".to_owned()));
        assert_eq!(Line::default().feed(b""), (String::new(), Fed::Gone), "the terminal is gone");
    }
}
