//! A gate as a plan has it: who must say yes, until when, and what it leaves where they don't.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::GateIx;
use crate::text::time::Millis;

/// A gate: named functions approve this exact act before a deadline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Gate {
    /// The id of the step it guards, `sign-off`, or `stand-down`.
    pub id: String,
    /// Functions that must each be covered by a distinct person; already tightened to the policy's floor.
    pub functions: Vec<String>,
    /// Least number of distinct people; at least `functions.len()`.
    pub people: u16,
    /// Who may not vote.
    pub not: Vec<Excluded>,
    /// Time from opening to expiry.
    pub within: Millis,
    /// What an expired or denied gate leaves.
    pub on_timeout: Fallback,
    /// Whether a vote needs a touch of the voter's hardware.
    #[serde(default, skip_serializing_if = "Touch::is_none")]
    pub touch: Touch,
    /// Where the act may be done without its approval: the gate at which those who were skipped countersign afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<GateIx>,
}

/// Whether a vote needs a person at the hardware that holds the key, so that no program can give it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Touch {
    /// Any key.
    #[default]
    None,
    /// A key in hardware that was touched.
    Touch,
    /// Touched, and a PIN or a fingerprint given.
    Pin,
}

impl Touch {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    const fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

/// Who may not vote at a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Excluded {
    /// Everyone who ever held the run's lease or gave an argument or an attestation.
    Operator,
    /// Whoever made the fix.
    FixAuthor,
}

/// What an expired or denied gate leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Fallback {
    /// The automation's `[stop]` holds, applied and probed before the gate opened; the run goes on.
    ReadOnly,
    /// An item with an owner; the run can't close until it is done under a new gate or dropped with a reason.
    Queue,
    /// On without it; what depends on it is blocked.
    Cancel,
}
