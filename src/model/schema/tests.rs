//! The schemas against every file that we have, by a validator that is not ours, and against the decoder by breaking one
//! thing at a time.

use std::collections::BTreeSet;
use std::sync::Arc;

use boon::{Compiler, Schemas};
use serde_json::{Value, json};

use super::super::decode::{self, Names, Node, Shape};
use super::*;
use crate::diag::{Diagnostic, Severity, code};
use crate::plan::shipped;
use crate::provider::catalog;
use crate::text::source::Source;

/// One of the validator's, from a schema.
struct Judge {
    schemas: Schemas,
    index: boon::SchemaIndex,
}

impl Judge {
    fn new(schema: Value) -> Self {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource("mem:///schema.json", schema).unwrap();
        let index = compiler.compile("mem:///schema.json", &mut schemas).unwrap();
        Self { schemas, index }
    }

    fn accepts(&self, value: &Value) -> bool {
        self.schemas.validate(value, self.index).is_ok()
    }

    fn judge(&self, value: &Value) -> Result<(), String> {
        self.schemas.validate(value, self.index).map_err(|e| format!("{e:#}"))
    }
}

type Decode = fn(&Arc<Source>) -> Vec<Diagnostic>;

/// The schema of a path, and what the decoder says of a file there.
fn of(path: &str) -> (Value, Decode) {
    match path {
        "aigov.toml" => (workspace(catalog()), |s| decode::settings(s, catalog()).problems),
        "people.toml" => (people(), |s| decode::people(s).problems),
        _ if path.starts_with("automations/") => (automation(), |s| decode::automation(s, "x").problems),
        _ if path.starts_with("runbooks/gameday/") => (scenario(), |s| decode::scenario(s, "x").problems),
        _ => (runbook(), |s| decode::runbook(s, "x").problems),
    }
}

fn files() -> Vec<(&'static str, &'static str)> {
    let own = [
        ("runbooks/x.toml", include_str!("../decode/tests/runbook.toml")),
        ("automations/x.toml", include_str!("../decode/tests/automation.toml")),
        ("people.toml", include_str!("../decode/tests/people.toml")),
        ("aigov.toml", include_str!("../decode/tests/aigov.toml")),
        ("runbooks/gameday/x.toml", include_str!("../decode/tests/scenario.toml")),
        ("runbooks/verbs.toml", include_str!("tests/verbs.toml")),
    ];
    shipped::RUNBOOKS.iter().chain(shipped::SANDBOX).chain(shipped::SCENARIOS).copied().chain(own).collect()
}

/// A file as a validator of JSON sees it: dates are texts.
fn json_of(value: &toml::Value) -> Value {
    match value {
        toml::Value::Datetime(d) => json!(d.to_string()),
        toml::Value::Array(list) => list.iter().map(json_of).collect(),
        toml::Value::Table(map) => map.iter().map(|(k, v)| (k.clone(), json_of(v))).collect(),
        other => serde_json::to_value(other).unwrap(),
    }
}

#[test]
fn every_file_that_we_ship_is_valid() {
    for (path, text) in files() {
        let (schema, decode) = of(path);
        let problems = decode(&Source::new(path, text));
        assert!(problems.iter().all(|p| p.severity != Severity::Error), "{path}: {problems:?}");
        let judged = Judge::new(schema).judge(&json_of(&text.parse::<toml::Table>().unwrap().into()));
        assert_eq!(judged, Ok(()), "{path}");
    }
}

#[test]
fn schemas_are_schemas() {
    for schema in [runbook(), automation(), people(), workspace(catalog()), scenario()] {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        let dialect = compiler.compile(DIALECT, &mut schemas).unwrap();
        schemas.validate(&schema, dialect).unwrap();
    }
}

fn paths(node: &Node, path: &str, found: &mut Vec<String>) {
    let below = |shape: &Shape, path: String, found: &mut Vec<String>| {
        match shape {
            Shape::Table(node) | Shape::Tables(node) | Shape::TextsAndTables(node) => paths(node, &path, found),
            // What a provider takes is told by the catalogue.
            Shape::Any | Shape::Held(..) => return,
            _ => {}
        }
        found.push(path);
    };
    for (key, shape) in &node.keys {
        below(shape, format!("{path}.{key}"), found);
    }
    if let Some((names, shape)) = &node.rest {
        match (names, &**shape) {
            // Each word says by itself what it means.
            (Names::Word(_), Shape::Table(node)) => paths(node, &format!("{path}.*"), found),
            _ => below(shape, format!("{path}.*"), found),
        }
    }
    for (word, node) in node.variants.iter().flat_map(|(_, v)| v) {
        paths(node, &format!("{path}({word})"), found);
    }
}

#[test]
fn every_key_says_what_it_means_and_nothing_is_explained_that_is_not_there() {
    let mut all = Vec::new();
    for (kind, node) in [
        ("runbook", decode::runbook_takes()),
        ("automation", decode::automation_takes()),
        ("people", decode::people_takes()),
        ("workspace", decode::settings_takes(catalog())),
        ("scenario", decode::scenario_takes()),
    ] {
        all.push(kind.to_owned());
        paths(&node, kind, &mut all);
    }
    all.push("runbook.immediate(http.call).with.arguments.*".to_owned());
    let unexplained: Vec<&String> = all.iter().filter(|p| about::of(p).is_none()).collect();
    assert_eq!(unexplained, [""; 0], "write a sentence into schema/about.rs");
    let used: BTreeSet<&str> = all.iter().filter_map(|p| about::used(p)).collect();
    let left: Vec<&str> = about::all().filter(|p| !used.contains(p)).collect();
    assert_eq!(left, [""; 0], "the decoder reads no such key");
}

/// Every value of a file by its path.
fn places(value: &toml::Value, at: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    let keys: Vec<String> = match value {
        toml::Value::Table(t) => t.keys().cloned().collect(),
        toml::Value::Array(a) => (0..a.len()).map(|n| n.to_string()).collect(),
        _ => return,
    };
    for key in keys {
        at.push(key.clone());
        found.push(at.clone());
        places(child(value, &key), at, found);
        at.pop();
    }
}

fn child<'v>(value: &'v toml::Value, key: &str) -> &'v toml::Value {
    match value {
        toml::Value::Array(a) => &a[key.parse::<usize>().unwrap()],
        other => &other[key],
    }
}

/// The file with the value at a place taken away and, for a table, something put there instead under a name.
fn changed(file: &toml::Table, at: &[String], put: Option<(&str, Option<toml::Value>)>) -> toml::Table {
    let mut whole = toml::Value::Table(file.clone());
    let (last, way) = at.split_last().unwrap();
    let mut here = &mut whole;
    for key in way {
        here = match here {
            toml::Value::Array(a) => &mut a[key.parse::<usize>().unwrap()],
            other => &mut other[key.as_str()],
        };
    }
    match here {
        toml::Value::Table(t) => {
            let old = t.remove(last).unwrap();
            if let Some((name, value)) = put {
                t.insert(name.to_owned(), value.unwrap_or(old));
            }
        }
        toml::Value::Array(a) => {
            let n = last.parse::<usize>().unwrap();
            match put {
                Some((_, Some(value))) => a[n] = value,
                _ => drop(a.remove(n)),
            }
        }
        _ => {}
    }
    match whole {
        toml::Value::Table(t) => t,
        _ => toml::Table::new(),
    }
}

/// Every file with one thing broken: a key dropped, a key misspelt, a value of every other type.
fn broken(text: &str) -> Vec<(String, toml::Table)> {
    let file: toml::Table = text.parse().unwrap();
    let mut found = Vec::new();
    places(&toml::Value::Table(file.clone()), &mut Vec::new(), &mut found);
    let values: Vec<toml::Value> = vec![
        true.into(),
        (-1).into(),
        0.5.into(),
        "".into(),
        "zz".into(),
        "Not An Id".into(),
        Vec::<toml::Value>::new().into(),
        toml::Value::Table([("odd".to_owned(), 1.into())].into_iter().collect()),
    ];
    let mut all = Vec::new();
    for at in found {
        let last = at.last().unwrap().clone();
        let place = at.join(".");
        all.push((format!("without {place}"), changed(&file, &at, None)));
        if last.parse::<usize>().is_err() {
            let misspelt = format!("{last}x");
            all.push((format!("{place} misspelt"), changed(&file, &at, Some((&misspelt, None)))));
        }
        for value in &values {
            all.push((format!("{place} = {value}"), changed(&file, &at, Some((&last, Some(value.clone()))))));
        }
    }
    all
}

#[test]
fn what_the_schema_refuses_the_decoder_refuses_and_forms_are_refused_by_both() {
    let mut refused = 0;
    let mut apart: Vec<String> = Vec::new();
    // One file of each form has every key.
    for (path, text) in files()
        .into_iter()
        .filter(|(path, _)| !shipped::RUNBOOKS.iter().chain(shipped::SCENARIOS).any(|(p, _)| p == path))
    {
        let (schema, decode) = of(path);
        let judge = Judge::new(schema);
        for (how, file) in broken(text) {
            let Ok(text) = toml::to_string(&file) else { continue };
            let problems = decode(&Source::new(path, text));
            let errors: Vec<&Diagnostic> = problems.iter().filter(|p| p.severity == Severity::Error).collect();
            let file = json_of(&file.into());
            let accepted = judge.accepts(&file);
            refused += usize::from(!accepted);
            if !accepted && errors.is_empty() {
                apart.push(format!("{path}: {how}: only the schema refuses: {:?}", judge.judge(&file)));
            }
            // An unknown key, a missing one, a wrong type: an editor shows it while it is written.
            // A name that another table declares (an environment, a level) is beyond a schema.
            let beyond = |p: &Diagnostic| {
                let misspelt = how.ends_with("production misspelt") || how.ends_with("staging misspelt");
                let environment = misspelt || how.starts_with("without environments.");
                environment && p.message.contains("`[providers.") || p.message.contains("is not a level of")
            };
            let form = errors.iter().filter(|p| !beyond(p)).find(|p| {
                matches!(p.code, code::UNKNOWN_KEY | code::WRONG_TYPE | code::BAD_DURATION | code::UNKNOWN_VALUE)
                    || (p.code == code::MISSING_KEY && !p.message.contains("[[verify]]"))
            });
            if let (Some(form), true) = (form, accepted) {
                apart.push(format!("{path}: {how}: only the decoder refuses: {}", form.message));
            }
        }
    }
    assert!(apart.is_empty(), "{}", apart.join("\n"));
    assert!(refused > 1_500, "only {refused} were broken in a way that a schema can see");
}
