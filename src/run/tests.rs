//! Tables of the machine's rules, on the sample plan: where a run is, what arrives, what follows.

use super::command::Command;
use super::event::{BreachReason, Choice, End, Event, Outcome, Phase, Verdict, VoidReason};
use super::input::{Deadline, Input, Tally, UndoReading};
use super::state::{Doing, State};
use crate::plan::{CheckIx, Direction, FactIx, GateIx, Plan, RowIx, StageIx, StepIx, TriggerIx, fixture};

mod silence;

const STOP_SENDING: StepIx = StepIx(0);
const STOP_SERVICE: StepIx = StepIx(1);
const TELL: StepIx = StepIx(10);
const STAGE_1: StepIx = StepIx(13);
const TELL_GATE: GateIx = GateIx(0);
const SIGN_OFF: GateIx = GateIx(1);

/// A run under test with everything that was decided so far.
struct Run {
    plan: Plan,
    state: State,
    events: Vec<Event>,
}

impl Run {
    fn new() -> Self {
        Self::of(fixture::plan())
    }

    fn of(plan: Plan) -> Self {
        let state = State::new(&plan);
        let mut run = Self { plan, state, events: vec![] };
        run.put(Input::Begin);
        run
    }

    fn put(&mut self, input: Input) -> &mut Self {
        let events = self.state.decide(&self.plan, input).unwrap_or_else(|r| panic!("{r}"));
        for event in events {
            self.state.apply(&self.plan, event).unwrap();
            self.events.push(event);
        }
        if input != Input::Advance {
            while self.pending() == Command::Advance {
                self.put(Input::Advance);
            }
        }
        self
    }

    fn pending(&self) -> Command {
        self.state.pending(&self.plan)
    }

    fn refusal(&self, input: Input) -> &'static str {
        self.state.decide(&self.plan, input).unwrap_err().because
    }

    fn said(&self, event: Event) -> bool {
        self.events.contains(&event)
    }

    /// What happens when nothing goes wrong and people say yes to what is proposed.
    fn good(&self) -> Input {
        match self.pending() {
            Command::Advance => Input::Advance,
            Command::Prepare(s) => Input::Prepared(s),
            Command::Reread(step) => Input::Reread { step, same: true },
            Command::Perform(step) => Input::Observed { step, outcome: Outcome::Done },
            Command::Probe(step) => Input::Proved { step, verdict: Verdict::Pass },
            Command::ChooseStep(step) | Command::ChooseQueued(step) => Input::Chosen { step, choice: Choice::Skip },
            Command::ProveFallback(gate) => Input::FallbackRead { gate, holds: true },
            Command::AwaitVotes(gate) => Input::Tallied { gate, tally: Tally::Granted },
            Command::MeasureTrigger(trigger) => Input::Triggered { trigger, verdict: Verdict::Fail },
            Command::MeasureFact(fact) | Command::AskFact(fact) => {
                Input::Answered { fact, region: 0, by_signal: self.pending() == Command::MeasureFact(fact) }
            }
            Command::ConfirmSeverity(row) => Input::Confirmed(row),
            Command::JudgeCheck(check) => Input::Judged { check, verdict: Verdict::Pass, no_data: false },
            Command::NameFixAuthor => Input::FixAuthorNamed { attested: false },
            Command::LookForHolds | Command::AwaitHolds => Input::HoldsRead { others: false },
            Command::Soak(stage) => Input::Elapsed(Deadline::Soak(stage)),
            Command::PrepareUndo(step) => Input::UndoRead { step, reading: UndoReading::Ours },
            Command::PerformUndo(step) => Input::UndoObserved { step, outcome: Outcome::Done },
            Command::ProbeUndo(step) => Input::UndoProved { step, verdict: Verdict::Pass },
            Command::ChooseStuck(step) => Input::UndoByHand(step),
            Command::ChooseAfterBreach => Input::BreachAnswered,
            Command::ChooseSignOff => Input::SignOffAgain,
            Command::ChooseCheck(check) => Input::CheckAgain(check),
            Command::HaltForRecord => Input::RecordRestored,
            other @ (Command::Hold | Command::HaltForProblems | Command::Finish) => {
                panic!("nothing good can come of {other:?}")
            }
        }
    }

    /// Lets the good world go on until this command is pending.
    fn until(&mut self, wanted: Command) -> &mut Self {
        for _ in 0..400 {
            if self.pending() == wanted {
                return self;
            }
            let next = self.good();
            self.put(next);
        }
        panic!("{wanted:?} was never pending; now {:?}", self.pending());
    }

    /// Until the severity is asked, with harm and many exposed: the gravest row is proposed.
    fn grave(&mut self) -> &mut Self {
        self.until(Command::AskFact(FactIx(0)));
        self.put(Input::Answered { fact: FactIx(0), region: 1, by_signal: false });
        self.until(Command::ConfirmSeverity(RowIx(0)));
        self.put(Input::Confirmed(RowIx(0)))
    }

    fn finish(&mut self) -> End {
        self.until(Command::Finish);
        self.state.end.unwrap()
    }
}

#[test]
fn a_missing_fallback_is_made_by_the_narrowest_switch_and_by_a_wider_one_only_where_that_fails() {
    for (verdict, switches) in [(Verdict::Pass, 1), (Verdict::Fail, 2)] {
        let mut run = Run::new();
        run.grave().until(Command::ProveFallback(SIGN_OFF)).put(Input::FallbackRead { gate: SIGN_OFF, holds: false });
        let narrowest = run.plan.stop[0];
        let before = run.events.len();
        run.until(Command::Probe(narrowest)).put(Input::Proved { step: narrowest, verdict });
        run.until(Command::ProveFallback(SIGN_OFF));
        let acted: Vec<StepIx> = run.events[before..]
            .iter()
            .filter_map(|e| matches!(e, Event::StepIntended { .. }).then(|| e.step()).flatten())
            .collect();
        assert_eq!(acted, run.plan.stop[..switches], "{verdict:?}");
    }
}

#[test]
fn a_good_run_closes_and_puts_back_last_first() {
    let mut run = Run::new();
    assert_eq!(run.grave().finish(), End::Closed);
    let undone: Vec<StepIx> =
        run.events.iter().filter_map(|e| matches!(e, Event::UndoIntended { .. }).then(|| e.step()).flatten()).collect();
    assert_eq!(undone, [StepIx(3), STOP_SENDING]);
    let at = |event: Event| run.events.iter().position(|e| *e == event).unwrap();
    assert!(at(Event::GateConsumed { gate: SIGN_OFF }) < at(Event::StepIntended { step: STAGE_1 }));
    assert!(at(Event::SoakEnded { stage: StageIx(1) }) < at(Event::UndoIntended { step: StepIx(3) }));
}

#[test]
fn contain_never_stops_at_a_failure_and_asks_afterwards() {
    let mut run = Run::new();
    run.until(Command::Probe(STOP_SENDING)).put(Input::Proved { step: STOP_SENDING, verdict: Verdict::Fail });
    assert_eq!(run.pending(), Command::Prepare(STOP_SERVICE), "the or-else runs at once, in that place");
    run.until(Command::ChooseStep(STOP_SENDING));
    assert!(run.state.contained(&run.plan), "the or-else passed");
    assert_eq!(run.state.phase, Phase::Assess);
    assert!(run.said(Event::StepIntended { step: StepIx(4) }), "the page went out before anybody was asked");
    assert_eq!(run.finish(), End::ClosedWithExceptions);
}

#[test]
fn what_lowers_nothing_or_was_lost_in_planning_contains_nothing() {
    let failed = |change: fn(&mut Plan)| {
        let mut plan = fixture::plan();
        change(&mut plan);
        let mut run = Run::of(plan);
        run.until(Command::Probe(STOP_SENDING)).put(Input::Proved { step: STOP_SENDING, verdict: Verdict::Fail });
        run.until(Command::ChooseStep(STOP_SENDING));
        run.state.contained(&run.plan)
    };
    assert!(failed(|_| {}), "the or-else passed");
    assert!(!failed(|p| p.steps[STOP_SERVICE.ix()].direction = Direction::Neutral), "it passed and lowers nothing");
    let mut plan = fixture::plan();
    plan.lost.push("pause-queue".into());
    plan.problems.push("`pause-queue` can not be done by the program".into());
    let mut run = Run::of(plan);
    run.until(Command::HaltForProblems);
    assert!(run.state.proven(STOP_SENDING) && !run.state.contained(&run.plan), "one of two was lost");
    // Without anything that lowers, a plan with problems has contained nothing, and a sound one has nothing to contain.
    run.plan.immediate.clear();
    run.plan.lost.clear();
    assert!(!State::new(&run.plan).contained(&run.plan));
    run.plan.problems.clear();
    assert!(State::new(&run.plan).contained(&run.plan));
}

#[test]
fn both_ways_failing_is_not_contained_and_by_hand_needs_its_proof() {
    let mut run = Run::new();
    for s in [STOP_SENDING, STOP_SERVICE] {
        run.until(Command::Probe(s)).put(Input::Proved { step: s, verdict: Verdict::Inconclusive });
    }
    run.until(Command::ChooseStep(STOP_SENDING));
    assert!(!run.state.contained(&run.plan));
    assert!(!run.state.offers(&run.plan, STOP_SENDING).contains(&Choice::Attest), "a stop is proven, never attested");
    run.put(Input::Chosen { step: STOP_SENDING, choice: Choice::ByHand });
    assert_eq!(run.pending(), Command::Probe(STOP_SENDING));
    run.put(Input::Proved { step: STOP_SENDING, verdict: Verdict::Pass });
    assert!(run.state.contained(&run.plan));
    assert!(run.state.at(STOP_SENDING).owes, "what a person lowered is put back too");
}

#[test]
fn a_stop_goes_on_without_prior_state_and_anything_else_does_not() {
    let mut run = Run::new();
    run.until(Command::Prepare(STOP_SENDING)).put(Input::Unprepared(STOP_SENDING));
    assert_eq!(run.pending(), Command::Perform(STOP_SENDING));
    let freeze = StepIx(3);
    run.until(Command::Prepare(freeze)).put(Input::Unprepared(freeze));
    assert_eq!(run.pending(), Command::Prepare(StepIx(4)), "a freeze without prior state could not be put back");
    run.until(Command::ChooseStep(freeze));
}

#[test]
fn nothing_is_attempted_that_a_gate_did_not_grant() {
    for input in [Input::Tallied { gate: TELL_GATE, tally: Tally::Denied }, Input::Elapsed(Deadline::Gate(TELL_GATE))] {
        let mut run = Run::new();
        run.grave().until(Command::AwaitVotes(TELL_GATE)).put(input);
        run.until(Command::ChooseQueued(TELL));
        assert!(!run.said(Event::StepIntended { step: TELL }));
        run.put(Input::Chosen { step: TELL, choice: Choice::Retry });
        run.until(Command::AwaitVotes(TELL_GATE));
        assert_eq!(run.finish(), End::ClosedWithExceptions);
        assert!(run.said(Event::StepIntended { step: TELL }), "done later under a new gate");
    }
}

#[test]
fn a_change_behind_the_gate_or_other_text_voids_the_votes() {
    let mut run = Run::new();
    run.grave().until(Command::AwaitVotes(TELL_GATE)).put(Input::Amended(TELL_GATE));
    assert_eq!(run.pending(), Command::Prepare(TELL));
    run.until(Command::Reread(TELL)).put(Input::Reread { step: TELL, same: false });
    assert!(run.said(Event::GateVoided { gate: TELL_GATE, why: VoidReason::PriorChanged }));
    assert_eq!(run.pending(), Command::Prepare(TELL));
    assert!(!run.said(Event::StepIntended { step: TELL }));
}

#[test]
fn the_machine_refuses_what_is_illegal_and_says_why() {
    let mut run = Run::new();
    assert_eq!(run.refusal(Input::Begin), "the run has started already");
    assert_eq!(run.refusal(Input::Abandon), "every immediate action is tried before a run can be abandoned");
    assert_eq!(
        run.refusal(Input::Tallied { gate: TELL_GATE, tally: Tally::Granted }),
        "this is not what the run is waiting for"
    );
    assert_eq!(run.refusal(Input::Carry(STOP_SENDING)), "steps are carried over before containment begins");
    run.until(Command::AskFact(FactIx(0)));
    run.put(Input::Answered { fact: FactIx(0), region: 1, by_signal: false });
    run.until(Command::ConfirmSeverity(RowIx(0)));
    assert_eq!(run.refusal(Input::Confirmed(RowIx(1))), "a severity lower than the proposed one needs a second person");
    assert_eq!(run.refusal(Input::StandDown { timely: true }), "harm is not ruled out");
    run.put(Input::Confirmed(RowIx(0)));
    assert_eq!(
        run.refusal(Input::Revised(RowIx(2))),
        "only a graver severity takes effect at once; a lower one needs a second person"
    );
    run.until(Command::JudgeCheck(CheckIx(0)));
    run.put(Input::Judged { check: CheckIx(0), verdict: Verdict::Fail, no_data: false });
    assert_eq!(
        run.refusal(Input::CheckAttested(CheckIx(0))),
        "a check that failed can't be attested; only an inconclusive one can"
    );
}

#[test]
fn silence_proposes_and_pages_and_never_confirms() {
    let mut run = Run::new();
    run.until(Command::AskFact(FactIx(0))).put(Input::Elapsed(Deadline::Fact(FactIx(0))));
    assert_eq!(run.pending(), Command::Prepare(StepIx(7)), "somebody is paged");
    run.until(Command::ConfirmSeverity(RowIx(0)));
    run.put(Input::Elapsed(Deadline::Severity));
    run.until(Command::ConfirmSeverity(RowIx(0)));
    assert_eq!(run.state.confirmed, None);
    assert!(!run.events.iter().any(|e| matches!(e, Event::StepIntended { step } if *step == StepIx(8))));
    run.put(Input::Answered { fact: FactIx(0), region: 0, by_signal: false });
    assert_eq!(run.pending(), Command::ConfirmSeverity(RowIx(2)), "a question stays answerable");
}

#[test]
fn a_false_alarm_is_stood_down_only_with_another_persons_vote() {
    let mut run = Run::new();
    run.until(Command::ConfirmSeverity(RowIx(2)));
    assert_eq!(
        run.refusal(Input::StandDown { timely: false }),
        "more than 60 minutes have passed; go through the checks instead"
    );
    run.put(Input::StandDown { timely: true });
    run.until(Command::AwaitVotes(GateIx(2)));
    run.put(Input::Tallied { gate: GateIx(2), tally: Tally::Granted });
    assert_eq!(run.finish(), End::StoodDown);
    assert!(!run.state.holds_lowering(&run.plan));

    let mut alarm = Run::new();
    alarm.until(Command::MeasureTrigger(TriggerIx(0)));
    alarm.put(Input::Triggered { trigger: TriggerIx(0), verdict: Verdict::Pass });
    alarm.until(Command::ConfirmSeverity(RowIx(2)));
    assert_eq!(
        alarm.refusal(Input::StandDown { timely: true }),
        "the triggers were not all measured clear, or harm is not ruled out"
    );
}

#[test]
fn a_lower_severity_needs_a_second_person_and_comes_before_any_response() {
    let mut run = Run::new();
    run.grave();
    run.put(Input::Downgrade(RowIx(2)));
    assert_eq!(run.pending(), Command::AwaitVotes(GateIx(3)));
    run.put(Input::Tallied { gate: GateIx(3), tally: Tally::Granted });
    assert_eq!(run.state.confirmed, Some(RowIx(2)));

    let mut late = Run::new();
    late.grave().until(Command::AwaitVotes(TELL_GATE));
    assert_eq!(
        late.refusal(Input::Downgrade(RowIx(1))),
        "a lower severity can be asked for while responding, when no other gate is open"
    );
}

#[test]
fn a_revision_upward_takes_effect_at_once_and_repeats_nothing() {
    let mut run = Run::new();
    run.until(Command::AskFact(FactIx(0)));
    run.put(Input::Answered { fact: FactIx(0), region: 0, by_signal: false });
    run.until(Command::MeasureFact(FactIx(1)));
    run.put(Input::Answered { fact: FactIx(1), region: 1, by_signal: true });
    run.until(Command::ConfirmSeverity(RowIx(1))).put(Input::Confirmed(RowIx(1)));
    run.until(Command::JudgeCheck(CheckIx(0)));
    run.put(Input::Revised(RowIx(0)));
    assert_eq!(run.state.phase, Phase::Respond);
    run.until(Command::AwaitVotes(TELL_GATE));
    let prompt = run.events.iter().filter(|e| **e == Event::StepIntended { step: StepIx(9) }).count();
    assert_eq!(prompt, 1, "the prompt was rolled back under sev2 already");
}

#[test]
fn an_intent_without_an_outcome_is_probed_and_never_blindly_repeated() {
    let mut run = Run::new();
    run.until(Command::Perform(STOP_SENDING)).put(Input::Restarted { over: false });
    assert_eq!(run.pending(), Command::Probe(STOP_SENDING));
    run.put(Input::Proved { step: STOP_SENDING, verdict: Verdict::Pass });
    let intents = run.events.iter().filter(|e| **e == Event::StepIntended { step: STOP_SENDING }).count();
    assert_eq!(intents, 1);

    // An answer that an earlier process lost is a doubt too: evidence is captured again at once.
    let evidence = StepIx(2);
    let mut run = Run::new();
    run.until(Command::Perform(evidence)).put(Input::Observed { step: evidence, outcome: Outcome::Unknown });
    run.put(Input::Restarted { over: false }).put(Input::Proved { step: evidence, verdict: Verdict::Inconclusive });
    assert_eq!(run.pending(), Command::Prepare(evidence));

    let mut run = Run::new();
    run.grave().until(Command::Perform(TELL)).put(Input::Restarted { over: false });
    run.put(Input::Proved { step: TELL, verdict: Verdict::Inconclusive });
    assert_eq!(run.pending(), Command::ChooseStep(TELL), "a person is asked");
}

#[test]
fn an_undo_in_doubt_or_over_somebody_elses_change_is_stuck_and_asks() {
    let mut run = Run::new();
    run.grave().until(Command::PerformUndo(STOP_SENDING)).put(Input::Restarted { over: false });
    run.put(Input::UndoProved { step: STOP_SENDING, verdict: Verdict::Fail });
    // What is raised by now must not stay so under somebody else's stop while a person is waited for.
    assert_eq!(run.pending(), Command::LookForHolds);
    let mut stopped = Run { state: run.state.clone(), ..Run::new() };
    stopped.put(Input::HoldsRead { others: true });
    assert_eq!(stopped.pending(), Command::Prepare(StepIx(15)), "every control to safe");
    run.put(Input::HoldsRead { others: false });
    assert_eq!(run.pending(), Command::ChooseStuck(STOP_SENDING));
    run.put(Input::LeaveStuck);
    assert_eq!(run.state.end, Some(End::Stuck));

    let mut run = Run::new();
    run.grave().until(Command::PrepareUndo(STOP_SENDING));
    run.put(Input::UndoRead { step: STOP_SENDING, reading: UndoReading::Differs });
    run.put(Input::HoldsRead { others: false });
    assert_eq!(run.pending(), Command::ChooseStuck(STOP_SENDING));
    run.put(Input::UndoByHand(STOP_SENDING));
    assert_eq!(run.finish(), End::ClosedWithExceptions);
    assert!(!run.said(Event::UndoIntended { step: STOP_SENDING }), "nothing was written over it");
}

#[test]
fn stop_wins_over_restore_before_between_and_after_raises() {
    let mut before = Run::new();
    before.grave().until(Command::LookForHolds).put(Input::HoldsRead { others: true });
    assert_eq!(before.pending(), Command::AwaitHolds);
    assert!(!before.said(Event::StepIntended { step: STAGE_1 }));

    let mut soaking = Run::new();
    soaking.grave().until(Command::Soak(StageIx(0))).put(Input::HoldsRead { others: true });
    assert!(soaking.said(Event::Breached { why: BreachReason::OtherRun }));
    assert_eq!(soaking.pending(), Command::Prepare(StepIx(15)), "every control to safe");

    let mut last = Run::new();
    last.grave().until(Command::ProbeUndo(STOP_SENDING));
    last.put(Input::UndoProved { step: STOP_SENDING, verdict: Verdict::Pass });
    assert_eq!(last.pending(), Command::LookForHolds, "a look after the last raise too");
    last.put(Input::HoldsRead { others: true });
    assert!(last.state.at(STOP_SENDING).owes, "what was put back is taken again and owed again");
    assert_eq!(last.finish(), End::ClosedWithExceptions);
}

#[test]
fn a_breach_returns_to_respond_and_the_sign_off_is_asked_anew() {
    let mut run = Run::new();
    run.grave().until(Command::Soak(StageIx(0)));
    run.put(Input::Elapsed(Deadline::Soak(StageIx(0))));
    run.put(Input::Judged { check: CheckIx(0), verdict: Verdict::Fail, no_data: false });
    run.until(Command::ChooseAfterBreach);
    assert_eq!(run.state.phase, Phase::Respond);
    let granted = run.events.len();
    run.until(Command::Perform(STAGE_1));
    assert!(run.events[granted..].contains(&Event::GateGranted { gate: SIGN_OFF }));
    assert!(run.events[granted..].contains(&Event::CheckJudged { check: CheckIx(0), verdict: Verdict::Pass }));
}

#[test]
fn a_silent_signal_waits_for_the_soak_and_must_pass_there() {
    let mut run = Run::new();
    run.grave().until(Command::JudgeCheck(CheckIx(0)));
    run.put(Input::Judged { check: CheckIx(0), verdict: Verdict::Inconclusive, no_data: true });
    assert!(run.said(Event::CheckDeferred { check: CheckIx(0) }));
    run.until(Command::Soak(StageIx(0))).put(Input::Elapsed(Deadline::Soak(StageIx(0))));
    assert_eq!(run.pending(), Command::JudgeCheck(CheckIx(0)));
    run.put(Input::Judged { check: CheckIx(0), verdict: Verdict::Inconclusive, no_data: true });
    assert!(run.said(Event::Breached { why: BreachReason::Check }));
}

#[test]
fn a_sign_off_refused_leaves_autonomy_low_and_can_be_asked_anew() {
    let mut run = Run::new();
    run.grave().until(Command::AwaitVotes(SIGN_OFF)).put(Input::Elapsed(Deadline::Gate(SIGN_OFF)));
    assert_eq!(run.pending(), Command::ChooseSignOff);
    assert!(run.state.holds_lowering(&run.plan));
    run.put(Input::SignOffAgain);
    assert_eq!(run.finish(), End::Closed);
}

#[test]
fn a_missing_fallback_is_applied_before_the_gate_opens() {
    let mut run = Run::new();
    run.grave().until(Command::ProveFallback(SIGN_OFF)).put(Input::FallbackRead { gate: SIGN_OFF, holds: false });
    assert_eq!(run.pending(), Command::Prepare(StepIx(5)));
    run.until(Command::ProveFallback(SIGN_OFF)).put(Input::FallbackRead { gate: SIGN_OFF, holds: false });
    assert_eq!(run.pending(), Command::ChooseSignOff, "it still does not hold: the gate stays shut");
    assert!(!run.said(Event::GateOpened { gate: SIGN_OFF }));
}

#[test]
fn taking_over_voids_votes_and_prepares_every_act_anew() {
    let mut run = Run::new();
    run.grave().until(Command::AwaitVotes(TELL_GATE)).put(Input::Restarted { over: true });
    assert!(run.said(Event::GateVoided { gate: TELL_GATE, why: VoidReason::TakenOver }));
    assert_eq!(run.pending(), Command::Prepare(TELL));
}

#[test]
fn abandoning_leaves_autonomy_low_even_in_the_middle_of_restoring() {
    let mut early = Run::new();
    early.grave().put(Input::Abandon);
    assert_eq!(early.state.end, Some(End::Abandoned));
    let mut late = Run::new();
    late.grave().until(Command::Soak(StageIx(0))).put(Input::Abandon);
    assert_eq!(late.pending(), Command::Prepare(StepIx(15)), "what was raised is lowered first");
    assert_eq!(late.finish(), End::Abandoned);
    assert_eq!(late.refusal(Input::Advance), "the run is over");
}

#[test]
fn a_continued_run_hands_on_what_it_owes() {
    let mut old = Run::new();
    old.grave().put(Input::ContinuedBy);
    assert_eq!(old.state.end, Some(End::Abandoned));
    let plan = fixture::plan();
    let mut state = State::new(&plan);
    for input in [Input::Begin, Input::Carry(STOP_SENDING), Input::Advance] {
        for event in state.decide(&plan, input).unwrap() {
            state.apply(&plan, event).unwrap();
        }
    }
    assert_eq!(state.pending(&plan), Command::Probe(STOP_SENDING), "probed, not repeated");
    assert!(state.at(STOP_SENDING).owes);
    assert_eq!(state.at(STOP_SENDING).doing, Doing::InDoubt);
}

#[test]
fn problems_of_the_plan_and_a_lost_record_stop_after_contain() {
    let mut run = Run::new();
    run.plan.problems.push("no verification section".into());
    run.put(Input::RecordLost);
    run.until(Command::HaltForRecord);
    assert!(run.state.contained(&run.plan));
    run.put(Input::RecordRestored);
    assert_eq!(run.pending(), Command::HaltForProblems);
}

#[test]
fn an_or_else_of_several_is_owed_once_behind_the_first_of_them() {
    let mut plan = fixture::plan();
    let both = [plan.immediate[0], plan.immediate[1]];
    for step in both {
        plan.steps[step.ix()].or_else = Some(STOP_SERVICE);
    }
    let mut state = State::new(&plan);
    for step in [both[0], both[1], STOP_SERVICE, TELL] {
        state.steps[step.ix()].owes = true;
    }
    assert_eq!(state.owed(&plan).collect::<Vec<_>>(), [TELL, both[1], STOP_SERVICE, both[0]]);
}
