//! Wherever a person is waited for: silence pages, does nothing else, and a late answer counts as any other.

use super::*;
use crate::run::deadline;
use crate::run::state::CheckState;

const PAGE: StepIx = StepIx(7);
const HAND_SAMPLE: CheckIx = CheckIx(1);

type Way = fn(&mut Run);

/// Fails a step of the way and lets the rest of its phase go on.
fn failed(run: &mut Run, step: StepIx) {
    run.until(Command::Probe(step)).put(Input::Proved { step, verdict: Verdict::Fail });
    run.until(Command::ChooseStep(step));
}

fn stopped_again(run: &mut Run) {
    run.until(Command::Soak(StageIx(0))).put(Input::StopAgain);
}

/// Every wait for a person that has no answer of its own when nobody comes, and how a run gets there.
fn waits() -> Vec<(Command, Way)> {
    let stuck: Way = |run| {
        run.until(Command::PrepareUndo(STOP_SENDING));
        run.put(Input::UndoRead { step: STOP_SENDING, reading: UndoReading::Differs });
    };
    vec![
        (Command::ChooseStep(STOP_SENDING), |run| failed(run, STOP_SENDING)),
        (Command::ChooseStep(StepIx(9)), |run| failed(run.grave(), StepIx(9))),
        (Command::ChooseStep(StepIx(16)), |run| {
            stopped_again(run);
            failed(run, StepIx(16));
        }),
        (Command::ChooseQueued(TELL), |run| {
            run.grave().until(Command::AwaitVotes(TELL_GATE)).put(Input::Elapsed(Deadline::Gate(TELL_GATE)));
        }),
        (Command::ChooseCheck(CheckIx(0)), |run| {
            run.until(Command::JudgeCheck(CheckIx(0)));
            run.put(Input::Judged { check: CheckIx(0), verdict: Verdict::Fail, no_data: false });
        }),
        (Command::NameFixAuthor, |_| {}),
        (Command::ChooseSignOff, |run| {
            run.until(Command::AwaitVotes(SIGN_OFF)).put(Input::Elapsed(Deadline::Gate(SIGN_OFF)));
        }),
        (Command::AwaitHolds, |run| {
            run.until(Command::LookForHolds).put(Input::HoldsRead { others: true });
        }),
        (Command::ChooseAfterBreach, stopped_again),
        (Command::ChooseStuck(STOP_SENDING), stuck),
    ]
}

/// The state without the page that is due or under way.
fn but_for_the_page(state: &State) -> State {
    let mut state = state.clone();
    state.silence = false;
    state.steps[PAGE.ix()].doing = Doing::Idle;
    state
}

#[test]
fn silence_pages_wherever_a_person_is_waited_for_and_changes_nothing_else() {
    for (wanted, way) in waits() {
        let mut run = Run::new();
        way(&mut run);
        run.until(wanted);
        assert_eq!(deadline::of(&run.plan, wanted), Some(Deadline::Human), "{wanted:?}");
        let before = but_for_the_page(&run.state);
        for _ in 0..2 {
            let said = run.events.len();
            run.put(Input::Elapsed(Deadline::Human));
            assert_eq!(run.events[said..], [Event::QuestionExpired], "{wanted:?}");
            assert_eq!(run.pending(), Command::Prepare(PAGE), "{wanted:?}: somebody is paged");
            assert_eq!(run.state.answerable(&run.plan), wanted);
            assert_eq!(run.refusal(Input::Elapsed(Deadline::Human)), "somebody is being paged already");
            run.until(wanted);
            assert_eq!(but_for_the_page(&run.state), before, "{wanted:?}: the same is asked as before");
            assert!(!run.state.silence);
        }
        let pages = run.events.iter().filter(|e| **e == Event::StepIntended { step: PAGE }).count();
        assert_eq!(pages, 2, "{wanted:?}");
    }
}

#[test]
fn who_answers_while_the_page_is_on_its_way_is_heard() {
    for (wanted, way) in waits() {
        if wanted == Command::AwaitHolds {
            continue;
        }
        for on in [Command::Prepare(PAGE), Command::Perform(PAGE), Command::Probe(PAGE)] {
            let mut run = Run::new();
            way(&mut run);
            let answer = run.until(wanted).good();
            run.put(Input::Elapsed(Deadline::Human)).until(on).put(answer);
            assert_ne!(run.state.answerable(&run.plan), wanted, "{wanted:?}");
            // And the page that is under way is not forgotten on the way to the end.
            run.finish();
            assert!(run.events.contains(&Event::StepProved { step: PAGE, verdict: Verdict::Pass }), "{wanted:?}");
        }
    }
    // Whoever confirms late, too.
    let mut run = Run::new();
    run.until(Command::ConfirmSeverity(RowIx(2))).put(Input::Elapsed(Deadline::Severity));
    assert_eq!(run.pending(), Command::Prepare(PAGE));
    run.put(Input::Confirmed(RowIx(2)));
    assert_eq!(run.state.confirmed, Some(RowIx(2)));
}

#[test]
fn a_check_that_nobody_answers_is_inconclusive_and_raises_nothing_until_it_passes_or_is_vouched_for() {
    let expired = || {
        let mut run = Run::new();
        run.until(Command::JudgeCheck(HAND_SAMPLE)).put(Input::Elapsed(Deadline::Check(HAND_SAMPLE)));
        let judged = Event::CheckJudged { check: HAND_SAMPLE, verdict: Verdict::Inconclusive };
        assert_eq!(run.events[run.events.len() - 2..], [Event::QuestionExpired, judged]);
        assert_eq!(run.pending(), Command::Prepare(PAGE), "somebody is paged");
        run.until(Command::ChooseCheck(HAND_SAMPLE));
        assert_eq!(run.state.checks[HAND_SAMPLE.ix()], CheckState::Inconclusive);
        assert!(!run.state.raised(&run.plan));
        run
    };
    // It is asked again, and a true answer counts, however late.
    let mut again = expired();
    again.put(Input::CheckAgain(HAND_SAMPLE));
    assert_eq!(again.pending(), Command::JudgeCheck(HAND_SAMPLE));
    assert_eq!(again.finish(), End::Closed);
    // Or somebody vouches for it.
    let mut vouched = expired();
    vouched.put(Input::CheckAttested(HAND_SAMPLE));
    assert_eq!(vouched.finish(), End::ClosedWithExceptions);
    // However often nobody answers, nothing goes up.
    let mut silent = expired();
    for _ in 0..3 {
        silent.put(Input::CheckAgain(HAND_SAMPLE)).put(Input::Elapsed(Deadline::Check(HAND_SAMPLE)));
        silent.until(Command::ChooseCheck(HAND_SAMPLE));
    }
    assert!(!silent.state.raised(&silent.plan) && !silent.state.fix_author);
    // What is measured is nobody's to answer.
    let mut measured = Run::new();
    measured.until(Command::JudgeCheck(CheckIx(0)));
    assert_eq!(
        measured.refusal(Input::Elapsed(Deadline::Check(CheckIx(0)))),
        "this check is measured, and nobody is asked"
    );
}

#[test]
fn files_that_nobody_puts_right_and_somebody_who_says_no_name_are_waited_for_no_longer_without_a_page() {
    let mut plan = fixture::plan();
    plan.problems.push("something is missing".into());
    let mut run = Run::of(plan);
    run.until(Command::HaltForProblems).put(Input::Elapsed(Deadline::Human));
    assert_eq!(run.pending(), Command::Prepare(PAGE));
    run.until(Command::HaltForProblems);
    // Nobody is known: the run stands before what only somebody identified may have done.
    let mut run = Run::new();
    run.grave().until(Command::Prepare(StepIx(8))).put(Input::Elapsed(Deadline::Human));
    assert_eq!(run.pending(), Command::Prepare(PAGE));
    run.until(Command::Prepare(StepIx(8)));
    // Nothing is waited for where something is under way, and not before everything was tried that stops.
    run.until(Command::Perform(StepIx(8)));
    assert_eq!(run.refusal(Input::Elapsed(Deadline::Human)), "no person is waited for");
    let mut run = Run::new();
    run.until(Command::Prepare(STOP_SENDING));
    assert_eq!(
        run.refusal(Input::Elapsed(Deadline::Human)),
        "nobody is waited for before every immediate action was tried"
    );
}

#[test]
fn where_nobody_can_be_paged_silence_is_on_record_and_the_same_is_asked() {
    let mut plan = fixture::plan();
    plan.on_silence = None;
    let mut run = Run::of(plan);
    run.until(Command::NameFixAuthor);
    let before = run.state.clone();
    run.put(Input::Elapsed(Deadline::Human));
    assert_eq!((run.pending(), &run.state), (Command::NameFixAuthor, &before));
}

#[test]
fn a_page_for_silence_waits_for_a_stop_and_not_for_whoever_has_to_decide_about_it() {
    let mut run = Run::new();
    stopped_again(&mut run);
    let mut late = run.state.clone();
    late.silence = true;
    assert_eq!(late.pending(&run.plan), Command::Prepare(StepIx(15)), "the stop comes first");
}
