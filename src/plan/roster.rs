//! Who may decide in a run: people with their functions, the days on which they serve, and their keys.
//!
//! Owns these types of a plan. Must not count: what their votes amount to is `approval`'s.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::time::Instant;

/// A person of the roster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Person {
    /// The name in `people.toml`.
    pub name: String,
    /// What they may decide as, such as `legal`.
    pub functions: Vec<String>,
    /// From when on their votes count: the beginning of that day in UTC; none for always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Instant>,
    /// From when on they do not count any more: the end of the last day in UTC; none for never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Instant>,
    /// Their public keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Key>,
}

/// A public key of a person of the roster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Key {
    /// Type and bytes in OpenSSH's one-line form, without a comment.
    pub key: String,
    /// From when on what it signs counts; none for always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Instant>,
    /// From when on nothing that it signed counts; none for never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Instant>,
    /// Whether each signature needs a touch.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hardware: bool,
}

impl Person {
    /// Whether their votes count at this time.
    #[must_use]
    pub fn serves(&self, at: Instant) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }
}
