//! The players of `--auto`: what they answer, choose and vote, resolved.

use litemap::LiteMap;

use super::{Ballot, FactValue, Pick, RowIx};
use crate::text::time::Millis;

/// How long a player takes to declare the run who does not say.
const DECLARES: Millis = Millis::from_secs(45);
/// How long an answer takes.
const ANSWERS: Millis = Millis::from_secs(20);
/// How long an approver takes who is there.
const APPROVERS: Millis = Millis::from_secs(120);

/// Somebody who plays where nobody does.
#[derive(Clone, Debug, PartialEq)]
pub struct Player {
    /// What they are called.
    pub id: String,
    /// What they show.
    pub about: String,
    /// Who of the roster they are.
    pub person: String,
    /// From the first inject to the declaration.
    pub declares_after: Millis,
    /// How long each answer takes.
    pub answers_after: Millis,
    /// How long an approver takes who is there.
    pub approvers_take: Millis,
    /// What they say to facts and checks, by id; others are not known to them.
    pub answers: LiteMap<String, Said>,
    /// The row they confirm instead of the proposed one.
    pub severity: Option<RowIx>,
    /// What they choose for a step that did not pass, in order.
    pub choices: Vec<Pick>,
    /// Who they say made the fix.
    pub fix_author: String,
    /// Whether they ask to stand down instead of confirming.
    pub stands_down: bool,
    /// Whether they end the run, autonomy low, instead of confirming.
    pub abandons: bool,
    /// Votes that differ.
    pub votes: Vec<GivenVote>,
    /// For what the drill is failed, played so.
    pub fails: Vec<String>,
}

/// What a player says to a question.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// A value.
    Value(FactValue),
    /// That they do not know.
    NotKnown,
    /// Nothing, until its time is over.
    Nothing,
}

/// A vote that differs from what an approver does otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct GivenVote {
    /// Who.
    pub person: String,
    /// At which gate; none for any.
    pub gate: Option<String>,
    /// What they say.
    pub says: Ballot,
    /// How long after the gate opened; none for as long as any approver takes.
    pub after: Option<Millis>,
    /// Other text, where they propose it.
    pub text: Option<String>,
}

impl Player {
    /// Somebody who does what the program proposes, as the person named.
    #[must_use]
    pub fn named(id: &str, person: &str) -> Self {
        Self {
            id: id.to_owned(),
            about: String::new(),
            person: person.to_owned(),
            declares_after: DECLARES,
            answers_after: ANSWERS,
            approvers_take: APPROVERS,
            answers: LiteMap::new(),
            severity: None,
            choices: vec![Pick::Retry, Pick::ByHand, Pick::Attest, Pick::Skip],
            fix_author: "outside: the vendor".to_owned(),
            stands_down: false,
            abandons: false,
            votes: Vec::new(),
            fails: Vec::new(),
        }
    }

    /// The vote of a person at a gate, where it differs.
    #[must_use]
    pub fn vote(&self, person: &str, gate: &str) -> Option<&GivenVote> {
        self.votes.iter().find(|v| v.person == person && v.gate.as_deref().is_none_or(|g| g == gate))
    }
}
