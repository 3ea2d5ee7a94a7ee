//! Every fault at every step and every undo; every effect twice; death at every append; the record cut anywhere.

use serde_json::json;

use super::lawful;
use crate::drive::fake::{Scene, Things, Trouble};
use crate::drive::{Stopped, Why};
use crate::plan::{Step, Votes};
use crate::run::event::{Choice, End, Event};
use crate::run::record::Decision;

/// A run without faults, for comparison.
fn plain() -> Scene {
    let mut scene = Scene::new();
    assert!(matches!(scene.go().why, Why::Done(End::Closed)));
    scene
}

/// What is left of the world, and how often each effect was had instead of its keys.
type Traces = (Vec<(String, serde_json::Value)>, Vec<(String, usize)>);

fn traces(things: &Things) -> Traces {
    let state = things.state.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
    // Whoever finds a vote without the grant that it made waits, and pages again: no cut falls there in earnest, where
    // both are one append.
    let counts = things.effects.iter().filter(|(place, _)| *place != "pager/commander");
    (state, counts.map(|(k, v)| (k.clone(), v.len())).collect())
}

fn done(scene: &Scene, stopped: &Stopped, what: &str) -> End {
    lawful(scene, stopped);
    match stopped.why {
        Why::Done(end) => end,
        _ => panic!("{what}: {stopped:?}\nsaid: {:?}\n{:#?}", scene.shown.lines, scene.events()),
    }
}

#[test]
fn a_failure_at_every_step_ends_lawfully() {
    use Trouble::{Denies, Hangs, Lies, LostAfter, LostBefore, NotSent, Refuses, Unreadable, Vague};
    let ids: std::collections::BTreeSet<String> =
        plain().world.performed.borrow().iter().filter(|p| !p.starts_with("undo ")).cloned().collect();
    assert!(ids.len() > 8, "{ids:?}");
    for id in &ids {
        for trouble in [Unreadable, Refuses, NotSent, LostAfter, LostBefore, Lies, Hangs, Denies, Vague] {
            let stays = matches!(trouble, Unreadable | Refuses | Lies | Vague);
            for times in [1, 1000].into_iter().filter(|t| *t == 1 || stays) {
                let mut scene = Scene::new();
                scene.world.goes_wrong(id, false, trouble, times);
                let stopped = scene.go();
                let what = format!("{id} {trouble:?} {times} times");
                let end = done(&scene, &stopped, &what);
                let skipped =
                    scene.events().iter().any(|e| matches!(e, Event::StepChosen { choice: Choice::Skip, .. }));
                if end == End::Closed {
                    assert!(!skipped, "{what}: something was left out");
                    assert_eq!(scene.world.state("flags/autonomy"), json!(true), "{what}");
                }
                // The other immediate actions were tried whatever became of this one.
                for other in ["stop-sending", "keep-evidence", "freeze", "page"] {
                    assert!(
                        scene
                            .log
                            .records
                            .iter()
                            .any(|r| matches!(r.event, Event::StepProved { .. }) && r.about.as_deref() == Some(other))
                            || other == id,
                        "{what}: {other} was not tried"
                    );
                }
            }
        }
    }
}

#[test]
fn a_failure_at_every_undo_ends_lawfully() {
    use Trouble::{Denies, Hangs, Lies, LostAfter, LostBefore, NotSent, Refuses, Unreadable, Vague};
    let plan = Scene::new().plan;
    let plain = plain();
    let undone = |s: &&Step| plain.world.performed.borrow().contains(&format!("undo {}", s.id));
    assert_eq!(plan.steps.iter().filter(undone).count(), 2);
    for step in plan.steps.iter().filter(undone) {
        for trouble in [Unreadable, Refuses, NotSent, LostAfter, LostBefore, Lies, Hangs, Denies, Vague] {
            for (times, unsticks) in [(1, true), (1000, true), (1000, false)] {
                let mut scene = Scene::new();
                scene.policy.unsticks = unsticks;
                scene.world.goes_wrong(&step.id, true, trouble, times);
                let stopped = scene.go();
                let what = format!("undo {} {trouble:?} {times} times, by hand: {unsticks}", step.id);
                let end = done(&scene, &stopped, &what);
                if end == End::Closed {
                    assert_eq!(scene.world.state("flags/autonomy"), json!(true), "{what}");
                    assert_eq!(scene.world.state("deploy/support-replies"), json!("syncing"), "{what}");
                }
                let written = scene.world.performed.borrow();
                let times = written.iter().filter(|p| **p == format!("undo {}", step.id)).count();
                assert!(times <= 1, "{what}: undone {times} times");
            }
        }
    }
}

#[test]
fn every_effect_performed_twice_is_the_same_world() {
    let mut twice = Scene::new();
    twice.world.twice.set(true);
    assert!(matches!(twice.go().why, Why::Done(End::Closed)));
    assert_eq!(*twice.world.things.borrow(), *plain().world.things.borrow());
}

#[test]
fn an_or_else_runs_at_once_in_its_place_and_once() {
    let mut scene = Scene::new();
    scene.world.goes_wrong("stop-sending", false, Trouble::Refuses, 1000);
    let stopped = scene.go();
    done(&scene, &stopped, "stop-sending is refused");
    let performed = scene.world.performed.borrow();
    let order: Vec<&str> = performed.iter().take(2).map(String::as_str).collect();
    assert_eq!(order, ["stop-service", "keep-evidence"]);
    assert_eq!(performed.iter().filter(|p| *p == "stop-service").count(), 1);
    // Autonomy came back from what the or-else did, too.
    assert_eq!(scene.world.state("flags/replicas"), json!(3.0));
}

/// Resumes until it stops, as often as it dies.
fn to_the_end(scene: &mut Scene, what: &str) {
    let stopped = scene.go();
    let end = done(scene, &stopped, what);
    assert!(matches!(end, End::Closed | End::ClosedWithExceptions), "{what}: {end:?}\n{:#?}", scene.events());
}

#[test]
fn death_at_every_append_then_resumed_is_the_same_world() {
    let plain = plain();
    for number in 0..plain.log.appends.len() {
        for durable in [false, true] {
            let what = format!("died at append {number}, durable: {durable}");
            let mut scene = Scene::new();
            scene.log.dies = Some((number, durable));
            let stopped = scene.go();
            let last = number + 1 == plain.log.appends.len();
            assert!(matches!(stopped.why, Why::Broken(_)) || last, "{what}: {stopped:?}");
            scene.log.dies = None;
            if scene.events().iter().any(|e| matches!(e, Event::RunEnded { .. })) {
                continue;
            }
            to_the_end(&mut scene, &what);
            let (is, was) = (scene.world.things.borrow(), plain.world.things.borrow());
            assert_eq!(traces(&is), traces(&was), "{what}");
        }
    }
}

#[test]
fn death_after_every_append_in_a_row_still_arrives() {
    let plain = plain();
    let mut scene = Scene::new();
    let (mut lives, mut chance) = (0, 1_usize);
    // The last death may come right after the last record.
    while !scene.events().iter().any(|e| matches!(e, Event::RunEnded { .. })) {
        lives += 1;
        assert!(lives < 200, "it never arrives");
        // Not always at the same place, or a process that dies before each act would never act.
        chance = (chance * 1_103 + 12_345) % 65_537;
        scene.log.dies = Some((scene.log.appends.len() + chance % 5, true));
        let stopped = scene.go();
        match stopped.why {
            Why::Broken(_) => {}
            Why::Done(end) => assert!(matches!(end, End::Closed | End::ClosedWithExceptions)),
            _ => panic!("{stopped:?}"),
        }
    }
    assert!(lives > 10, "{lives}");
    assert_eq!(traces(&scene.world.things.borrow()), traces(&plain.world.things.borrow()));
}

#[test]
fn the_record_cut_at_every_prefix_is_resumed_to_the_same_world() {
    let plain = plain();
    let mut from = 0;
    for (length, things) in &plain.log.appends {
        for keep in 1..=*length {
            let what = format!("cut after record {}", from + keep);
            let mut scene = Scene::new();
            scene.log.records = plain.log.records[..from + keep].to_vec();
            // The world as it stood when these records were made: whatever they intend had not been done yet.
            *scene.world.things.borrow_mut() = things.clone();
            scene.world.intended_all(&scene.log.records);
            scene.clock.pass(1);
            if scene.events().iter().any(|e| matches!(e, Event::RunEnded { .. })) {
                continue;
            }
            to_the_end(&mut scene, &what);
            let (is, was) = (scene.world.things.borrow(), plain.world.things.borrow());
            assert_eq!(traces(&is), traces(&was), "{what}");
        }
        from += length;
    }
}

#[test]
fn a_record_in_the_emergency_file_from_any_append_on_ends_the_same() {
    let plain = plain();
    for number in 0..plain.log.appends.len() {
        let mut scene = Scene::new();
        scene.log.away_from = Some(number);
        let what = format!("away from append {number}");
        let stopped = scene.go();
        // The very last record may be the one that went elsewhere.
        let end = done(&scene, &stopped, &what);
        assert!(matches!(end, End::Closed | End::ClosedWithExceptions), "{what}: {end:?}");
        assert_eq!(traces(&scene.world.things.borrow()), traces(&plain.world.things.borrow()), "{what}");
    }
}

#[test]
fn no_vote_no_effect_whoever_is_missing() {
    let all = ["lena", "carl", "ada", "grace"];
    for missing in all {
        let mut scene = Scene::new();
        scene.plan.votes = Votes::Unsigned;
        scene.log.voters =
            all.iter().filter(|p| **p != missing).map(|p| ((*p).to_owned(), Decision::Approve)).collect();
        scene.policy.choices = vec![Choice::Skip];
        scene.policy.patience = 0;
        let stopped = scene.go();
        let end = done(&scene, &stopped, missing);
        let sent = scene.world.things.borrow().effects.get("outbox/affected").map_or(0, Vec::len);
        match missing {
            "lena" | "carl" => assert_eq!((sent, end), (0, End::ClosedWithExceptions)),
            _ => {
                assert_eq!((sent, end), (1, End::Abandoned));
                assert_eq!(scene.world.state("flags/autonomy"), json!(false));
                assert_eq!(scene.world.state("flags/mode"), json!("advisory"), "nothing was raised");
            }
        }
    }
}
