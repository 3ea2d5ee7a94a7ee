//! How a drill was played, computed from its records alone, so that anybody can compute it again.
//!
//! Owns the ten dimensions with their weights and red lines, what was met, missed, late or out of order, and the rating.
//! A drill that somebody thinks was played better is one whose records say something else. Pure: records in, numbers out.

mod came;
mod happenings;
mod html;
mod judge;
mod tell;
mod timeline;

pub use html::html;
pub use tell::{Remark, compared, json, lines};

use crate::model::word::Word as _;
use crate::plan::Plan;
use crate::plan::rehearsal::{Dimension, Rehearsal};
use crate::run::record::Record;
use crate::text::time::{Instant, Millis};

/// The version of the rules below. Scores of different versions are not compared.
pub const RULES: u32 = 2;

/// A drill's score.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// What was practised.
    pub rehearsal: Rehearsal,
    /// Its digest; drills with the same one can be compared.
    pub digest: String,
    /// The run; none when it was never declared.
    pub run: Option<String>,
    /// P, S, M or U.
    pub rating: Rating,
    /// 0 to 100, of what was exercised.
    pub sum: u32,
    /// The ten.
    pub dimensions: Vec<Scored>,
    /// What fails the drill whatever the sum, a sentence each.
    pub red_lines: Vec<String>,
    /// Expectations.
    pub expected: Vec<Expected>,
    /// What must not have happened and did.
    pub broken: Vec<Broken>,
    /// Traps that were believed.
    pub believed: Vec<Believed>,
    /// The raw times.
    pub times: Times,
}

/// Performed without challenges, with some, with major ones, or unable to be performed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rating {
    /// 85 and more, and no red line.
    Performed,
    /// 70 to 84.
    Some,
    /// 50 to 69.
    Major,
    /// Less, or a red line.
    Unable,
}

impl Rating {
    /// One letter.
    #[must_use]
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Performed => "P",
            Self::Some => "S",
            Self::Major => "M",
            Self::Unable => "U",
        }
    }

    /// What the letter means.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Performed => "performed without challenges",
            Self::Some => "performed with some challenges",
            Self::Major => "performed with major challenges",
            Self::Unable => "unable to be performed",
        }
    }
}

/// One dimension.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// Which.
    pub dimension: Dimension,
    /// Its weight among the hundred.
    pub weight: u32,
    /// Points of the weight; none when it was not exercised, and then its weight does not count.
    pub points: Option<f64>,
    /// Why, in one line.
    pub says: String,
}

impl Scored {
    /// Whether less than half of its weight was reached.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.points.is_some_and(|p| p < f64::from(self.weight) / 2.0)
    }
}

/// What became of an expectation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Its id.
    pub id: String,
    /// Its dimension.
    pub dimension: Dimension,
    /// When it happened first, from the beginning.
    pub at: Option<Millis>,
    /// How it stands.
    pub standing: Standing,
    /// Whether it fails the drill unless it is met.
    pub red_line: bool,
}

/// How an expectation stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// As expected.
    Met,
    /// It came, so much too late.
    Late(Millis),
    /// It came after another one that it should have preceded.
    OutOfOrder(String),
    /// It did not come.
    Missed,
}

/// A trap that somebody believed: it came in, and then something happened that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Believed {
    /// The inject.
    pub trap: String,
    /// The expectation that was not met, or what is forbidden and was done.
    pub by: String,
    /// The dimension whose points it costs.
    pub dimension: Dimension,
}

/// Something forbidden that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Its id.
    pub id: String,
    /// The dimension that it costs half of.
    pub dimension: Dimension,
    /// Why it must not happen.
    pub why: String,
    /// When, from the beginning.
    pub at: Millis,
    /// Whether it fails the drill.
    pub red_line: bool,
}

/// The raw times, from the beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// The first inject.
    pub first_inject: Millis,
    /// The declaration.
    pub declared: Option<Millis>,
    /// The first act that lowers autonomy.
    pub first_action: Option<Millis>,
    /// Proven containment.
    pub contained: Option<Millis>,
    /// The first judgement of a person.
    pub judged: Option<Millis>,
    /// The last record.
    pub ended: Option<Millis>,
    /// Acts of the automation that reached the outside after the first inject, where the scenario says how often it acts.
    pub effects: Option<u64>,
}

/// The weight of a dimension; they come to a hundred.
#[must_use]
pub const fn weight(dimension: Dimension) -> u32 {
    match dimension {
        Dimension::Containment => 20,
        Dimension::Statements | Dimension::Record => 5,
        Dimension::Declare
        | Dimension::FirstAction
        | Dimension::Order
        | Dimension::Severity
        | Dimension::Approvals
        | Dimension::Clocks
        | Dimension::Recovery => 10,
    }
}

impl Score {
    /// Of the records of a drill; none when they are not those of a drill that was played from a scenario.
    #[must_use]
    pub fn of(records: &[Record]) -> Option<Self> {
        let start = records.first()?.detail.start.as_ref()?;
        let rehearsal = start.rehearsal.as_deref()?;
        Some(judge::judge(rehearsal, &start.plan, records))
    }

    /// Of a drill that nobody declared.
    #[must_use]
    pub fn undeclared(rehearsal: &Rehearsal, plan: &Plan) -> Self {
        judge::judge(rehearsal, plan, &[])
    }

    /// Whether something is failed: an expectation that is not met, something forbidden that happened, a trap that was
    /// believed, or a dimension with less than half of its points.
    #[must_use]
    pub fn fails(&self, name: &str) -> bool {
        self.expected.iter().any(|e| e.id == name && e.standing != Standing::Met)
            || self.broken.iter().any(|b| b.id == name)
            || self.believed.iter().any(|b| b.trap == name)
            || self.dimensions.iter().any(|d| d.dimension.word() == name && d.failed())
    }
}

/// A time since the beginning of a drill.
fn since(rehearsal: &Rehearsal, at: Instant) -> Millis {
    at.since(rehearsal.begins)
}
