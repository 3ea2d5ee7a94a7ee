//! A path as a story: what arrived, in a person's words, with the ids of the runbook.
//!
//! Owns the wording. Must not leave anything out: a witness that skips a step proves nothing.

use crate::plan::{Plan, RowIx};
use crate::run::event::{Choice, End, Outcome, Verdict};
use crate::run::input::{Deadline, Input, Tally, UndoReading};

/// An end in words.
#[must_use]
pub(super) const fn end(end: End) -> &'static str {
    match end {
        End::Closed => "closed",
        End::ClosedWithExceptions => "closed with exceptions",
        End::StoodDown => "stood down",
        End::Abandoned => "abandoned (autonomy low)",
        End::Stuck => "stuck",
        End::Recorded => "entered afterwards",
    }
}

const fn verdict(v: Verdict) -> &'static str {
    match v {
        Verdict::Pass => "passes",
        Verdict::Accepted => "is accepted, unproven",
        Verdict::Fail => "fails",
        Verdict::Inconclusive => "is inconclusive",
    }
}

const fn outcome(o: Outcome) -> &'static str {
    match o {
        Outcome::Done => "the provider says done",
        Outcome::Refused => "the provider refuses",
        Outcome::NotSent => "nothing could be sent",
        Outcome::Unknown => "the answer is lost",
    }
}

const fn choice(c: Choice) -> &'static str {
    match c {
        Choice::Retry => "tries it again",
        Choice::ByHand => "does it by hand",
        Choice::Attest => "attests it",
        Choice::Skip => "skips it with a reason",
        Choice::Undo => "takes it back",
        Choice::Abandon => "abandons the run",
    }
}

/// One line per input of a path.
#[must_use]
pub fn tell(plan: &Plan, path: &[Input]) -> Vec<String> {
    path.iter().filter(|i| !matches!(i, Input::Advance)).map(|i| sentence(plan, *i)).collect()
}

fn sentence(plan: &Plan, input: Input) -> String {
    let step = |s: crate::plan::StepIx| plan.steps.get(s.ix()).map_or("?", |s| &s.id);
    let gate = |g: crate::plan::GateIx| plan.gates.get(g.ix()).map_or("?", |g| &g.id);
    let row = |r: RowIx| plan.rows.get(r.ix()).map_or("?", |r| &r.level);
    let check = |c: crate::plan::CheckIx| plan.checks.get(c.ix()).map_or("?", |c| &c.id);
    let fact = |f: crate::plan::FactIx| plan.facts.get(f.ix()).map_or("?", |f| &f.id);
    match input {
        Input::Begin => "the run begins".into(),
        Input::Carry(s) => format!("{} is carried over from an earlier run", step(s)),
        Input::Advance => "the run goes on".into(),
        Input::Prepared(s) => format!("{} is prepared", step(s)),
        Input::Unprepared(s) => format!("prior state of {} can't be read", step(s)),
        Input::Reread { step: s, same: true } => format!("prior state of {} is as it was shown", step(s)),
        Input::Reread { step: s, same: false } => format!("prior state of {} has changed since it was shown", step(s)),
        Input::Observed { step: s, outcome: o } => format!("{}: {}", step(s), outcome(o)),
        Input::Proved { step: s, verdict: v } => format!("the probe of {} {}", step(s), verdict(v)),
        Input::Chosen { step: s, choice: c } => format!("for {} the operator {}", step(s), choice(c)),
        Input::FallbackRead { gate: g, holds } => {
            format!("the fallback of gate {} {}", gate(g), if holds { "holds" } else { "does not hold" })
        }
        Input::Tallied { gate: g, tally } => match tally {
            Tally::Missing => format!("a vote at gate {} counts; more are needed", gate(g)),
            Tally::Granted => format!("gate {} is granted", gate(g)),
            Tally::Denied => format!("gate {} is denied", gate(g)),
        },
        Input::VoteRefused(g) => format!("a vote at gate {} does not count", gate(g)),
        Input::Amended(g) => format!("other text is proposed at gate {}", gate(g)),
        Input::BreakGlass(g) => format!("the operator goes ahead without gate {}", gate(g)),
        Input::ReviewVoted { gate: g, complete: true } => format!("{} is countersigned", gate(g)),
        Input::ReviewVoted { gate: g, complete: false } => format!("one of several countersigns {}", gate(g)),
        Input::SignOffAgain => "the sign-off is asked anew".into(),
        Input::Triggered { trigger, verdict: v } => {
            format!("trigger {} {}", plan.triggers.get(trigger.ix()).map_or("?", |t| &t.id), verdict(v))
        }
        Input::Silent(f) => format!("the signal of fact {} is silent", fact(f)),
        Input::Answered { fact: f, region: u8::MAX, .. } => format!("fact {} is not known", fact(f)),
        Input::Answered { fact: f, region, .. } => {
            let label =
                plan.facts.get(f.ix()).and_then(|x| x.regions.get(usize::from(region))).map_or("?", |r| &r.label);
            format!("fact {} is {label}", fact(f))
        }
        Input::Confirmed(r) => format!("the operator confirms {}", row(r)),
        Input::Revised(r) => format!("the severity is revised up to {}", row(r)),
        Input::Downgrade(r) => format!("the operator asks for {}", row(r)),
        Input::Judged { check: c, no_data: true, .. } => format!("check {} has no data", check(c)),
        Input::Judged { check: c, verdict: v, .. } => format!("check {} {}", check(c), verdict(v)),
        Input::CheckAgain(c) => format!("check {} is judged again", check(c)),
        Input::CheckAttested(c) => format!("a named person attests check {}", check(c)),
        Input::BackToRespond => "the operator goes back to responding".into(),
        Input::FixAuthorNamed { attested: false } => "the author of the fix is named".into(),
        Input::FixAuthorNamed { attested: true } => "the author of the fix is named, who attested a check".into(),
        Input::HoldsRead { others: true } => "another open run holds a lowering step on the automation".into(),
        Input::HoldsRead { others: false } => "no other run holds anything".into(),
        Input::Elapsed(Deadline::Fact(f)) => format!("nobody answers {} in time", fact(f)),
        Input::Elapsed(Deadline::Severity) => "nobody confirms the severity in time".into(),
        Input::Elapsed(Deadline::Gate(g)) => format!("gate {} expires", gate(g)),
        Input::Elapsed(Deadline::Reminder(g)) => format!("nobody answers at gate {} for a while", gate(g)),
        Input::Elapsed(Deadline::Check(c)) => format!("nobody answers check {} in time", check(c)),
        Input::Elapsed(Deadline::Human) => "nobody who is waited for comes in time".into(),
        Input::Elapsed(Deadline::Soak(s)) => format!("the soak of stage {} is over", s.0 + 1),
        Input::StopAgain => "a person says stop".into(),
        Input::BreachAnswered => "the operator goes on to verify again".into(),
        Input::UndoRead { step: s, reading } => match reading {
            UndoReading::Ours => format!("{} is as this run left it", step(s)),
            UndoReading::AlreadyBack => format!("prior state of {} holds already", step(s)),
            UndoReading::Differs => format!("{} is not as this run left it", step(s)),
            UndoReading::Unapproved => format!("what {} is to be put back on counts no more", step(s)),
        },
        Input::UndoObserved { step: s, outcome: o } => format!("undo of {}: {}", step(s), outcome(o)),
        Input::UndoProved { step: s, verdict: v } => format!("the probe of the undo of {} {}", step(s), verdict(v)),
        Input::UndoByHand(s) => format!("a person puts {} back by hand", step(s)),
        Input::LeaveStuck => "nobody can put it back".into(),
        Input::StandDown { .. } => "the operator asks to stand down".into(),
        Input::Abandon => "the operator abandons the run".into(),
        Input::RecordLost => "the record can't be written where it belongs".into(),
        Input::RecordRestored => "the record is where it belongs again".into(),
        Input::Restarted { over: false } => "the process dies and another goes on".into(),
        Input::Restarted { over: true } => "another host takes the run over".into(),
        Input::Interrupted => "the operator leaves".into(),
        Input::Noted => "a note is added".into(),
        Input::Recorded => "it was entered afterwards".into(),
        Input::ContinuedBy => "another run continues this one".into(),
    }
}
