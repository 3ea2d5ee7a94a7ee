//! What will be practised: a scenario resolved against the plan of its runbook.
//!
//! Owns the types that a drill's record keeps whole, so that anybody can score it without the file, and the players of
//! `--auto`, who are no part of what is practised. Must not play, and must not judge.

use std::collections::BTreeMap;

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FactValue, RowIx};
pub use crate::model::scenario::{Ballot, Channel, Dimension, FaultKind, Happening, How, Moment, Pick};
use crate::text::canon::{canonical, sha256_hex};
use crate::text::safe;
use crate::text::time::{Instant, Millis};

mod at_work;
mod ground;
mod mark;
mod player;
mod resolve;

pub use at_work::at_work;
pub use ground::{Ground, NoGround, Staging, Where};
pub use mark::{MARK, marked, marked_step};
pub use player::{GivenVote, Player, Said};
pub use resolve::{Resolved, resolve};

/// The format of [`Rehearsal`] as stored in the journal.
pub const REHEARSAL_FORMAT: u32 = 1;

/// The name of what takes in pages, notices, tickets and statements of a drill in a real environment where aigov.toml names
/// nothing for them: a desk in memory. Nobody can write a provider of this name.
pub const DESK: &str = "drill.desk";

/// A scenario, resolved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Rehearsal {
    /// [`REHEARSAL_FORMAT`].
    pub format: u32,
    /// Its name, such as `gameday/invented-policy`.
    pub scenario: String,
    /// What it is called.
    pub title: String,
    /// The real incidents it is made from.
    pub based_on: Vec<String>,
    /// What the players are to show.
    pub objectives: Vec<String>,
    /// The word by which anybody ends it.
    pub abort_word: String,
    /// The level that is right, where the scenario says.
    pub severity: Option<String>,
    /// What may take how long.
    pub limits: Limits,
    /// Role to person.
    pub roles: BTreeMap<String, String>,
    /// What is measured.
    pub signals: Vec<Signal>,
    /// What comes in, in the order of time.
    pub injects: Vec<Inject>,
    /// Who is not there.
    pub absences: Vec<Absence>,
    /// What breaks.
    pub faults: Vec<Fault>,
    /// What is expected.
    pub expectations: Vec<Expectation>,
    /// What must not happen.
    pub forbidden: Vec<Forbidden>,
    /// What chance begins from.
    pub seed: u64,
    /// When it began.
    pub begins: Instant,
    /// Who played it where nobody did; none with people.
    pub player: Option<String>,
    /// Where it takes place; none in a record of before this was written down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub played: Option<Where>,
    /// How many times as fast as the world its time goes; 1 where nothing is said.
    #[serde(default = "as_fast", skip_serializing_if = "is_as_fast")]
    pub speed: u32,
}

/// As fast as the world.
const fn as_fast() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde asks for")]
const fn is_as_fast(speed: &u32) -> bool {
    *speed == 1
}

/// What may take how long.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Limits {
    /// From the first inject to the declaration.
    pub declared: Option<Millis>,
    /// From the declaration to the first act that lowers.
    pub first_action: Option<Millis>,
    /// From the first inject to proven containment.
    pub contained: Option<Millis>,
    /// From the first inject to the first judgement of a person.
    pub clock_started: Option<Millis>,
    /// How many acts of the automation may reach the outside after the first inject.
    pub effects: Option<u64>,
    /// How often it acts while nothing holds it.
    pub effect_every: Option<Millis>,
    /// When it ends.
    pub duration: Millis,
}

/// What is measured from a time on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Signal {
    /// The automation's signal.
    pub signal: String,
    /// Its value.
    pub value: f64,
    /// Observations behind it.
    pub samples: Option<u64>,
    /// What it was before.
    pub baseline: Option<f64>,
    /// What mends it.
    pub mended: Option<Turn>,
    /// What makes it worse.
    pub worse: Option<Turn>,
}

/// Another value, once a step was done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Turn {
    /// The value.
    pub to: f64,
    /// The step.
    pub by: String,
}

/// Something that comes in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Inject {
    /// Its id.
    pub id: String,
    /// When, from the beginning.
    pub at: Millis,
    /// By which way.
    pub channel: Channel,
    /// To whom: roles.
    pub to: Vec<String>,
    /// What it says, in visible escaped form.
    pub text: String,
    /// Whether nothing in it may be believed.
    pub untrusted: bool,
    /// Whether believing it costs points.
    pub trap: bool,
    /// Only in this state.
    pub when: Option<Moment>,
    /// What is measured from then on.
    pub signals: Vec<Signal>,
    /// Where the text is the game master's alone: what was sealed, and the digest of what will come out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<Sealed>,
}

/// A text that only the game master can open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Sealed {
    /// The age file, in its ASCII form.
    pub age: String,
    /// SHA-256 of what is in it.
    pub sha256: String,
}

/// How many characters of chance stand before a text that is sealed, so that nobody can guess it by its digest.
const SALT: usize = 32;

/// The text of what was sealed, without what stands before it.
#[must_use]
pub fn unsealed(whole: &str) -> &str {
    whole.get(SALT..).unwrap_or_default()
}

/// Somebody who is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Absence {
    /// The person.
    pub person: String,
    /// From when on, from the beginning.
    pub from: Millis,
    /// Until when; none for good.
    pub until: Option<Millis>,
    /// In which way.
    pub how: How,
}

impl Absence {
    /// Whether it holds at a time from the beginning.
    #[must_use]
    pub fn at(&self, since: Millis) -> bool {
        self.from <= since && self.until.is_none_or(|until| since < until)
    }
}

/// Something that breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Fault {
    /// Its id.
    pub id: String,
    /// In this provider; none for any.
    pub provider: Option<String>,
    /// At this step; none for any.
    pub step: Option<String>,
    /// From when on, from the beginning.
    pub at: Millis,
    /// How long; none for good.
    pub lasts: Option<Millis>,
    /// How many calls it spoils; none for all.
    pub times: Option<u64>,
    /// What breaks.
    pub kind: FaultKind,
    /// How far a clock is off.
    pub by: Option<Millis>,
}

impl Fault {
    /// Whether its time is now.
    #[must_use]
    pub fn on(&self, since: Millis) -> bool {
        self.at <= since && self.lasts.is_none_or(|lasts| since.0 < self.at.0.saturating_add(lasts.0))
    }
}

/// What is expected of the players.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Expectation {
    /// Its id.
    pub id: String,
    /// What is to happen.
    pub event: Happening,
    /// To what.
    pub about: Option<String>,
    /// By when, from the beginning.
    pub by: Option<Millis>,
    /// Before which other expectations.
    pub before: Vec<String>,
    /// Its weight in its dimension.
    pub weight: u64,
    /// Traps that somebody believed where it is not met.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traps: Vec<String>,
    /// Whether the drill is failed without it.
    pub red_line: bool,
}

/// What must not happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Forbidden {
    /// Its id.
    pub id: String,
    /// What must not happen.
    pub event: Happening,
    /// To what.
    pub about: Option<String>,
    /// Words that must not be said.
    pub says: Option<String>,
    /// Why not.
    pub why: String,
    /// Traps that somebody believed where it happens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traps: Vec<String>,
    /// Whether the drill is failed by it.
    pub red_line: bool,
}

impl Rehearsal {
    /// Digest of what is practised: two drills with the same one can be compared. Who played, when, and what chance
    /// began from are no part of it.
    ///
    /// # Errors
    /// A number that is not finite.
    pub fn digest(&self) -> Result<String, serde_json::Error> {
        let mut whole = serde_json::to_value(self)?;
        if let Some(map) = whole.as_object_mut() {
            for key in ["seed", "begins", "player", "played", "speed", "title", "based_on", "objectives"] {
                map.remove(key);
            }
        }
        Ok(sha256_hex(&canonical(&whole)?))
    }

    /// What this drill touched, for the first words of everything that is printed of it.
    #[must_use]
    pub fn touched(&self) -> String {
        match &self.played {
            None => "nothing in production was touched".to_owned(),
            Some(Where::Memory | Where::Sandbox) => "nothing real was touched".to_owned(),
            Some(Where::Staging(name)) => format!("only {} was touched", safe::line(name)),
        }
    }

    /// Whether a fault is played where this takes place: what is real breaks by itself, or not at all. What is this program's
    /// own, its clock and its remote, is played everywhere.
    #[must_use]
    pub const fn plays(&self, fault: &Fault) -> bool {
        let own = matches!(fault.kind, FaultKind::ClockSkew | FaultKind::RemoteDown);
        own || !matches!(self.played, Some(Where::Staging(_)))
    }

    /// Which faults are not played where this takes place, in one sentence; none where every one is.
    #[must_use]
    pub fn unplayed(&self) -> Option<String> {
        let of = self.faults.iter().filter(|f| !self.plays(f));
        let ids: Vec<String> = of.map(|f| safe::line(&f.id)).collect();
        let count = match ids.len() {
            0 => return None,
            1 => "1 fault of the scenario is".to_owned(),
            n => format!("{n} faults of the scenario are"),
        };
        Some(format!("{count} not played here, because its systems are real: {}", ids.join(", ")))
    }

    /// An inject by its id.
    #[must_use]
    pub fn inject(&self, id: &str) -> Option<&Inject> {
        self.injects.iter().find(|i| i.id == id)
    }

    /// How a person is absent at a time from the beginning; none when they are there.
    #[must_use]
    pub fn absent(&self, person: &str, since: Millis) -> Option<How> {
        self.absences.iter().find(|a| a.person == person && a.at(since)).map(|a| a.how)
    }

    /// When the first thing came in, from the beginning.
    #[must_use]
    pub fn first_inject(&self) -> Millis {
        self.injects.iter().map(|i| i.at).min().unwrap_or_default()
    }
}
