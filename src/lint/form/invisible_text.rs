//! Characters that are there and can not be seen, anywhere in a file.

use std::sync::Arc;

use crate::diag::{Diagnostic, Severity, code};
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::text::safe;
use crate::text::source::Source;
use crate::text::span::Span;

pub(super) const RULE: Rule = Rule {
    code: code::INVISIBLE_TEXT,
    severity: Severity::Warning,
    checks: &[Check::Reading, Check::Text(check)],
    explanation: Explanation {
        what: "A character that can not be seen, or that changes the direction of what follows: zero-width, \
               bidirectional, control, private use. It is looked for in the whole file, comments and names too.",
        why: "A reviewer approves what the screen shows. With such characters a line can show something else than what \
              is read: CVE-2021-42574 (\"Trojan Source\") hid code in comments that way. A bidirectional control is \
              therefore an error wherever it stands.",
        bad: "title = \"Fabricated content\\u202E reached customers\"",
        good: "title = \"Fabricated content reached customers\"",
        fix: "Delete the character. The finding names it and shows it as an escape.",
    },
};

/// Whether a byte calls for a closer look: below the blank only line ends and tabs do not.
const ODD: [bool; 256] = {
    let mut odd = [true; 256];
    let mut byte = 0;
    while byte < 0x7f {
        odd[byte as usize] = byte < 0x20 && !matches!(byte, b'\n' | b'\r' | b'\t');
        byte += 1u8;
    }
    odd
};

/// Characters of one file that are told one by one: one with more was not written by hand, and is mended at once or not at
/// all. The others are counted.
const MOST: usize = 100;

fn check(source: &Arc<Source>, findings: &mut Findings) {
    if !source.text.bytes().any(|byte| ODD[usize::from(byte)]) {
        return;
    }
    let mut told = 0;
    let mut left = (0, Severity::Warning, 0);
    for (at, c) in source.text.char_indices() {
        // A mark of byte order is tolerated where Windows puts it.
        if matches!(c, '\n' | '\t' | '\r') || safe::is_plain(c) || (at == 0 && c == '\u{feff}') {
            continue;
        }
        let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if told == MOST {
            left = (left.0 + 1, left.1.max(severity(turns)), if left.0 == 0 { at } else { left.2 });
            continue;
        }
        told += 1;
        if !turns && findings.covers(code::INVISIBLE_TEXT, &source.name, at) {
            continue;
        }
        let what = if turns { "changes the direction of what follows" } else { "can not be seen" };
        let says = format!("a character that {what}: U+{:04X}", u32::from(c));
        let span = Span::new(at, at + c.len_utf8());
        let problem = Diagnostic::warning(code::INVISIBLE_TEXT, says).at(source, span, "here").help("delete it");
        findings.add(Diagnostic { severity: severity(turns), ..problem });
    }
    if left.0 > 0 {
        let says = format!("{} more characters that can not be seen or change the direction of what follows", left.0);
        let problem = Diagnostic::warning(code::LEFT_OUT, says).at(source, Span::new(left.2, left.2), "the first of them");
        findings.add(Diagnostic { severity: left.1, ..problem.help("delete them all") });
    }
}

const fn severity(turns: bool) -> Severity {
    if turns { Severity::Error } else { Severity::Warning }
}
