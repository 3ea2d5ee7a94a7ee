//! A flag's strategy: its forms in answers, and what a body makes of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::refusal::{Refusal, bad_data, missing, wrong_type};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Strategy {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) title: Option<String>,
    pub(super) disabled: bool,
    pub(super) sort_order: i64,
    pub(super) constraints: Vec<Value>,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) variants: Vec<Value>,
    pub(super) segments: Vec<Value>,
}

impl Strategy {
    /// As the strategy endpoints answer it.
    pub(super) fn full(&self) -> Value {
        json!({
            "id": self.id, "name": self.name, "title": self.title, "disabled": self.disabled,
            "constraints": self.constraints, "parameters": self.parameters, "variants": self.variants,
            "sortOrder": self.sort_order, "segments": self.segments,
        })
    }

    /// As it stands in the list of strategies.
    pub(super) fn listed(&self) -> Value {
        let mut value = self.full();
        value["milestoneId"] = Value::Null;
        value
    }

    /// As it stands in the answer about one environment, which leaves out empty segments.
    pub(super) fn in_environment(&self, flag: &str) -> Value {
        let mut value = self.full();
        if let Some(map) = value.as_object_mut() {
            map.insert("featureName".to_owned(), json!(flag));
            if self.segments.is_empty() {
                map.remove("segments");
            }
        }
        value
    }

    /// As consumers see it.
    pub(super) fn consumed(&self) -> Value {
        json!({
            "name": self.name, "constraints": self.constraints, "parameters": self.parameters,
            "variants": self.variants,
        })
    }

    /// Takes over a body that was put or posted. What is left out becomes empty, except title and state.
    pub(super) fn take(&mut self, body: &Map<String, Value>) -> Result<(), Refusal> {
        let list = |key: &str| -> Result<Vec<Value>, Refusal> {
            match body.get(key) {
                None | Some(Value::Null) => Ok(Vec::new()),
                Some(Value::Array(list)) => Ok(list.clone()),
                Some(other) => Err(wrong_type(&format!("/body/{key}"), "array", other)),
            }
        };
        let (constraints, segments) = (list("constraints")?, list("segments")?);
        let variants = even_weights(list("variants")?, "/body/variants")?;
        let mut parameters = BTreeMap::new();
        match body.get("parameters") {
            None | Some(Value::Null) => {}
            Some(Value::Object(given)) => {
                for (key, value) in given {
                    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    parameters.insert(key.clone(), text);
                }
            }
            Some(other) => return Err(wrong_type("/body/parameters", "object", other)),
        }
        match body.get("name") {
            None => {}
            Some(Value::String(name)) => self.name.clone_from(name),
            Some(other) => return Err(wrong_type("/body/name", "string", other)),
        }
        match body.get("disabled") {
            None | Some(Value::Null) => {}
            Some(Value::Bool(disabled)) => self.disabled = *disabled,
            Some(other) => return Err(wrong_type("/body/disabled", "boolean,null", other)),
        }
        if let Some(title) = body.get("title") {
            self.title = title.as_str().map(str::to_owned);
        }
        if let Some(order) = body.get("sortOrder").and_then(Value::as_i64) {
            self.sort_order = order;
        }
        (self.constraints, self.segments, self.variants, self.parameters) =
            (constraints, segments, variants, parameters);
        Ok(())
    }
}

/// Checks variants and gives those of variable weight equal shares of what the fixed ones leave of 1000.
fn even_weights(mut variants: Vec<Value>, at: &str) -> Result<Vec<Value>, Refusal> {
    for (i, variant) in variants.iter().enumerate() {
        if let Some(key) = ["name", "weight", "weightType", "stickiness"].iter().find(|k| variant.get(**k).is_none()) {
            return Err(missing(&format!("{at}/{i}/{key}")));
        }
    }
    if variants.is_empty() {
        return Ok(variants);
    }
    let is_fixed = |v: &Value| v["weightType"] == "fix";
    let fixed: u64 = variants.iter().filter(|v| is_fixed(v)).filter_map(|v| v["weight"].as_u64()).sum();
    let variable = variants.iter().filter(|v| !is_fixed(v)).count();
    if variable == 0 {
        return Err(bad_data("There must be at least one \"variable\" variant"));
    }
    if fixed > 1_000 {
        return Err(bad_data("The traffic distribution total must equal 100%"));
    }
    let mut left = 1_000 - fixed;
    let mut open = variable as u64;
    for variant in variants.iter_mut().filter(|v| !is_fixed(v)) {
        let share = left.div_ceil(open);
        variant["weight"] = json!(share);
        (left, open) = (left - share, open - 1);
    }
    Ok(variants)
}

/// One operation of RFC 6902, of those that a client of strategies sends.
pub(super) fn patch_one(value: &mut Value, patch: &Value) -> Result<(), Refusal> {
    let operation = patch["op"].as_str().ok_or_else(|| missing("/body/0/op"))?;
    let path = patch["path"].as_str().ok_or_else(|| missing("/body/0/path"))?;
    let (parent, last) = path.rsplit_once('/').ok_or_else(|| bad_data("The path of a patch begins with a slash"))?;
    let last = last.replace("~1", "/").replace("~0", "~");
    let parent = value.pointer_mut(parent).ok_or_else(|| bad_data("The path of a patch leads nowhere"))?;
    let new = patch.get("value").cloned().unwrap_or(Value::Null);
    match (operation, parent) {
        ("add" | "replace", Value::Object(map)) => {
            map.insert(last, new);
        }
        ("remove", Value::Object(map)) => {
            map.remove(&last);
        }
        ("add", Value::Array(list)) => {
            let at = last.parse().ok().filter(|i| *i <= list.len()).unwrap_or(list.len());
            list.insert(at, new);
        }
        ("replace", Value::Array(list)) => {
            let place = last.parse::<usize>().ok().and_then(|i| list.get_mut(i));
            *place.ok_or_else(|| bad_data("The path of a patch leads nowhere"))? = new;
        }
        ("remove", Value::Array(list)) => {
            let at = last.parse().ok().filter(|i| *i < list.len());
            list.remove(at.ok_or_else(|| bad_data("The path of a patch leads nowhere"))?);
        }
        _ => return Err(bad_data("This operation of a patch is not known")),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variable_weights_share_what_is_left() {
        let variant = |name: &str, weight: u64, kind: &str| json!({ "name": name, "weight": weight, "weightType": kind, "stickiness": "default" });
        let weights = |variants: Vec<Value>| -> Option<Vec<u64>> {
            let even = even_weights(variants, "/body/variants").ok()?;
            Some(even.iter().filter_map(|v| v["weight"].as_u64()).collect())
        };
        assert_eq!(weights(vec![variant("a", 5, "variable")]), Some(vec![1_000]));
        let three = vec![variant("a", 1, "variable"), variant("b", 1, "variable"), variant("c", 1, "variable")];
        assert_eq!(weights(three), Some(vec![334, 333, 333]));
        assert_eq!(weights(vec![variant("a", 300, "fix"), variant("b", 0, "variable")]), Some(vec![300, 700]));
        assert_eq!(weights(vec![variant("a", 1_000, "fix")]), None);
        assert_eq!(weights(vec![json!({ "name": "a" })]), None);
    }
}
