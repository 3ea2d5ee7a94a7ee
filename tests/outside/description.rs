//! Official API descriptions (OpenAPI 3 and Swagger 2), read far enough to say which parts of a request they do not
//! speak of. A validating mock lets unknown properties pass; a misspelt one would be lost there unseen.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::wire::Asked;

/// A description.
pub(crate) struct Description {
    root: Value,
}

impl Description {
    /// Reads a JSON description.
    pub(crate) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        Self { root: serde_json::from_str(&text).unwrap() }
    }

    /// Everything in the request that the description does not know: path, method, query parameters, body properties.
    pub(crate) fn unknown_in(&self, asked: &Asked) -> Vec<String> {
        let base = self.root["basePath"].as_str().unwrap_or("").trim_end_matches('/');
        let path = asked.path().strip_prefix(base).unwrap_or(asked.path());
        let method = asked.method.to_lowercase();
        let Some((template, item)) = self.path_item(path, &method) else {
            return vec![format!("{} {}: no such path", asked.method, asked.path())];
        };
        let Some(operation) = item.get(&method) else {
            return vec![format!("{} {template}: no such method", asked.method)];
        };
        let mut parameters: Vec<&Value> = Vec::new();
        for list in [&item["parameters"], &operation["parameters"]] {
            parameters.extend(list.as_array().into_iter().flatten().map(|p| self.resolve(p)));
        }
        let mut unknown = Vec::new();
        for pair in asked.target.split_once('?').map_or("", |(_, q)| q).split('&').filter(|p| !p.is_empty()) {
            let name = pair.split('=').next().unwrap_or_default().replace("%5B", "[").replace("%5D", "]");
            if !parameters.iter().any(|p| p["in"] == "query" && p["name"] == name.as_str()) {
                unknown.push(format!("{} {template}: query `{name}`", asked.method));
            }
        }
        if asked.body.is_empty() {
            return unknown;
        }
        let swagger2 = parameters.iter().find(|p| p["in"] == "body").map(|p| &p["schema"]);
        let openapi3 = self.resolve(&operation["requestBody"])["content"]
            .as_object()
            .and_then(|c| c.iter().find(|(k, _)| k.contains("json")).map(|(_, v)| &v["schema"]));
        let Some(schema) = swagger2.or(openapi3) else {
            unknown.push(format!("{} {template}: a body", asked.method));
            return unknown;
        };
        match serde_json::from_slice(&asked.body) {
            Ok(body) => self.walk(&body, &[schema], &format!("{} {template} body", asked.method), &mut unknown),
            Err(e) => unknown.push(format!("{} {template}: body is not JSON: {e}", asked.method)),
        }
        unknown
    }

    /// The most literal match, `/a/b` before `/a/{id}`; among equals the one that has the method, because a description may
    /// name the same parameter differently for different methods.
    fn path_item(&self, path: &str, method: &str) -> Option<(&str, &Value)> {
        let sent: Vec<&str> = path.split('/').collect();
        self.root["paths"]
            .as_object()?
            .iter()
            .filter(|(template, _)| {
                let parts: Vec<&str> = template.split('/').collect();
                parts.len() == sent.len() && parts.iter().zip(&sent).all(|(t, s)| t.starts_with('{') || t == s)
            })
            .min_by_key(|(template, item)| (template.matches('{').count(), item.get(method).is_none()))
            .map(|(template, item)| (template.as_str(), item))
    }

    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        let mut value = value;
        while let Some(pointer) = value.get("$ref").and_then(Value::as_str) {
            value = self.root.pointer(pointer.trim_start_matches('#')).unwrap_or(&Value::Null);
        }
        value
    }

    /// All schemas that may speak of the same value: through references and `allOf`, `oneOf`, `anyOf`.
    fn spread<'a>(&'a self, schema: &'a Value, out: &mut Vec<&'a Value>) {
        let schema = self.resolve(schema);
        out.push(schema);
        for key in ["allOf", "oneOf", "anyOf"] {
            for part in schema[key].as_array().into_iter().flatten() {
                self.spread(part, out);
            }
        }
    }

    fn walk(&self, value: &Value, schemas: &[&Value], at: &str, unknown: &mut Vec<String>) {
        let mut all = Vec::new();
        for schema in schemas {
            self.spread(schema, &mut all);
        }
        match value {
            Value::Object(members) => {
                // A schema that says nothing of its properties, or opens itself, lets everything through.
                let open = all.iter().any(|s| match &s["additionalProperties"] {
                    Value::Bool(open) => *open,
                    Value::Object(_) => true,
                    _ => false,
                });
                let known: BTreeSet<&str> = all
                    .iter()
                    .flat_map(|s| s["properties"].as_object().into_iter().flatten())
                    .map(|(name, _)| name.as_str())
                    .collect();
                let free = known.is_empty() && all.iter().any(|s| s["type"] == "object" || s.is_null());
                for (name, member) in members {
                    let inner: Vec<&Value> = all.iter().filter_map(|s| s["properties"].get(name)).collect();
                    if inner.is_empty() {
                        if !open && !free {
                            unknown.push(format!("{at}: `{name}`"));
                        }
                    } else {
                        self.walk(member, &inner, &format!("{at}.{name}"), unknown);
                    }
                }
            }
            Value::Array(items) => {
                let inner: Vec<&Value> = all.iter().filter_map(|s| s.get("items")).collect();
                if !inner.is_empty() {
                    for item in items {
                        self.walk(item, &inner, &format!("{at}[]"), unknown);
                    }
                }
            }
            _ => {}
        }
    }
}

#[test]
fn a_property_that_the_description_does_not_know_is_found() {
    let description = Description {
        root: serde_json::json!({
            "paths": {
                "/a/{id}": { "post": {
                    "parameters": [ { "in": "query", "name": "dry" } ],
                    "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/B" } } } },
                } },
                "/a/b": { "get": {} },
            },
            "components": {
                "B": { "allOf": [
                    { "type": "object", "properties": { "name": {}, "list": { "items": { "$ref": "#/components/C" } } } },
                    { "properties": { "free": { "type": "object" }, "map": { "additionalProperties": {} } } },
                ] },
                "C": { "type": "object", "properties": { "x": {} } },
            },
        }),
    };
    let ask = |method: &str, target: &str, body: &str| {
        description.unknown_in(&Asked {
            method: method.into(),
            target: target.into(),
            headers: Vec::new(),
            body: body.into(),
        })
    };
    let all = r#"{"name":1,"list":[{"x":1}],"free":{"q":1},"map":{"q":1}}"#;
    assert_eq!(ask("POST", "/a/7?dry=1", all), [""; 0]);
    assert_eq!(ask("POST", "/a/7?wet=1", "{}"), ["POST /a/{id}: query `wet`"]);
    assert_eq!(
        ask("POST", "/a/7", r#"{"nmae":1,"list":[{"y":1}]}"#),
        ["POST /a/{id} body.list[]: `y`", "POST /a/{id} body: `nmae`"]
    );
    assert_eq!(ask("GET", "/a/b", ""), [""; 0]);
    assert_eq!(ask("GET", "/a/7", ""), ["GET /a/{id}: no such method"]);
    assert_eq!(ask("GET", "/b", ""), ["GET /b: no such path"]);
}
