//! A run's gates counted again from its records alone: whether each vote that counted does count, whether what was granted
//! was granted by enough people, and whether anything was done that no gate let pass.
//!
//! Owns what somebody with only the record can say of its approvals. Asks the same functions as the run did. Must not look
//! at git: which key signed what is told by whoever can check it.

use std::collections::BTreeSet;

use super::asked::{self, Moment};
use super::event::Event;
use super::ledger::{Ledger, OpenGate};
use super::record::{Decision, Record};
use super::state::State;
use crate::approval::{BadSignature, Checked, Counted, Namespace, Requirement, Tally, tally};
use crate::plan::{Excluded, GateIx, Plan, Votes};
use crate::text::time::Instant;

/// Checks a signature made for a namespace over a text.
pub type Check<'a> = &'a dyn Fn(Namespace, &[u8], &str) -> Result<Checked, BadSignature>;

/// Something that the record can't have come to by itself, at the place of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The record.
    pub seq: u64,
    /// One line.
    pub says: String,
}

/// What was counted again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recount {
    /// Votes whose signature was checked and that count.
    pub signed: u64,
    /// Gates that enough people let pass.
    pub granted: u64,
    /// What does not hold, in order.
    pub wrong: Vec<Wrong>,
}

/// Counts again. The roster is the one recorded when the run began; what was revoked since is not known here.
#[must_use]
pub fn recount(plan: &Plan, records: &[Record], check: Check<'_>) -> Recount {
    let mut found = Recount::default();
    let mut state = State::new(plan);
    let mut ledger = Ledger::default();
    let mut passed: BTreeSet<GateIx> = BTreeSet::new();
    for record in records {
        let mut wrong = |says: String| found.wrong.push(Wrong { seq: record.seq, says });
        match record.event {
            Event::VoteCounted { gate } => match (&ledger.gate, &record.detail.vote) {
                (Some(open), Some(vote)) if open.gate == gate => {
                    let namespace = asked::namespace(plan, &ledger, gate);
                    let (said, looked) = asked::opened(vote.clone(), plan.votes, check, namespace);
                    let at = Moment { now: record.at, roster: Ok(&plan.roster), again: false };
                    if said != *vote {
                        wrong("the vote beside the signed text says something else than the text".to_owned());
                    }
                    match asked::held_against(plan, &ledger, open, &said, &looked, at) {
                        Some(reason) => {
                            wrong(format!("the vote of {} was counted, and does not count: {reason}", vote.person));
                        }
                        None => found.signed += u64::from(looked.key().is_some()),
                    }
                }
                _ => wrong("a vote was counted where no gate is open".to_owned()),
            },
            Event::GateGranted { gate } => match &ledger.gate {
                Some(open) if open.gate == gate => match count(plan, &ledger, open, record.at, check) {
                    Tally::Granted { .. } => found.granted += 1,
                    Tally::Denied { by } => wrong(format!("the gate was granted, and {by} denied it")),
                    Tally::Missing { functions, people } => wrong(format!(
                        "the gate was granted, and {people} more people were needed{}",
                        if functions.is_empty() { String::new() } else { format!(", for {}", functions.join(", ")) }
                    )),
                },
                _ => wrong("a gate was granted that is not open".to_owned()),
            },
            Event::GateConsumed { gate } => drop(passed.insert(gate)),
            Event::GateDenied { gate } | Event::GateExpired { gate } | Event::GateVoided { gate, .. } => {
                passed.remove(&gate);
            }
            Event::StepIntended { step } => {
                let gate = plan.steps.get(step.ix()).and_then(|s| s.gate);
                if gate.is_some_and(|gate| !passed.contains(&gate)) {
                    wrong("it was done, and its gate had not let it pass".to_owned());
                }
            }
            _ => {}
        }
        if let Err(e) = ledger.fold(plan, record) {
            wrong(e.to_string());
            return found;
        }
        if let Err(e) = state.apply(plan, record.event) {
            wrong(format!("no run comes to this: {e}"));
            return found;
        }
    }
    found
}

/// The count at an open gate, from the votes themselves.
fn count(plan: &Plan, ledger: &Ledger, open: &OpenGate, now: Instant, check: Check<'_>) -> Tally {
    let gate = plan.gate(open.gate);
    let namespace = asked::namespace(plan, ledger, open.gate);
    let at = Moment { now, roster: Ok(&plan.roster), again: true };
    let mut counted = Vec::new();
    for vote in &open.votes {
        let (said, looked) = asked::opened(vote.clone(), plan.votes, check, namespace);
        let Some(person) = plan.roster.iter().find(|p| p.name == said.person && p.serves(now)) else { continue };
        if plan.votes == Votes::Signed && asked::held_against(plan, ledger, open, &said, &looked, at).is_some() {
            continue;
        }
        counted.push(Counted {
            person: said.person.clone(),
            functions: person.functions.clone(),
            yes: said.decision != Decision::Deny,
            key: looked.key(),
        });
    }
    let mut excluded: Vec<&str> = ledger.holder().into_iter().collect();
    for group in &gate.not {
        match group {
            Excluded::Operator => excluded.extend(ledger.operators.iter().map(String::as_str)),
            Excluded::FixAuthor => excluded.extend(ledger.fix_authors.iter().map(String::as_str)),
        }
    }
    tally(&Requirement::from(gate), &counted, &excluded)
}
