//! Providers of a drill in a real environment, with the desk in memory beside them: what would tell people something and has
//! no target for drills goes there, and nowhere else.
//!
//! Owns which of the two takes an order: the plan names the desk. Must not look at what an order says.

use super::systems::Systems;
use crate::plan::rehearsal::DESK;
use crate::port::{Fault, Provider, Providers};
use crate::text::time::Instant;

/// Both.
pub(super) struct Apart<'a, 's> {
    pub(super) then: &'a dyn Providers,
    pub(super) desk: &'a Systems<'a, 's>,
}

impl Providers for Apart<'_, '_> {
    fn get(&self, name: &str) -> Result<&dyn Provider, Fault> {
        if name == DESK { Ok(self.desk) } else { self.then.get(name) }
    }

    fn clocks(&self, now: Instant) -> Vec<(String, i64)> {
        self.then.clocks(now)
    }
}
