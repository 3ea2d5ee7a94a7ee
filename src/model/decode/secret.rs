//! Secrets that somebody wrote down in `aigov.toml`: found before anything is shown.
//!
//! Owns the masking. A diagnostic shows the line that it speaks of, and that line must not carry the secret to a
//! terminal, a log or a pull request. Masking is by the look of a line, before the file is parsed, so that it also holds
//! in files that can't be parsed; what a secret is for a provider, the catalogue says later.

use std::sync::Arc;

use crate::text::source::Source;

/// Endings of key names whose values are secrets.
const NAMES: [&str; 6] = ["token", "secret", "password", "key", "credential", "auth-header"];

/// The source with every value that looks like a secret replaced by asterisks of the same length in bytes.
pub(super) fn mask(source: &Arc<Source>) -> Arc<Source> {
    let text = &source.text;
    let mut masked = text.clone().into_bytes();
    let mut any = false;
    for (at, _) in text.match_indices('=') {
        let name = text.get(..at).unwrap_or("").trim_end().trim_end_matches(['"', '\'']);
        let name: String =
            name.chars().rev().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
        let name: String = name.chars().rev().collect::<String>().to_lowercase();
        if !NAMES.iter().any(|n| name.ends_with(n)) {
            continue;
        }
        let value = text.get(at + 1..).unwrap_or("");
        let skipped = value.len() - value.trim_start_matches([' ', '\t']).len();
        let from = at + 1 + skipped;
        let value = text.get(from..).unwrap_or("");
        let Some(quote @ ('"' | '\'')) = value.chars().next() else { continue };
        let triple: String = std::iter::repeat_n(quote, 3).collect();
        let (open, end) = match value.strip_prefix(&triple) {
            Some(rest) => (3, rest.find(&triple).unwrap_or(rest.len())),
            None => (1, closing(value.get(1..).unwrap_or(""), quote)),
        };
        for byte in masked.iter_mut().skip(from + open).take(end).filter(|b| **b != b'\n') {
            *byte = b'*';
            any = true;
        }
    }
    // User and password inside a URL.
    for (at, _) in text.match_indices("://") {
        let rest = text.get(at + 3..).unwrap_or("");
        let host = rest.find(['/', '"', '\'', '\n', ' ']).unwrap_or(rest.len());
        if let Some(user) = rest.get(..host).and_then(|h| h.rfind('@')) {
            for byte in masked.iter_mut().skip(at + 3).take(user) {
                *byte = b'*';
                any = true;
            }
        }
    }
    match String::from_utf8(masked) {
        Ok(masked) if any => Source::new(source.name.clone(), masked),
        _ => Arc::clone(source),
    }
}

/// How long a text of one line is: to the quotation mark that closes it, or to the end of the line.
fn closing(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            '\n' => return at,
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            c if c == quote => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_secret_is_masked_and_everything_else_stands() {
        for (written, shown) in [
            ("token = \"geheim\"", "token = \"******\""),
            ("production = { url = \"u\", client-token = 'äb' }", "production = { url = \"u\", client-token = '***' }"),
            ("routing-key=\"a\\\"b\" # c", "routing-key=\"****\" # c"),
            ("\"api_key\" = \"open\nx = 1", "\"api_key\" = \"****\nx = 1"),
            ("password = \"\"\"a\nb\"\"\"\nx = \"y\"", "password = \"\"\"*\n*\"\"\"\nx = \"y\""),
            ("url = \"https://me:pw@host/x\"", "url = \"https://*****@host/x\""),
            ("token = { env = \"TOKEN\" }", "token = { env = \"TOKEN\" }"),
            ("url = \"https://host/a@b\"", "url = \"https://host/a@b\""),
        ] {
            assert_eq!(mask(&Source::new("a", written)).text, shown);
        }
    }
}
