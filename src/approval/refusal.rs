//! Why a vote does not count, by name, so that the person who gave it is told.

use std::fmt;

use super::Requirement;
use crate::plan::{Excluded, Gate, Plan, Votes};
use crate::text::safe::is_plain;
use crate::text::time::Instant;

/// What a vote says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Say {
    /// Yes, to exactly this act.
    Approve,
    /// No.
    Deny,
    /// Yes, to this act with other text.
    Amend,
}

/// A vote as it arrived.
#[derive(Clone, Copy, Debug)]
pub struct Ballot<'a> {
    /// Unique per vote.
    pub nonce: &'a str,
    /// The run it names.
    pub run: &'a str,
    /// The gate it names.
    pub gate: &'a str,
    /// Digest of the act as it was shown.
    pub act: &'a str,
    /// Digest of the run's last record when it was shown.
    pub head: &'a str,
    /// Who.
    pub person: &'a str,
    /// What it says.
    pub say: Say,
    /// The text proposed with an amendment.
    pub text: Option<&'a str>,
    /// When, by the voter's clock.
    pub at: Instant,
    /// Whether a signature over it was checked.
    pub signed: bool,
}

/// What a vote is held against: the gate as it stands open.
#[derive(Clone, Copy)]
pub struct Circumstances<'a> {
    /// The plan recorded when the run began; its roster is the one that counts.
    pub plan: &'a Plan,
    /// The run.
    pub run: &'a str,
    /// The open gate.
    pub gate: &'a Gate,
    /// Digest of the act as prepared.
    pub act: &'a str,
    /// When the gate closes.
    pub deadline: Instant,
    /// Now, by the clock of the run's holder.
    pub now: Instant,
    /// Whether a record digest lies in the run's record at or after the act's preparation.
    pub knows_head: &'a dyn Fn(&str) -> bool,
    /// Whether a nonce was seen before in this run.
    pub used: &'a dyn Fn(&str) -> bool,
    /// Who asks: whoever holds the run now. Nobody approves what they ask for themselves.
    pub asker: Option<&'a str>,
    /// Everyone who ever held the run's lease or gave an argument or an attestation.
    pub operators: &'a dyn Fn(&str) -> bool,
    /// Whether somebody was named as having made the fix.
    pub fix_authors: &'a dyn Fn(&str) -> bool,
    /// Whether this person's yes to this very act was counted already.
    pub said_yes: &'a dyn Fn(&str) -> bool,
    /// Whether the act carries text that can be amended.
    pub amendable: bool,
}

/// Why a vote does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It names another run.
    WrongRun,
    /// It names another gate than the one that is open.
    WrongGate,
    /// It has been seen before.
    NonceUsed,
    /// Nobody of this name is in the run's roster.
    UnknownPerson,
    /// Only signed votes count here.
    Unsigned,
    /// Whoever asks doesn't answer.
    OwnRequest,
    /// An operator of this run, where the gate excludes them.
    Operator,
    /// Whoever made the fix, where the gate excludes them.
    FixAuthor,
    /// None of the gate's functions.
    NotEntitled {
        /// The functions that have a say.
        needs: Vec<String>,
    },
    /// It was given for another act than the one that waits.
    WrongAct,
    /// The record it was given on is not this run's, or older than the act.
    HeadNotKnown,
    /// The roster counts their votes at another time.
    NotServing,
    /// The deadline has passed.
    TooLate,
    /// The same person has approved already.
    AlreadyApproved,
    /// There is no text to amend.
    NothingToAmend,
    /// It holds characters that a reader could not see.
    Unprintable,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongRun => f.write_str("it names another run"),
            Self::WrongGate => f.write_str("it names a gate that is not the open one"),
            Self::NonceUsed => f.write_str("this vote was seen before; each counts once"),
            Self::UnknownPerson => f.write_str("nobody of this name was in the roster when the run began"),
            Self::Unsigned => f.write_str("it is not signed, and only signed votes count in this workspace"),
            Self::OwnRequest => f.write_str("whoever asks for an approval can't give it"),
            Self::Operator => f.write_str("operators of this run are excluded at this gate"),
            Self::FixAuthor => f.write_str("whoever made the fix is excluded at this gate"),
            Self::NotEntitled { needs } => write!(f, "this gate asks for {}", needs.join(", ")),
            Self::WrongAct => f.write_str("it was given for another act than the one that waits now"),
            Self::HeadNotKnown => {
                f.write_str("it was given on a record that is not this run's since the act was prepared")
            }
            Self::NotServing => {
                f.write_str("people.toml does not count votes of this person today: see `from` and `until`")
            }
            Self::TooLate => f.write_str("the deadline had passed"),
            Self::AlreadyApproved => f.write_str("this person has approved already; each counts once"),
            Self::Unprintable => f.write_str("it holds characters that a reader could not see"),
            Self::NothingToAmend => f.write_str("this act carries no text that could be amended"),
        }
    }
}

/// Why this vote does not count, or none when it does. What identifies a vote is looked at first, then the voter, then
/// the act, so that the reason given is the one that a person can do something about.
#[must_use]
pub fn refusal(vote: &Ballot<'_>, of: &Circumstances<'_>) -> Option<Reason> {
    let words = [vote.nonce, vote.run, vote.gate, vote.act, vote.head, vote.person];
    let letter = vote.text.unwrap_or_default();
    if words.iter().any(|w| !w.chars().all(is_plain)) || !letter.chars().all(|c| c == '\n' || is_plain(c)) {
        return Some(Reason::Unprintable);
    }
    if vote.run != of.run {
        return Some(Reason::WrongRun);
    }
    if (of.used)(vote.nonce) {
        return Some(Reason::NonceUsed);
    }
    if vote.gate != of.gate.id {
        return Some(Reason::WrongGate);
    }
    let Some(person) = of.plan.roster.iter().find(|p| p.name == vote.person) else {
        return Some(Reason::UnknownPerson);
    };
    if of.plan.votes == Votes::Signed && !vote.signed {
        return Some(Reason::Unsigned);
    }
    if !person.serves(of.now) || !person.serves(vote.at) {
        return Some(Reason::NotServing);
    }
    if of.asker == Some(vote.person) {
        return Some(Reason::OwnRequest);
    }
    for excluded in &of.gate.not {
        match excluded {
            Excluded::Operator if (of.operators)(vote.person) => return Some(Reason::Operator),
            Excluded::FixAuthor if (of.fix_authors)(vote.person) => return Some(Reason::FixAuthor),
            Excluded::Operator | Excluded::FixAuthor => {}
        }
    }
    if !Requirement::from(of.gate).entitles(&person.functions) {
        return Some(Reason::NotEntitled { needs: of.gate.functions.clone() });
    }
    if of.now >= of.deadline || vote.at >= of.deadline {
        return Some(Reason::TooLate);
    }
    if vote.act != of.act {
        return Some(Reason::WrongAct);
    }
    if !(of.knows_head)(vote.head) {
        return Some(Reason::HeadNotKnown);
    }
    match vote.say {
        Say::Approve if (of.said_yes)(vote.person) => Some(Reason::AlreadyApproved),
        Say::Amend if !of.amendable || vote.text.is_none_or(|t| t.trim().is_empty()) => Some(Reason::NothingToAmend),
        Say::Approve | Say::Deny | Say::Amend => None,
    }
}

#[cfg(test)]
mod tests;
