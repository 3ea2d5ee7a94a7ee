//! Syntax that other readers of the same file refuse.

use std::sync::Arc;

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::text::source::Source;
use crate::text::span::Span;

const CODE: Code = Code { name: "toml-1-1", summary: "Syntax of TOML 1.1 that readers of TOML 1.0 refuse." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Text(check)],
    explanation: Explanation {
        what: "An inline table goes over several lines or ends with a comma, or a text has the escape `\\e` or \
               `\\x`. TOML 1.1 allows it; most editors, linters and languages still read TOML 1.0 and refuse the \
               whole file.",
        why: "A workspace has to stay readable without this program: in an editor, in a pull request, in the \
              script that somebody writes at night.",
        bad: r#"sign-off = {
  functions = ["engineering", "product"],
  within = "24h",
  on-timeout = "read-only",
}"#,
        good: r#"sign-off = { functions = ["engineering", "product"], within = "24h", on-timeout = "read-only" }"#,
        fix: "Write the inline table on one line without a comma at its end, or write a table with a header of its \
              own.",
    },
};

fn check(source: &Arc<Source>, findings: &mut Findings) {
    if !source.name.ends_with(".toml") {
        return;
    }
    for (at, says, help) in Scan::new(&source.text) {
        let span = Span::new(at, at + 1);
        findings.add(Diagnostic::warning(CODE, says).at(source, span, "TOML 1.1 only").help(help));
    }
}

const ONE_LINE: &str = "write it on one line, or as a table with a header of its own";

/// Walks over the brackets and texts of a file.
struct Scan<'t> {
    bytes: &'t [u8],
    at: usize,
    /// Open brackets; for a brace, whether what is new in it was told already.
    open: Vec<(u8, bool)>,
    /// The last character that was no blank, no line end and no comment.
    last: u8,
}

impl<'t> Scan<'t> {
    const fn new(text: &'t str) -> Self {
        Self { bytes: text.as_bytes(), at: 0, open: Vec::new(), last: 0 }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// Passes over a text that begins here; answers the first escape in it that is new.
    fn text(&mut self, quote: u8) -> Option<usize> {
        let long = self.peek(1) == quote && self.peek(2) == quote;
        self.at += if long { 3 } else { 1 };
        let mut escape = None;
        while let Some(byte) = self.bytes.get(self.at).copied() {
            match byte {
                b'\\' if quote == b'"' => {
                    if matches!(self.peek(1), b'e' | b'x') {
                        escape = escape.or(Some(self.at));
                    }
                    self.at += 1;
                }
                b'\n' if !long => return escape,
                b if b == quote && !long => {
                    self.at += 1;
                    return escape;
                }
                b if b == quote && self.peek(1) == quote && self.peek(2) == quote => {
                    self.at += 3;
                    return escape;
                }
                _ => {}
            }
            self.at += 1;
        }
        escape
    }
}

impl Iterator for Scan<'_> {
    type Item = (usize, &'static str, &'static str);

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(byte) = self.bytes.get(self.at).copied() {
            let here = self.at;
            match byte {
                b'"' | b'\'' => {
                    self.last = byte;
                    if let Some(escape) = self.text(byte) {
                        return Some((escape, "this escape is TOML 1.1", "write `\\u001b` for `\\e` and `\\u00..` for `\\x..`"));
                    }
                    continue;
                }
                b'#' => {
                    while !matches!(self.bytes.get(self.at), None | Some(b'\n')) {
                        self.at += 1;
                    }
                    continue;
                }
                b'[' | b'{' => self.open.push((byte, false)),
                b']' => {
                    self.open.pop();
                }
                b'}' => {
                    let told = self.open.pop().is_some_and(|(_, told)| told);
                    if self.last == b',' && !told {
                        (self.last, self.at) = (byte, here + 1);
                        return Some((here, "an inline table that ends with a comma is TOML 1.1", "delete the comma"));
                    }
                }
                b'\n' => {
                    self.at += 1;
                    if let Some((b'{', told @ false)) = self.open.last_mut() {
                        *told = true;
                        let brace = here.saturating_sub(1);
                        return Some((brace, "an inline table over several lines is TOML 1.1", ONE_LINE));
                    }
                    continue;
                }
                _ => {}
            }
            if !byte.is_ascii_whitespace() {
                self.last = byte;
            }
            self.at += 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_is_found_and_what_is_old_is_not() {
        let found = |text: &str| Scan::new(text).map(|(at, _, _)| at).collect::<Vec<_>>();
        for old in ["a = [\n 1,\n 2,\n]", "a = { b = [\n1,\n] }", "a = \"{\\n\"", "a = '\\e'", "# {\n", "a = \"\"\"\n{\n\"\"\"", "[[a]]\n[b.c]"] {
            assert_eq!(found(old), Vec::<usize>::new(), "{old}");
        }
        for (new, at) in [("a = {\n b = 1 }", 4), ("a = { b = 1, }", 13), ("a = \"\\e[0m\"", 5), ("a = { b = \"\"\"x\"\"\", \n }", 18)] {
            assert_eq!(found(new), [at], "{new}");
        }
    }
}
