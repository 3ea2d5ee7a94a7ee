//! Outside text made safe to print: what came from a provider, an alert, a model or a file of somebody else.
//!
//! Owns the one escaping function of the program. Escaping is visible and loses nothing that a reader needs: a control
//! character appears as `\u{1b}`, so that an attempt to draw on the operator's screen is seen as such.

use std::fmt::Write as _;

/// Whether a character may reach a terminal as it is. Refused: C0 and C1 controls, escape, bidirectional controls,
/// zero-width and other invisible format characters, line and paragraph separators, tags, variation selectors,
/// private use and non-characters.
#[must_use]
pub const fn is_plain(c: char) -> bool {
    // Nearly every character is one of these.
    matches!(c, ' '..='~')
        || !matches!(c,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{e000}'..='\u{f8ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{fffe}'..='\u{ffff}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{10ffff}')
}

/// One line of outside text: every character that is not plain is shown as `\u{hex}`, line ends and tabs as `\n`, `\r`,
/// `\t`.
#[must_use]
pub fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_plain(c) => out.push(c),
            c => {
                // Writing to a String can't fail.
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
        }
    }
    out
}

/// Several lines of outside text, each made safe; only `\n` separates lines.
pub fn lines(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split('\n').map(line)
}

/// [`line()`], cut to at most `max` characters with a note of how much was left out. For notes and excerpts only, never for
/// what somebody is asked to approve.
#[must_use]
pub fn excerpt(text: &str, max: usize) -> String {
    let count = text.chars().count();
    if count <= max {
        return line(text);
    }
    let head: String = text.chars().take(max).collect();
    format!("{}… ({} more characters)", line(&head), count - max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_draws_or_hides_gets_through() {
        for hostile in [
            "\u{1b}[2J",
            "\u{1b}]0;title\u{7}",
            "a\u{202e}b",
            "a\u{200b}b",
            "\u{9b}31m",
            "x\u{e0041}",
            "\u{feff}",
            "\r\n",
        ] {
            let safe = line(hostile);
            assert!(safe.chars().all(is_plain), "{hostile:?} became {safe:?}");
        }
        assert_eq!(line("\u{1b}[31mred"), "\\u{1b}[31mred");
        assert_eq!(line("Zürich 漢字 ✓"), "Zürich 漢字 ✓");
    }

    #[test]
    fn an_excerpt_says_what_it_left_out() {
        assert_eq!(excerpt("abc", 3), "abc");
        assert_eq!(excerpt("abcdef", 3), "abc… (3 more characters)");
    }
}
