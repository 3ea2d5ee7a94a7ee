//! From a binding of the inventory to a target: the provider looked up, its settings for the environment found, its
//! ability asked of the catalogue, the keys it needs checked.

use std::sync::Arc;

use serde_json::Value;

use super::Resolver;
use crate::diag::{Diagnostic, code};
use crate::model::automation::{Control, ControlKind};
use crate::model::binding::{Binding, Bound};
use crate::model::catalog::{Ability, Capability, Holds, Key};
use crate::plan::Target;
use crate::text::source::Source;
use crate::text::span::Spanned;
use crate::text::time::Millis;

/// What is bound, for messages: `control`, `autonomy`.
#[derive(Clone, Copy)]
pub(super) struct What<'a> {
    pub(super) word: &'a str,
    pub(super) name: &'a str,
}

impl std::fmt::Display for What<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.name.is_empty() { f.write_str(self.word) } else { write!(f, "{} `{}`", self.word, self.name) }
    }
}

impl<'a> Resolver<'a> {
    /// The target that a binding means in this environment, with what its provider can do there; none when it can't be
    /// used, which is reported.
    pub(super) fn target(
        &mut self,
        bound: &Bound,
        source: &Arc<Source>,
        capability: Capability,
        what: What<'_>,
    ) -> Option<(Target, Ability)> {
        let Some(name) = &bound.provider else {
            self.error_at(code::NOT_USABLE, format!("the provider of {what} can not be read"), source, bound.span);
            return None;
        };
        let (kind, ability) = self.ability(name, source, capability, what)?;
        let binding = bound.binding(self.environment);
        let lacks: Vec<&str> = ability
            .keys
            .iter()
            .filter(|k| k.required && !binding.values.contains_key(k.name))
            .map(|k| k.name)
            .collect();
        if !lacks.is_empty() {
            let says = format!("{what} lacks {} in environment `{}`", quoted(&lacks), self.environment);
            let help = format!("provider `{}` is of kind `{kind}` and needs {}", name.value, needs(ability.keys));
            self.push(Diagnostic::error(code::UNAVAILABLE, says).at(source, binding.span, "").help(help));
            return None;
        }
        let entry = self.catalog.iter().find(|k| k.name == kind);
        let shared = self.settings.providers.get(&name.value).map(|p| &p.shared.values);
        let lacks =
            entry.zip(shared).map_or_else(Vec::new, |(k, shared)| (k.lacks)(capability, shared, &binding.values));
        if !lacks.is_empty() {
            let says = format!("{what} lacks {} in environment `{}`", lacks.join(", "), self.environment);
            let help = format!("the requests of provider `{}` ask for it", name.value);
            self.push(Diagnostic::error(code::UNAVAILABLE, says).at(source, binding.span, "").help(help));
            return None;
        }
        self.binding_fits(&binding, &ability, source, what);
        let target =
            Target { provider: name.value.clone(), kind, binding: binding.values, label: what.name.to_owned() };
        Some((target, ability))
    }

    /// Keys that the provider does not read, and values of another type than it takes. Both are told; what is right in
    /// the binding can still be used.
    fn binding_fits(&mut self, binding: &Binding, ability: &Ability, source: &Arc<Source>, what: What<'_>) {
        for (name, value) in &binding.values {
            let place = binding.places.get(name).copied().unwrap_or_default();
            match ability.keys.iter().find(|k| k.name == name) {
                Some(key) if !fits(key.holds, value) => {
                    let says = format!("`{name}` of {what} is not {}", takes(key.holds));
                    self.push(Diagnostic::error(code::WRONG_TYPE, says).at(source, place.value, key.about));
                }
                None if !ability.open => {
                    let known: Vec<&str> = ability.keys.iter().map(|k| k.name).collect();
                    let says = format!("nothing reads `{name}` of {what}");
                    let unknown = Diagnostic::error(code::UNKNOWN_KEY, says).at(source, place.key, "not read");
                    self.push(unknown.help(super::advice(name, &known)));
                }
                _ if value.as_str().is_some_and(|v| v.trim().is_empty()) => {
                    let says = format!("`{name}` of {what} is empty");
                    self.push(Diagnostic::error(code::BAD_VALUE, says).at(source, place.value, "says nothing"));
                }
                _ => {}
            }
        }
    }

    /// The kind of a provider and what it can do in this environment.
    pub(super) fn ability(
        &mut self,
        name: &Spanned<String>,
        source: &Arc<Source>,
        capability: Capability,
        what: What<'_>,
    ) -> Option<(String, Ability)> {
        let settings = self.settings;
        let Some(provider) = settings.providers.get(&name.value) else {
            let known: Vec<&str> = settings.providers.names().collect();
            self.unresolved(name, source, "aigov.toml has no provider", &known);
            return None;
        };
        let Some(kind) = &provider.kind else {
            let says = format!("the kind of provider `{}` can not be read", name.value);
            self.error_at(code::NOT_USABLE, says, &settings.source, provider.span);
            return None;
        };
        let Some(entry) = self.catalog.iter().find(|k| k.name == kind.value) else {
            let known: Vec<&str> = self.catalog.iter().map(|k| k.name).collect();
            self.unresolved(kind, &settings.source, "there is no kind of provider", &known);
            return None;
        };
        let Some(own) = provider.environments.get(self.environment) else {
            let says = format!("provider `{}` has no settings for environment `{}`", name.value, self.environment);
            let known: Vec<&str> = provider.environments.names().collect();
            self.push(
                Diagnostic::error(code::UNAVAILABLE, says)
                    .at(&settings.source, provider.span, format!("needed for {what}"))
                    .help(advice_environments(&known)),
            );
            return None;
        };
        let lacks: Vec<&str> =
            entry.settings.iter().filter(|k| k.required && !own.values.contains_key(k.name)).map(|k| k.name).collect();
        if !lacks.is_empty() {
            let says =
                format!("provider `{}` lacks {} for environment `{}`", name.value, quoted(&lacks), self.environment);
            self.error_at(code::UNAVAILABLE, says, &settings.source, own.span);
            return None;
        }
        let ability = (entry.ability)(capability, &provider.shared.values, &own.values);
        if ability.is_none() {
            let says = format!("provider `{}` of kind `{}` can not carry {what}", name.value, kind.value);
            self.push(Diagnostic::error(code::UNAVAILABLE, says).at(source, name.span, "another provider is needed"));
        }
        ability.map(|a| (kind.value.clone(), a))
    }

    /// The control of this name, where `@stop` and `@wider` are those of the automation's own `[stop]`. An automation
    /// without a wider switch has none; that is no fault of a runbook which serves all.
    pub(super) fn control(&mut self, written: &Spanned<String>, source: &Arc<Source>) -> Option<(String, &'a Control)> {
        let automation = self.automation;
        let stop = automation.stop.as_ref();
        let (name, at) = match written.value.as_str() {
            "@stop" => match stop.and_then(|s| s.control.as_ref()) {
                Some(control) => (control, &automation.source),
                None => {
                    let says = format!("automation `{}` does not say in [stop] how it is stopped", automation.name);
                    self.push(Diagnostic::error(code::UNRESOLVED, says).at(source, written.span, "asked for here"));
                    return None;
                }
            },
            "@wider" => match stop.and_then(|s| s.wider.first()) {
                Some(control) => (control, &automation.source),
                None => {
                    let says = format!("automation `{}` has no wider switch in [stop]", automation.name);
                    let note = Diagnostic::warning(code::UNRESOLVED, says).at(source, written.span, "left out");
                    self.push(note);
                    return None;
                }
            },
            _ => (written, source),
        };
        let Some(control) = automation.controls.get(&name.value) else {
            let known: Vec<&str> = automation.controls.names().collect();
            self.unresolved(name, at, &format!("automation `{}` has no control", automation.name), &known);
            return None;
        };
        if !control.intact {
            let says = format!("something in control `{}` can not be read", name.value);
            self.error_at(code::NOT_USABLE, says, &automation.source, control.span);
        }
        Some((name.value.clone(), control))
    }

    /// The target of a control.
    pub(super) fn control_target(&mut self, name: &str, control: &Control) -> Option<(Target, Ability)> {
        let source = &self.automation.source;
        let Some(kind) = &control.kind else {
            self.error_at(
                code::NOT_USABLE,
                format!("the kind of control `{name}` can not be read"),
                source,
                control.span,
            );
            return None;
        };
        let capability = match kind.value {
            ControlKind::Switch => Capability::Switch,
            ControlKind::Level => Capability::Level,
            ControlKind::Percent => Capability::Percent,
        };
        let (mut target, ability) = self.target(&control.bound, source, capability, What { word: "control", name })?;
        if kind.value == ControlKind::Level {
            // Which level is the safest decides how a provider holds it, so the levels go with the order.
            let levels = control.levels.iter().map(|l| serde_json::Value::String(l.value.clone())).collect();
            target.binding.insert("levels".to_owned(), serde_json::Value::Array(levels));
        }
        Some((target, ability))
    }
}

fn fits(holds: Holds, value: &Value) -> bool {
    match holds {
        Holds::Text => value.is_string(),
        Holds::Url => value.as_str().is_some_and(|u| u.starts_with("http://") || u.starts_with("https://")),
        Holds::Secret | Holds::Table => value.is_object(),
        Holds::Integer => value.is_i64() || value.is_u64(),
        Holds::Boolean => value.is_boolean(),
        Holds::Duration => value.as_str().is_some_and(|d| d.parse::<Millis>().is_ok()),
        Holds::Texts => value.as_array().is_some_and(|list| list.iter().all(Value::is_string)),
        Holds::Any => true,
    }
}

const fn takes(holds: Holds) -> &'static str {
    match holds {
        Holds::Text => "a text",
        Holds::Url => "a URL",
        Holds::Secret => "a reference to a secret",
        Holds::Integer => "a whole number",
        Holds::Boolean => "true or false",
        Holds::Duration => "a duration",
        Holds::Texts => "a list of texts",
        Holds::Table => "a table",
        Holds::Any => "a value",
    }
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
}

fn needs(keys: &[Key]) -> String {
    keys.iter().filter(|k| k.required).map(|k| format!("`{}` ({})", k.name, k.about)).collect::<Vec<_>>().join(", ")
}

fn advice_environments(known: &[&str]) -> String {
    if known.is_empty() { "it has none for any".to_owned() } else { format!("it has them for {}", quoted(known)) }
}
