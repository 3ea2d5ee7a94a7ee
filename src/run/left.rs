//! What somebody leaves for a run that another process holds: a note of a player, an order of the game master.
//!
//! Owns the stored form. Whoever holds the run takes each once and puts it on record; nothing here changes a run by itself.

use serde::{Deserialize, Serialize};

use super::record::PayloadRef;
use crate::model::scenario::Channel;
use crate::text::time::Instant;

/// Something left for a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// Unique.
    pub nonce: String,
    /// The run.
    pub run: String,
    /// Who says so; a name without a signature, and so nobody's word.
    pub by: String,
    /// When, by the clock of whoever left it.
    pub at: Instant,
    /// What.
    pub what: What,
}

/// What was left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// A note, kept apart.
    Note(PayloadRef),
    /// What the game master does; means nothing outside a drill.
    Master(Order),
}

/// What a game master does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// The next inject comes now.
    Next,
    /// Something that the scenario does not have: an outsider speaks.
    Say {
        /// By which way.
        channel: Channel,
        /// To whom.
        to: Vec<String>,
        /// What, as typed.
        text: String,
    },
    /// The time stands.
    Pause,
    /// The time goes on.
    Resume,
    /// An inject is left out.
    Skip(String),
    /// What a sealed inject says.
    Open {
        /// The inject.
        id: String,
        /// What was sealed, whole: its digest is the one that was pinned.
        sealed: String,
    },
    /// The abort word was said.
    Abort,
}
