//! An operation of the generic provider as `aigov.toml` has it, and its placeholders filled in.
//!
//! Owns the tables `act`, `read`, `undo` and `good` and what stands for what in them. Must not send anything.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::plan::{Act, Proof, Repeat};
use crate::port::Fault;
use crate::provider::answer::fault;
use crate::provider::request::{Method, encode};
use crate::text::safe;

/// What fills placeholders, by name.
pub(in crate::provider) type Fields = BTreeMap<String, Value>;

/// One capability, or one named call.
pub(in crate::provider) struct Operation {
    pub(in crate::provider) act: Call,
    pub(in crate::provider) read: Option<Look>,
    /// Puts prior state back; without it, the act with the prior value does.
    pub(in crate::provider) undo: Option<Call>,
    /// Where the last known good version of a layer is to be read.
    pub(in crate::provider) good: Option<Look>,
}

/// A request that changes something.
pub(in crate::provider) struct Call {
    pub(in crate::provider) method: Method,
    pub(in crate::provider) path: String,
    pub(in crate::provider) body: Option<Value>,
    pub(in crate::provider) headers: Vec<(String, String)>,
    pub(in crate::provider) key_header: Option<String>,
    pub(in crate::provider) expect: Vec<u16>,
    pub(in crate::provider) repeat: Repeat,
}

/// A read of one value.
pub(in crate::provider) struct Look {
    pub(in crate::provider) path: String,
    /// JSON pointer; empty for the whole document.
    pub(in crate::provider) at: String,
    pub(in crate::provider) equals: Option<Value>,
}

impl Operation {
    /// Reads a table.
    pub(in crate::provider) fn parse(what: &str, table: &Value) -> Result<Self, Fault> {
        let table = Reader::new(what, table, &["act", "read", "undo", "good"])?;
        let part = |key: &str| table.map.get(key).map(|v| (format!("{what}.{key}"), v));
        let (name, act) = part("act").ok_or_else(|| table.wrong("has no `act`"))?;
        Ok(Self {
            act: Call::parse(&name, act)?,
            read: part("read").map(|(n, v)| Look::parse(&n, v)).transpose()?,
            undo: part("undo").map(|(n, v)| Call::parse(&n, v)).transpose()?,
            good: part("good").map(|(n, v)| Look::parse(&n, v)).transpose()?,
        })
    }

    pub(in crate::provider) const fn proof(&self) -> Proof {
        // A capture by GET is its own answer.
        if self.read.is_some() || matches!(self.act.method, Method::Get) { Proof::ReadBack } else { Proof::Accepted }
    }
}

impl Call {
    fn parse(what: &str, table: &Value) -> Result<Self, Fault> {
        let keys = ["method", "path", "body", "headers", "key-header", "expect", "repeat"];
        let table = Reader::new(what, table, &keys)?;
        let method = table.text("method")?.unwrap_or("POST");
        let method =
            Method::parse(method).ok_or_else(|| table.wrong("`method` is not one of GET, POST, PUT, PATCH, DELETE"))?;
        let key_header = table.text("key-header")?.map(str::to_owned);
        let repeat = match table.text("repeat")? {
            Some("harmless") => Repeat::Harmless,
            Some("keyed") => Repeat::Keyed,
            Some("never") => Repeat::Never,
            Some(_) => return Err(table.wrong("`repeat` is not one of harmless, keyed, never")),
            None if key_header.is_some() => Repeat::Keyed,
            None if matches!(method, Method::Get | Method::Put | Method::Delete) => Repeat::Harmless,
            None => Repeat::Never,
        };
        let body = table.map.get("body").cloned();
        let keyed_body = body.as_ref().is_some_and(|b| b.to_string().contains("{key}"));
        if repeat == Repeat::Keyed && key_header.is_none() && !keyed_body && !table.path()?.contains("{key}") {
            return Err(table.wrong("`repeat = \"keyed\"` needs `key-header`, or `{key}` in path or body"));
        }
        let expect = match table.map.get("expect") {
            None => Vec::new(),
            Some(list) => list
                .as_array()
                .and_then(|l| l.iter().map(|n| n.as_u64().and_then(|n| u16::try_from(n).ok())).collect())
                .ok_or_else(|| table.wrong("`expect` is not a list of statuses"))?,
        };
        let headers = match table.map.get("headers") {
            None => Vec::new(),
            Some(headers) => headers
                .as_object()
                .and_then(|h| h.iter().map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned()))).collect())
                .ok_or_else(|| table.wrong("`headers` is not a table of texts"))?,
        };
        Ok(Self { method, path: table.path()?.to_owned(), body, headers, key_header, expect, repeat })
    }
}

impl Look {
    fn parse(what: &str, table: &Value) -> Result<Self, Fault> {
        let table = Reader::new(what, table, &["path", "at", "equals"])?;
        let at = table.text("at")?.unwrap_or_default().to_owned();
        if !at.is_empty() && !at.starts_with('/') {
            return Err(table.wrong("`at` is not a JSON pointer such as `/state`"));
        }
        Ok(Self { path: table.path()?.to_owned(), at, equals: table.map.get("equals").cloned() })
    }
}

/// A table whose keys are known.
struct Reader<'a> {
    what: &'a str,
    map: &'a Map<String, Value>,
}

impl<'a> Reader<'a> {
    fn new(what: &'a str, table: &'a Value, keys: &[&str]) -> Result<Self, Fault> {
        let map = table.as_object().ok_or_else(|| fault(format!("`{what}` is not a table"), None))?;
        if let Some(odd) = map.keys().find(|k| !keys.contains(&k.as_str())) {
            let says = format!("`{what}` has a key `{}` that means nothing", safe::excerpt(odd, 60));
            return Err(fault(says, Some(&format!("known keys: {}", keys.join(", ")))));
        }
        Ok(Self { what, map })
    }

    fn wrong(&self, why: &str) -> Fault {
        fault(format!("`{}`: {why}", self.what), None)
    }

    fn text(&self, key: &str) -> Result<Option<&'a str>, Fault> {
        match self.map.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(&format!("`{key}` is not a text"))),
        }
    }

    fn path(&self) -> Result<&'a str, Fault> {
        let path = self.text("path")?.ok_or_else(|| self.wrong("has no `path`"))?;
        if path.starts_with('/') { Ok(path) } else { Err(self.wrong("`path` does not begin with `/`")) }
    }
}

/// The table that an act is described in; none for what a person does.
pub(in crate::provider) fn table_of(act: &Act) -> Option<String> {
    Some(match act {
        Act::SetControl { .. } => "control".to_owned(),
        Act::RollbackLayer { .. } => "layer".to_owned(),
        Act::Capture { .. } => "evidence".to_owned(),
        Act::Freeze => "deploy".to_owned(),
        Act::Page { .. } => "paging".to_owned(),
        Act::Notify { .. } => "notice".to_owned(),
        Act::Publish { .. } => "statement".to_owned(),
        Act::Ticket { .. } => "ticket".to_owned(),
        Act::HttpCall { call, .. } => format!("call.{call}"),
        Act::Human { .. } => return None,
    })
}

/// The next placeholder of a text: what stands before it, its name, what stands after.
pub(in crate::provider) fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let open = from + text.get(from..)?.find('{')?;
        let rest = text.get(open + 1..)?;
        let name: usize = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')).count();
        if name > 0 && rest.as_bytes().get(name) == Some(&b'}') {
            return Some((text.get(..open)?, rest.get(..name)?, rest.get(name + 1..)?));
        }
        from = open + 1;
    }
}

/// The names of all placeholders in the texts of a value.
pub(in crate::provider) fn placeholders<'v>(value: &'v Value, names: &mut BTreeSet<&'v str>) {
    match value {
        Value::String(text) => {
            let mut rest = text.as_str();
            while let Some((_, name, after)) = placeholder(rest) {
                names.insert(name);
                rest = after;
            }
        }
        Value::Array(list) => list.iter().for_each(|v| placeholders(v, names)),
        Value::Object(map) => map.values().for_each(|v| placeholders(v, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// How a value stands inside a text.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// Fills placeholders in a text. `known` says what is not there: an error, or the placeholder as it stands.
pub(in crate::provider) fn fill(text: &str, fields: &Fields, strict: bool, path: bool) -> Result<String, Fault> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, name, after)) = placeholder(rest) {
        out.push_str(before);
        match fields.get(name).map(plain) {
            Some(value) if path => out.push_str(&encode(&value)),
            Some(value) => out.push_str(&value),
            None if strict => return Err(unfilled(name)),
            None => {
                out.push('{');
                out.push_str(name);
                out.push('}');
            }
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn unfilled(name: &str) -> Fault {
    fault(
        format!("nothing fills the placeholder {{{}}}", safe::excerpt(name, 60)),
        Some("give it in the automation's binding, or take it out of the request in aigov.toml"),
    )
}

/// Fills placeholders in a body. A text that is exactly one placeholder becomes the value with its type.
pub(in crate::provider) fn fill_body(body: &Value, fields: &Fields, strict: bool) -> Result<Value, Fault> {
    Ok(match body {
        Value::String(text) => match placeholder(text) {
            Some(("", name, "")) => match fields.get(name) {
                Some(value) => value.clone(),
                None if strict => return Err(unfilled(name)),
                None => body.clone(),
            },
            _ => Value::String(fill(text, fields, strict, false)?),
        },
        Value::Array(list) => {
            Value::Array(list.iter().map(|v| fill_body(v, fields, strict)).collect::<Result<_, _>>()?)
        }
        Value::Object(map) => Value::Object(
            map.iter().map(|(k, v)| Ok((k.clone(), fill_body(v, fields, strict)?))).collect::<Result<_, Fault>>()?,
        ),
        other => other.clone(),
    })
}

/// Whether a value that was read is the value wanted. Some servers answer numbers and switches as text.
pub(in crate::provider) fn same(read: &Value, wanted: &Value) -> bool {
    match (read, wanted) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::String(text), Value::Bool(wanted)) => {
            let word = text.to_ascii_lowercase();
            if *wanted { word == "on" || word == "true" } else { word == "off" || word == "false" }
        }
        (Value::String(text), Value::Number(wanted)) => text.parse::<f64>().ok() == wanted.as_f64(),
        (Value::Number(number), Value::String(text)) => number.to_string() == *text,
        _ => read == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fields() -> Fields {
        [
            ("service", json!("a/b")),
            ("value", json!(false)),
            ("count", json!(3)),
            ("to", json!(["ada", "grace"])),
            ("text", json!("{service} \"quoted\"")),
        ]
        .map(|(k, v)| (k.to_owned(), v))
        .into()
    }

    #[test]
    fn placeholders_are_filled_once_and_keep_types() {
        let fill_path = |t: &str| fill(t, &fields(), true, true);
        assert_eq!(fill_path("/s/{service}/{count}?v={value}").unwrap(), "/s/a%2Fb/3?v=false");
        assert!(fill_path("/s/{nothing}").unwrap_err().says.contains("{nothing}"));
        assert_eq!(fill("/s/{nothing}", &fields(), false, true).unwrap(), "/s/{nothing}");
        let body = json!({ "a": "{value}", "b": ["{count}", "n {count}"], "c": "to {to}", "d": "{to}", "e": 5,
            "f": "{text}", "g": "{ {value } {}" });
        assert_eq!(
            fill_body(&body, &fields(), true).unwrap(),
            json!({ "a": false, "b": [3, "n 3"], "c": "to ada, grace", "d": ["ada", "grace"], "e": 5,
                "f": "{service} \"quoted\"", "g": "{ {value } {}" })
        );
    }

    #[test]
    fn a_table_that_is_wrong_says_where() {
        for (table, why) in [
            (json!({}), "no `act`"),
            (json!({ "act": { "path": "x" } }), "begin with `/`"),
            (json!({ "act": { "path": "/x", "method": "TRACE" } }), "`method`"),
            (json!({ "act": { "path": "/x", "repeat": "often" } }), "`repeat`"),
            (json!({ "act": { "path": "/x", "repeat": "keyed" } }), "key-header"),
            (json!({ "act": { "path": "/x", "expect": "200" } }), "`expect`"),
            (json!({ "act": { "path": "/x", "pth": "y" } }), "`pth`"),
            (json!({ "act": { "path": "/x" }, "read": { "path": "/x", "at": "state" } }), "JSON pointer"),
            (json!({ "act": { "path": "/x", "headers": { "a": 1 } } }), "`headers`"),
        ] {
            let fault = Operation::parse("control", &table).err().unwrap();
            assert!(fault.says.contains(why) && fault.says.contains("control"), "{why}: {fault}");
        }
    }

    #[test]
    fn values_are_the_same_across_types_that_servers_mix_up() {
        for (read, wanted, is) in [
            (json!(0), json!(0.0), true),
            (json!("0"), json!(0), true),
            (json!("OFF"), json!(false), true),
            (json!("on"), json!(false), false),
            (json!(0), json!(false), false),
            (json!(null), json!(false), false),
            (json!(3), json!("3"), true),
            (json!("sealed"), json!("sealed"), true),
        ] {
            assert_eq!(same(&read, &wanted), is, "{read} {wanted}");
        }
    }
}
