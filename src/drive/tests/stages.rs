//! Stages that set the same control, a fallback that moves it, and somebody else who does.

use serde_json::{Value, json};

use super::{count, lawful};
use crate::drive::Why;
use crate::drive::fake::Scene;
use crate::plan::{Plan, Setting, Stage, StepIx, fixture};
use crate::run::event::{BreachReason, End, Event, VoidReason};
use crate::run::record::Decision;

/// The fixture's plan with a third stage, which sets again what the first one sets.
fn twice() -> Plan {
    let mut plan = fixture::plan();
    let mut again = plan.steps[13].clone();
    "stage.3".clone_into(&mut again.id);
    if let crate::plan::Act::SetControl { to, .. } = &mut again.act {
        *to = Setting::Level("gated".to_owned());
    }
    plan.steps.push(again);
    let step = StepIx(u16::try_from(plan.steps.len() - 1).unwrap());
    plan.stages.push(Stage { step, soak: fixture::secs(60) });
    // As plans that are resolved have it: what takes autonomy back owes nothing.
    for step in plan.safe_all.clone() {
        plan.steps[step.ix()].undo = crate::plan::Undo::None;
    }
    plan
}

fn ended(scene: &mut Scene, end: End) {
    let stopped = scene.go();
    assert!(
        matches!(stopped.why, Why::Done(e) if e == end),
        "{stopped:?}\nsaid: {:?}\n{:#?}",
        scene.shown.lines,
        scene.events()
    );
    lawful(scene, &stopped);
}

/// What each preparation of a step found, in order.
fn found(scene: &Scene, step: &str) -> Vec<Value> {
    let prepared = scene.log.records.iter().filter(|r| matches!(r.event, Event::StepPrepared { .. }));
    let of = prepared.filter(|r| r.about.as_deref() == Some(step));
    of.map(|r| r.detail.act.as_ref().unwrap().prior[0].clone()).collect()
}

#[test]
fn a_control_is_set_by_two_stages_under_one_sign_off() {
    let mut scene = Scene::of(twice());
    scene.world.set("flags/mode", json!("off"));
    ended(&mut scene, End::Closed);
    assert_eq!(scene.world.state("flags/mode"), json!("gated"));
    // The second one was shown as what it is: from where the first one leaves it.
    assert_eq!(found(&scene, "stage.1"), [json!("off")]);
    assert_eq!(found(&scene, "stage.3"), [json!("advisory")]);
    assert_eq!(count(&scene, |e| matches!(e, Event::Breached { .. })), 0);
    assert_eq!(count(&scene, |e| matches!(e, Event::GateVoided { .. })), 0);
    assert_eq!(count(&scene, |e| *e == Event::GateOpened { gate: scene.plan.sign_off.unwrap() }), 1);
}

#[test]
fn a_process_that_dies_between_two_stages_on_one_control_changes_nothing_of_it() {
    let mut plain = Scene::of(twice());
    plain.world.set("flags/mode", json!("off"));
    ended(&mut plain, End::Closed);
    for number in 0..plain.log.appends.len() {
        let mut scene = Scene::of(twice());
        scene.world.set("flags/mode", json!("off"));
        scene.log.dies = Some((number, true));
        scene.go();
        scene.log.dies = None;
        if scene.events().iter().any(|e| matches!(e, Event::RunEnded { .. })) {
            continue;
        }
        scene.go();
        assert_eq!(scene.world.state("flags/mode"), json!("gated"), "died at append {number}");
        // A raise that was cut off before it was sent is found absent, and taken back; never because of what stands there.
        let surprised =
            |e: &Event| matches!(e, Event::Breached { why: BreachReason::Changed } | Event::GateVoided { .. });
        assert_eq!(count(&scene, surprised), 0, "died at append {number}: {:#?}", scene.events());
    }
}

/// A run that waits at its sign-off, which one person has still to give.
fn waiting(plan: Plan) -> Scene {
    let mut scene = Scene::of(plan);
    scene.world.set("flags/mode", json!("off"));
    scene.log.absent_at_gates = true;
    scene.log.voters.retain(|(name, _)| name != "grace");
    let stopped = scene.go();
    assert!(matches!(stopped.why, Why::Waiting(_)), "{stopped:?}");
    assert_eq!(count(&scene, |e| *e == Event::GateOpened { gate: scene.plan.sign_off.unwrap() }), 1);
    scene.log.absent_at_gates = false;
    scene.log.voters.push(("grace".to_owned(), Decision::Approve));
    scene
}

#[test]
fn what_somebody_else_moves_before_the_first_stage_is_prepared_anew_and_asked_again_with_nothing_raised() {
    // Of the first stage and of a later one alike: the sign-off is for the whole sequence.
    for (name, other) in [("flags/mode", json!("auto")), ("flags/traffic", json!(1.0))] {
        let mut scene = waiting(twice());
        let gate = scene.plan.sign_off.unwrap();
        scene.world.set(name, other.clone());
        ended(&mut scene, End::Closed);
        let void = Event::GateVoided { gate, why: VoidReason::PriorChanged };
        assert_eq!(count(&scene, |e| *e == void), 1, "{name}");
        assert_eq!(count(&scene, |e| *e == Event::GateOpened { gate }), 2, "{name}");
        assert_eq!(count(&scene, |e| matches!(e, Event::Breached { .. })), 0, "{name}");
        let at = scene.events().iter().position(|e| *e == void).unwrap();
        let intended =
            |e: &Event| matches!(e, Event::StepIntended { step } if scene.plan.stages.iter().any(|s| s.step == *step));
        assert!(!scene.events()[..at].iter().any(intended), "{name}: raised on votes for something else");
        let note = scene.log.records[at].detail.note.clone().unwrap();
        assert!(note.contains(&format!("is {other} now")), "{note}");
    }
}

#[test]
fn what_somebody_else_moves_between_two_stages_takes_everything_back_and_is_said() {
    let mut scene = Scene::of(twice());
    scene.world.set("flags/mode", json!("off"));
    // While the second stage soaks, somebody sets the control that the third is to set.
    *scene.world.sets_at.borrow_mut() = Some(("stage.2".to_owned(), "flags/mode".to_owned(), json!("auto")));
    ended(&mut scene, End::ClosedWithExceptions);
    assert_eq!(count(&scene, |e| *e == Event::Breached { why: BreachReason::Changed }), 1);
    let gate = scene.plan.sign_off.unwrap();
    assert_eq!(count(&scene, |e| *e == Event::GateConsumed { gate }), 2, "it was asked for and given anew");
    let performed = scene.world.performed.borrow().clone();
    let places: Vec<usize> =
        ["stage.2", "safe.mode"].iter().map(|id| performed.iter().position(|p| p == id).unwrap()).collect();
    assert_eq!(places[1], places[0] + 1, "{performed:?}");
    let reread = scene.log.records.iter().find(|r| matches!(r.event, Event::Breached { .. })).unwrap();
    let note = reread.detail.note.as_deref();
    assert_eq!(note, Some(r#"mode: it was to be "advisory" when it was shown and is "auto" now"#));
    assert_eq!(scene.world.state("flags/mode"), json!("gated"));
}

#[test]
fn a_fallback_that_moves_what_a_stage_sets_is_applied_before_anybody_is_asked() {
    // The stop is on the very control that two stages set, and it does not hold when the sign-off is about to open.
    let mut plan = twice();
    let mode = plan.steps[13].targets.clone();
    plan.steps[5].targets = mode;
    plan.steps[5].act =
        crate::plan::Act::SetControl { control: "mode".to_owned(), to: Setting::Level("off".to_owned()), safe: true };
    plan.stop = vec![StepIx(5)];
    let mut scene = Scene::of(plan);
    scene.world.set("flags/mode", json!("auto"));
    ended(&mut scene, End::Closed);
    let gate = scene.plan.sign_off.unwrap();
    assert_eq!(count(&scene, |e| *e == Event::FallbackMissing { gate }), 1);
    assert_eq!(count(&scene, |e| *e == Event::GateVoided { gate, why: VoidReason::FallbackApplied }), 1);
    assert_eq!(count(&scene, |e| *e == Event::GateOpened { gate }), 1, "people are asked once");
    assert_eq!(count(&scene, |e| matches!(e, Event::Breached { .. })), 0);
    assert_eq!(found(&scene, "stage.1"), [json!("auto"), json!("off")]);
    assert_eq!(found(&scene, "stage.3"), [json!("advisory"), json!("advisory")]);
}
