//! Records that somebody wrote who can push and sign nothing: a grant at each kind of gate, used up or not, in whichever
//! process goes on. Nothing is sent, and it is said why.

use super::attacks::{cast, ready, vote};
use super::count;
use crate::drive::fake::Scene;
use crate::drive::{WaitsFor, Why, exit_code};
use crate::plan::{GateIx, RowIx};
use crate::run::event::{BreachReason, End, Event};
use crate::run::record::Detail;
use crate::run::state::unstoppable;

/// Appends records as somebody would who has only the files.
fn forge(scene: &mut Scene, events: &[Event]) {
    for event in events {
        let mut ledger = scene.ledger();
        let about = event.gate().map(|g| scene.plan.gate(g).id.clone());
        let record = ledger.seal(ledger.last_at, "olga", *event, about, Detail::default());
        ledger.fold(&scene.plan, &record).unwrap();
        scene.log.records.push(record);
        scene.log.last = None;
    }
}

fn waits_at(scene: &mut Scene, id: &str) {
    let stopped = scene.go();
    let Why::Waiting(WaitsFor::Votes { gate, .. }) = &stopped.why else { panic!("{stopped:?}") };
    assert_eq!(gate, id);
}

/// A run of signed votes that waits at its sign-off.
fn at_sign_off() -> Scene {
    let mut scene = ready(|_| ());
    waits_at(&mut scene, "tell-customers");
    let votes = vec![vote(&scene, "lena"), vote(&scene, "carl")];
    cast(&mut scene, votes);
    assert_eq!(scene.ledger().gate.as_ref().map(|g| g.gate), scene.plan.sign_off);
    scene
}

/// A run that waits for somebody to say that it was a false alarm.
fn at_stand_down() -> Scene {
    let mut scene = ready(|s| {
        s.policy.stands_down = true;
        s.policy.facts.insert("harm".into(), crate::plan::FactValue::YesNo(false));
        s.policy.facts.insert("exposed".into(), crate::plan::FactValue::Count(0));
        s.world.silent.borrow_mut().insert("recipients".into());
        s.world.set("registry/prompt", serde_json::json!("good"));
    });
    let id = scene.plan.gate(scene.plan.stand_down.unwrap()).id.clone();
    waits_at(&mut scene, &id);
    scene
}

/// A run that waits for somebody to accept a lower severity.
fn at_downgrade() -> Scene {
    let mut scene = ready(|_| ());
    // Nothing of the graver row was done yet: the process died as soon as it was confirmed.
    let mut whole = ready(|_| ());
    whole.go();
    let at = whole.log.records.iter().position(|r| matches!(r.event, Event::SeverityConfirmed { .. })).unwrap();
    scene.log.records = whole.log.records[..=at + 1].to_vec();
    let asked = scene.with(false, async |d| d.revise_severity(RowIx(1), "counted again"));
    assert!(asked.is_ok(), "{asked:?}");
    let id = scene.plan.gate(scene.plan.downgrade).id.clone();
    waits_at(&mut scene, &id);
    scene
}

/// What was done that nobody may do on such a record. Pages go out, and what lowers is done, whatever else is wrong.
fn let_pass(scene: &Scene) -> Vec<String> {
    let ours = |name: &&String| {
        let step = name.strip_prefix("undo ").and_then(|id| scene.plan.find_step(id));
        step.is_some() || scene.plan.find_step(name).is_some_and(|s| !unstoppable(scene.plan.step(s)))
    };
    scene.world.performed.borrow().iter().filter(ours).cloned().collect()
}

type Row = (&'static str, fn() -> Scene, fn(&Scene) -> Vec<Event>);

const ROWS: &[Row] = &[
    ("a sign-off, granted", at_sign_off, |s| vec![Event::GateGranted { gate: s.plan.sign_off.unwrap() }]),
    ("a sign-off, granted and used up", at_sign_off, |s| {
        let gate = s.plan.sign_off.unwrap();
        vec![Event::GateGranted { gate }, Event::GateConsumed { gate }]
    }),
    ("a sign-off, used up, the first stage soaked", at_sign_off, |s| {
        let (gate, step) = (s.plan.sign_off.unwrap(), s.plan.stages[0].step);
        vec![
            Event::GateGranted { gate },
            Event::HoldsLooked { others: false },
            Event::GateConsumed { gate },
            Event::StepIntended { step },
            Event::StepObserved { step, outcome: crate::run::event::Outcome::Done },
            Event::StepProved { step, verdict: crate::run::event::Verdict::Pass },
        ]
    }),
    ("a stand-down, granted", at_stand_down, |s| vec![Event::GateGranted { gate: s.plan.stand_down.unwrap() }]),
    ("a stand-down, granted and on its way", at_stand_down, |s| {
        vec![Event::GateGranted { gate: s.plan.stand_down.unwrap() }, Event::HoldsLooked { others: false }]
    }),
    ("a lower severity, granted", at_downgrade, |s| vec![Event::GateGranted { gate: s.plan.downgrade }]),
    ("a lower severity, granted and taken", at_downgrade, |s| {
        vec![Event::GateGranted { gate: s.plan.downgrade }, Event::SeverityConfirmed { row: RowIx(1) }]
    }),
    ("an act of its own, granted", || ready(|_| ()), |_| vec![Event::GateGranted { gate: GateIx(0) }]),
    (
        "an act of its own, granted and used up",
        || ready(|_| ()),
        |s| {
            let step = s.plan.find_step("tell-customers").unwrap();
            vec![
                Event::GateGranted { gate: GateIx(0) },
                Event::GateConsumed { gate: GateIx(0) },
                Event::StepIntended { step },
            ]
        },
    ),
    ("a check, vouched for by nobody", at_inconclusive, |s| {
        let check = s.state_check();
        vec![Event::CheckAttested { check }]
    }),
];

fn at_inconclusive() -> Scene {
    let mut scene = ready(|s| {
        s.world.silent.borrow_mut().insert("ungrounded_rate".into());
        for stage in &mut s.plan.stages {
            stage.soak = crate::text::time::Millis(0);
        }
    });
    waits_at(&mut scene, "tell-customers");
    let votes = vec![vote(&scene, "lena"), vote(&scene, "carl")];
    cast(&mut scene, votes);
    scene
}

impl Scene {
    /// The check that has no verdict.
    fn state_check(&self) -> crate::plan::CheckIx {
        let judged = self.log.records.iter().rev().find_map(|r| match r.event {
            Event::CheckJudged { check, verdict: crate::run::event::Verdict::Inconclusive } => Some(check),
            _ => None,
        });
        judged.unwrap()
    }
}

#[test]
fn a_forged_grant_lets_nothing_pass_wherever_it_stands_and_is_said_before_anything_is_asked() {
    let mut wrong = Vec::new();
    for (what, scene, events) in ROWS {
        let mut scene = scene();
        if scene.log.records.is_empty() {
            waits_at(&mut scene, "tell-customers");
        }
        let events = events(&scene);
        forge(&mut scene, &events);
        let before = let_pass(&scene);
        let stopped = scene.go();
        if let_pass(&scene) != before {
            wrong.push(format!("{what}: something was done: {:?}", let_pass(&scene)));
        }
        match &stopped.why {
            Why::Broken(says) if says.contains("were needed") || says.contains("nobody signed that they vouch") => {}
            other => wrong.push(format!("{what}: {other:?}")),
        }
        if exit_code(&stopped).0 != 8 {
            wrong.push(format!("{what}: exit {}", exit_code(&stopped).0));
        }
        if !scene.asked.is_empty() {
            wrong.push(format!("{what}: somebody was asked {:?}", scene.asked));
        }
        // Nobody gets around it by taking the run over.
        let over = scene.with(true, async |d| {
            d.stand_behind();
            d.run().await
        });
        if !matches!(over.why, Why::Broken(_)) || let_pass(&scene) != before {
            wrong.push(format!("{what}: taken over: {over:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A run whose sign-off was given, cut off in the soak of its first stage.
fn in_the_first_soak() -> Scene {
    let mut scene = at_sign_off();
    let votes = vec![vote(&scene, "ada"), vote(&scene, "grace")];
    cast(&mut scene, votes);
    assert_eq!(count(&scene, |e| matches!(e, Event::RunEnded { end: End::Closed })), 1, "{:#?}", scene.events());
    let at = scene.log.records.iter().position(|r| matches!(r.event, Event::SoakStarted { .. })).unwrap();
    let mut cut = ready(|_| ());
    cut.log.records = scene.log.records[..=at].to_vec();
    cut.world.set("flags/autonomy", serde_json::json!(false));
    cut.world.set("registry/prompt", serde_json::json!("good"));
    cut.world.set("registry/retrieval", serde_json::json!("good"));
    cut.world.set("deploy/support-replies", serde_json::json!("frozen"));
    cut.clock.pass(scene.log.records[at].at.since(crate::port::Clock::now(&cut.clock)).0.cast_signed() / 1_000 + 1);
    cut
}

#[test]
fn a_sign_off_that_is_used_up_is_counted_again_before_every_stage_and_every_undo() {
    // As it was: it goes on to its end, also under one of those who signed off, who took it over on this machine since.
    for person in ["olga", "ada"] {
        let mut scene = in_the_first_soak();
        scene.policy.person = Some(person.into());
        let stopped = scene.go();
        assert!(matches!(stopped.why, Why::Done(End::Closed)), "{person}: {stopped:?}\n{:?}", scene.shown.lines);
    }
    // Somebody's key was revoked since: the next stage does not rise, and everything goes back to safe.
    let mut scene = in_the_first_soak();
    scene.keys.roster.borrow_mut().as_mut().unwrap().iter_mut().find(|p| p.name == "grace").unwrap().keys.clear();
    scene.go();
    let breached = |e: &Event| *e == Event::Breached { why: BreachReason::Changed };
    assert_eq!(count(&scene, breached), 1, "{:#?}", scene.events());
    let note = scene.log.records.iter().find(|r| breached(&r.event)).unwrap().detail.note.clone().unwrap();
    assert!(note.starts_with("the approval does not count any more: 1 more needed"), "{note}");
    assert!(!scene.world.performed.borrow().iter().any(|p| p == "stage.2"), "{:?}", scene.world.performed.borrow());
}

#[test]
fn a_vote_that_falls_on_the_way_back_from_a_false_alarm_takes_nothing_further_up() {
    let mut scene = at_stand_down();
    let votes = vec![vote(&scene, "ada")];
    let gate = scene.plan.stand_down.unwrap();
    // The first of the undos is read, and the key is gone before the second.
    scene.log.votes.extend(votes);
    let stopped = scene.go();
    assert!(matches!(stopped.why, Why::Done(End::StoodDown)), "{stopped:?} {:?}", super::attacks::notes(&scene));
    let at = scene.log.records.iter().position(|r| r.event == Event::GateGranted { gate }).unwrap();
    let mut cut = at_stand_down();
    cut.log.records = scene.log.records[..=at].to_vec();
    cut.log.last = None;
    cut.keys.roster.borrow_mut().as_mut().unwrap().iter_mut().find(|p| p.name == "ada").unwrap().keys.clear();
    let before = cut.world.performed.borrow().clone();
    cut.go();
    let undone = |all: &[String]| all.iter().filter(|p| p.starts_with("undo ")).count();
    assert_eq!(undone(&cut.world.performed.borrow()), undone(&before));
    assert_eq!(count(&cut, |e| *e == Event::Breached { why: BreachReason::Changed }), 1);
    assert_eq!(cut.world.state("flags/autonomy"), serde_json::json!(false));
}
