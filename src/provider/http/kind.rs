//! What the generic provider can be told, and what its tables let it do.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::fields;
use super::operation::{Operation, placeholders};
use crate::model::catalog::{Ability, Capability, Holds, Kind};
use crate::plan::{Proof, Repeat};
use crate::provider::link::{needs, takes};

pub(in crate::provider) const KIND: Kind = Kind {
    name: "http",
    about: "any HTTP API, configured by tables beside `kind`",
    settings: &[
        needs("url", Holds::Url, "the address that all paths are below"),
        takes("token", Holds::Secret, "sent as `auth` says"),
    ],
    shared: &[
        takes("auth", Holds::Text, "`bearer`, or `header:NAME` for a header of that name"),
        takes("control", Holds::Table, "how a control is set and read"),
        takes("layer", Holds::Table, "how a layer is moved and read"),
        takes("evidence", Holds::Table, "how evidence is captured"),
        takes("statement", Holds::Table, "how a statement is published"),
        takes("ticket", Holds::Table, "how a ticket is opened"),
        takes("notice", Holds::Table, "how people are told without being woken"),
        takes("deploy", Holds::Table, "how deployments are held"),
        takes("paging", Holds::Table, "how people are paged"),
        takes("call", Holds::Table, "named calls: `call.NAME`"),
    ],
    ability,
    lacks,
};

/// Placeholders of the requests that neither the act nor the binding fills. A named call brings its own.
fn lacks(capability: Capability, shared: &Map<String, Value>, binding: &Map<String, Value>) -> Vec<String> {
    if capability == Capability::Call {
        return Vec::new();
    }
    let mut names = BTreeSet::new();
    if let Some(requests) = table(capability).and_then(|name| shared.get(name)) {
        placeholders(requests, &mut names);
    }
    let unfilled = names.into_iter().filter(|n| !binding.contains_key(*n) && !fields::of_acts(capability).contains(n));
    unfilled.map(|n| format!("`{n}`")).collect()
}

/// The table of a capability.
pub(super) const fn table(capability: Capability) -> Option<&'static str> {
    Some(match capability {
        Capability::Switch | Capability::Level | Capability::Percent => "control",
        Capability::Layer => "layer",
        Capability::Evidence => "evidence",
        Capability::Deploy => "deploy",
        Capability::Paging => "paging",
        Capability::Statement => "statement",
        Capability::Ticket => "ticket",
        Capability::Notice => "notice",
        Capability::Call => "call",
        Capability::Signal | Capability::OnCall => return None,
    })
}

fn ability(capability: Capability, shared: &Map<String, Value>, _settings: &Map<String, Value>) -> Option<Ability> {
    let name = table(capability)?;
    let table = shared.get(name)?;
    let parts: Vec<Operation> = if capability == Capability::Call {
        table.as_object()?.iter().map(|(n, t)| Operation::parse(n, t).ok()).collect::<Option<_>>()?
    } else {
        vec![Operation::parse(name, table).ok()?]
    };
    // Of several calls the least that all of them hold.
    let weight = |r: Repeat| match r {
        Repeat::Harmless => 0,
        Repeat::Keyed => 1,
        Repeat::Never => 2,
    };
    let repeat = parts.iter().map(|o| o.act.repeat).max_by_key(|r| weight(*r))?;
    let all_read = parts.iter().all(|o| o.proof() == Proof::ReadBack);
    let proof = if all_read { Proof::ReadBack } else { Proof::Accepted };
    Some(Ability { keys: &[], open: true, repeat, proof })
}
