//! The providers of a workspace for one environment, from what its `aigov.toml` says.

use serde_json::{Map, Value};

use super::context::Context;
use crate::model::workspace::Settings;
use crate::provider::sandbox::PLACEHOLDER;
use crate::provider::{ProviderSettings, Reference, Set};
use crate::text::gather::Gather;

/// Opens them; nothing is fetched or connected yet. `origin` is where the sandbox's server listens, if it runs.
#[must_use]
pub(crate) fn open(cx: &Context, environment: &str, origin: Option<&str>) -> Set {
    let settings = cx.core().workspace.settings.as_ref();
    let entries = settings.map_or_else(Vec::new, |s| entries(s, environment, origin));
    Set::open(entries, cx.place.root.clone()).for_environment(environment)
}

/// The settings for a drill against the sandbox's server at `origin`.
#[must_use]
pub(crate) fn of_drill(cx: &Context, environment: &str, origin: &str) -> Vec<ProviderSettings> {
    let settings = cx.core().workspace.settings.as_ref();
    settings.map_or_else(Vec::new, |s| entries(s, environment, Some(origin)))
}

/// The settings of one's own providers, as they are.
#[must_use]
pub(crate) fn of_own(cx: &Context, environment: &str) -> Vec<ProviderSettings> {
    let settings = cx.core().workspace.settings.as_ref();
    settings.map_or_else(Vec::new, |s| entries(s, environment, None))
}

/// Every secret that `aigov.toml` refers to for these environments, each once.
#[must_use]
pub(crate) fn references(settings: &Settings, of: impl Fn(&str) -> bool) -> Vec<Reference> {
    let mut all = Vec::new();
    for (_, provider) in settings.providers.iter() {
        let here = provider.environments.iter().filter(|(name, _)| of(&name.value));
        let values = here.flat_map(|(_, e)| e.values.values()).chain(provider.shared.values.values());
        for reference in values.filter_map(|value| Reference::decode(value).ok()) {
            if !all.contains(&reference) {
                all.push(reference);
            }
        }
    }
    all
}

fn entries(settings: &Settings, environment: &str, origin: Option<&str>) -> Vec<ProviderSettings> {
    settings
        .providers
        .iter()
        .filter_map(|(name, provider)| {
            let of = provider.environments.get(environment).map(|e| e.values.clone()).unwrap_or_default();
            Some(ProviderSettings {
                name: name.value.clone(),
                kind: provider.kind.as_ref()?.value.clone(),
                shared: provider.shared.values.clone(),
                settings: origin.map_or_else(|| of.clone(), |o| rewritten(&of, o)),
            })
        })
        .collect()
}

/// Texts that begin with the sandbox's made-up name, with the place of its server instead.
fn rewritten(settings: &Map<String, Value>, origin: &str) -> Map<String, Value> {
    settings
        .iter()
        .map(|(key, value)| {
            let moved = value
                .as_str()
                .and_then(|text| text.strip_prefix(PLACEHOLDER))
                .filter(|rest| rest.is_empty() || rest.starts_with('/'))
                .map(|rest| Value::String(format!("{origin}{rest}")));
            (key.clone(), moved.unwrap_or_else(|| value.clone()))
        })
        .gather()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_made_up_name_is_rewritten() {
        let settings = json!({
            "url": "http://sandbox.test/flags", "other": "http://sandbox.test.example/x",
            "token": { "file": "http://sandbox.test" }, "bare": "http://sandbox.test",
        });
        let after = rewritten(settings.as_object().unwrap(), "http://127.0.0.1:9");
        assert_eq!(
            Value::Object(after),
            json!({
                "url": "http://127.0.0.1:9/flags", "other": "http://sandbox.test.example/x",
                "token": { "file": "http://sandbox.test" }, "bare": "http://127.0.0.1:9",
            })
        );
    }
}
