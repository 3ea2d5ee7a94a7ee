//! Providers of a drill that are reached by real requests, with systems in memory beside them: the desk that takes what would
//! tell people something in a real environment and has no target for drills, and what no server on this machine can play.
//!
//! Owns which of the two takes an order: the plan names the desk, and whoever made the servers names the rest. Must not look
//! at what an order says.

use std::collections::BTreeSet;

use super::systems::Systems;
use crate::plan::rehearsal::DESK;
use crate::port::{Fault, Provider, Providers};
use crate::text::time::Instant;

/// Both.
pub(super) struct Apart<'a, 's> {
    pub(super) then: &'a dyn Providers,
    pub(super) memory: &'a Systems<'a, 's>,
    pub(super) names: &'a BTreeSet<String>,
}

impl Providers for Apart<'_, '_> {
    fn get(&self, name: &str) -> Result<&dyn Provider, Fault> {
        if name == DESK || self.names.contains(name) { Ok(self.memory) } else { self.then.get(name) }
    }

    fn clocks(&self, now: Instant) -> Vec<(String, i64)> {
        self.then.clocks(now)
    }
}
