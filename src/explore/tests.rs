use super::*;
use crate::plan::{CheckIx, Direction, GateIx, Plan, StepIx, fixture};
use crate::run::event::{BreachReason, End, Event, Outcome, Phase, Source, Verdict};
use crate::run::input::{Deadline, Input};
use crate::run::state::State;

fn say(plan: &Plan, coverage: &Coverage) -> String {
    let mut out =
        format!("{} states, {} transitions, complete {:?}\n", coverage.states, coverage.transitions, coverage.complete);
    if let Some(witness) = &coverage.broken {
        out += &format!("BROKEN: {}\n  {}\n", witness.claim.sentence(), tell(plan, &witness.path).join("\n  "));
    }
    for (claim, shown) in &coverage.sometimes {
        if shown.is_none() {
            out += &format!("never: {}\n", claim.sentence(plan));
        }
    }
    out
}

#[test]
fn every_claim_holds_and_everything_possible_is_shown_with_two_faults() {
    let plan = fixture::plan();
    let coverage = explore(&plan, Budget::default()).unwrap();
    let said = say(&plan, &coverage);
    assert_eq!(coverage.broken, None, "{said}");
    assert_eq!(coverage.complete, Some(2), "{said}");
    assert!(!coverage.stopped);
    assert!(coverage.sometimes.iter().all(|(_, shown)| shown.is_some()), "{said}");
}

#[test]
fn what_goes_ahead_without_its_approval_never_raises_on_any_path() {
    let plan = fixture::glass();
    let coverage = explore(&plan, Budget { faults: 1, states: 2_000_000 }).unwrap();
    let said = say(&plan, &coverage);
    assert_eq!(coverage.broken, None, "{said}");
    assert_eq!(coverage.complete, Some(1), "{said}");
    assert!(coverage.sometimes.iter().all(|(_, shown)| shown.is_some()), "{said}");
    // Nothing but the one gate can be broken, wherever the run stands: a machine that let another be would be found out.
    let mut careless = plan;
    careless.gates[0].review = Some(GateIx(5));
    let coverage = explore(&careless, Budget { faults: 0, states: 2_000_000 }).unwrap();
    assert_eq!(coverage.broken, None, "{}", say(&careless, &coverage));
}

/// The fixture with three stages on one control, and with the automation's own stop on that control too.
fn shared() -> Plan {
    let mut plan = fixture::plan();
    let mode = plan.steps[13].targets.clone();
    let again = plan.steps[13].clone();
    plan.steps[14].targets.clone_from(&mode);
    plan.steps[6].targets.clone_from(&mode);
    plan.steps.push(again);
    let third = StepIx(u16::try_from(plan.steps.len() - 1).unwrap());
    plan.stages.push(crate::plan::Stage { step: third, soak: fixture::secs(1) });
    plan
}

#[test]
fn stages_that_share_a_control_with_each_other_and_with_the_fallback_are_never_surprised_by_the_run_itself() {
    let plan = shared();
    let coverage = explore(&plan, Budget::default()).unwrap();
    let said = say(&plan, &coverage);
    assert_eq!(coverage.broken, None, "{said}");
    assert_eq!(coverage.complete, Some(2), "{said}");
    // An outsider who moves it in between costs a fault, and is always possible.
    let voided = Event::GateVoided { gate: GateIx(1), why: crate::run::event::VoidReason::PriorChanged };
    let breached = Event::Breached { why: BreachReason::Changed };
    let third = *plan.stages.last().unwrap();
    let (mut state, clean) = (State::new(&plan), |s: &mut State, e: Event| s.apply(&plan, e).unwrap());
    for event in [Event::RunStarted, Event::PhaseEntered { phase: Phase::Restore }, Event::FixAuthorNamed] {
        clean(&mut state, event);
    }
    state.sign_off = crate::run::state::SignOff::Granted;
    state.holds = crate::run::state::Holds::Clear;
    let first = plan.stages[0].step;
    for stage in &plan.stages {
        clean(&mut state, Event::StepPrepared { step: stage.step });
    }
    let changed = |step| Input::Reread { step, same: false };
    assert_eq!(state.decide(&plan, changed(first)).unwrap(), [voided]);
    state.stage = 2;
    state.steps[first.ix()].doing = crate::run::state::Doing::Settled(Verdict::Pass);
    assert_eq!(state.decide(&plan, changed(third.step)).unwrap(), [breached]);
}

#[test]
fn a_stage_prepared_for_what_stands_there_before_another_stage_moves_it_is_noticed() {
    let plan = shared();
    let mut before = State::new(&plan);
    let [first, second, third] = [plan.stages[0].step, plan.stages[1].step, plan.stages[2].step];
    let reread = crate::run::command::Command::Reread;
    let mut account = Monitor::default();
    let mut see = |before: &State, events: &[Event]| {
        for event in events {
            let _ = account.observe(&plan, before, Input::Advance, &[*event]);
        }
        [first, second, third].map(|s| account.command(reread(s)) == Some(Always::OwnActsExpected))
    };
    // Prepared one after the other, each waits for the one before it.
    assert_eq!(see(&before, &[Event::StepPrepared { step: first }]), [false, false, false]);
    before.steps[first.ix()].doing = crate::run::state::Doing::Ready;
    assert_eq!(see(&before, &[Event::StepPrepared { step: second }]), [false, true, false]);
    before.steps[second.ix()].doing = crate::run::state::Doing::Ready;
    assert_eq!(see(&before, &[Event::StepPrepared { step: third }]), [false, true, true]);
    before.steps[third.ix()].doing = crate::run::state::Doing::Ready;
    assert_eq!(see(&before, &[Event::StepIntended { step: first }]), [false, false, true]);
    // The fallback moves it under all of them.
    assert_eq!(see(&before, &[Event::StepIntended { step: StepIx(6) }]), [true, true, true]);
}

#[test]
fn a_budget_that_stops_the_search_is_said() {
    let plan = fixture::plan();
    let coverage = explore(&plan, Budget { faults: 2, states: 1_000 }).unwrap();
    assert!(coverage.stopped);
    assert_eq!(coverage.complete, Some(0));
}

#[test]
fn a_witness_replays_on_the_machine_and_reads_as_a_story() {
    let plan = fixture::plan();
    let coverage = explore(&plan, Budget { faults: 0, states: 100_000 }).unwrap();
    let path = coverage
        .sometimes
        .iter()
        .find_map(|(claim, path)| (*claim == Sometimes::Ends(End::Closed)).then(|| path.clone()).flatten())
        .unwrap();
    let mut state = State::new(&plan);
    for input in &path {
        for event in state.decide(&plan, *input).unwrap() {
            state.apply(&plan, event).unwrap();
        }
        while state.end.is_none() && state.pending(&plan) == crate::run::command::Command::Advance {
            for event in state.decide(&plan, Input::Advance).unwrap() {
                state.apply(&plan, event).unwrap();
            }
        }
    }
    assert_eq!(state.end, Some(End::Closed));
    let story = tell(&plan, &path);
    assert_eq!(story[0], "the run begins");
    assert_eq!(story[1], "stop-sending is prepared");
    assert!(story.contains(&"the operator confirms sev3".to_owned()), "{story:#?}");
    assert!(story.contains(&"gate sign-off is granted".to_owned()), "{story:#?}");
}

/// Each claim is broken on purpose, so that none of them is a check that can't fail.
#[test]
fn the_account_notices_each_broken_claim() {
    let plan = fixture::plan();
    let state = State::new(&plan);
    let intent = |s: u16| Event::StepIntended { step: StepIx(s) };
    let tried: Vec<Event> = plan.immediate.iter().map(|s| Event::StepIntended { step: *s }).collect();
    let confirmed = Event::SeverityConfirmed { row: crate::plan::RowIx(0) };
    let clear = Event::HoldsLooked { others: false };
    let signed = Event::GateGranted { gate: GateIx(1) };
    let good = |c: u16| Event::CheckJudged { check: CheckIx(c), verdict: Verdict::Pass };
    let ready = [tried.clone(), vec![confirmed, good(0), good(1), signed, clear]].concat();
    let with = |more: &[Event]| [ready.clone(), more.to_vec()].concat();
    let undo = Event::UndoIntended { step: StepIx(0) };
    let cases: Vec<(Always, Vec<Event>)> = vec![
        (Always::ContainFirst, vec![intent(8)]),
        (Always::ConfirmBeforeResponse, [tried.clone(), vec![intent(8)]].concat()),
        (Always::GrantBeforeGated, [tried.clone(), vec![confirmed, intent(10)]].concat()),
        (
            Always::GrantBeforeGated,
            [tried.clone(), vec![confirmed, Event::GateGranted { gate: GateIx(0) }, intent(10), intent(10)]].concat(),
        ),
        (Always::ChecksBeforeRaise, [tried.clone(), vec![confirmed, good(0), signed, clear, intent(13)]].concat()),
        (Always::ChecksBeforeRaise, [tried.clone(), vec![confirmed, good(0), good(1), clear, intent(13)]].concat()),
        (Always::ChecksBeforeRaise, with(&[Event::Breached { why: BreachReason::Check }, clear, intent(13)])),
        (Always::StopWins, with(&[intent(13), intent(14)])),
        (Always::StopWins, with(&[intent(13), Event::HoldsLooked { others: true }])),
        (Always::UndoOnce, with(&[undo, clear, undo])),
        // The statement goes out, and so does a raise behind a gate, as if somebody had broken the glass.
        (Always::GlassOnlyLowers, with(&[Event::GlassBroken { gate: GateIx(0) }])),
        (Always::GlassOnlyLowers, with(&[Event::GlassBroken { gate: GateIx(1) }])),
    ];
    for (claim, events) in cases {
        let mut account = Monitor::default();
        let broken = events.iter().find_map(|e| account.observe(&plan, &state, Input::Advance, &[*e]));
        assert_eq!(broken, Some(claim), "{events:?}");
    }
    let glass = fixture::glass();
    let mut account = Monitor::default();
    let whole = State { confirmed: Some(crate::plan::RowIx(2)), ..State::new(&glass) };
    for event in [Event::GlassBroken { gate: GateIx(4) }, intent(18)] {
        let _ = account.observe(&glass, &whole, Input::Advance, &[event]);
    }
    let mut contained = whole;
    for step in &mut contained.steps {
        step.doing = crate::run::state::Doing::Settled(Verdict::Pass);
    }
    let closed = [Event::RunEnded { end: End::Closed }];
    assert_eq!(account.observe(&glass, &contained, Input::Advance, &[]), Some(Always::ContainedIsProven));
    let read_back = |step| Event::StepProved { step, verdict: Verdict::Pass };
    for step in &glass.immediate {
        let _ = account.observe(&glass, &contained, Input::Advance, &[read_back(*step)]);
    }
    assert_eq!(account.observe(&glass, &contained, Input::Advance, &closed), Some(Always::CleanMeansClean));
    account.observe(&glass, &contained, Input::Advance, &[Event::Reviewed { gate: GateIx(5) }]);
    assert_eq!(account.observe(&glass, &contained, Input::Advance, &closed), None);
    let expiry = Input::Elapsed(Deadline::Gate(GateIx(0)));
    assert_eq!(Monitor::default().observe(&plan, &state, expiry, &[intent(0)]), Some(Always::SilenceDoesNothing));
    let perform = crate::run::command::Command::Perform(StepIx(0));
    assert_eq!(Monitor::default().command(perform), Some(Always::IntentBeforeAct));

    let mut owing = State::new(&plan);
    owing.steps[0].owes = true;
    let end = |end| [Event::RunEnded { end }];
    let mut account = Monitor::default();
    assert_eq!(account.observe(&plan, &owing, Input::Advance, &end(End::Closed)), Some(Always::NothingOwed));
    assert_eq!(account.observe(&plan, &owing, Input::Advance, &end(End::Abandoned)), None);
    assert_eq!(account.observe(&plan, &state, Input::Advance, &end(End::Closed)), Some(Always::CleanMeansClean));
}

#[test]
fn an_or_else_that_lowers_nothing_and_a_lost_action_are_never_taken_for_containment() {
    // The way out of `stop-sending` only captures.
    let mut looks = fixture::plan();
    let captures = looks.steps[2].clone();
    assert_eq!(captures.direction, Direction::Looks);
    looks.steps[1].direction = Direction::Looks;
    looks.steps[1].act = captures.act;
    looks.steps[1].undo = captures.undo;
    // One of two that lower could not be planned.
    let mut lost = fixture::plan();
    lost.lost.push("pause-queue".to_owned());
    lost.problems.push("`pause-queue` can not be done by the program".to_owned());
    // None could be.
    let mut none = lost.clone();
    none.immediate.retain(|s| none.steps[s.ix()].direction != Direction::Lowers);
    for plan in [looks, lost, none] {
        let coverage = explore(&plan, Budget { faults: 1, states: 2_000_000 }).unwrap();
        assert_eq!(coverage.broken, None, "{}", say(&plan, &coverage));
        assert_eq!(coverage.complete, Some(1), "{}", say(&plan, &coverage));
    }
}

#[test]
fn events_that_can_not_follow_are_refused_by_name() {
    let plan = fixture::plan();
    let mut state = State::new(&plan);
    let phase = Event::PhaseEntered { phase: Phase::Contain };
    assert_eq!(state.apply(&plan, phase).unwrap_err().needs, "the run's start");
    state.apply(&plan, Event::RunStarted).unwrap();
    for (event, needs) in [
        (Event::RunStarted, "no earlier start"),
        (Event::StepIntended { step: StepIx(0) }, "a prepared step"),
        (Event::StepObserved { step: StepIx(0), outcome: Outcome::Done }, "a recorded intent"),
        (Event::StepProved { step: StepIx(0), verdict: Verdict::Pass }, "an outcome, a doubt or a deed by hand"),
        (Event::StepPrepared { step: StepIx(999) }, "a step of the plan"),
        (Event::GateGranted { gate: GateIx(0) }, "an open gate"),
        (Event::GateConsumed { gate: GateIx(0) }, "a granted gate"),
        (
            Event::FactAnswered { fact: crate::plan::FactIx(9), region: 0, source: Source::Person },
            "a fact that is still open",
        ),
        (Event::UndoIntended { step: StepIx(0) }, "another stage of this undo"),
    ] {
        assert_eq!(state.clone().apply(&plan, event).unwrap_err().needs, needs, "{event:?}");
    }
}
