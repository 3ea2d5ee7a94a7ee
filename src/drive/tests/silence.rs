//! People who are waited for and do not come: somebody is paged, nothing else happens, and who comes late is heard.

use super::story::effects;
use super::{count, lawful};
use crate::drive::fake::{Scene, Trouble};
use crate::drive::{WaitsFor, Why};
use crate::plan::{CheckIx, RowIx, StepIx, Votes};
use crate::report::brief;
use crate::report::fold::Summary;
use crate::run::event::{Choice, End, Event, Source, Verdict};
use crate::run::record::Decision;

const PAGER: &str = "pager/commander";

/// Each kind of question, in a run that comes to ask it, and how often it is let pass.
fn asking() -> Vec<(&'static str, usize, Scene)> {
    let approve = |people: &[&str]| people.iter().map(|p| ((*p).to_owned(), Decision::Approve)).collect();
    let with = |change: &dyn Fn(&mut Scene)| {
        let mut scene = Scene::new();
        change(&mut scene);
        scene
    };
    vec![
        // One of the two facts is measured, and a check that nobody answers is somebody else's to vouch for.
        ("Fact", 1, Scene::new()),
        ("Check", 1, Scene::new()),
        ("Severity", 2, Scene::new()),
        ("FixAuthor", 2, Scene::new()),
        ("Step", 2, with(&|s| s.world.goes_wrong("rollback-prompt", false, Trouble::Refuses, 1))),
        ("CheckNext", 2, with(&|s| s.policy.wrong = 1)),
        ("SignOffAgain", 2, with(&|s| s.log.voters = approve(&["lena", "carl", "ada"]))),
        ("Stuck", 2, with(&|s| s.world.goes_wrong("stop-sending", true, Trouble::Refuses, 1))),
    ]
}

#[test]
fn whatever_a_person_is_asked_somebody_is_paged_when_nobody_answers_and_it_is_asked_again() {
    for (kind, times, mut scene) in asking() {
        scene.policy.lets_pass.insert(kind.to_owned(), times);
        let stopped = scene.go();
        lawful(&scene, &stopped);
        assert!(matches!(stopped.why, Why::Done(_)), "{kind}: {stopped:?}\n{:#?}", scene.events());
        assert_eq!(count(&scene, |e| *e == Event::QuestionExpired), times, "{kind}: {:#?}", scene.events());
        let reminded = count(&scene, |e| matches!(e, Event::GateReminded { .. }));
        assert_eq!(effects(&scene, PAGER), times + reminded, "{kind}: each time another page");
        let asked = scene.asked.iter().filter(|asked| *asked == kind).count();
        assert!(asked > times || times == 1, "{kind} was asked {asked} times");
        // Nothing acts after an expiry but the page, until somebody has said something.
        let page = scene.plan.on_silence.unwrap();
        let events = scene.events();
        for (i, _) in events.iter().enumerate().filter(|(_, e)| **e == Event::QuestionExpired) {
            let acts = events[i..].iter().find_map(|e| match e {
                Event::StepIntended { step } | Event::UndoIntended { step } => Some(*step),
                _ => None,
            });
            assert_eq!(acts, Some(page), "{kind}");
        }
    }
}

/// Who answers each of the two kinds of question that silence answers, in the order of the record.
#[test]
fn whoever_is_typing_an_answer_when_its_deadline_passes_is_heard_before_anything_else_is_asked() {
    for (kind, times) in [("Fact", 1), ("Fact", 2), ("Check", 1), ("Check", 2)] {
        let mut scene = Scene::new();
        scene.policy.lets_pass.insert(kind.to_owned(), times);
        scene.policy.begins = true;
        let stopped = scene.go();
        lawful(&scene, &stopped);
        assert!(matches!(stopped.why, Why::Done(End::Closed)), "{kind}: {stopped:?}\n{:#?}", scene.events());
        assert_eq!(count(&scene, |e| *e == Event::QuestionExpired), times, "{kind}");
        assert!(effects(&scene, PAGER) >= times, "{kind}: each time somebody is paged");
        // Nothing else is asked before they have said it.
        let first = scene.asked.iter().position(|asked| asked == kind).unwrap();
        assert!(scene.asked[first..=first + times].iter().all(|asked| asked == kind), "{kind}: {:?}", scene.asked);
        // What silence said is on record, and then what they said.
        let events = scene.events();
        let at = |is: &dyn Fn(&Event) -> bool| events.iter().position(is).unwrap();
        let (silence, said) = if kind == "Fact" {
            let by = |source| move |e: &Event| matches!(e, Event::FactAnswered { source: s, .. } if *s == source);
            (at(&by(Source::Silence)), at(&by(Source::Person)))
        } else {
            let asked = CheckIx(1);
            let is = |wanted| move |e: &Event| matches!(e, Event::CheckJudged { check, verdict } if *check == asked && *verdict == wanted);
            (at(&is(Verdict::Inconclusive)), at(&is(Verdict::Pass)))
        };
        assert!(silence < said, "{kind}: {events:#?}");
        let confirmed = at(&|e| matches!(e, Event::SeverityConfirmed { .. }));
        assert!(kind == "Check" || said < confirmed, "{kind}: {events:#?}");
    }
}

#[test]
fn a_run_in_which_every_question_is_let_pass_once_ends_in_the_same_world() {
    let mut plain = Scene::new();
    assert!(matches!(plain.go().why, Why::Done(End::Closed)));
    let state = plain.world.things.borrow().state.clone();
    let silent = || {
        let mut scene = Scene::new();
        for kind in ["Severity", "Check", "FixAuthor"] {
            scene.policy.lets_pass.insert(kind.to_owned(), 1);
        }
        scene.policy.rejudges = true;
        scene
    };
    let mut whole = silent();
    let stopped = whole.go();
    lawful(&whole, &stopped);
    assert!(matches!(stopped.why, Why::Done(End::Closed)), "{stopped:?}");
    assert_eq!(whole.world.things.borrow().state, state);
    assert_eq!((count(&whole, |e| *e == Event::QuestionExpired), effects(&whole, PAGER)), (3, 3));
    // Cut after any record and taken up again by somebody who answers, it comes to the same; whoever dies at any append, too.
    let mut from = 0;
    for (length, things) in &whole.log.appends {
        for keep in 1..=*length {
            let mut scene = Scene::new();
            scene.policy.rejudges = true;
            scene.log.records = whole.log.records[..from + keep].to_vec();
            if scene.events().iter().any(|e| matches!(e, Event::RunEnded { .. })) {
                continue;
            }
            *scene.world.things.borrow_mut() = things.clone();
            scene.world.intended_all(&scene.log.records);
            scene.clock.now.set(scene.log.records.last().unwrap().at.0 + 1);
            let stopped = scene.go();
            lawful(&scene, &stopped);
            // Votes that are on record without the grant that they made, which no cut leaves in earnest, are given once more.
            let closed = matches!(stopped.why, Why::Done(End::Closed | End::ClosedWithExceptions));
            assert!(closed, "cut after record {}: {stopped:?}", from + keep);
            assert_eq!(scene.world.things.borrow().state, state, "cut after record {}", from + keep);
        }
        from += length;
    }
    for number in 0..whole.log.appends.len() {
        for durable in [false, true] {
            let mut scene = silent();
            scene.log.dies = Some((number, durable));
            scene.go();
            scene.log.dies = None;
            if scene.events().iter().any(|e| matches!(e, Event::RunEnded { .. })) {
                continue;
            }
            let stopped = scene.go();
            lawful(&scene, &stopped);
            // Whoever lets the check pass a second time, in a second life, has somebody vouch for it.
            let closed = matches!(stopped.why, Why::Done(End::Closed | End::ClosedWithExceptions));
            assert!(closed, "died at append {number}: {stopped:?}");
            assert_eq!(scene.world.things.borrow().state, state, "died at append {number}, durable: {durable}");
        }
    }
}

/// Leaves the run where it asks this, with nobody there.
fn left_at(scene: &mut Scene, kind: &str) {
    scene.policy.leaves_at = Some(kind.to_owned());
    let stopped = scene.go();
    assert!(matches!(stopped.why, Why::Interrupted), "{stopped:?}");
    scene.policy.leaves_at = None;
    scene.policy.present = false;
}

fn waits(scene: &mut Scene) -> WaitsFor {
    let stopped = scene.go();
    lawful(scene, &stopped);
    let Why::Waiting(what) = stopped.why else { panic!("{stopped:?}") };
    what
}

#[test]
fn whoever_takes_up_a_run_that_was_left_finds_its_deadline_passed_and_pages_once() {
    let mut scene = Scene::new();
    left_at(&mut scene, "FixAuthor");
    let pages = |scene: &Scene| (count(scene, |e| *e == Event::QuestionExpired), effects(scene, PAGER));
    scene.clock.pass(500);
    assert_eq!(waits(&mut scene), WaitsFor::FixAuthor);
    assert_eq!(pages(&scene), (0, 0), "not before its time");
    scene.clock.pass(101);
    // Who only reads is told, and nothing is written.
    let length = scene.log.records.len();
    let told = |scene: &Scene| {
        let now = crate::text::time::Instant(scene.clock.now.get());
        brief::lines(&Summary::of(&scene.log.records).unwrap(), now)[3].clone()
    };
    assert!(told(&scene).contains("; expired, not yet recorded: somebody is paged, and nothing else happens"));
    assert_eq!(scene.log.records.len(), length);
    assert_eq!(waits(&mut scene), WaitsFor::FixAuthor);
    assert_eq!(pages(&scene), (1, 1));
    let expired = scene.log.records.iter().find(|r| r.event == Event::QuestionExpired).unwrap();
    assert_eq!(expired.detail.note.as_deref(), Some("the name of who made the fix"));
    let page = scene.ledger().step(scene.plan.on_silence.unwrap()).act.clone().unwrap();
    let text = page.statement.unwrap();
    assert!(text.contains("the run waits for the name of who made the fix"), "{text}");
    // Twice as long until the next; taking it up again in between pages nobody.
    scene.clock.pass(1_199);
    assert_eq!(waits(&mut scene), WaitsFor::FixAuthor);
    assert_eq!(pages(&scene), (1, 1));
    assert!(told(&scene).contains("; then: somebody is paged"), "{}", told(&scene));
    scene.clock.pass(2);
    assert_eq!(waits(&mut scene), WaitsFor::FixAuthor);
    assert_eq!(pages(&scene), (2, 2));
    // And whoever comes at last is heard.
    scene.policy.present = true;
    let stopped = scene.go();
    assert!(matches!(stopped.why, Why::Done(End::Closed)), "{stopped:?}");
}

#[test]
fn a_check_that_is_left_is_inconclusive_once_its_time_is_over_and_somebody_else_may_vouch() {
    let mut scene = Scene::new();
    left_at(&mut scene, "Check");
    scene.clock.pass(3_601);
    assert_eq!(waits(&mut scene), WaitsFor::Vouch("hand-sample".into()));
    let judged = Event::CheckJudged { check: CheckIx(1), verdict: Verdict::Inconclusive };
    assert_eq!(count(&scene, |e| *e == judged), 1);
    assert_eq!(effects(&scene, PAGER), 1);
    // Nobody vouches either: somebody is paged about that, and nothing was raised.
    scene.clock.pass(601);
    waits(&mut scene);
    assert_eq!(effects(&scene, PAGER), 2);
    assert_eq!(scene.world.state("flags/autonomy"), false);
    scene.policy.present = true;
    let stopped = scene.go();
    assert!(matches!(stopped.why, Why::Done(End::ClosedWithExceptions)), "vouched for: {stopped:?}");
}

#[test]
fn what_is_said_late_from_another_command_counts_though_its_expiry_goes_on_record_first() {
    // Done by hand, hours after it was asked.
    let mut scene = Scene::new();
    scene.world.goes_wrong("rollback-prompt", false, Trouble::Refuses, 1);
    left_at(&mut scene, "Step");
    scene.clock.pass(7_200);
    let step = scene.plan.find_step("rollback-prompt").unwrap();
    let target = scene.plan.step(step).targets[0].clone();
    scene.world.by_hand(&target, &scene.plan.step(step).act, None);
    assert!(scene.aside(async |d| d.by_hand(step, "on the console")).is_ok());
    assert_eq!(count(&scene, |e| *e == Event::QuestionExpired), 1);
    assert_eq!(count(&scene, |e| *e == Event::StepChosen { step, choice: Choice::ByHand }), 1);
    // Confirmed from another command.
    let mut scene = Scene::new();
    left_at(&mut scene, "Severity");
    scene.clock.pass(7_200);
    assert!(scene.aside(async |d| d.revise_severity(RowIx(0), "as it looks")).is_ok());
    assert_eq!(count(&scene, |e| *e == Event::SeverityConfirmed { row: RowIx(0) }), 1);
    // Put back by hand where the undo is stuck.
    let mut scene = Scene::new();
    scene.world.goes_wrong("stop-sending", true, Trouble::Refuses, 1);
    left_at(&mut scene, "Stuck");
    scene.clock.pass(7_200);
    assert!(scene.aside(async |d| d.by_hand(StepIx(0), "on the console")).is_ok());
    assert_eq!(count(&scene, |e| *e == Event::UndoByHand { step: StepIx(0) }), 1);
}

#[test]
fn a_run_that_waits_for_somebody_with_a_name_or_for_other_runs_pages_too() {
    let mut scene = Scene::new();
    scene.plan.votes = Votes::Signed;
    scene.policy.person = None;
    assert_eq!(waits(&mut scene), WaitsFor::Identity);
    scene.clock.pass(601);
    assert_eq!(waits(&mut scene), WaitsFor::Identity);
    assert_eq!(effects(&scene, PAGER), 1, "{:?}", scene.events());
    assert_eq!(count(&scene, |e| matches!(e, Event::SeverityConfirmed { .. } | Event::GateOpened { .. })), 0);

    let mut scene = Scene::new();
    let other = "20260723-0100-beef".to_owned();
    scene.log.others = vec![vec![other.clone()]];
    scene.log.absent_at_gates = true;
    assert_eq!(waits(&mut scene), WaitsFor::OtherRuns(vec![other.clone()]));
    scene.clock.pass(601);
    assert_eq!(waits(&mut scene), WaitsFor::OtherRuns(vec![other]));
    assert_eq!(effects(&scene, PAGER), 1);
    assert!(!scene.events().iter().any(|e| matches!(e, Event::UndoIntended { .. })), "nothing was raised");
}
