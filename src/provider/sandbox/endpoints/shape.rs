//! A request as a table describes it, held against one that came: what stands fixed in it has to be there, and a placeholder
//! takes what stands in its place.
//!
//! Owns that comparison. Must not know what a request is for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::provider::http::operation::{Call, Fields, fill, fill_body, placeholder, placeholders};
use crate::provider::sandbox::exchange::Asked;

/// What stood in the place of each placeholder.
pub(in crate::provider::sandbox) type Captured = BTreeMap<String, Value>;

/// A path with its query, some of it unknown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::provider::sandbox) struct Pattern(String);

/// A request that changes something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::provider::sandbox) struct Shape {
    method: String,
    path: Pattern,
    body: Option<Value>,
    /// By names in lower case.
    headers: Vec<(String, String)>,
    /// What it is answered with.
    pub(in crate::provider::sandbox) status: u16,
}

impl Pattern {
    /// A path of a table, with what is known of it.
    pub(in crate::provider::sandbox) fn of(path: &str, known: &Fields) -> Self {
        // What is not known stays a placeholder, which is no error.
        Self(fill(path, known, false, true).unwrap_or_else(|_| path.to_owned()))
    }

    /// What stands in its placeholders; none for another path.
    pub(in crate::provider::sandbox) fn fits(&self, asked: &Asked) -> Option<Captured> {
        let whole = Asked::new("GET", &self.0, Vec::new(), Vec::new());
        let given = asked.rest(1);
        if whole.segments.len() != given.len() {
            return None;
        }
        let mut found = Captured::new();
        let paths = whole.segments.iter().zip(given).all(|(wanted, given)| text(wanted, given, &mut found));
        let queries = paths
            && whole.query.iter().all(|(name, wanted)| {
                asked.query.iter().any(|(n, given)| n == name && text(wanted, given, &mut found))
            });
        queries.then_some(found)
    }

    /// The names of its placeholders.
    pub(in crate::provider::sandbox) fn unknown(&self) -> Vec<String> {
        names(&Value::String(self.0.clone()))
    }
}

impl Shape {
    /// A request of a table, with what is known of it.
    pub(in crate::provider::sandbox) fn of(call: &Call, known: &Fields) -> Self {
        let plain = |text: &str| fill(text, known, false, false).unwrap_or_else(|_| text.to_owned());
        let own = call.headers.iter().map(|(name, value)| (name.to_lowercase(), plain(value)));
        let key = call.key_header.iter().map(|name| (name.to_lowercase(), "{key}".to_owned()));
        Self {
            method: call.method.name().to_owned(),
            path: Pattern::of(&call.path, known),
            body: call.body.as_ref().map(|body| fill_body(body, known, false).unwrap_or_else(|_| body.clone())),
            headers: own.chain(key).collect(),
            status: call.expect.first().copied().unwrap_or(200),
        }
    }

    /// What stands in its placeholders; none for another request.
    pub(in crate::provider::sandbox) fn fits(&self, asked: &Asked) -> Option<Captured> {
        if asked.method != self.method {
            return None;
        }
        let mut found = self.path.fits(asked)?;
        let headers = self
            .headers
            .iter()
            .all(|(name, wanted)| asked.header(name).is_some_and(|given| text(wanted, given, &mut found)));
        let body = match &self.body {
            None => true,
            Some(wanted) => value(wanted, &asked.json()?, &mut found),
        };
        (headers && body).then_some(found)
    }

    /// The names of its placeholders.
    pub(in crate::provider::sandbox) fn unknown(&self) -> Vec<String> {
        let mut all = self.path.unknown();
        all.extend(self.body.iter().flat_map(names));
        all.extend(self.headers.iter().flat_map(|(_, text)| names(&Value::String(text.clone()))));
        all
    }
}

fn names(of: &Value) -> Vec<String> {
    let mut found = std::collections::BTreeSet::new();
    placeholders(of, &mut found);
    found.into_iter().map(str::to_owned).collect()
}

/// Takes a value; the same placeholder stands for the same everywhere.
fn take(name: &str, value: Value, found: &mut Captured) -> bool {
    let plain = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
    match found.get(name) {
        Some(known) if plain(known) != plain(&value) => false,
        // A text in a path does not take the type away that a body has given.
        Some(known) if !known.is_string() => true,
        _ => {
            found.insert(name.to_owned(), value);
            true
        }
    }
}

fn text(wanted: &str, given: &str, found: &mut Captured) -> bool {
    let Some((before, name, after)) = placeholder(wanted) else { return wanted == given };
    let Some(rest) = given.strip_prefix(before) else { return false };
    if after.is_empty() {
        return take(name, Value::String(rest.to_owned()), found);
    }
    let ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
    for (value, left) in ends.filter_map(|at| rest.split_at_checked(at)) {
        let mut tried = found.clone();
        if text(after, left, &mut tried) && take(name, Value::String(value.to_owned()), &mut tried) {
            *found = tried;
            return true;
        }
    }
    false
}

fn value(wanted: &Value, given: &Value, found: &mut Captured) -> bool {
    match (wanted, given) {
        (Value::String(wanted), given) => match (placeholder(wanted), given) {
            (Some(("", name, "")), given) => take(name, given.clone(), found),
            (_, Value::String(given)) => text(wanted, given, found),
            _ => false,
        },
        (Value::Array(wanted), Value::Array(given)) => {
            wanted.len() == given.len() && wanted.iter().zip(given).all(|(w, g)| value(w, g, found))
        }
        (Value::Object(wanted), Value::Object(given)) => {
            wanted.len() == given.len() && wanted.iter().all(|(k, w)| given.get(k).is_some_and(|g| value(w, g, found)))
        }
        (wanted, given) => wanted == given,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::provider::http::operation::Operation;

    fn shape(act: &Value) -> Shape {
        let operation = Operation::parse("control", &json!({ "act": act })).ok().unwrap();
        let known: Fields =
            [("service", json!("a/b c")), ("labels", json!(["x", "y"]))].map(|(k, v)| (k.to_owned(), v)).into();
        Shape::of(&operation.act, &known)
    }

    fn asked(request: &str, headers: &[(&str, &str)], body: &Value) -> Asked {
        let (method, target) = request.split_once(' ').unwrap();
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Asked::new(method, &format!("/http{target}"), headers, body.to_string().into_bytes())
    }

    #[test]
    fn a_request_fits_by_what_is_fixed_in_it_and_tells_what_is_not() {
        let put =
            shape(&json!({ "method": "PUT", "path": "/s/{service}/n", "body": { "n": "{value}", "of": "{labels}" } }));
        let body = json!({ "n": 3, "of": ["x", "y"] });
        assert_eq!(put.fits(&asked("PUT /s/a%2Fb%20c/n", &[], &body)), Some([("value".to_owned(), json!(3))].into()));
        for (request, body) in [
            ("POST /s/a%2Fb%20c/n", body.clone()),
            ("PUT /s/other/n", body.clone()),
            ("PUT /s/a/b%20c/n", body.clone()),
            ("PUT /s/a%2Fb%20c/n", json!({ "n": 3, "of": ["x"] })),
            ("PUT /s/a%2Fb%20c/n", json!({ "n": 3 })),
            ("PUT /s/a%2Fb%20c/n", json!({ "n": 3, "of": ["x", "y"], "more": 1 })),
            ("PUT /s/a%2Fb%20c/n", json!("no object")),
        ] {
            assert_eq!(put.fits(&asked(request, &[], &body)), None, "{request} {body}");
        }
    }

    #[test]
    fn placeholders_are_found_in_queries_headers_and_amid_texts() {
        let keyed = shape(&json!({ "path": "/x?run={run}&fixed=1", "key-header": "Idempotency-Key",
            "headers": { "X-By": "aigov {run}" }, "body": "{text} (run {run})" }));
        let headers = [("idempotency-key", "k"), ("x-by", "aigov 7")];
        let whole = asked("POST /x?extra=2&fixed=1&run=7", &headers, &json!("all (of) it (run 7)"));
        let found = keyed.fits(&whole).unwrap();
        let found: Vec<(&str, &str)> = found.iter().map(|(k, v)| (k.as_str(), v.as_str().unwrap())).collect();
        assert_eq!(found, [("key", "k"), ("run", "7"), ("text", "all (of) it")]);
        assert_eq!(keyed.fits(&asked("POST /x?fixed=1&run=8", &headers, &json!("a (run 8)"))), None, "two runs");
        assert_eq!(keyed.fits(&asked("POST /x?run=7", &headers, &json!("a (run 7)"))), None, "no fixed");
        assert_eq!(keyed.fits(&asked("POST /x?run=7&fixed=1", &headers[1..], &json!("a (run 7)"))), None, "no key");
    }
}
