//! For what must never wait: an operator who can't be asked, and a reporter that shows nothing.
//!
//! A stop of many automations drives many runs at once; what came of them is shown by whoever drives them.

use crate::plan::Plan;
use crate::port::{Answer, Fut, Operator, Progress, Question, Reporter};
use crate::run::record::Record;
use crate::text::time::Instant;

/// Somebody who is known, perhaps, and is not asked.
#[derive(Clone, Debug, Default)]
pub struct Absent {
    person: Option<String>,
}

impl Absent {
    /// With who it is, as far as known.
    #[must_use]
    pub const fn new(person: Option<String>) -> Self {
        Self { person }
    }
}

impl Operator for Absent {
    fn ask<'a>(&'a mut self, _: Question<'a>, _: Option<Instant>) -> Fut<'a, Answer> {
        Box::pin(async { Answer::Nobody })
    }

    fn present(&self) -> bool {
        false
    }

    fn person(&self) -> Option<&str> {
        self.person.as_deref()
    }
}

/// Shows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn record(&mut self, _: &Plan, _: &Record) {}

    fn progress(&mut self, _: &Plan, _: Progress<'_>) {}
}
