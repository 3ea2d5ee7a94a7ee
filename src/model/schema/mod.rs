//! JSON Schema 2020-12 of what people write, for editors.
//!
//! Owns the form of a schema. What a file takes is told by the decoder itself, so that a schema never knows a key or a
//! type that the decoder does not; what a key means stands in `about`. Only keywords are used that older drafts read
//! the same way, because editors are slow to follow: no `$ref`, no `dependentRequired`, no `unevaluatedProperties`.
//!
//! A schema is weaker than the decoder (it knows nothing of other keys' values), and never stronger: what it refuses, the
//! decoder refuses.

use serde_json::{Map, Value, json};

use super::catalog::{Catalog, Holds};
use super::decode::{self, Meaning, Names, Node, On, Shape};
use crate::text::gather::Gather;

mod about;
#[cfg(test)]
mod tests;

/// The dialect of every schema.
pub const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// One number and one unit.
const DURATION: &str = "^[0-9]+[smhdw]$";
/// A time of a scenario.
const SINCE: &str = "^t[+](0|[0-9]+[smhdw])$";
/// An id.
const ID: &str = "^[a-z0-9-]{1,80}$";
/// A name that is a key.
const NAME: &str = "^[a-z0-9_-]{1,80}$";

/// Of `runbooks/**/*.toml`.
#[must_use]
pub fn runbook() -> Value {
    file("runbook", &decode::runbook_takes())
}

/// Of `automations/*.toml`.
#[must_use]
pub fn automation() -> Value {
    file("automation", &decode::automation_takes())
}

/// Of `people.toml`.
#[must_use]
pub fn people() -> Value {
    file("people", &decode::people_takes())
}

/// Of `aigov.toml`, with the kinds of provider that the program knows.
#[must_use]
pub fn workspace(catalog: Catalog) -> Value {
    file("workspace", &decode::settings_takes(catalog))
}

/// Of `runbooks/gameday/*.toml`.
#[must_use]
pub fn scenario() -> Value {
    file("scenario", &decode::scenario_takes())
}

fn file(kind: &str, node: &Node) -> Value {
    let mut schema = table(node, kind);
    schema.insert("$schema".to_owned(), json!(DIALECT));
    schema.insert("title".to_owned(), json!(format!("aigov {kind}")));
    describe(&mut schema, about::of(kind));
    Value::Object(schema)
}

fn describe(schema: &mut Map<String, Value>, text: Option<&str>) {
    if let Some(text) = text {
        schema.insert("description".to_owned(), json!(text));
    }
}

/// A table and all below it.
fn table(node: &Node, path: &str) -> Map<String, Value> {
    match &node.variants {
        Some((on, variants)) => several(on, variants, path),
        None => one(node, path),
    }
}

fn one(node: &Node, path: &str) -> Map<String, Value> {
    let mut schema = object();
    let mut properties: Map<String, Value> =
        node.keys.iter().map(|(key, shape)| ((*key).to_owned(), keyed(shape, &format!("{path}.{key}")))).gather();
    let mut others = json!(false);
    if let Some((names, shape)) = &node.rest {
        let below = keyed(shape, &format!("{path}.*"));
        match names {
            Names::Any => others = below,
            Names::Plain => {
                schema.insert("propertyNames".to_owned(), json!({ "pattern": NAME }));
                others = below;
            }
            Names::Word(words) => properties.extend(words.iter().map(|(word, meaning)| {
                let mut below = below.clone();
                if let Some(below) = below.as_object_mut() {
                    describe(below, Some(meaning));
                }
                ((*word).to_owned(), below)
            })),
        }
    }
    schema.insert("properties".to_owned(), Value::Object(properties));
    schema.insert("additionalProperties".to_owned(), others);
    require(&mut schema, node.required.iter().copied());
    if !node.any.is_empty() {
        let there = |key: &&'static str| match node.keys.iter().find(|(k, _)| k == key) {
            Some((_, Shape::Texts(_))) => json!({ "required": [key], "properties": { *key: { "minItems": 1 } } }),
            _ => json!({ "required": [key] }),
        };
        let group = |keys: &Vec<&'static str>| json!({ "anyOf": keys.iter().map(there).collect::<Vec<_>>() });
        let groups = node.any.iter().map(group).collect();
        schema.insert("allOf".to_owned(), Value::Array(groups));
    }
    schema
}

fn object() -> Map<String, Value> {
    let mut schema = Map::new();
    schema.insert("type".to_owned(), json!("object"));
    schema
}

fn require<'k>(schema: &mut Map<String, Value>, keys: impl Iterator<Item = &'k str>) {
    let mut keys: Vec<&str> = keys.collect();
    keys.sort_unstable();
    keys.dedup();
    if !keys.is_empty() {
        schema.insert("required".to_owned(), json!(keys));
    }
}

/// A table whose form depends on something: all keys that it may have at all, for completion, and for each form what
/// then holds.
fn several(on: &On, variants: &[(&'static str, Node)], path: &str) -> Map<String, Value> {
    let forms: Vec<(&str, Map<String, Value>)> =
        variants.iter().map(|(word, node)| (*word, table(node, &format!("{path}({word})")))).collect();
    let mut whole = forms.iter().map(|(_, form)| form.clone()).reduce(|a, b| either(&a, &b)).unwrap_or_else(object);
    let mut rules: Vec<Value> = Vec::new();
    if *on == On::Key {
        let keys: Vec<&str> = forms.iter().map(|(word, _)| *word).collect();
        let there: Vec<Value> = keys.iter().map(|key| json!({ "required": [key] })).collect();
        rules.push(json!({ "anyOf": there }));
    }
    for (word, form) in &forms {
        let test = match on {
            On::Value(key) => json!({ "properties": { *key: { "const": word } }, "required": [key] }),
            On::Key => json!({ "required": [word] }),
        };
        rules.push(json!({ "if": test, "then": then(&whole, form) }));
    }
    whole.insert("allOf".to_owned(), Value::Array(rules));
    whole
}

/// What a form adds to the table that holds the keys of all forms.
fn then(whole: &Map<String, Value>, form: &Map<String, Value>) -> Value {
    let others = form.get("additionalProperties");
    // `additionalProperties` speaks of the properties beside it, so that then all of them are said again.
    let again = others != whole.get("additionalProperties");
    let (all, own) = (properties(whole), properties(form));
    let mut narrow: Map<String, Value> = own
        .iter()
        .filter(|(key, value)| again || all.get(*key) != Some(value))
        .map(|(k, v)| (k.clone(), v.clone()))
        .gather();
    if others == Some(&json!(false)) {
        narrow.extend(all.keys().filter(|key| !own.contains_key(*key)).map(|key| (key.clone(), json!(false))));
    }
    let mut then = Map::new();
    if !narrow.is_empty() {
        then.insert("properties".to_owned(), Value::Object(narrow));
    }
    for word in ["required", "allOf", "additionalProperties"] {
        if let Some(own) = form.get(word)
            && whole.get(word) != Some(own)
        {
            then.insert(word.to_owned(), own.clone());
        }
    }
    Value::Object(then)
}

fn properties(schema: &Map<String, Value>) -> Map<String, Value> {
    schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default()
}

/// Two tables as one that accepts what either accepts, and no more than keys of both need.
fn either(a: &Map<String, Value>, b: &Map<String, Value>) -> Map<String, Value> {
    let mut schema = object();
    let mut all = properties(a);
    for (key, value) in properties(b) {
        let joined = match all.remove(&key) {
            Some(known) => alternatives(known, value),
            None => value,
        };
        all.insert(key, joined);
    }
    schema.insert("properties".to_owned(), Value::Object(all));
    let others = |s: &Map<String, Value>| s.get("additionalProperties").cloned().unwrap_or(Value::Bool(true));
    schema.insert(
        "additionalProperties".to_owned(),
        match (others(a), others(b)) {
            (Value::Bool(false), other) | (other, Value::Bool(false)) => other,
            (one, other) => alternatives(one, other),
        },
    );
    let required = |s: &Map<String, Value>| -> Vec<String> {
        let list = s.get("required").and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let (first, second) = (required(a), required(b));
    require(&mut schema, first.iter().filter(|k| second.contains(k)).map(String::as_str));
    for word in ["propertyNames", "description"] {
        if let (Some(one), Some(other)) = (a.get(word), b.get(word))
            && one == other
        {
            schema.insert(word.to_owned(), one.clone());
        }
    }
    schema
}

/// A value that is either.
fn alternatives(a: Value, b: Value) -> Value {
    let is_table = |v: &Value| v.get("properties").is_some();
    match (a, b) {
        (a, b) if a == b => a,
        (Value::Object(a), Value::Object(b)) if a.contains_key("properties") && b.contains_key("properties") => {
            Value::Object(either(&a, &b))
        }
        // Only what is said of it differs.
        (Value::Object(mut a), Value::Object(b)) if bare(&a) == bare(&b) => {
            let said = |s: &Map<String, Value>| s.get("description").and_then(Value::as_str).unwrap_or("").to_owned();
            let (one, other) = (said(&a), said(&b));
            if !one.contains(&other) {
                a.insert("description".to_owned(), json!(format!("{one} Or: {other}")));
            }
            a.remove("default");
            Value::Object(a)
        }
        (a, b) => {
            let mut all: Vec<Value> = Vec::new();
            for value in [a, b] {
                match value.get("anyOf").and_then(Value::as_array) {
                    Some(list) if !is_table(&value) => all.extend(list.iter().cloned()),
                    _ => all.push(value),
                }
            }
            let mut kept: Vec<Value> = Vec::new();
            for value in all {
                if !kept.contains(&value) {
                    kept.push(value);
                }
            }
            json!({ "anyOf": kept })
        }
    }
}

fn bare(schema: &Map<String, Value>) -> Map<String, Value> {
    let mut schema = schema.clone();
    schema.remove("description");
    schema.remove("default");
    schema
}

/// What stands under a key, with what the key means.
fn keyed(shape: &Shape, path: &str) -> Value {
    let mut schema = value(shape, path);
    if let Some(schema) = schema.as_object_mut() {
        match shape {
            Shape::Held(_, meaning) => describe(schema, Some(meaning)),
            _ => describe(schema, about::of(path)),
        }
        if let Some(default) = about::default(path) {
            schema.insert("default".to_owned(), default);
        }
    }
    schema
}

fn value(shape: &Shape, path: &str) -> Value {
    let text = json!({ "type": "string", "minLength": 1 });
    match shape {
        Shape::Text => text,
        Shape::Id => json!({ "type": "string", "pattern": ID }),
        Shape::Duration => json!({ "type": "string", "pattern": DURATION }),
        Shape::Since => json!({ "type": "string", "pattern": SINCE }),
        Shape::Number => json!({ "type": "number" }),
        Shape::Count => json!({ "type": "integer", "minimum": 0 }),
        Shape::Exactly(n) => json!({ "type": "integer", "const": n }),
        Shape::People => json!({ "type": "integer", "minimum": 1, "maximum": 99 }),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Date => json!({ "type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" }),
        Shape::Moment => json!({
            "type": "string",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?([Zz]|[+-][0-9]{2}:[0-9]{2}))?$",
        }),
        Shape::Scalar => json!({ "type": ["string", "number", "boolean"] }),
        Shape::Any => json!({}),
        Shape::Held(holds, _) => held(*holds),
        Shape::Word(words) => word(words),
        Shape::Texts(true) => json!({ "type": "array", "items": text }),
        Shape::Texts(false) => json!({ "type": "array", "items": text, "minItems": 1 }),
        Shape::Words(words) => json!({ "type": "array", "items": word(words) }),
        Shape::Table(node) => Value::Object(table(node, path)),
        Shape::Tables(node) => json!({ "type": "array", "items": table(node, path) }),
        Shape::TextsAndTables(node) => json!({ "type": "array", "items": { "anyOf": [text, table(node, path)] } }),
    }
}

/// The words, and in the form that taplo and its editors show, what each means.
fn word(words: &[Meaning]) -> Value {
    let (all, meanings): (Vec<&str>, Vec<&str>) = words.iter().copied().unzip();
    json!({ "type": "string", "enum": all, "x-taplo": { "docs": { "enumValues": meanings } } })
}

fn held(holds: Holds) -> Value {
    let text = json!({ "type": "string", "minLength": 1 });
    match holds {
        Holds::Text => text,
        Holds::Url => json!({ "type": "string", "pattern": "^https?://[^/?#@:]" }),
        Holds::Secret => {
            let one = |key: &str, value: Value, meaning: &str| {
                json!({
                    "type": "object", "required": [key], "additionalProperties": false,
                    "properties": { key: value }, "description": meaning,
                })
            };
            let command = json!({ "type": "array", "items": text, "minItems": 1 });
            json!({ "anyOf": [
                one("env", text.clone(), "The name of an environment variable that holds it."),
                one("file", text.clone(), "A file that holds it."),
                one("command", command, "A program with its arguments that prints it."),
            ] })
        }
        Holds::Integer => json!({ "type": "integer" }),
        Holds::Boolean => json!({ "type": "boolean" }),
        Holds::Duration => json!({ "type": "string", "pattern": "^[0-9]+(ms|[smhdw])$" }),
        Holds::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        Holds::Table => json!({ "type": "object" }),
        Holds::Any => json!({}),
    }
}
