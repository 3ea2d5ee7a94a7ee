//! Who may vouch and who may say yes, in whole runs.

use super::{count, lawful};
use crate::drive::fake::Scene;
use crate::drive::{WaitsFor, Why};
use crate::plan::GateIx;
use crate::run::event::{Event, Phase};
use crate::run::input::Input;

const SIGN_OFF: GateIx = GateIx(1);

fn waits(scene: &mut Scene) -> WaitsFor {
    let stopped = scene.go();
    lawful(scene, &stopped);
    match stopped.why {
        Why::Waiting(what) => what,
        other => panic!("{other:?}\n{:#?}", scene.events()),
    }
}

#[test]
fn whoever_vouched_for_a_check_and_made_the_fix_has_not_vouched_for_it() {
    let mut scene = Scene::new();
    // It can't be judged, so somebody vouches for it; afterwards it turns out to be their own fix.
    let signal = scene.plan.checks[0].signal.as_mut().unwrap();
    signal.target.provider = "absent".into();
    scene.policy.fixed_by = "sam".into();
    let what = waits(&mut scene);
    assert_eq!(what, WaitsFor::Vouch(scene.plan.checks[0].id.clone()));
    assert_eq!(count(&scene, |e| matches!(e, Event::CheckAttested { .. })), 1);
    assert_eq!(count(&scene, |e| *e == Event::PhaseEntered { phase: Phase::Verify }), 2);
    assert_eq!(count(&scene, |e| *e == Event::GateOpened { gate: SIGN_OFF }), 0);
    assert!(scene.shown.lines.iter().any(|l| l.contains("sam made the fix")), "{:?}", scene.shown.lines);
}

#[test]
fn a_sign_off_that_nobody_is_left_for_is_said_at_once_and_can_be_left() {
    let mut scene = Scene::new();
    scene.policy.fixed_by = "grace".into();
    let entitled = |function: &str, person: &str| WaitsFor::Entitled {
        gate: "sign-off".into(),
        functions: vec![function.into()],
        excluded: vec![person.into()],
    };
    assert_eq!(waits(&mut scene), entitled("product", "grace"));
    assert_eq!(count(&scene, |e| *e == Event::GateOpened { gate: SIGN_OFF }), 0, "nobody waits a day for nothing");
    scene.aside(async |d| {
        let state = d.state().clone();
        assert!(state.decide(&crate::plan::fixture::plan(), Input::ContinuedBy).is_ok());
        assert!(state.decide(&crate::plan::fixture::plan(), Input::Abandon).is_ok());
    });
    // Once more, and the answer is the same.
    assert_eq!(waits(&mut scene), entitled("product", "grace"));
}

#[test]
fn whoever_ran_an_incident_does_not_sign_it_off_because_it_goes_on_as_another_run() {
    let mut scene = Scene::new();
    scene.operators = vec!["ada".into()];
    let excluded = vec!["ada".to_owned()];
    let what = waits(&mut scene);
    assert_eq!(what, WaitsFor::Entitled { gate: "sign-off".into(), functions: vec!["engineering".into()], excluded });
    assert!(scene.ledger().operators.contains("ada"));
}

#[test]
fn nothing_is_shown_of_a_run_before_it_is_on_record() {
    let mut scene = Scene::new();
    scene.log.dies = Some((0, false));
    let _ = scene.go();
    assert_eq!(scene.shown.records, 0);
    let mut scene = Scene::new();
    let _ = scene.go();
    assert_eq!(scene.shown.records, scene.log.records.len());
}
