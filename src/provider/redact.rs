//! Takes secrets out of text that came from outside, in whatever encoding they come back.
//!
//! Owns the search. A server can echo a header raw, inside JSON, inside HTML, percent-encoded in a redirect, as base64
//! in a debug dump, or all mixed; so the search does not list encodings of a whole secret but accepts any encoding of
//! each character, and looks for the secret, the secret backwards, its hexadecimal digits and its base64 at the three
//! possible alignments (which covers `Basic` credentials), each also with blanks, dashes and line ends put in between.
//! Must not keep a secret in a form that could be printed.

use std::cell::RefCell;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use secrecy::{ExposeSecret as _, SecretBox};

use super::secret::Secret;

/// The least length of a base64 pattern; below it, ordinary words would match.
const LEAST_BASE64: usize = 6;
/// A pattern cut off by the end of the text counts from this many characters on.
const LEAST_CUT: usize = 6;
/// From this length on, letters match in either case, backwards too, and with something put in between: what is shorter
/// would be found in ordinary words.
const FOLDS: usize = 8;
/// The most bytes between two characters of a secret: a line end and what the next line is indented by.
const MOST_BETWEEN: usize = 24;
/// The most places that a match with something in between is followed to at once, so that a hostile text costs no more than
/// a long one.
const MOST_PLACES: usize = 64;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Raw,
    Hex,
    Base64,
}

struct Pattern {
    form: Form,
    bytes: SecretBox<Vec<u8>>,
    label: String,
}

/// Removes the values of all secrets it was told of.
#[derive(Default)]
pub struct Redactor {
    patterns: RefCell<Vec<Pattern>>,
}

impl Redactor {
    /// Takes a secret out of every text from now on; `label` stands in its place.
    pub fn add(&self, secret: &Secret, label: &str) {
        let value = secret.expose().as_bytes();
        let known = self.patterns.borrow().iter().any(|p| p.form == Form::Raw && p.bytes.expose_secret() == value);
        if known || value.is_empty() {
            return;
        }
        // A label stands inside JSON too, so it brings no quotes or backslashes of its own.
        let label = label.replace(['"', '\\'], "'");
        let mut patterns = self.patterns.borrow_mut();
        let mut push = |form, bytes: Vec<u8>| {
            patterns.push(Pattern { form, bytes: SecretBox::new(Box::new(bytes)), label: label.clone() });
        };
        push(Form::Raw, value.to_vec());
        if value.len() >= FOLDS {
            push(Form::Raw, value.iter().rev().copied().collect());
        }
        if value.len() >= 4 {
            push(Form::Hex, value.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect());
        }
        for lead in 0..3_usize {
            let mut shifted = vec![0_u8; lead];
            shifted.extend_from_slice(value);
            let encoded = STANDARD_NO_PAD.encode(&shifted);
            // Characters that also carry bits of what stands before or after the secret are not part of the pattern.
            let from = (lead * 8).div_ceil(6);
            let to = shifted.len() * 8 / 6;
            if let Some(core) = encoded.as_bytes().get(from..to)
                && core.len() >= LEAST_BASE64
            {
                push(Form::Base64, core.to_vec());
            }
        }
    }

    /// A text without the secrets.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let clean = self.bytes(text.as_bytes());
        String::from_utf8(clean).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
    }

    /// Bytes without the secrets.
    #[must_use]
    pub fn bytes(&self, text: &[u8]) -> Vec<u8> {
        let patterns = self.patterns.borrow();
        let mut out = Vec::with_capacity(text.len());
        if patterns.is_empty() {
            out.extend_from_slice(text);
            return out;
        }
        let mut at = 0;
        // Where the output may be taken back to: behind the last label.
        let mut floor = 0;
        while at < text.len() {
            let found =
                patterns.iter().filter_map(|p| matches(p, text, at).map(|end| (end, p))).max_by_key(|(end, _)| *end);
            match (found, text.get(at)) {
                (Some((mut end, pattern)), _) => {
                    if pattern.form == Form::Base64 {
                        // The characters around the pattern carry the secret's first and last bits.
                        while out.len() > floor && out.last().copied().is_some_and(is_base64) {
                            out.pop();
                        }
                        while text.get(end).copied().is_some_and(|b| is_base64(b) || b == b'=') {
                            end += 1;
                        }
                    }
                    out.extend_from_slice(pattern.label.as_bytes());
                    floor = out.len();
                    at = end;
                }
                (None, Some(byte)) => {
                    out.push(*byte);
                    at += 1;
                }
                (None, None) => break,
            }
        }
        out
    }

    /// Whether a text holds any of the secrets.
    #[must_use]
    pub fn finds(&self, text: &[u8]) -> bool {
        let patterns = self.patterns.borrow();
        let starts = starts(&patterns);
        text.iter().enumerate().any(|(at, byte)| {
            starts.get(usize::from(*byte)).copied().unwrap_or(true)
                && patterns.iter().any(|p| matches(p, text, at).is_some())
        })
    }
}

/// The bytes that a match of any pattern can begin with.
fn starts(patterns: &[Pattern]) -> [bool; 256] {
    let mut starts = [false; 256];
    let mut mark = |byte: u8| {
        if let Some(slot) = starts.get_mut(usize::from(byte)) {
            *slot = true;
        }
    };
    // Whatever can begin an encoded character.
    b"%\\&+".iter().for_each(|b| mark(*b));
    for first in patterns.iter().filter_map(|p| p.bytes.expose_secret().first()) {
        mark(first.to_ascii_lowercase());
        mark(first.to_ascii_uppercase());
        match first {
            b'+' => mark(b'-'),
            b'/' => mark(b'_'),
            _ => {}
        }
    }
    starts
}

const fn digit(nibble: u8) -> u8 {
    if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 }
}

const fn is_base64(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_')
}

/// The end of a match that begins at `at`: every position that the characters so far can have led to is followed.
fn matches(pattern: &Pattern, text: &[u8], at: usize) -> Option<usize> {
    let want = pattern.bytes.expose_secret();
    let folds = pattern.form == Form::Hex || want.len() >= FOLDS;
    let same = |have: u8, want: u8| {
        have == want
            || (folds && have.eq_ignore_ascii_case(&want))
            || (pattern.form == Form::Base64 && matches!((have, want), (b'-', b'+') | (b'_', b'/')))
    };
    // The common case first, without allocating: an ordinary character that does not match.
    let first = *text.get(at)?;
    if !same(first, *want.first()?) && !matches!(first, b'%' | b'\\' | b'&' | b'+') {
        return None;
    }
    let mut ends = vec![at];
    for (i, want) in want.iter().enumerate() {
        let mut next = Vec::new();
        let mut read = |from: usize, most: usize| {
            each_reading(text, from, &mut |byte, length| {
                if same(byte, *want) && next.len() < most && !next.contains(&(from + length)) {
                    next.push(from + length);
                }
            });
            from >= text.len() && i >= LEAST_CUT
        };
        // The text ends within the secret: it was cut there.
        let between = i > 0 && pattern.form != Form::Raw;
        if ends.iter().any(|&end| read(if between { end + gap(pattern.form, text, end) } else { end }, usize::MAX)) {
            return Some(text.len());
        }
        // A secret may have blanks and dashes of its own, so that each part of what stands there may be what was put in.
        if i > 0 && pattern.form == Form::Raw && folds {
            for &end in &ends {
                let gap = gap(pattern.form, text, end).min(MOST_BETWEEN);
                if (1..=gap).any(|length| read(end + length, MOST_PLACES)) {
                    return Some(text.len());
                }
            }
        }
        if next.is_empty() {
            return None;
        }
        ends = next;
    }
    ends.into_iter().max()
}

/// Separators that tools put between hexadecimal digits, into long base64 or between the characters of a word; line ends
/// also as JSON escapes them, once or several times.
fn gap(form: Form, text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let mut length = 0;
    while let Some(byte) = rest.get(length) {
        let slashes = rest.iter().skip(length).take(16).take_while(|b| **b == b'\\').count();
        length += match (byte, form) {
            (b'\n' | b'\r', _) => 1,
            (b' ' | b'\t', _) | (b'-', Form::Raw) => 1,
            (b':' | b'-' | b',', Form::Hex) => 1,
            (b'\\', _) if matches!(rest.get(length + slashes), Some(b'n' | b'r' | b't')) => slashes + 1,
            _ => return length,
        };
    }
    length
}

/// Every way to read one character at `at`, with the number of bytes it takes.
fn each_reading(text: &[u8], at: usize, take: &mut dyn FnMut(u8, usize)) {
    let rest = text.get(at..).unwrap_or_default();
    let Some(&first) = rest.first() else { return };
    take(first, 1);
    let hex = |from: usize, count: usize| {
        rest.get(from..from + count)
            .and_then(|d| std::str::from_utf8(d).ok())
            .filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|d| u32::from_str_radix(d, 16).ok())
            .and_then(|n| u8::try_from(n).ok())
    };
    match first {
        b'+' => take(b' ', 1),
        b'%' => {
            // Encoded once, and any number of times more: %41, %2541, %252541.
            let mut from = 1;
            while rest.get(from..from + 2) == Some(b"25") && from < 16 {
                if let Some(byte) = hex(from + 2, 2) {
                    take(byte, from + 4);
                }
                from += 2;
            }
            if let Some(byte) = hex(1, 2) {
                take(byte, 3);
            }
        }
        b'\\' => {
            let slashes = rest.iter().take(16).take_while(|b| **b == b'\\').count();
            for length in [2, 4, 8] {
                if slashes >= length {
                    take(b'\\', length);
                }
            }
            match rest.get(slashes) {
                Some(b'u') if rest.get(slashes + 1) == Some(&b'{') => {
                    let digits = rest.iter().skip(slashes + 2).take_while(|b| b.is_ascii_hexdigit()).count();
                    if rest.get(slashes + 2 + digits) == Some(&b'}')
                        && digits <= 6
                        && let Some(byte) = hex(slashes + 2, digits)
                    {
                        take(byte, slashes + 3 + digits);
                    }
                }
                Some(b'u') => {
                    if let Some(byte) = hex(slashes + 1, 4) {
                        take(byte, slashes + 5);
                    }
                }
                Some(b'x') => {
                    if let Some(byte) = hex(slashes + 1, 2) {
                        take(byte, slashes + 3);
                    }
                }
                _ => {}
            }
            if let Some(&escaped) = rest.get(slashes) {
                take(escaped, slashes + 1);
            }
        }
        b'&' => {
            for (name, byte) in
                [(&b"&amp;"[..], b'&'), (b"&lt;", b'<'), (b"&gt;", b'>'), (b"&quot;", b'"'), (b"&apos;", b'\'')]
            {
                if rest.starts_with(name) {
                    take(byte, name.len());
                }
            }
            if rest.get(1) == Some(&b'#') {
                let (radix, from) = if matches!(rest.get(2), Some(b'x' | b'X')) { (16, 3) } else { (10, 2) };
                let digits = rest.iter().skip(from).take(7).take_while(|b| b.is_ascii_hexdigit()).count();
                let number = rest
                    .get(from..from + digits)
                    .and_then(|d| std::str::from_utf8(d).ok())
                    .and_then(|d| u32::from_str_radix(d, radix).ok())
                    .and_then(|n| u8::try_from(n).ok());
                if let (Some(byte), Some(b';')) = (number, rest.get(from + digits)) {
                    take(byte, from + digits + 1);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn redactor(secret: &str) -> Redactor {
        let r = Redactor::default();
        r.add(&Secret::new(secret.to_owned()), "{env T}");
        r
    }

    fn percent(secret: &str, all: bool) -> String {
        secret
            .bytes()
            .map(|b| if b.is_ascii_alphanumeric() && !all { char::from(b).to_string() } else { format!("%{b:02X}") })
            .collect()
    }

    /// Every encoding in which a server might give a secret back; used by the hostile server of the adapters' tests too.
    pub(in crate::provider) fn encodings(secret: &str) -> Vec<String> {
        use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
        let json = serde_json::to_string(secret).unwrap();
        let json = json.trim_matches('"').to_owned();
        let mut all = vec![
            secret.to_owned(),
            secret.to_uppercase(),
            secret.to_lowercase(),
            json.replace('/', "\\/"),
            serde_json::to_string(&json).unwrap().trim_matches('"').to_owned(),
            secret.bytes().map(|b| format!("\\u{b:04x}")).collect(),
            secret.bytes().map(|b| format!("\\u{b:04X}")).collect(),
            secret.bytes().map(|b| format!("\\u{{{b:x}}}")).collect(),
            secret.bytes().map(|b| format!("\\x{b:02x}")).collect(),
            secret.bytes().map(|b| format!("&#{b};")).collect(),
            secret.bytes().map(|b| format!("&#x{b:X};")).collect(),
            secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;"),
            percent(secret, false),
            percent(secret, true),
            percent(secret, true).to_lowercase(),
            percent(secret, true).replace('%', "%25"),
            percent(secret, false).replace("%20", "+"),
            secret.bytes().map(|b| format!("{b:02x}")).collect(),
            secret.bytes().map(|b| format!("{b:02X}")).collect(),
            secret.bytes().map(|b| format!("{b:02x} ")).collect(),
            secret.bytes().map(|b| format!("{b:02x}:")).collect(),
            json,
            secret.chars().rev().collect(),
        ];
        let characters: Vec<String> = secret.chars().map(String::from).collect();
        for between in [" ", "-", "\n", "\\n", "\\\\n", "\r\n    ", " - "] {
            all.push(characters.join(between));
            let parts: Vec<String> = characters.chunks(5).map(<[String]>::concat).collect();
            all.push(parts.join(between));
        }
        for lead in ["", "u", "us", "user:", "Bearer ", "Token token="] {
            for trail in ["", "!", "!!"] {
                let whole = format!("{lead}{secret}{trail}");
                let standard = STANDARD.encode(&whole);
                all.push(URL_SAFE.encode(&whole));
                all.push(URL_SAFE_NO_PAD.encode(&whole));
                all.push(percent(&standard, false));
                all.push(standard.replace('/', "\\/"));
                let folded: Vec<&str> =
                    standard.as_bytes().chunks(16).map(|c| std::str::from_utf8(c).unwrap()).collect();
                all.push(folded.join("\n"));
                all.push(folded.join("\\r\\n"));
                all.push(folded.join(" "));
                all.push(standard);
            }
        }
        all
    }

    #[test]
    fn no_encoding_of_a_secret_survives() {
        for secret in ["*:*.pr0d/\"k3y\"+&\\<x>%41 z", "aigov-admin-secret", "Zm9vYmFyYmF6+/=="] {
            let r = redactor(secret);
            for encoded in encodings(secret) {
                for text in
                    [encoded.clone(), format!("<p>before {encoded} after</p>"), format!("{{\"a\":\"{encoded}\"}}")]
                {
                    let clean = r.text(&text);
                    assert!(clean.contains("{env T}"), "{text}\nbecame\n{clean}");
                    assert!(!clean.contains(&encoded), "{text}\nbecame\n{clean}");
                    assert!(!r.finds(clean.as_bytes()), "{text}\nbecame\n{clean}");
                }
            }
        }
    }

    #[test]
    fn what_is_around_stays() {
        let r = redactor("aigov-admin-secret");
        assert_eq!(r.text("token aigov-admin-secret is wrong"), "token {env T} is wrong");
        assert_eq!(r.text("{\"a\":\"aigov-admin-secret\",\"b\":1}"), "{\"a\":\"{env T}\",\"b\":1}");
        assert_eq!(r.text("aigov-admin and a secret"), "aigov-admin and a secret");
        assert_eq!(r.text("Zürich 漢字 50% \\n &amp; +"), "Zürich 漢字 50% \\n &amp; +");
    }

    #[test]
    fn a_secret_cut_by_the_end_of_the_text_is_removed() {
        let r = redactor("aigov-admin-secret");
        for cut in 6..18 {
            let text = format!("x=\"{}", &"aigov-admin-secret"[..cut]);
            assert_eq!(r.text(&text), "x=\"{env T}", "{text}");
        }
    }

    #[test]
    fn a_secret_that_holds_another_is_removed_whole() {
        let r = redactor("default:production.abcdef");
        r.add(&Secret::new("production".to_owned()), "{env P}");
        assert_eq!(r.text("default:production.abcdef"), "{env T}");
        assert_eq!(r.text("in production"), "in {env P}");
    }

    proptest! {
        #[test]
        fn never_panics_and_always_removes(secret in "[ -~]{1,40}", before in ".{0,40}", after in ".{0,40}") {
            let r = redactor(&secret);
            let clean = r.text(&format!("{before}{secret}{after}"));
            prop_assert!(clean.contains("{env T}"), "{}", clean);
        }

        #[test]
        fn leaves_other_text_alone(text in "[a-m ]{0,80}") {
            prop_assert_eq!(redactor("*:*.pr0d/k3y").text(&text), text);
        }
    }
}
