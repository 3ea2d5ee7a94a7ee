//! What of a provider an automation is bound to, as written: the provider's name and keys that only its adapter
//! understands.
//!
//! Owns the spanned maps. Must not know any vendor: what may stand in a binding comes from the catalogue.

use std::sync::Arc;

use litemap::LiteMap;
use serde_json::{Map, Value};

use super::catalog::{Ability, Holds, Key};
use super::named::Named;
use crate::diag::{Diagnostic, code};
use crate::text::source::Source;
use crate::text::span::{Span, Spanned};
use crate::text::time::Millis;
use crate::text::{safe, suggest};

/// Keys and values of one table, with their places.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Binding {
    /// The whole table, or the header that it stands below.
    pub span: Span,
    /// The values. Secrets stay references such as `{ "env": "NAME" }`.
    pub values: Map<String, Value>,
    /// Where each key and its value stand.
    pub places: LiteMap<String, Place>,
}

/// Where a key and its value stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The key.
    pub key: Span,
    /// The value.
    pub value: Span,
}

/// A provider by name, with keys that hold everywhere and keys per environment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bound {
    /// The table's header or the table itself.
    pub span: Span,
    /// The provider's name in `aigov.toml`; none when it is missing or broken, which was reported.
    pub provider: Option<Spanned<String>>,
    /// Keys that hold in every environment.
    pub shared: Binding,
    /// Keys of one environment, by its name.
    pub environments: Named<Binding>,
    /// What takes its place in a drill in a real environment, where it tells people something.
    pub drill: Option<Box<Bound>>,
}

impl Bound {
    /// The binding in an environment: the shared keys, and over them the environment's own.
    #[must_use]
    pub fn binding(&self, environment: &str) -> Binding {
        let mut merged = self.shared.clone();
        if merged.span == Span::default() {
            merged.span = self.span;
        }
        if let Some(own) = self.environments.get(environment) {
            merged.span = own.span;
            merged.values.extend(own.values.iter().map(|(k, v)| (k.clone(), v.clone())));
            merged.places.extend(own.places.iter().map(|(k, p)| (k.clone(), *p)));
        }
        merged
    }
}

/// What is wrong with a binding of an automation, held against what a provider can do.
///
/// `what` is how the binding is called in messages, such as `controls.autonomy`. The problem points at the key, or at the
/// table where a key is missing.
#[must_use]
pub fn check(source: &Arc<Source>, binding: &Binding, ability: &Ability, what: &str) -> Vec<Diagnostic> {
    check_keys(source, binding, ability.keys, ability.open, &format!("`{what}`"))
}

/// What is wrong with a table, held against the keys that it may and must have.
pub(super) fn check_keys(
    source: &Arc<Source>,
    binding: &Binding,
    keys: &[Key],
    open: bool,
    what: &str,
) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let mut meant: Vec<&str> = Vec::new();
    for (name, place) in &binding.places {
        if let Some(key) = keys.iter().find(|k| k.name == name) {
            problems.extend(binding.values.get(name).and_then(|v| check_value(source, key, v, *place)));
        } else if !open {
            let free = keys.iter().map(|k| k.name).filter(|k| !binding.places.contains_key(*k));
            let near = suggest::nearest(name, free);
            meant.extend(near);
            let label = near.map_or_else(String::new, |n| format!("did you mean `{n}`?"));
            let message = format!("unknown key `{}` in {what}", safe::excerpt(name, 60));
            let problem = Diagnostic::error(code::UNKNOWN_KEY, message).at(source, place.key, label);
            problems.push(match keys {
                [] => problem.help("it takes no keys"),
                _ => problem.help(format!("it takes {}", suggest::list(keys.iter().map(|k| k.name)))),
            });
        }
    }
    for key in keys.iter().filter(|k| k.required && !binding.places.contains_key(k.name) && !meant.contains(&k.name)) {
        problems.push(
            Diagnostic::error(code::MISSING_KEY, format!("`{}` is missing in {what}", key.name))
                .at(source, binding.span, "")
                .help(format!("add `{} = {}`: {}", key.name, example(key.holds), key.about)),
        );
    }
    problems.sort_by_key(|p| p.labels.first().map_or(0, |l| l.span.start));
    problems
}

/// Whether a value is what a key holds.
pub(super) fn fits(holds: Holds, value: &Value) -> bool {
    match holds {
        Holds::Text => value.as_str().is_some_and(|t| !t.trim().is_empty()),
        Holds::Url => value.as_str().is_some_and(is_url),
        Holds::Secret => is_reference(value),
        Holds::Integer => value.is_i64() || value.is_u64(),
        Holds::Boolean => value.is_boolean(),
        Holds::Duration => value.as_str().is_some_and(|t| t.parse::<Millis>().is_ok()),
        Holds::Texts => value.as_array().is_some_and(|a| a.iter().all(Value::is_string)),
        Holds::Table => value.is_object(),
        Holds::Any => true,
    }
}

fn check_value(source: &Arc<Source>, key: &Key, value: &Value, place: Place) -> Option<Diagnostic> {
    if fits(key.holds, value) {
        return None;
    }
    let (name, at) = (key.name, place.value);
    let problem = match key.holds {
        Holds::Secret if value.is_string() => Diagnostic::error(
            code::LITERAL_SECRET,
            format!("`{name}` is written down in the file"),
        )
        .at(source, place.key, "a secret stands here"),
        Holds::Duration if value.is_string() => {
            Diagnostic::error(code::BAD_DURATION, format!("`{name}` is not a duration")).at(source, at, "")
        }
        Holds::Url if value.as_str().is_some_and(|u| u.contains('@')) => {
            Diagnostic::error(code::LITERAL_SECRET, format!("`{name}` has a user in it")).at(source, place.key, "")
        }
        Holds::Url if value.is_string() => {
            Diagnostic::error(code::BAD_VALUE, format!("`{name}` is not a URL")).at(source, at, "")
        }
        holds => Diagnostic::error(code::WRONG_TYPE, format!("`{name}` takes {}", takes(holds))).at(source, at, ""),
    };
    Some(problem.help(format!("write `{name} = {}`", example(key.holds))))
}

/// Whether a value is a reference to a secret: `{ env = "NAME" }`, `{ file = "PATH" }` or `{ command = ["PROGRAM", …] }`.
#[must_use]
pub fn is_reference(value: &Value) -> bool {
    let Some(table) = value.as_object() else { return false };
    let text = |v: &Value| v.as_str().is_some_and(|t| !t.is_empty());
    let mut entries = table.iter();
    match (entries.next(), entries.next()) {
        (Some((name, v)), None) => match name.as_str() {
            "env" => v.as_str().is_some_and(|t| !t.is_empty() && !t.contains(['=', '\0'])),
            "file" => text(v),
            "command" => v.as_array().is_some_and(|a| !a.is_empty() && a.iter().all(text)),
            _ => false,
        },
        _ => false,
    }
}

/// Whether a text is an absolute URL of the web, without a user in it.
fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.and_then(|r| r.split(['/', '?', '#']).next());
    let plain = text.chars().all(|c| safe::is_plain(c) && !c.is_whitespace());
    plain && host.is_some_and(|h| !h.is_empty() && !h.contains('@') && !h.starts_with(':'))
}

const fn takes(holds: Holds) -> &'static str {
    match holds {
        Holds::Text => "a text that is not empty",
        Holds::Url => "a URL",
        Holds::Secret => "a reference to a secret",
        Holds::Integer => "a whole number",
        Holds::Boolean => "true or false",
        Holds::Duration => "a duration",
        Holds::Texts => "a list of texts",
        Holds::Table => "a table",
        Holds::Any => "any value",
    }
}

const fn example(holds: Holds) -> &'static str {
    match holds {
        Holds::Text | Holds::Any => "\"…\"",
        Holds::Url => "\"https://…\"",
        Holds::Secret => "{ env = \"NAME\" }` or `{ file = \"PATH\" }",
        Holds::Integer => "1",
        Holds::Boolean => "true",
        Holds::Duration => "\"30s\"",
        Holds::Texts => "[\"…\"]",
        Holds::Table => "{ … }",
    }
}
