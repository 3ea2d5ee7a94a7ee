//! What an order puts into the placeholders of a configured request.
//!
//! Owns their names: keys of the binding, `run`, `environment`, `key`, `text`, `value`, and what each act adds. Must not
//! know what a request looks like.

use serde_json::{Value, json};

use super::Setting;
use super::operation::{Fields, Look, same};
use crate::model::catalog::Capability;
use crate::plan::Act;
use crate::port::{Order, Way};

/// What a runbook writes for the version that `good` names.
pub(in crate::provider) const LAST_KNOWN_GOOD: &str = "last-known-good";

/// A setting as JSON: switches are true and false, whole percentages whole numbers.
pub(in crate::provider) fn setting(to: &Setting) -> Value {
    match to {
        Setting::On(on) => json!(on),
        #[expect(clippy::cast_possible_truncation, reason = "a whole number from 0 to 100")]
        Setting::Percent(p) if p.fract() == 0.0 && p.abs() <= 100.0 => json!(*p as i64),
        Setting::Percent(p) => json!(p),
        Setting::Level(level) => json!(level),
    }
}

/// Whether an act changes state that can be captured and put back.
pub(in crate::provider) const fn has_prior(act: &Act) -> bool {
    matches!(act, Act::SetControl { .. } | Act::RollbackLayer { .. } | Act::Freeze)
}

/// The names that [`of`] puts there for any act of a capability.
pub(in crate::provider) const fn of_acts(capability: Capability) -> &'static [&'static str] {
    match capability {
        Capability::Switch | Capability::Level | Capability::Percent => {
            &["run", "environment", "key", "text", "control", "value"]
        }
        Capability::Layer => &["run", "environment", "key", "text", "layer", "value"],
        Capability::Evidence => &["run", "environment", "key", "text", "since", "source"],
        Capability::Deploy => &["run", "environment", "key", "text", "value"],
        Capability::Paging => &["run", "environment", "key", "text", "to", "severity", "summary"],
        Capability::Notice => &["run", "environment", "key", "text", "to"],
        Capability::Statement => &["run", "environment", "key", "text", "audience"],
        Capability::Ticket => &["run", "environment", "key", "text", "title"],
        Capability::Signal | Capability::OnCall | Capability::Call => &["run", "environment", "key", "text"],
    }
}

/// What an order says by itself; the key is added when it is known.
pub(in crate::provider) fn of(order: &Order<'_>) -> Fields {
    let mut fields: Fields = order.target.binding.clone().into_iter().collect();
    let mut put = |name: &str, value: Value| {
        fields.insert(name.to_owned(), value);
    };
    put("run", json!(order.run));
    put("environment", json!(order.environment));
    if let Some(text) = order.text {
        put("text", json!(text));
    }
    match &order.step.act {
        Act::SetControl { control, to, .. } => {
            put("control", json!(control));
            put("value", setting(to));
        }
        Act::RollbackLayer { layer, to } => {
            put("layer", json!(layer));
            put("value", json!(to));
        }
        Act::Capture { since } => {
            put("since", json!(since.to_string()));
            put("source", json!(order.target.label));
        }
        Act::Freeze => put("value", json!(true)),
        Act::Page { to, severity, summary } => {
            put("to", json!(to));
            put("severity", json!(severity));
            put("summary", json!(summary));
        }
        Act::Notify { to, .. } => put("to", json!(to)),
        Act::Publish { audience, .. } => put("audience", json!(audience)),
        Act::Ticket { title } => put("title", json!(title)),
        Act::HttpCall { with, .. } => {
            for (name, value) in with {
                put(name, value.clone());
            }
        }
        Act::Human { .. } => {}
    }
    if let Way::Undo(prior) = order.way {
        put("value", prior.get("value").cloned().unwrap_or(Value::Null));
    }
    fields
}

/// The value that a read-back has to show; null when anything that is there will do.
pub(in crate::provider) fn wanted(order: &Order<'_>, read: &Look, fields: &Fields) -> Value {
    let value = || fields.get("value").cloned().unwrap_or(Value::Null);
    match (&order.step.act, order.way) {
        (_, Way::Undo(_)) | (Act::SetControl { .. } | Act::RollbackLayer { .. }, _) => value(),
        (Act::Freeze, _) => read.equals.clone().unwrap_or_else(value),
        _ => read.equals.clone().unwrap_or(Value::Null),
    }
}

/// A value as it was read, in the form in which the step writes it where both mean the same, so that what we left is
/// recognised as ours.
pub(in crate::provider) fn canonical(order: &Order<'_>, read: &Look, now: &Value) -> Value {
    let written = match &order.step.act {
        Act::SetControl { to, .. } => Some(setting(to)),
        Act::Freeze => Some(read.equals.clone().unwrap_or(json!(true))),
        _ => None,
    };
    let prior = match order.way {
        Way::Undo(prior) => prior.get("value").cloned(),
        Way::Do => None,
    };
    written.into_iter().chain(prior).find(|w| same(now, w)).unwrap_or_else(|| now.clone())
}
