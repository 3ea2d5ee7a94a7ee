//! What the world could do next in a state, and how many faults each of it costs.
//!
//! A gate's outcome, a person's choice and a fact's region are ordinary and cost nothing; a failed call, a lost answer, a
//! crash, another run and a change behind our back cost one each. Owns that list. Must not judge.

use crate::plan::{Plan, Proof, RowIx, StepIx};
use crate::run::command::Command;
use crate::run::deadline;
use crate::run::event::{Outcome, Phase, Verdict};
use crate::run::input::{Deadline, Input, Tally, UndoReading};
use crate::run::state::{CheckState, Doing, State, Undoing};

/// One thing that could arrive, and how many faults it costs.
pub type Branch = (Input, u8);

/// Everything that could arrive in a state. Some of it may be refused; that is the machine's right.
pub fn branches(plan: &Plan, state: &State, out: &mut Vec<Branch>) {
    at_pending(plan, state, state.pending(plan), out);
}

/// The same where it is known what the state is waiting for.
pub(super) fn at_pending(plan: &Plan, state: &State, pending: Command, out: &mut Vec<Branch>) {
    out.clear();
    if state.end.is_some() {
        return;
    }
    if !state.started {
        out.push((Input::Begin, 0));
        return;
    }
    answers(plan, state, pending, out);
    surprises(plan, state, pending, out);
    if plan.on_silence.is_some_and(|page| pending == Command::Prepare(page)) {
        late(plan, state, out);
    }
}

/// Somebody answers after all, while the page about their silence is on its way.
fn late(plan: &Plan, state: &State, out: &mut Vec<Branch>) {
    let mut answered = Vec::new();
    answers(plan, state, state.answerable(plan), &mut answered);
    out.extend(answered.into_iter().map(|(input, cost)| (input, cost + 1)));
}

fn verdicts(plan: &Plan, state: &State, s: StepIx, out: &mut Vec<Branch>) {
    let good = match plan.step(s).proof {
        Proof::ReadBack => Verdict::Pass,
        Proof::Accepted => Verdict::Accepted,
        Proof::Attested => Verdict::Inconclusive,
    };
    // After a fault the probe may say either; only a good outcome makes a bad verdict a fault of its own.
    let (fail, unclear) = match state.at(s).doing {
        Doing::Observed(Outcome::Done) | Doing::ByHand => (1, 1),
        Doing::InDoubt => (0, 1),
        _ => (0, 0),
    };
    for (verdict, cost) in [(good, 0), (Verdict::Fail, fail), (Verdict::Inconclusive, unclear)] {
        out.push((Input::Proved { step: s, verdict }, cost));
    }
}

fn answers(plan: &Plan, state: &State, pending: Command, out: &mut Vec<Branch>) {
    // A page follows and the same is asked again: one fault, or every question would be walked twice.
    if let Some(of @ (Deadline::Human | Deadline::Check(_))) = deadline::of(plan, pending) {
        out.push((Input::Elapsed(of), 1));
    }
    match pending {
        Command::Advance => out.push((Input::Advance, 0)),
        Command::Prepare(s) => out.extend([(Input::Prepared(s), 0), (Input::Unprepared(s), 1)]),
        Command::Reread(step) => {
            out.extend([(Input::Reread { step, same: true }, 0), (Input::Reread { step, same: false }, 1)]);
        }
        Command::Perform(step) => {
            for (outcome, cost) in
                [(Outcome::Done, 0), (Outcome::Refused, 1), (Outcome::NotSent, 1), (Outcome::Unknown, 1)]
            {
                out.push((Input::Observed { step, outcome }, cost));
            }
        }
        Command::Probe(s) => verdicts(plan, state, s, out),
        Command::ChooseStep(step) | Command::ChooseQueued(step) => {
            for choice in state.offers(plan, step) {
                out.push((Input::Chosen { step, choice }, 0));
            }
        }
        Command::ProveFallback(gate) => {
            out.extend([
                (Input::FallbackRead { gate, holds: true }, 0),
                (Input::FallbackRead { gate, holds: false }, 1),
            ]);
        }
        Command::AwaitVotes(gate) => {
            for tally in [Tally::Granted, Tally::Denied] {
                out.push((Input::Tallied { gate, tally }, 0));
            }
            out.extend([(Input::Amended(gate), 0), (Input::Elapsed(Deadline::Gate(gate)), 0)]);
            out.push((Input::BreakGlass(gate), 0));
            // A page follows, which changes nothing of the gate: where a matrix is wide it would only be walked twice.
            out.push((Input::Elapsed(Deadline::Reminder(gate)), 1));
        }
        Command::ChooseSignOff => out.push((Input::SignOffAgain, 0)),
        Command::MeasureTrigger(trigger) => {
            let measured = plan.triggers.get(trigger.ix()).is_some_and(|t| t.signal.is_some());
            if measured {
                out.push((Input::Triggered { trigger, verdict: Verdict::Pass }, 0));
                out.push((Input::Triggered { trigger, verdict: Verdict::Fail }, 0));
            }
            out.push((Input::Triggered { trigger, verdict: Verdict::Inconclusive }, 0));
        }
        Command::MeasureFact(fact) | Command::AskFact(fact) => {
            let by_signal = pending == Command::MeasureFact(fact);
            for region in 0..plan.facts[fact.ix()].regions.len() {
                let region = u8::try_from(region).unwrap_or(u8::MAX);
                out.push((Input::Answered { fact, region, by_signal }, 0));
            }
            if by_signal {
                out.push((Input::Silent(fact), 0));
            } else {
                out.push((Input::Answered { fact, region: u8::MAX, by_signal }, 0));
                out.push((Input::Elapsed(Deadline::Fact(fact)), 0));
            }
        }
        Command::ConfirmSeverity(row) => {
            out.extend((0..=row.0).map(|r| (Input::Confirmed(RowIx(r)), 0)));
            out.push((Input::Elapsed(Deadline::Severity), 0));
        }
        Command::JudgeCheck(check) => {
            let silent = plan.checks[check.ix()].signal.is_some();
            out.push((Input::Judged { check, verdict: Verdict::Pass, no_data: false }, 0));
            out.push((Input::Judged { check, verdict: Verdict::Fail, no_data: false }, 1));
            out.push((Input::Judged { check, verdict: Verdict::Inconclusive, no_data: false }, 1));
            if silent {
                out.push((Input::Judged { check, verdict: Verdict::Inconclusive, no_data: true }, 1));
            }
        }
        Command::ChooseCheck(check) => {
            out.extend([(Input::CheckAgain(check), 0), (Input::BackToRespond, 0)]);
            if state.checks[check.ix()] == CheckState::Inconclusive {
                out.push((Input::CheckAttested(check), 0));
            }
        }
        Command::NameFixAuthor => {
            out.push((Input::FixAuthorNamed { attested: false }, 0));
            // Only where somebody vouched for a check, which leaves its mark.
            if state.exceptions {
                out.push((Input::FixAuthorNamed { attested: true }, 0));
            }
        }
        Command::LookForHolds => {
            out.extend([(Input::HoldsRead { others: false }, 0), (Input::HoldsRead { others: true }, 1)]);
        }
        Command::AwaitHolds => out.push((Input::HoldsRead { others: false }, 0)),
        Command::Soak(stage) => {
            out.extend([(Input::Elapsed(Deadline::Soak(stage)), 0), (Input::HoldsRead { others: true }, 1)]);
        }
        Command::ChooseAfterBreach => out.push((Input::BreachAnswered, 0)),
        Command::PrepareUndo(step) => {
            for (reading, cost) in [(UndoReading::Ours, 0), (UndoReading::AlreadyBack, 1), (UndoReading::Differs, 1)] {
                out.push((Input::UndoRead { step, reading }, cost));
            }
            if state.phase == Phase::Restore || state.standing_down {
                out.push((Input::UndoRead { step, reading: UndoReading::Unapproved }, 1));
            }
        }
        Command::PerformUndo(step) => {
            for (outcome, cost) in
                [(Outcome::Done, 0), (Outcome::Refused, 1), (Outcome::NotSent, 1), (Outcome::Unknown, 1)]
            {
                out.push((Input::UndoObserved { step, outcome }, cost));
            }
        }
        Command::ProbeUndo(step) => {
            let cost = u8::from(state.at(step).undoing != Undoing::InDoubt);
            for (verdict, cost) in [(Verdict::Pass, 0), (Verdict::Fail, cost), (Verdict::Inconclusive, cost)] {
                out.push((Input::UndoProved { step, verdict }, cost));
            }
        }
        Command::ChooseStuck(step) => out.extend([(Input::UndoByHand(step), 0), (Input::LeaveStuck, 0)]),
        Command::HaltForRecord => out.push((Input::RecordRestored, 0)),
        Command::Hold | Command::HaltForProblems | Command::Finish => {}
    }
}

/// What nobody asked for. It is tried where the machine has just recorded an intent or waits for somebody: in between,
/// it would find the same state as one of those.
fn surprises(plan: &Plan, state: &State, pending: Command, out: &mut Vec<Branch>) {
    let cut = matches!(pending, Command::Perform(_) | Command::PerformUndo(_));
    if cut {
        out.extend([(Input::Restarted { over: false }, 1), (Input::Restarted { over: true }, 1)]);
        if !state.degraded {
            out.push((Input::RecordLost, 1));
        }
        return;
    }
    match pending {
        Command::AwaitVotes(_) | Command::Soak(_) | Command::AwaitHolds => {
            out.extend([(Input::Restarted { over: true }, 1), (Input::StopAgain, 1), (Input::ContinuedBy, 1)]);
        }
        Command::ChooseStep(_)
        | Command::ConfirmSeverity(_)
        | Command::AskFact(_)
        | Command::ChooseCheck(_)
        | Command::ChooseSignOff
        | Command::NameFixAuthor
        | Command::ChooseAfterBreach
        | Command::ChooseStuck(_)
        | Command::Hold
        | Command::HaltForProblems
        | Command::HaltForRecord => out.push((Input::ContinuedBy, 1)),
        _ => return,
    }
    out.extend([(Input::StandDown { timely: true }, 0), (Input::Abandon, 0)]);
    let reviews = plan.gates.iter().filter_map(|g| g.review).filter(|r| state.in_review(plan, *r));
    out.extend(reviews.map(|gate| (Input::ReviewVoted { gate, complete: true }, 1)));
    if let Some(confirmed) = state.confirmed {
        if confirmed.0 > 0 {
            out.push((Input::Revised(RowIx(0)), 1));
        }
        if confirmed.ix() + 1 < plan.rows.len() {
            out.push((Input::Downgrade(RowIx(confirmed.0 + 1)), 0));
        }
    }
}
