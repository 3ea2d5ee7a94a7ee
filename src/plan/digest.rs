//! The plan digest: SHA-256 of what a plan means.
//!
//! Reformatting a file, moving a table or improving a reason keeps it; changing an argument, an order, a deadline, a
//! gate or a target changes it. Owns the list of what is left out; a field that is new in [`Plan`] counts until it is
//! listed here, so that forgetting is the safe mistake.

use serde_json::Value;

use super::Plan;
use crate::text::canon::{canonical, sha256_hex};

/// Fields of the plan itself that carry no meaning: names for readers, and what only shows how the plan came about.
const OF_PLAN: &[&str] = &["title", "purpose", "meanwhile", "roles", "lost", "problems"];
/// Fields of a step that carry no meaning.
const OF_STEP: &[&str] = &["why", "console", "by_hand"];

/// The canonical bytes of the plan's meaning.
///
/// # Errors
/// A number that is not finite.
pub fn meaning(plan: &Plan) -> Result<Vec<u8>, serde_json::Error> {
    let mut whole = serde_json::to_value(plan)?;
    strip(&mut whole, OF_PLAN);
    each(&mut whole, "steps", |step| {
        strip(step, OF_STEP);
        // That it can't be taken back is meaning; how that is explained is not.
        if let Some(Value::Object(irreversible)) = step.get_mut("irreversible") {
            irreversible.remove("because");
        }
        // A page that the runbook does not word itself says the title; it is for readers there too.
        if let Some(Value::String(summary)) = step.get_mut("act").and_then(|act| act.get_mut("summary"))
            && !plan.title.is_empty()
        {
            *summary = summary.replace(&plan.title, "{title}");
        }
    });
    // The compiled test says it without the spacing; the label of a region follows from its threshold.
    each(&mut whole, "rows", |row| strip(row, &["when"]));
    each(&mut whole, "facts", |fact| each(fact, "regions", |region| strip(region, &["label"])));
    // Whom a page names instead of somebody is for readers.
    strip(&mut whole, &["alternates"]);
    // Who may vote is meaning; in which order people are listed is not.
    if let Some(Value::Array(people)) = whole.get_mut("roster") {
        for person in people.iter_mut() {
            if let Some(Value::Array(functions)) = person.get_mut("functions") {
                functions.sort_by_key(ToString::to_string);
            }
        }
        people.sort_by_key(ToString::to_string);
    }
    canonical(&whole)
}

/// SHA-256 of [`meaning`], in lower-case hexadecimal.
///
/// # Errors
/// A number that is not finite.
pub fn digest(plan: &Plan) -> Result<String, serde_json::Error> {
    Ok(sha256_hex(&meaning(plan)?))
}

fn strip(value: &mut Value, keys: &[&str]) {
    if let Value::Object(map) = value {
        for key in keys {
            map.remove(*key);
        }
    }
}

fn each(value: &mut Value, key: &str, mut change: impl FnMut(&mut Value)) {
    if let Some(Value::Array(items)) = value.get_mut(key) {
        items.iter_mut().for_each(&mut change);
    }
}
