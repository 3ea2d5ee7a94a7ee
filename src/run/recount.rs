//! A run's gates counted again from its records alone: whether each vote that counted does count, whether what was granted
//! was granted by enough people, and whether anything was done that no gate let pass.
//!
//! Owns what somebody with only the record can say of its approvals. Asks the same functions as the run did. Must not look
//! at git: which key signed what is told by whoever can check it.

use std::collections::BTreeSet;

use super::asked::{self, Moment};
use super::attest::{self, Attestable};
use super::count::count;
use super::event::Event;
use super::ledger::{Ledger, OpenGate};
use super::record::{Record, Vote};
use super::state::State;
use crate::approval::Tally;
use crate::plan::{GateIx, Plan, Votes, break_glass};

pub use super::count::Check;

/// Something to be said of the place of a record.
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
    /// What passed on names alone, because the plan counts unsigned votes: a sentence each.
    pub named: Vec<Wrong>,
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
        if plan.votes == Votes::Unsigned
            && let Some(says) = on_a_name(plan, record.event)
        {
            found.named.push(Wrong { seq: record.seq, says });
        }
        let mut wrong = |says: String| found.wrong.push(Wrong { seq: record.seq, says });
        match record.event {
            Event::VoteCounted { gate } => match (&ledger.gate, &record.detail.vote) {
                (Some(open), Some(vote)) if open.gate == gate => {
                    match of_vote(plan, &ledger, open, vote, record, check) {
                        Ok(signed) => found.signed += u64::from(signed),
                        Err(says) => wrong(says),
                    }
                }
                _ => wrong("a vote was counted where no gate is open".to_owned()),
            },
            Event::GateOpened { gate } => {
                let longer = |(of, before)| of == gate && record.detail.deadline.is_some_and(|now| now > before);
                if ledger.kept.is_some_and(longer) {
                    wrong("its gate has more time than before the run was taken over".to_owned());
                }
            }
            Event::ReviewVoted { gate } => match (ledger.reviews.get(&gate), &record.detail.vote) {
                (Some(review), Some(vote)) => match of_vote(plan, &ledger, &review.open, vote, record, check) {
                    Ok(signed) => found.signed += u64::from(signed),
                    Err(says) => wrong(says),
                },
                _ => wrong("somebody countersigned where nothing is to be countersigned".to_owned()),
            },
            Event::CheckAttested { check: of } if plan.votes == Votes::Signed => {
                match (attest::of(plan, &ledger, of), &record.detail.vote) {
                    (Some(open), Some(vote)) => match of_attestation(&open, &ledger, vote, record, check) {
                        Ok(()) => found.signed += 1,
                        Err(says) => wrong(says),
                    },
                    _ => wrong("a check was taken as passed, and nobody signed that they vouch for it".to_owned()),
                }
            }
            Event::Reviewed { gate } => {
                let enough = ledger.reviews.get(&gate).is_some_and(|review| {
                    let at = Moment::recorded(plan, record.at, true);
                    matches!(count(plan, &ledger, &review.open, at, check), Tally::Granted { .. })
                });
                if !enough {
                    wrong("a review was closed, and not enough of those who were skipped had countersigned".to_owned());
                }
            }
            Event::GlassBroken { gate } => match break_glass::allowed(plan, gate) {
                Ok(_) => drop(passed.insert(gate)),
                Err(why) => wrong(format!("it went ahead without its approval, and {why}")),
            },
            Event::GateGranted { gate } => match &ledger.gate {
                Some(open) if open.gate == gate => {
                    match count(plan, &ledger, open, Moment::recorded(plan, record.at, true), check) {
                        Tally::Granted { .. } => found.granted += 1,
                        Tally::Denied { by } => wrong(format!("the gate was granted, and {by} denied it")),
                        Tally::Missing { functions, people } => wrong(format!(
                            "the gate was granted, and {people} more people were needed{}",
                            if functions.is_empty() {
                                String::new()
                            } else {
                                format!(", for {}", functions.join(", "))
                            }
                        )),
                    }
                }
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

/// What a record let pass on names alone.
fn on_a_name(plan: &Plan, event: Event) -> Option<String> {
    let gate = |ix: GateIx| plan.gates.get(ix.ix()).map_or("?", |g| g.id.as_str());
    match event {
        Event::GateGranted { gate: ix } => Some(format!("gate {} was passed by names only: nobody signed", gate(ix))),
        Event::Reviewed { gate: ix } => Some(format!("{} was countersigned by names only: nobody signed", gate(ix))),
        Event::CheckAttested { check } => {
            let id = plan.checks.get(check.ix()).map_or("?", |c| c.id.as_str());
            Some(format!("check {id} was taken as passed on a name only: nobody signed"))
        }
        _ => None,
    }
}

/// Whether somebody's signed word for a check counts; why not, in words.
fn of_attestation(
    of: &Attestable,
    ledger: &Ledger,
    vote: &Vote,
    record: &Record,
    check: Check<'_>,
) -> Result<(), String> {
    let namespace = asked::namespace(&of.plan, ledger, of.open.gate);
    let (said, looked) = asked::opened(vote.clone(), of.plan.votes, check, namespace);
    if said != *vote || record.detail.person.as_ref() != Some(&vote.person) {
        return Err("the word beside the signed text is another than the text".to_owned());
    }
    let at = Moment::recorded(&of.plan, record.at, false);
    match of.refusal(ledger, &said, &looked, at) {
        Some(why) => Err(format!("the word of {} for a check was taken, and does not count: {why}", vote.person)),
        None => Ok(()),
    }
}

/// Whether a vote that was counted is signed and counts; why not, in words.
fn of_vote(
    plan: &Plan,
    ledger: &Ledger,
    open: &OpenGate,
    vote: &Vote,
    record: &Record,
    check: Check<'_>,
) -> Result<bool, String> {
    let namespace = asked::namespace(plan, ledger, open.gate);
    let (said, looked) = asked::opened(vote.clone(), plan.votes, check, namespace);
    if said != *vote {
        return Err("the vote beside the signed text says something else than the text".to_owned());
    }
    // Whoever proposed the text that waits said yes to it before the gate opened again: that word was seen then.
    let again = ledger.proposer.as_ref() == Some(vote);
    let at = Moment::recorded(plan, record.at, again);
    match asked::held_against(plan, ledger, open, &said, &looked, at) {
        Some(reason) => Err(format!("the vote of {} was counted, and does not count: {reason}", vote.person)),
        None => Ok(looked.key().is_some()),
    }
}
