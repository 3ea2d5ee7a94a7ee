//! The count at a gate, from the votes themselves: whoever holds a run and whoever reads it later count by this one function.
//!
//! Owns who has no voice and which votes go into the tally. Checks no signature itself: it is handed whoever can.

use super::asked::{self, Moment};
use super::ledger::{Ledger, OpenGate, UNIDENTIFIED};
use super::record::{Decision, Vote};
use crate::approval::{BadSignature, Checked, Counted, Namespace, Requirement, Tally, tally};
use crate::plan::{Excluded, Gate, Plan, Votes};
use crate::text::time::Instant;

/// Checks a signature made for a namespace over a text.
pub type Check<'a> = &'a dyn Fn(Namespace, &[u8], &str) -> Result<Checked, BadSignature>;

/// Who has no voice at a gate.
#[must_use]
pub fn excluded<'l>(ledger: &'l Ledger, gate: &Gate) -> Vec<&'l str> {
    let mut excluded: Vec<&str> = ledger.holder().into_iter().collect();
    for group in &gate.not {
        match group {
            Excluded::Operator => excluded.extend(ledger.operators.iter().map(String::as_str)),
            Excluded::FixAuthor => excluded.extend(ledger.fix_authors.iter().map(String::as_str)),
        }
    }
    excluded
}

/// Counts the votes at a gate anew: where only signed votes count, from what was signed, whatever the record says of it.
#[must_use]
pub fn count(plan: &Plan, ledger: &Ledger, open: &OpenGate, at: Moment<'_>, check: Check<'_>) -> Tally {
    let gate = plan.gate(open.gate);
    let votes: Vec<Counted> = open.votes.iter().filter_map(|v| counted(plan, ledger, open, v, at, check)).collect();
    tally(&Requirement::from(gate), &votes, &excluded(ledger, gate))
}

fn counted(
    plan: &Plan,
    ledger: &Ledger,
    open: &OpenGate,
    vote: &Vote,
    at: Moment<'_>,
    check: Check<'_>,
) -> Option<Counted> {
    let namespace = asked::namespace(plan, ledger, open.gate);
    let (vote, looked) = asked::opened(vote.clone(), plan.votes, check, namespace);
    let person = plan.roster.iter().find(|p| p.name == vote.person && p.serves(at.now))?;
    let mut functions = person.functions.clone();
    if plan.votes == Votes::Signed {
        let at = Moment { again: true, ..at };
        if asked::held_against(plan, ledger, open, &vote, &looked, at).is_some() {
            return None;
        }
        let now = at.roster.ok().and_then(|all| all.iter().find(|p| p.name == vote.person));
        functions.retain(|f| now.is_some_and(|p| p.functions.contains(f)));
    }
    Some(Counted { person: vote.person, functions, yes: vote.decision != Decision::Deny, key: looked.key() })
}

/// Whoever could say yes or no at an open gate now: of the roster, serving, with a voice there.
#[must_use]
pub fn asked<'p>(plan: &'p Plan, ledger: &Ledger, open: &OpenGate, now: Instant) -> Vec<&'p str> {
    let gate = plan.gate(open.gate);
    let excluded = excluded(ledger, gate);
    let entitled =
        |functions: &[String]| gate.functions.is_empty() || functions.iter().any(|f| gate.functions.contains(f));
    let all = plan.roster.iter().filter(|p| p.serves(now) && entitled(&p.functions)).map(|p| p.name.as_str());
    all.filter(|name| *name != UNIDENTIFIED && !excluded.contains(name)).collect()
}
