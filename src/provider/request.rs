//! A request before it is sent: what the plan shows and what goes out are made from the same value.
//!
//! Owns addresses, percent-encoding and the places in headers and bodies where a secret is put at the last moment.
//! Must not hold a secret's value.

use reqwest::Url;
use serde_json::{Map, Value};

use super::secret::Reference;
use crate::port::Fault;
use crate::run::record::RequestView;
use crate::text::safe;

/// HTTP methods that adapters use; everything else is refused when a workspace is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete].into_iter().find(|m| m.name() == name)
    }
}

/// A header's value: text around at most one secret.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Header {
    Plain(String),
    /// Prefix, such as `Bearer `, then the secret.
    Sealed(String, Reference),
}

/// A request. Cloneable and printable: secrets are references until it is sent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) headers: Vec<(String, Header)>,
    pub(super) body: Option<Value>,
    /// Members of the body's top level that are filled with a secret.
    pub(super) sealed: Vec<(String, Reference)>,
    pub(super) purpose: String,
}

impl Request {
    pub(super) fn new(method: Method, url: String, purpose: &str) -> Self {
        Self { method, url, headers: Vec::new(), body: None, sealed: Vec::new(), purpose: purpose.to_owned() }
    }

    pub(super) fn get(url: String, purpose: &str) -> Self {
        Self::new(Method::Get, url, purpose)
    }

    #[must_use]
    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), Header::Plain(value.to_owned())));
        self
    }

    /// A header that carries a secret; nothing when there is none.
    #[must_use]
    pub(super) fn secret(mut self, name: &str, prefix: &str, secret: Option<&Reference>) -> Self {
        if let Some(secret) = secret {
            self.headers.push((name.to_owned(), Header::Sealed(prefix.to_owned(), secret.clone())));
        }
        self
    }

    /// A JSON body.
    #[must_use]
    pub(super) fn json(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// As shown in plans, gates and records.
    pub(super) fn view(&self) -> RequestView {
        let mut headers: Vec<(String, String)> = self
            .headers
            .iter()
            .map(|(name, value)| {
                let value = match value {
                    Header::Plain(text) => text.clone(),
                    Header::Sealed(prefix, secret) => format!("{prefix}{}", secret.label()),
                };
                (name.clone(), value)
            })
            .collect();
        if self.body.is_some() && !headers.iter().any(|(n, _)| n.eq_ignore_ascii_case("content-type")) {
            headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        }
        let body = self.body.as_ref().map_or_else(String::new, |body| {
            let mut body = body.clone();
            for (member, secret) in &self.sealed {
                put(&mut body, member, secret.label());
            }
            body.to_string()
        });
        RequestView {
            method: self.method.name().to_owned(),
            url: self.url.clone(),
            headers,
            body,
            purpose: self.purpose.clone(),
        }
    }
}

/// Sets a member of an object's top level.
pub(super) fn put(body: &mut Value, member: &str, value: String) {
    if let Some(object) = body.as_object_mut() {
        object.insert(member.to_owned(), Value::String(value));
    }
}

/// A provider's address: absolute, `http` or `https`, without credentials, query or fragment, without a final `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Base(String);

impl Base {
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let wrong = |why: &str| Fault {
            says: format!("the address `{}` can't be used: {why}", safe::excerpt(text, 200)),
            help: Some("write an absolute URL such as https://flags.example.com".to_owned()),
            before_sending: true,
        };
        // What comes before an `@` may be a password, so it is not repeated.
        if text.contains('@') {
            return Err(Fault {
                says: "an address with `@` would carry credentials in the open".to_owned(),
                help: Some("leave user and password out of the URL and give the credential as a secret".to_owned()),
                before_sending: true,
            });
        }
        let url = Url::parse(text).map_err(|e| wrong(&e.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("it is neither http nor https"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("it has a query or a fragment"));
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }

    /// The address with a path whose parts are already encoded; begins with `/`.
    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

/// Percent-encodes everything but unreserved characters: for one part of a path, or one value of a query.
pub(super) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    // Servers and proxies take these parts out of a path, encoded or not.
    if out == "." || out == ".." { out.replace('.', "%2E") } else { out }
}

/// Settings of one environment, and keys that stand beside `kind`, read with one voice.
pub(super) struct Table<'a> {
    pub(super) what: &'a str,
    pub(super) map: &'a Map<String, Value>,
}

impl Table<'_> {
    /// A text that must be there.
    pub(super) fn text(&self, key: &str) -> Result<&str, Fault> {
        self.maybe(key).ok_or_else(|| Fault {
            says: format!("{}: `{key}` is missing", self.what),
            help: None,
            before_sending: true,
        })
    }

    /// A text that may be there.
    pub(super) fn maybe(&self, key: &str) -> Option<&str> {
        self.map.get(key).and_then(Value::as_str).filter(|t| !t.is_empty())
    }

    /// A secret that may be there.
    pub(super) fn secret(&self, key: &str) -> Result<Option<Reference>, Fault> {
        self.map
            .get(key)
            .map(|v| {
                Reference::decode(v).map_err(|f| Fault { says: format!("{}: `{key}`: {}", self.what, f.says), ..f })
            })
            .transpose()
    }

    /// The address.
    pub(super) fn base(&self, key: &str) -> Result<Base, Fault> {
        Base::parse(self.text(key)?).map_err(|f| Fault { says: format!("{}: {}", self.what, f.says), ..f })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_address_carries_no_credentials() {
        assert_eq!(Base::parse("https://a.example/x/").unwrap().at("/y"), "https://a.example/x/y");
        for wrong in ["ftp://a", "nonsense", "https://a?x=1", "https://a#x", "/relative"] {
            assert!(Base::parse(wrong).is_err(), "{wrong}");
        }
        let fault = Base::parse("https://me:hunter2@a.example").unwrap_err();
        assert!(!fault.says.contains("hunter2"), "{fault}");
    }

    #[test]
    fn parts_of_a_path_stay_parts() {
        assert_eq!(encode("a/b?c#d e%ü"), "a%2Fb%3Fc%23d%20e%25%C3%BC");
        assert_eq!(encode(".."), "%2E%2E");
    }

    #[test]
    fn a_view_shows_where_a_secret_comes_from() {
        let mut request = Request::new(Method::Post, "https://a/x".into(), "act")
            .secret("Authorization", "Bearer ", Some(&Reference::Env("TOKEN".into())))
            .json(json!({ "routing_key": null, "a": 1 }));
        request.sealed.push(("routing_key".into(), Reference::File("key".into())));
        let view = request.view();
        assert_eq!(
            view.headers,
            [("Authorization".into(), "Bearer {env TOKEN}".into()), ("Content-Type".into(), "application/json".into())]
        );
        assert_eq!(
            view.body,
            r#"{"routing_key":"{file key}","a":1}"#
                .replace("\"routing_key\":\"{file key}\",\"a\":1", "\"a\":1,\"routing_key\":\"{file key}\"")
        );
    }
}
