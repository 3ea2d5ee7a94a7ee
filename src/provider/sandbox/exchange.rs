//! One request and one answer as the dialects see them, free of the HTTP library.
//!
//! Owns decoding of paths and queries. Must not know any dialect.

use serde_json::Value;

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// `GET`, `POST`, …
    pub method: String,
    /// The path as it was sent, without the query.
    pub path: String,
    /// Its segments, decoded.
    pub segments: Vec<String>,
    /// The query's pairs, decoded, in order.
    pub query: Vec<(String, String)>,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Asked {
    /// Takes a request apart; `target` is path and query as sent.
    #[must_use]
    pub fn new(method: &str, target: &str, headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            segments: path.split('/').filter(|s| !s.is_empty()).map(|s| decode(s, false)).collect(),
            query: pairs(query),
            headers,
            body,
        }
    }

    /// A header's value; `name` in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The first value of a query parameter.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Whether the body is declared to be of this type, parameters such as the charset aside.
    #[must_use]
    pub fn is_of_type(&self, wanted: &str) -> bool {
        self.header("content-type")
            .and_then(|v| v.split(';').next())
            .is_some_and(|v| v.trim().eq_ignore_ascii_case(wanted))
    }

    /// The body as JSON, if it is JSON.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The body as the pairs of a form.
    #[must_use]
    pub fn form(&self) -> Vec<(String, String)> {
        pairs(&String::from_utf8_lossy(&self.body))
    }

    /// The credential behind `Bearer `, or the whole header where there is no such word.
    #[must_use]
    pub fn credential(&self) -> Option<&str> {
        let value = self.header("authorization")?.trim();
        Some(value.strip_prefix("Bearer ").unwrap_or(value).trim())
    }

    /// Segments from `skip` on, as texts to match on.
    #[must_use]
    pub fn rest(&self, skip: usize) -> Vec<&str> {
        self.segments.iter().skip(skip).map(String::as_str).collect()
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers besides length and date.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// JSON of the given type.
    #[must_use]
    pub fn json(status: u16, content_type: &str, body: &Value) -> Self {
        Self { status, headers: vec![("content-type", content_type.to_owned())], body: body.to_string().into_bytes() }
    }

    /// A text of the given type.
    #[must_use]
    pub fn text(status: u16, content_type: &str, body: &str) -> Self {
        Self { status, headers: vec![("content-type", content_type.to_owned())], body: body.as_bytes().to_vec() }
    }

    /// No body and no type.
    #[must_use]
    pub const fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

fn pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|p| !p.is_empty())
        .map(|p| {
            let (name, value) = p.split_once('=').unwrap_or((p, ""));
            (decode(name, true), decode(value, true))
        })
        .collect()
}

/// Percent-decoding; what is not a valid escape stays as it is. `plus` makes `+` a space, as in queries and forms.
fn decode(text: &str, plus: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escaped = (byte == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .filter(|h| h.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|h| u8::from_str_radix(h, 16).ok());
        match escaped {
            Some(value) => {
                out.push(value);
                at += 3;
            }
            None => {
                out.push(if plus && byte == b'+' { b' ' } else { byte });
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_queries_are_decoded_once() {
        let asked = Asked::new("GET", "/a%2Fb/c+d//e%zz?x=1+2&y=%5B%5D&y=3&z", Vec::new(), Vec::new());
        assert_eq!(asked.segments, ["a/b", "c+d", "e%zz"]);
        assert_eq!(asked.parameter("x"), Some("1 2"));
        assert_eq!(asked.query[1..], [("y", "[]"), ("y", "3"), ("z", "")].map(|(a, b)| (a.to_owned(), b.to_owned())));
        assert_eq!(decode("%e6%bc%a2%", false), "漢%");
    }

    #[test]
    fn a_credential_comes_with_or_without_its_scheme() {
        let asked = |value: &str| {
            Asked::new("GET", "/", vec![("authorization".to_owned(), value.to_owned())], Vec::new())
                .credential()
                .map(str::to_owned)
        };
        assert_eq!(asked("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(asked("*:*.abc").as_deref(), Some("*:*.abc"));
    }
}
