//! Secrets that somebody wrote down: under a key that takes a reference, or anywhere in a file.

use std::sync::Arc;

use crate::diag::{Diagnostic, Severity, code};
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::text::source::Source;
use crate::text::span::Span;

pub(super) const RULE: Rule = Rule {
    code: code::LITERAL_SECRET,
    severity: Severity::Error,
    checks: &[Check::Reading, Check::Text(check)],
    explanation: Explanation {
        what: "A secret stands in a file: under a key of a provider that takes a reference, inside a URL, or anywhere as \
               a text that looks like a key or a token. It is shown masked.",
        why: "A workspace is a git repository that many people clone and that an auditor reads for years. A secret in it \
              can not be taken back; it has to be changed. The tool that may lower autonomy may not be the leak.",
        bad: "[providers.flags]\nkind = \"http\"\nproduction = { url = \"https://flags.example.com\", token = \"geheim\" }",
        good: "[providers.flags]\nkind = \"http\"\nproduction = { url = \"https://flags.example.com\", token = { env = \"FLAGS_TOKEN\" } }",
        fix: "Write `{ env = \"NAME\" }`, `{ file = \"PATH\" }` or `{ command = [\"PROGRAM\", \"ARGUMENT\"] }`, and change the \
              secret where it was made: it has been in the file, so it is known.",
    },
};

/// How texts begin that are secrets wherever they stand, how many characters have to follow, and what they are.
const SHAPES: &[(&str, usize, &str)] = &[
    ("-----BEGIN ", 0, "a private key"),
    ("AKIA", 16, "an access key"),
    ("ASIA", 16, "an access key"),
    ("ghp_", 30, "a personal token"),
    ("gho_", 30, "a token"),
    ("ghs_", 30, "a token"),
    ("github_pat_", 30, "a personal token"),
    ("glpat-", 20, "a personal token"),
    ("xoxb-", 20, "a token of a chat"),
    ("xoxp-", 20, "a token of a chat"),
    ("sk-", 32, "a key of an API"),
    ("sk_live_", 20, "a key of an API"),
    ("AIza", 30, "a key of an API"),
    ("eyJ", 40, "a signed token"),
];

/// Whether a text of [`SHAPES`] has this byte at a place of its beginning.
const fn has_at(place: usize) -> [bool; 256] {
    let mut has = [false; 256];
    let mut n = 0;
    while n < SHAPES.len() {
        has[SHAPES[n].0.as_bytes()[place] as usize] = true;
        n += 1;
    }
    has
}

const FIRST: [bool; 256] = has_at(0);
const SECOND: [bool; 256] = has_at(1);

/// Most characters that are looked at after the beginning of what may be a secret: a long text of nothing but beginnings must not
/// be read once for each.
const MOST: usize = 400;

fn check(source: &Arc<Source>, findings: &mut Findings) {
    let mut found = Vec::new();
    let mut before = 0;
    let mut end = 0;
    let bytes = source.text.as_bytes();
    for (at, byte) in source.text.bytes().enumerate() {
        // One look at each byte: most begin nothing. What stands inside a secret is told with it.
        if FIRST[usize::from(byte)]
            && !u8::is_ascii_alphanumeric(&before)
            && bytes.get(at + 1).is_some_and(|next| SECOND[usize::from(*next)])
            && at >= end
        {
            let rest = source.text.get(at..).unwrap_or("");
            if let Some((length, what)) = SHAPES.iter().find_map(|shape| secret(rest, *shape)) {
                found.push((Span::new(at, at + length), what));
                end = at + length;
            }
        }
        before = byte;
    }
    if found.is_empty() {
        return;
    }
    // One masked text for all of them: it shows none, and it is kept once.
    let masked = masked(source, &found);
    for (span, what) in found {
        findings.add(
            Diagnostic::error(code::LITERAL_SECRET, format!("{what} stands in the file"))
                .at(&masked, span, "shown masked")
                .help("delete it here, change it where it was made, and write a reference to it"),
        );
    }
}

/// How long a secret is that a text begins with, and what it is.
fn secret(text: &str, (begins, least, what): (&str, usize, &'static str)) -> Option<(usize, &'static str)> {
    let rest = text.strip_prefix(begins)?;
    let rest = rest.char_indices().nth(MOST).and_then(|(end, _)| rest.get(..end)).unwrap_or(rest);
    if least == 0 {
        let line = rest.split('\n').next().unwrap_or("");
        return line.contains("PRIVATE KEY-----").then_some((begins.len() + line.len(), what));
    }
    let of_secret = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let length = rest.find(|c: char| !of_secret(c)).unwrap_or(rest.len());
    let letters = rest.get(..length).unwrap_or("");
    // Words that were joined by hyphens are no secret.
    let mixed = letters.bytes().any(|b| b.is_ascii_digit()) && letters.bytes().any(|b| b.is_ascii_alphabetic());
    (length >= least && mixed).then_some((begins.len() + length, what))
}

/// The file with every secret replaced by asterisks, so that no finding spreads one.
fn masked(source: &Arc<Source>, found: &[(Span, &str)]) -> Arc<Source> {
    let mut text = String::with_capacity(source.text.len());
    for (span, _) in found {
        text.push_str(source.text.get(text.len()..span.start).unwrap_or(""));
        text.push_str(&"*".repeat(span.end.saturating_sub(text.len())));
    }
    text.push_str(source.text.get(text.len()..).unwrap_or(""));
    Source::new(source.name.clone(), text)
}
