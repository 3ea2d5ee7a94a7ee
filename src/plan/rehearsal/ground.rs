//! Where people practise: on this machine alone, or in a real environment that is marked for it.
//!
//! Owns the one way in. There is no value of [`Staging`] for an environment marked `production`, so that nothing that takes
//! one can be handed such an environment.

use std::fmt;

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::catalog::{Catalog, Holds};
use crate::model::workspace::Settings;
use crate::text::safe;

/// Where a drill takes place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ground {
    /// Against this machine's own servers.
    Here,
    /// Against a real environment that is marked for it.
    Staging(Staging),
}

impl Ground {
    /// As a record holds it; `served` where the sandbox's own server is what is reached here.
    #[must_use]
    pub fn recorded(&self, served: bool) -> Where {
        match self {
            Self::Here if served => Where::Sandbox,
            Self::Here => Where::Memory,
            Self::Staging(staging) => Where::Staging(staging.name.clone()),
        }
    }
}

/// Where a drill took place, as its record holds it. It opens nothing: going on with a drill in a real environment takes a
/// [`Staging`] made anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Where {
    /// Every system in memory.
    Memory,
    /// The sandbox's servers on this machine, by real requests.
    Sandbox,
    /// A real environment that is marked for it, by its name.
    Staging(String),
}

/// A real environment that is marked `rehearse = true`, and not `production`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staging {
    name: String,
    origins: Vec<String>,
}

/// Why nobody practises in an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoGround {
    /// There is none of this name.
    Unknown(String),
    /// Real people are affected there.
    Production(String),
    /// It is not marked for it.
    Unmarked(String),
}

impl fmt::Display for NoGround {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => write!(f, "aigov.toml has no environment `{}`", safe::line(name)),
            Self::Production(name) => {
                write!(f, "`{}` is marked `production`: nobody practises there", safe::line(name))
            }
            Self::Unmarked(name) => write!(f, "`{}` is not marked `rehearse = true` in aigov.toml", safe::line(name)),
        }
    }
}

impl std::error::Error for NoGround {}

impl Staging {
    /// The environment of this name.
    ///
    /// # Errors
    /// It is marked `production`, or is not marked for practice.
    pub fn of(settings: &Settings, catalog: Catalog, name: &str) -> Result<Self, NoGround> {
        let environment = settings.environments.get(name).ok_or_else(|| NoGround::Unknown(name.to_owned()))?;
        if environment.production.as_ref().is_some_and(|p| p.value) {
            return Err(NoGround::Production(name.to_owned()));
        }
        if !environment.rehearse.as_ref().is_some_and(|r| r.value) {
            return Err(NoGround::Unmarked(name.to_owned()));
        }
        let mut origins = Vec::new();
        for (_, provider) in settings.providers.iter() {
            let kind = provider.kind.as_ref().and_then(|k| catalog.iter().find(|known| known.name == k.value));
            let keys = kind.map_or(&[][..], |k| k.settings);
            let Some(of) = provider.environments.get(name) else { continue };
            origins.extend(keys.iter().filter(|k| k.holds == Holds::Url).filter_map(|k| origin(&of.values, k.name)));
        }
        origins.sort();
        origins.dedup();
        Ok(Self { name: name.to_owned(), origins })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Scheme, host and port of everything that its providers name: all that a drill there reaches.
    #[must_use]
    pub fn origins(&self) -> &[String] {
        &self.origins
    }
}

fn origin(values: &Map<String, Value>, key: &str) -> Option<String> {
    let url = values.get(key)?.as_str()?;
    Some(url.split('/').take(3).collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::decode;
    use crate::text::source::Source;

    const SETTINGS: &str = r#"schema = 1
[environments.production]
production = true
[environments.both]
production = true
rehearse = true
[environments.staging]
rehearse = true
[environments.dev]
[providers.flags]
kind = "unleash"
production = { url = "https://flags.example.com/a", token = { env = "A" } }
staging = { url = "https://flags.staging.example.com:8443/b", token = { env = "B" } }
"#;

    #[test]
    fn only_what_is_marked_for_practice_and_not_for_production_can_be_practised_in() {
        let source = Source::new("aigov.toml", SETTINGS.to_owned());
        let settings = decode::settings(&source, crate::provider::catalog()).value;
        let of = |name| Staging::of(&settings, crate::provider::catalog(), name);
        assert_eq!(of("production"), Err(NoGround::Production("production".to_owned())));
        assert_eq!(of("both"), Err(NoGround::Production("both".to_owned())), "production wins over every mark");
        assert_eq!(of("dev"), Err(NoGround::Unmarked("dev".to_owned())));
        assert_eq!(of("gone"), Err(NoGround::Unknown("gone".to_owned())));
        let staging = of("staging").unwrap();
        assert_eq!(
            (staging.name(), staging.origins()),
            ("staging", &["https://flags.staging.example.com:8443".to_owned()][..])
        );
    }
}
