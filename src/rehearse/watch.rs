//! Looks over the reporter's shoulder: every record moves the scene, and goes on to whoever shows it.

use super::scene::Scene;
use crate::plan::Plan;
use crate::port::{Progress, Reporter};
use crate::run::record::Record;

/// A reporter that tells the scene first.
pub(super) struct Watch<'a, 's> {
    pub(super) scene: &'a Scene<'s>,
    pub(super) then: &'a mut dyn Reporter,
}

impl Reporter for Watch<'_, '_> {
    fn record(&mut self, plan: &Plan, record: &Record) {
        self.scene.take(record);
        self.then.record(plan, record);
    }

    fn progress(&mut self, plan: &Plan, progress: Progress<'_>) {
        self.then.progress(plan, progress);
    }
}
