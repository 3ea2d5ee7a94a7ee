//! What of a run can be voted on: the open gate, and what waits to be countersigned.
//!
//! Owns finding it by name, and whether a vote of somebody would count there. Decides nothing: the one function that judges
//! votes is asked.

use super::context::Context;
use super::error::{CliError, Kind};
use crate::plan::{Gate, Plan};
use crate::run::asked::{Looked, Moment, held_against};
use crate::run::attest::{self, Attestable};
use crate::run::ledger::{Ledger, OpenGate};
use crate::run::record::{Decision, Vote};
use crate::text::safe;
use crate::text::suggest;

/// Everything that is open to votes: the gate first, then what waits to be countersigned.
pub(crate) fn open(ledger: &Ledger) -> impl Iterator<Item = &OpenGate> {
    ledger.gate.iter().chain(reviews(ledger))
}

/// What waits to be countersigned.
fn reviews(ledger: &Ledger) -> impl Iterator<Item = &OpenGate> {
    ledger.reviews.values().filter(|review| review.done.is_none()).map(|review| &review.open)
}

/// The check without a verdict that is meant: the one that is named, or the first where nothing else is open.
pub(crate) fn vouchable(plan: &Plan, ledger: &Ledger, asked: Option<&str>) -> Option<Attestable> {
    let nothing_else = || open(ledger).next().is_none();
    attest::all(plan, ledger).find(|of| asked.map_or_else(nothing_else, |asked| of.id() == asked))
}

/// The checks without a verdict for which this person's word would count now.
pub(crate) fn vouchable_by(cx: &Context, plan: &Plan, ledger: &Ledger, me: &str) -> Vec<Attestable> {
    let counts = |of: &Attestable| {
        let gate = of.plan.gates.get(of.open.gate.ix());
        gate.is_some_and(|gate| counts(cx, &of.plan, ledger, (&of.open, gate), me))
    };
    attest::all(plan, ledger).filter(counts).collect()
}

/// Where a vote of this person would count now. Whether they hold a key is asked when they vote.
pub(crate) fn of<'l>(cx: &Context, plan: &'l Plan, ledger: &'l Ledger, me: &str) -> Vec<(&'l OpenGate, &'l Gate)> {
    let known = open(ledger).filter_map(|open| Some((open, plan.gates.get(open.gate.ix())?)));
    known.filter(|(open, gate)| counts(cx, plan, ledger, (open, gate), me)).collect()
}

/// Whether a yes of this person would count at a gate now.
fn counts(cx: &Context, plan: &Plan, ledger: &Ledger, (open, gate): (&OpenGate, &Gate), me: &str) -> bool {
    let vote = Vote {
        nonce: String::new(),
        run: ledger.run.clone(),
        gate: gate.id.clone(),
        act: open.act.digest.clone(),
        head: ledger.last_digest.clone(),
        person: me.to_owned(),
        decision: Decision::Approve,
        text: None,
        reason: None,
        at: cx.now,
        signed: None,
    };
    let at = Moment::recorded(plan, cx.now, false);
    held_against(plan, ledger, open, &vote, &Looked::ToCome, at).is_none()
}

/// The open gate, or the review that is meant.
///
/// # Errors
/// There is none of this name, it is not open, or its deadline has passed.
pub(crate) fn find<'l>(
    cx: &Context,
    plan: &Plan,
    ledger: &'l Ledger,
    run: &str,
    asked: Option<&str>,
) -> Result<&'l OpenGate, CliError> {
    let id = |open: &OpenGate| plan.gates.get(open.gate.ix()).map_or("", |g| g.id.as_str());
    let review = match asked {
        Some(asked) => reviews(ledger).find(|open| id(open) == asked),
        None if ledger.gate.is_none() => reviews(ledger).next(),
        None => None,
    };
    if let Some(review) = review {
        return Ok(review);
    }
    open_gate(cx, plan, ledger, run, asked)
}

/// The gate that is open.
///
/// # Errors
/// As [`find`].
pub(crate) fn open_gate<'l>(
    cx: &Context,
    plan: &Plan,
    ledger: &'l Ledger,
    run: &str,
    asked: Option<&str>,
) -> Result<&'l OpenGate, CliError> {
    let brief = cx.command(&format!("brief {run}"));
    let id = |open: &OpenGate| plan.gates.get(open.gate.ix()).map_or("", |g| g.id.as_str()).to_owned();
    if let Some(asked) = asked
        && !plan.gates.iter().any(|g| g.id == asked)
    {
        let names = || plan.gates.iter().map(|g| g.id.as_str());
        let error = CliError::usage(format!("run {run} has no gate `{}`", safe::line(asked))).next(brief);
        return Err(match suggest::nearest(asked, names()) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(format!("there is {}", suggest::list(names()))),
        });
    }
    let open = ledger.gate.as_ref();
    match (open, asked) {
        (None, _) => Err(CliError::new(Kind::Refused, format!("no gate of run {run} waits for votes now")).next(brief)),
        (Some(open), Some(asked)) if id(open) != asked => {
            let says = format!("gate `{}` does not wait for votes now; `{}` does", safe::line(asked), id(open));
            Err(CliError::new(Kind::Refused, says).next(brief))
        }
        (Some(open), _) if cx.now >= open.deadline => {
            let says = format!("gate `{}` expired; that is not recorded yet", id(open));
            Err(CliError::new(Kind::Refused, says).next(cx.command(&format!("resume {run}"))))
        }
        (Some(open), _) => Ok(open),
    }
}
