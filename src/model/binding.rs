//! What of a provider an automation is bound to, as written: the provider's name and keys that only its adapter
//! understands.
//!
//! Owns the spanned maps. Must not know any vendor: what may stand in a binding comes from the catalogue.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::named::Named;
use crate::text::span::{Span, Spanned};

/// Keys and values of one table, with their places.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Binding {
    /// The whole table, or the header that it stands below.
    pub span: Span,
    /// The values. Secrets stay references such as `{ "env": "NAME" }`.
    pub values: Map<String, Value>,
    /// Where each key and its value stand.
    pub places: BTreeMap<String, Place>,
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
