//! What a kept drill says for whoever asks later whether a class of incident was practised: once read, one line.
//!
//! Owns the line. Must not say whether that is enough: the launch's list does.

use std::collections::BTreeMap;

use super::score::{Rating, Score};
use crate::model::runbook::Class;
use crate::model::word::Word as _;
use crate::run::record::Record;
use crate::text::time::Instant;

/// A drill that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drilled {
    /// Its run.
    pub run: String,
    /// What was practised.
    pub scenario: String,
    /// Digest of that.
    pub digest: String,
    /// The class of its runbook; none when this version knows no such class.
    pub class: Option<Class>,
    /// The runbook.
    pub runbook: String,
    /// The automation.
    pub automation: String,
    /// The environment.
    pub environment: String,
    /// When it began.
    pub at: Instant,
    /// How it was played.
    pub rating: Rating,
    /// Points of a hundred.
    pub sum: u32,
    /// Who led it.
    pub led_by: String,
    /// The scenario's player, where no people played.
    pub player: Option<String>,
    /// Digest of the runbook's file as it was then.
    pub file: Option<String>,
}

/// The path of a runbook's file in its workspace.
#[must_use]
pub fn path_of(runbook: &str) -> String {
    format!("runbooks/{runbook}.toml")
}

impl Drilled {
    /// From its records; none when they are not those of a drill that was played from a scenario.
    #[must_use]
    pub fn of(records: &[Record]) -> Option<Self> {
        let first = records.first()?;
        let start = first.detail.start.as_ref()?;
        let score = Score::of(records)?;
        let lead = records.iter().find_map(|r| r.detail.lease.as_ref()).map_or(&first.by, |l| &l.person);
        Some(Self {
            run: first.run.clone(),
            scenario: score.rehearsal.scenario.clone(),
            digest: score.digest,
            class: Class::ALL.iter().copied().find(|c| c.word() == start.plan.class),
            runbook: start.plan.runbook.clone(),
            automation: start.plan.automation.clone(),
            environment: start.plan.environment.clone(),
            at: score.rehearsal.begins,
            rating: score.rating,
            sum: score.sum,
            led_by: lead.clone(),
            player: score.rehearsal.player.clone(),
            file: start.files.get(&path_of(&start.plan.runbook)).cloned(),
        })
    }

    /// Whether it counts as passed.
    #[must_use]
    pub const fn passed(&self) -> bool {
        matches!(self.rating, Rating::Performed | Rating::Some)
    }

    /// Whether its runbook reads otherwise now, as far as the files' digests tell. A file that is gone has changed.
    #[must_use]
    pub fn changed(&self, now: &BTreeMap<String, String>) -> bool {
        self.file.as_ref() != now.get(&path_of(&self.runbook)) || self.file.is_none()
    }
}
