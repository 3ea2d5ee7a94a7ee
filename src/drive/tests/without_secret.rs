//! A secret that is gone when a granted act is to be done: the act is the one that was approved, so the grant waits for it
//! as long as its gate would have, and is used once.

use super::attacks::{notes, ready, sent, vote};
use super::count;
use crate::drive::fake::Scene;
use crate::drive::{WaitsFor, Why, exit_code};
use crate::model::catalog::Proof;
use crate::plan::GateIx;
use crate::run::event::Event;

const TELL: GateIx = GateIx(0);

/// A run whose letter both voters approve, and whose outbox has no secret by then.
fn granted_without() -> Scene {
    let mut scene = ready(|_| ());
    let _ = scene.go();
    let votes = vec![vote(&scene, "lena"), vote(&scene, "carl")];
    scene.log.votes.extend(votes);
    scene.world.missing.borrow_mut().insert("outbox".into());
    let stopped = scene.go();
    let Why::Waiting(what @ WaitsFor::Reading { .. }) = &stopped.why else { panic!("{stopped:?}") };
    assert!(what.to_string().contains("no such secret. Its approval holds until "), "{what}");
    assert_eq!(exit_code(&stopped).0, 4);
    assert_eq!(count(&scene, |e| *e == Event::GateGranted { gate: TELL }), 1);
    scene
}

fn voided(scene: &Scene) -> usize {
    count(scene, |e| matches!(e, Event::GateVoided { gate: TELL, .. }))
}

fn used(scene: &Scene) -> usize {
    count(scene, |e| *e == Event::GateConsumed { gate: TELL })
}

#[test]
fn a_grant_outlives_a_secret_that_is_gone_and_is_used_once_when_it_is_back() {
    let mut scene = granted_without();
    // Looked at again without it: nothing has changed.
    let again = scene.go();
    assert!(matches!(again.why, Why::Waiting(WaitsFor::Reading { .. })), "{again:?}");
    assert_eq!((sent(&scene), voided(&scene), used(&scene)), (0, 0, 0));
    scene.world.missing.borrow_mut().clear();
    let _ = scene.go();
    assert_eq!((sent(&scene), voided(&scene), used(&scene)), (1, 0, 1), "{:?}", notes(&scene));
    let _ = scene.go();
    assert_eq!((sent(&scene), used(&scene)), (1, 1), "no second time");
}

#[test]
fn a_secret_that_is_renewed_while_people_decide_is_the_one_that_the_act_is_done_with() {
    let mut scene = ready(|_| ());
    let _ = scene.go();
    let digest = scene.ledger().gate.unwrap().act.digest;
    let with = |scene: &Scene| {
        let shown = scene.world.shown.borrow();
        shown.iter().filter(|(step, _)| step == "tell-customers").map(|(_, secret)| *secret).collect::<Vec<_>>()
    };
    assert_eq!(with(&scene), [0], "prepared, to be shown");
    // The old one is over by the time the votes are there.
    scene.world.secret.set((1, 1));
    let votes = vec![vote(&scene, "lena"), vote(&scene, "carl")];
    scene.log.votes.extend(votes);
    let _ = scene.go();
    assert_eq!(with(&scene), [0, 1, 1], "read again and sent with the new one");
    assert_eq!((sent(&scene), voided(&scene), used(&scene)), (1, 0, 1), "{:?}", notes(&scene));
    assert_eq!(
        scene.ledger().step(scene.plan.find_step("tell-customers").unwrap()).act.as_ref().unwrap().digest,
        digest
    );
    // One that is over and was not renewed sends nothing.
    let mut late = ready(|_| ());
    let _ = late.go();
    late.world.secret.set((0, 1));
    let votes = vec![vote(&late, "lena"), vote(&late, "carl")];
    late.log.votes.extend(votes);
    let _ = late.go();
    assert_eq!((sent(&late), used(&late)), (0, 0), "{:?}", late.events());
}

#[test]
fn what_changed_while_the_secret_was_gone_voids_the_grant_all_the_same() {
    let mut scene = granted_without();
    scene.world.missing.borrow_mut().clear();
    scene.keys.roster.borrow_mut().as_mut().unwrap().iter_mut().find(|p| p.name == "carl").unwrap().keys.clear();
    let _ = scene.go();
    assert_eq!((sent(&scene), voided(&scene), used(&scene)), (0, 1, 0), "{:?}", scene.events());
}

#[test]
fn a_grant_that_nobody_could_use_in_its_time_lapses() {
    let mut scene = granted_without();
    let deadline = scene.ledger().granted.unwrap().deadline;
    let late = deadline.since(crate::port::Clock::now(&scene.clock)).0 / 1_000 + 1;
    scene.clock.pass(late.cast_signed());
    let stopped = scene.go();
    assert!(!matches!(stopped.why, Why::Waiting(WaitsFor::Reading { .. })), "{stopped:?}");
    assert_eq!((sent(&scene), voided(&scene), used(&scene)), (0, 1, 0));
}

/// What was approved is one request of this run; what somebody does by hand meanwhile is told to be another act.
#[test]
fn a_grant_is_not_for_what_is_done_by_hand_and_that_is_said() {
    // What leaves nothing to read would be done twice.
    for (proof, then) in
        [(Proof::Accepted, "does it once more as soon as it can"), (Proof::ReadBack, "asks for its approval anew")]
    {
        let mut scene = ready(|s| {
            let tell = s.plan.find_step("tell-customers").unwrap();
            s.plan.steps[tell.ix()].proof = proof;
        });
        let _ = scene.go();
        let votes = vec![vote(&scene, "lena"), vote(&scene, "carl")];
        scene.log.votes.extend(votes);
        scene.world.missing.borrow_mut().insert("outbox".into());
        let _ = scene.go();
        let said = |line: &String| line.contains("another act than the one that was approved") && line.contains(then);
        assert!(scene.shown.lines.iter().any(said), "{proof:?}: {:?}", scene.shown.lines);
    }
    // What can be read is found done: nothing is sent on votes that were not for it.
    let mut scene = ready(|s| {
        for (step, gate) in [("tell-customers", None), ("rollback-prompt", Some(TELL))] {
            let step = s.plan.find_step(step).unwrap();
            s.plan.steps[step.ix()].gate = gate;
        }
    });
    let _ = scene.go();
    let votes = vec![vote(&scene, "lena"), vote(&scene, "carl")];
    scene.log.votes.extend(votes);
    scene.world.missing.borrow_mut().insert("registry".into());
    let _ = scene.go();
    let step = scene.plan.step(scene.plan.find_step("rollback-prompt").unwrap()).clone();
    scene.world.by_hand(&step.targets[0], &step.act, None);
    scene.world.missing.borrow_mut().clear();
    let _ = scene.go();
    assert_eq!((voided(&scene), used(&scene)), (1, 0), "{:#?}", scene.events());
    let fell = |r: &&crate::run::record::Record| matches!(r.event, Event::GateVoided { gate: TELL, .. });
    let note = scene.log.records.iter().find(fell).and_then(|r| r.detail.note.clone()).unwrap_or_default();
    assert!(note.ends_with("now, as this act would leave it"), "{note}");
}
