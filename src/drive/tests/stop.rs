//! What a mere stop does: contain, then hold.

use serde_json::json;

use super::lawful;
use crate::drive::fake::{Scene, Trouble};
use crate::drive::{WaitsFor, Why, exit_code};
use crate::plan::{Plan, StepIx, fixture};
use crate::run::event::{End, Event, Outcome, Verdict};
use crate::run::record::Decision;

/// The fixture's first step, and nothing that could come after it.
fn bare() -> Plan {
    let mut plan = fixture::plan();
    plan.immediate = vec![StepIx(0)];
    plan.steps[0].or_else = None;
    plan.stop.clear();
    plan.on_silence = None;
    plan.triggers.clear();
    plan.facts.clear();
    plan.rows.clear();
    plan.checks.clear();
    plan.stages.clear();
    plan.sign_off = None;
    plan
}

fn holds(scene: &mut Scene) {
    let stopped = scene.go();
    lawful(scene, &stopped);
    assert!(matches!(stopped.why, Why::Waiting(WaitsFor::Onward)), "{stopped:?}\n{:#?}", scene.events());
    assert_eq!(exit_code(&stopped).0, 4);
}

#[test]
fn it_stops_and_holds_until_somebody_goes_on() {
    let mut scene = Scene::of(bare());
    holds(&mut scene);
    assert_eq!(scene.world.state("flags/autonomy"), json!(false));
    assert_eq!(*scene.world.performed.borrow(), ["stop-sending"]);
    // Whoever resumes finds it the same, and nothing is done twice.
    holds(&mut scene);
    assert_eq!(*scene.world.performed.borrow(), ["stop-sending"]);
}

#[test]
fn what_is_safe_already_is_proven_and_nothing_is_sent() {
    let mut scene = Scene::of(bare());
    scene.world.set("flags/autonomy", json!(false));
    holds(&mut scene);
    assert!(scene.world.performed.borrow().is_empty(), "{:?}", scene.world.performed.borrow());
    let events = scene.events();
    let step = StepIx(0);
    assert!(events.contains(&Event::StepIntended { step }), "it is held all the same");
    assert!(events.contains(&Event::StepObserved { step, outcome: Outcome::NotSent }));
    assert!(events.contains(&Event::StepProved { step, verdict: Verdict::Pass }));
}

#[test]
fn an_answer_that_is_lost_is_probed_and_proven_by_what_is_there() {
    let mut scene = Scene::of(bare());
    scene.world.goes_wrong("stop-sending", false, Trouble::LostAfter, 1);
    holds(&mut scene);
    assert_eq!(scene.world.state("flags/autonomy"), json!(false));
    assert!(scene.events().contains(&Event::StepObserved { step: StepIx(0), outcome: Outcome::Unknown }));
}

#[test]
fn a_slip_is_taken_back_by_another_person() {
    let mut scene = Scene::of(bare());
    holds(&mut scene);
    scene.aside(async |driver| driver.stand_down("the wrong one")).unwrap();
    scene.log.voters = vec![("lena".to_owned(), Decision::Approve)];
    let stopped = scene.go();
    assert!(matches!(stopped.why, Why::Done(End::StoodDown)), "{stopped:?}\n{:#?}", scene.events());
    assert_eq!(scene.world.state("flags/autonomy"), json!(true));
}
