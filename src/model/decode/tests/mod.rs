//! Each test starts from a clean example, breaks one thing, and expects exactly that finding at its line and column.

use serde_json::{Map, Value};

use crate::diag::Diagnostic;
use crate::model::catalog::{Ability, Capability, Holds, Key, Kind};
use crate::plan::{Proof, Repeat};
use crate::text::source::Source;

mod automation;
mod hostile;
mod people;
mod runbook;
pub(in crate::model) mod scenario;
mod syntax;
mod workspace;

/// The example of the design, whole.
pub(super) const RUNBOOK: &str = include_str!("runbook.toml");
/// The same.
pub(super) const AUTOMATION: &str = include_str!("automation.toml");
/// The same.
pub(super) const AIGOV: &str = include_str!("aigov.toml");
/// In the same form.
pub(super) const PEOPLE: &str = include_str!("people.toml");

const fn key(name: &'static str, holds: Holds, required: bool) -> Key {
    Key { name, holds, required, about: "for the test" }
}

fn ability(_: Capability, _: &Map<String, Value>, _: &Map<String, Value>) -> Option<Ability> {
    Some(Ability { keys: &[], open: true, repeat: Repeat::Harmless, proof: Proof::ReadBack })
}

/// Two kinds that have every shape of key.
pub(super) const CATALOG: &[Kind] = &[
    Kind {
        name: "unleash",
        about: "feature flags",
        settings: &[
            key("url", Holds::Url, true),
            key("token", Holds::Secret, true),
            key("client-token", Holds::Secret, false),
        ],
        shared: &[],
        ability,
        lacks: crate::model::catalog::nothing,
    },
    Kind {
        name: "http",
        about: "anything else",
        settings: &[key("url", Holds::Url, true), key("token", Holds::Secret, false)],
        shared: &[key("auth", Holds::Text, false), key("control", Holds::Table, false)],
        ability,
        lacks: crate::model::catalog::nothing,
    },
];

/// The text with one part replaced, which must be there.
pub(super) fn broken(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from:?} is not in the example");
    text.replacen(from, to, 1)
}

/// `code line:column message` of each problem, as the tables write it.
pub(super) fn told(problems: &[Diagnostic]) -> Vec<String> {
    problems
        .iter()
        .map(|p| {
            let place = p.labels.first().map(|l| l.source.position(l.span.start).to_string()).unwrap_or_default();
            format!("{} {place} {}", p.code, p.message)
        })
        .collect()
}

/// Breaks one thing and compares what is told.
pub(super) fn table(example: &str, read: impl Fn(&str) -> Vec<Diagnostic>, rows: &[(&str, &str, &[&str])]) {
    assert_eq!(told(&read(example)), Vec::<String>::new(), "the example is clean");
    let mut failures = Vec::new();
    for (from, to, expected) in rows {
        let found = told(&read(&broken(example, from, to)));
        if found != *expected {
            failures.push(format!("{from:?} -> {to:?}\n  expected {expected:#?}\n  found    {found:#?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

pub(super) fn read_runbook(text: &str) -> Vec<Diagnostic> {
    super::runbook(&Source::new("runbooks/incident/x.toml", text), "incident/x").problems
}

pub(super) fn read_automation(text: &str) -> Vec<Diagnostic> {
    super::automation(&Source::new("automations/x.toml", text), "x").problems
}

pub(super) fn read_aigov(text: &str) -> Vec<Diagnostic> {
    super::settings(&Source::new("aigov.toml", text), CATALOG).problems
}

pub(super) fn read_people(text: &str) -> Vec<Diagnostic> {
    super::people(&Source::new("people.toml", text)).problems
}
