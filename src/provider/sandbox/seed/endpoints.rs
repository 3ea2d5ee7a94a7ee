//! Seeds of what a workspace describes in its own tables: one thing for each act that the plan has there, known by its
//! requests.
//!
//! Owns what such a thing begins as, and which tables say too little for a server to play them truthfully.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Use;
use crate::plan::rehearsal::at_work;
use crate::plan::{Act, Setting};
use crate::provider::ProviderSettings;
use crate::provider::http::fields::{self, LAST_KNOWN_GOOD};
use crate::provider::http::operation::{self, Fields, Operation};
use crate::provider::sandbox::endpoints::{Endpoints, Holds, Look, Pattern, Shape, Thing};
use crate::text::gather::Gather;

/// What fills a placeholder only once an order is carried out.
const LATER: [&str; 10] = ["run", "key", "text", "value", "since", "to", "severity", "summary", "audience", "title"];

/// The version that `good` names.
const GOOD: &str = "last-good";

/// The systems behind a provider's tables, or why no server can play them.
pub(super) fn endpoints(entry: &ProviderSettings, uses: &[Use<'_>], environment: &str) -> Result<Endpoints, String> {
    let mut all = Endpoints { credential: credential(entry), things: Vec::new() };
    for of in uses {
        let Some(name) = operation::table_of(&of.step.act) else { continue };
        let table = match name.strip_prefix("call.") {
            Some(call) => entry.shared.get("call").and_then(|calls| calls.get(call)),
            None => entry.shared.get(&name),
        };
        // A table that can't be read fails where the adapter reads it, as in the night.
        let Some(table) = table.and_then(|t| Operation::parse(&name, t).ok()) else { continue };
        let new = thing(of, &name, &table, environment)?;
        match all.things.iter_mut().find(|t| (&t.act, &t.undo, &t.read) == (&new.act, &new.undo, &new.read)) {
            None => all.things.push(new),
            Some(known) => agree(known, new, &name)?,
        }
    }
    for (at, one) in all.things.iter().enumerate() {
        if let Some(other) = all.things.iter().skip(at + 1).find(|other| are_confused(one, other)) {
            let read = one.read.as_ref().or(other.read.as_ref()).map_or("", |l| l.at.as_str());
            return Err(format!(
                "two things are read at one address, both at `{read}`, and a server can't tell them apart"
            ));
        }
    }
    Ok(all)
}

fn credential(entry: &ProviderSettings) -> Option<String> {
    entry.settings.get("token")?;
    let auth = entry.shared.get("auth").and_then(Value::as_str).unwrap_or("bearer");
    Some(auth.strip_prefix("header:").map_or_else(|| "authorization".to_owned(), str::to_lowercase))
}

/// What fills placeholders whichever order it is.
fn known(of: &Use<'_>, environment: &str) -> Fields {
    let mut fields: Fields = of
        .target
        .binding
        .iter()
        .filter(|(k, _)| !LATER.contains(&k.as_str()))
        .map(|(k, v)| (k.clone(), v.clone()))
        .gather();
    let mut put = |name: &str, value: Value| drop(fields.insert(name.to_owned(), value));
    put("environment", json!(environment));
    match &of.step.act {
        Act::SetControl { control, .. } => put("control", json!(control)),
        Act::RollbackLayer { layer, .. } => put("layer", json!(layer)),
        Act::Capture { .. } => put("source", json!(of.target.label)),
        Act::HttpCall { with, .. } => {
            with.iter().filter(|(k, _)| *k != "key").for_each(|(k, v)| put(k, v.clone()));
        }
        _ => {}
    }
    fields
}

fn thing(of: &Use<'_>, name: &str, table: &Operation, environment: &str) -> Result<Thing, String> {
    let known = known(of, environment);
    let look = |l: &operation::Look| Look { path: Pattern::of(&l.path, &known), at: l.at.clone() };
    let act = Shape::of(&table.act, &known);
    let read = table.read.as_ref().map(look);
    let equals = table.read.as_ref().and_then(|r| r.equals.clone());
    let says_value = act.unknown().iter().any(|n| n == "value");
    let holds = if fields::has_prior(&of.step.act) {
        let first = first(of, equals.as_ref());
        let fixed = (!says_value).then(|| wanted(&of.step.act));
        let yes = equals.filter(|_| matches!(of.step.act, Act::Freeze));
        Holds::Value { now: first.clone(), first, fixed, yes, good: json!(GOOD) }
    } else {
        let said: BTreeSet<String> = act.unknown().into_iter().collect();
        if let Some(odd) = read.iter().flat_map(|r| r.path.unknown()).find(|n| !said.contains(n)) {
            return Err(format!("what its `{name}` did is looked up by {{{odd}}}, which the act does not say"));
        }
        Holds::Effects { done: Vec::new(), shows: equals.unwrap_or(json!(true)) }
    };
    let undo = table.undo.as_ref().map(|u| Shape::of(u, &known));
    Ok(Thing { act, undo, read, good: table.good.as_ref().map(look), holds })
}

/// What stands there while the automation is at work, in the form in which the adapter writes such values.
fn first(of: &Use<'_>, equals: Option<&Value>) -> Value {
    match (&of.step.act, at_work(of.step, of.target)) {
        (Act::Freeze, _) => match equals {
            Some(Value::String(_)) => json!("syncing"),
            Some(Value::Number(n)) => json!(u8::from(n.as_f64() == Some(0.0))),
            Some(Value::Bool(on)) => json!(!on),
            _ => json!(false),
        },
        (Act::SetControl { to: Setting::Percent(_), .. }, value) => {
            value.as_f64().map_or(value, |p| fields::setting(&Setting::Percent(p)))
        }
        (_, value) => value,
    }
}

/// What an act leads to that says no value.
fn wanted(act: &Act) -> Value {
    match act {
        Act::SetControl { to, .. } => fields::setting(to),
        Act::RollbackLayer { to, .. } if to == LAST_KNOWN_GOOD => json!(GOOD),
        Act::RollbackLayer { to, .. } => json!(to),
        _ => json!(true),
    }
}

/// Holds a second use of the same requests against the first.
fn agree(known: &Thing, new: Thing, name: &str) -> Result<(), String> {
    match (&known.holds, new.holds) {
        (Holds::Value { fixed: one, .. }, Holds::Value { fixed: other, .. }) if *one != other => Err(format!(
            "the request of its `{name}` says no value, so that a server can't tell one setting from another"
        )),
        _ => Ok(()),
    }
}

/// Whether what is read of two things would be one value, and one of them holds it all the time.
fn are_confused(one: &Thing, other: &Thing) -> bool {
    let (Some(a), Some(b)) = (&one.read, &other.read) else { return false };
    let below = |a: &str, b: &str| a.strip_prefix(b).is_some_and(|r| r.is_empty() || r.starts_with('/'));
    let values = [one, other].iter().any(|t| matches!(t.holds, Holds::Value { .. }));
    values && a.path == b.path && (below(&a.at, &b.at) || below(&b.at, &a.at))
}
