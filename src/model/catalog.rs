//! What kinds of provider exist and what each can be told, as data, so that the decoder can check a workspace without
//! knowing any vendor.
//!
//! Owns the types. The entries themselves are made in `provider/`, one per adapter, and handed in by `cli`.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A kind of provider, such as the one that `kind = "unleash"` names.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// As written in `aigov.toml`.
    pub name: &'static str,
    /// One sentence: which system, which API.
    pub about: &'static str,
    /// Keys of the per-environment table, such as `url` and `token`.
    pub settings: &'static [Key],
    /// Keys that stand beside `kind`, the same for every environment.
    pub shared: &'static [Key],
    /// What a provider with these shared keys and these environment settings can do for a capability; none when it
    /// can't. Secrets in the maps are references (`{ "env": "NAME" }`).
    pub ability: AbilityOf,
    /// What a binding lacks although it has every key that must be there, such as one of two, or what fills a placeholder
    /// of a configured request: each in the words of a message.
    pub lacks: LacksOf,
}

/// Capability, shared keys, settings of the environment.
pub type AbilityOf = fn(Capability, shared: &Map<String, Value>, settings: &Map<String, Value>) -> Option<Ability>;

/// Capability, shared keys of the provider, keys of the binding.
pub type LacksOf = fn(Capability, shared: &Map<String, Value>, binding: &Map<String, Value>) -> Vec<String>;

/// Of a kind whose keys say everything that must be there.
#[must_use]
pub const fn nothing(_: Capability, _: &Map<String, Value>, _: &Map<String, Value>) -> Vec<String> {
    Vec::new()
}

/// A key of a table.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What may stand there.
    pub holds: Holds,
    /// Whether it must be there.
    pub required: bool,
    /// One phrase for help and schema.
    pub about: &'static str,
}

/// What may stand under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// A text.
    Text,
    /// An absolute `http://` or `https://` URL.
    Url,
    /// `{ env = "NAME" }`, `{ file = "PATH" }` or `{ command = ["PROGRAM", …] }`. A literal is refused.
    Secret,
    /// A whole number.
    Integer,
    /// true or false.
    Boolean,
    /// A duration such as `30s`.
    Duration,
    /// A list of texts.
    Texts,
    /// A table that the adapter checks itself.
    Table,
    /// Any TOML value.
    Any,
}

/// What a provider may be asked to be for an automation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// A control of kind `switch`.
    Switch,
    /// A control of kind `level`.
    Level,
    /// A control of kind `percent`.
    Percent,
    /// A layer.
    Layer,
    /// A signal.
    Signal,
    /// A source of evidence.
    Evidence,
    /// Deployments that can be frozen.
    Deploy,
    /// Paging.
    Paging,
    /// Knowing who is on call.
    OnCall,
    /// Statements.
    Statement,
    /// Tickets.
    Ticket,
    /// Notices that wake nobody.
    Notice,
    /// A named call of `http.call`.
    Call,
}

/// What a provider can do for one capability.
#[derive(Clone, Copy, Debug)]
pub struct Ability {
    /// Keys of the automation's binding for it.
    pub keys: &'static [Key],
    /// Whether other keys may stand in the binding (they fill placeholders of configured requests).
    pub open: bool,
    /// Whether performing twice is harmless.
    pub repeat: Repeat,
    /// How its effect is proven.
    pub proof: Proof,
}

/// All kinds known to the program.
pub type Catalog = &'static [Kind];

/// Whether performing an act twice is harmless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Repeat {
    /// Idempotent by nature: it sets an absolute value.
    Harmless,
    /// The provider deduplicates by the key that is fixed when the act is prepared.
    Keyed,
    /// A second time is a second effect.
    Never,
}

/// How an effect is proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// By an independent read-back where the effect is consumed.
    ReadBack,
    /// The provider can only say that it accepted; shown as unproven, never blocking.
    Accepted,
    /// A person says so.
    Attested,
}
