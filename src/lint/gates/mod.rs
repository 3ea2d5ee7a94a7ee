//! Whoever must say yes exists, can be reached, and is somebody else.

use super::context::{Context, Planned};
use crate::approval::{Counted, Requirement, Tally, tally};
use crate::diag::Diagnostic;
use crate::plan::{Gate, Key, Person, Plan};
use crate::text::time::{Instant, Millis};

super::rule::rules! { gate, quorum, quorum_one_away, quorum_hours, quorum_excluded, fallback, ungated_impact, floor_missing, open_review, gate_within }

/// The gates that ask for functions: those of responses, and the sign-off.
fn asked(plan: &Plan) -> impl Iterator<Item = &Gate> {
    let of_steps = plan.steps.iter().filter_map(|s| s.gate);
    of_steps.chain(plan.sign_off).map(|ix| plan.gate(ix))
}

/// Who of the roster may vote today. Whoever has keys of which none counts today can not; whoever has none yet is told by
/// another rule.
fn serving<'p>(cx: &Context<'_>, plan: &'p Plan) -> Vec<&'p Person> {
    let today = Instant::of_day(cx.today).unwrap_or_default();
    let counts = |k: &Key| k.from.is_none_or(|from| from < today.plus(DAY)) && k.revoked.is_none_or(|r| today < r);
    let can = |p: &&Person| p.serves(today) && (p.keys.is_empty() || p.keys.iter().any(counts));
    plan.roster.iter().filter(can).collect()
}

const DAY: Millis = Millis::from_secs(24 * 3600);

/// Whether a gate is met when everybody but the excluded says yes.
fn granted(people: &[&Person], gate: &Gate, excluded: &[&str]) -> bool {
    met_by(&yes_of(people), gate, excluded).is_some()
}

/// Everybody says yes.
fn yes_of(people: &[&Person]) -> Vec<Counted> {
    let vote = |p: &&Person| Counted { person: p.name.clone(), functions: p.functions.clone(), yes: true, key: None };
    people.iter().map(vote).collect()
}

/// People whose votes alone meet a gate, no more of them than it needs; none where it is not met. While they are all
/// there it stays met, whoever else is away: so only their absence has to be tried.
fn met_by(votes: &[Counted], gate: &Gate, excluded: &[&str]) -> Option<Vec<String>> {
    let asked = Requirement::from(gate);
    let Tally::Granted { covered, also } = tally(&asked, votes, excluded) else { return None };
    let more = asked.people.saturating_sub(covered.len());
    Some(covered.into_iter().map(|(_, person)| person).chain(also.into_iter().take(more)).collect())
}

/// What a gate asks for, in words.
fn asks(gate: &Gate) -> String {
    let functions: Vec<String> = gate.functions.iter().map(|f| format!("`{f}`")).collect();
    match (functions.as_slice(), gate.people) {
        ([], 1) => "it asks for one person".to_owned(),
        ([], people) => format!("it asks for {people} people"),
        (functions, people) => format!("it asks for {people} with {}", functions.join(", ")),
    }
}

/// A problem at the place where a gate is written.
fn at(planned: &Planned<'_>, gate: &Gate, problem: Diagnostic) -> Diagnostic {
    let runbook = planned.runbook;
    let step = planned.written(&gate.id).and_then(|s| s.gate.as_ref());
    let sign_off = runbook.restore.as_ref().and_then(|r| r.sign_off.as_ref()).filter(|_| gate.id == "sign-off");
    match step.or(sign_off) {
        Some(gate) => problem.at(&runbook.source, gate.span, ""),
        None => problem,
    }
}
