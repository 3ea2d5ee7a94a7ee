//! Runs from beginning to end, each with one thing that is out of the ordinary.

use serde_json::{Value, json};

use super::{count, lawful};
use crate::drive::fake::{Scene, Trouble};
use crate::drive::{NotNow, WaitsFor, Why, exit_code};
use crate::plan::{FactValue, GateIx, RowIx, StepIx, Votes};
use crate::run::event::{BreachReason, Choice, End, Event, Outcome, Phase, Verdict, VoidReason};
use crate::run::record::{Decision, Record};
use crate::run::recount::recount;

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

fn waits(scene: &mut Scene) -> WaitsFor {
    let stopped = scene.go();
    lawful(scene, &stopped);
    match stopped.why {
        Why::Waiting(what) => what,
        other => panic!("{other:?}\n{:#?}", scene.events()),
    }
}

fn vote(scene: &mut Scene, votes: &[(&str, Decision)]) {
    scene.log.voters = votes.iter().map(|(p, d)| ((*p).to_owned(), *d)).collect();
}

pub(super) fn effects(scene: &Scene, place: &str) -> usize {
    scene.world.things.borrow().effects.get(place).map_or(0, Vec::len)
}

#[test]
fn the_gravest_row_from_start_to_closed() {
    let mut scene = Scene::new();
    ended(&mut scene, End::Closed);
    for (name, is) in [
        ("flags/autonomy", json!(true)),
        ("flags/replicas", json!(3.0)),
        ("flags/mode", json!("advisory")),
        ("flags/traffic", json!(5.0)),
        ("deploy/support-replies", json!("syncing")),
        ("registry/prompt", json!("good")),
        ("registry/retrieval", json!("good")),
    ] {
        assert_eq!(scene.world.state(name), is, "{name}");
    }
    for place in ["outbox/affected", "evidence/prompts", "evidence/decisions", "pager/owner", "pager/legal"] {
        assert_eq!(effects(&scene, place), 1, "{place}");
    }
    assert_eq!(scene.log.payloads.iter().filter(|(subject, _)| subject == "evidence").count(), 2);
    // Counted again from the record alone it comes to the same; with one vote taken out or one step put in it does not.
    let records = &scene.log.records;
    let plan = &records[0].detail.start.as_ref().unwrap().plan;
    let check = |_, _: &[u8], _: &str| panic!("nobody signs in a demonstration");
    let counted = |records: &[Record]| recount(plan, &chained(records), &check);
    let found = counted(records);
    assert_eq!(found.wrong, []);
    assert!(found.granted >= 2, "{found:?}");
    let first = |wanted: fn(&Event) -> bool| records.iter().position(|r| wanted(&r.event)).unwrap();
    for gone in [first(|e| matches!(e, Event::VoteCounted { .. })), first(|e| matches!(e, Event::GateGranted { .. }))] {
        let mut without = records.clone();
        without.remove(gone);
        assert!(!counted(&without).wrong.is_empty(), "record {gone} was taken out");
    }
    let mut forged = records.clone();
    let at = first(|e| matches!(e, Event::VoteCounted { .. }));
    forged[at].detail.vote.as_mut().unwrap().act = "0".repeat(64);
    let says = &counted(&forged).wrong[0].says;
    assert!(says.contains("another act"), "{says}");
    // What the auditor reads stands beside the events.
    let of = |wanted: fn(&Event) -> bool| scene.log.records.iter().find(|r| wanted(&r.event)).unwrap();
    assert!(of(|e| matches!(e, Event::RunStarted)).detail.start.is_some());
    assert_eq!(of(|e| matches!(e, Event::LeaseTaken { .. })).detail.lease.as_ref().unwrap().person, "olga");
    let prepared = of(|e| matches!(e, Event::StepPrepared { .. }));
    let act = prepared.detail.act.as_ref().unwrap();
    assert_eq!(
        (prepared.about.as_deref(), &act.prior[0], &act.leaves[0]),
        (Some("stop-sending"), &json!(true), &json!(false))
    );
    let opened = of(|e| matches!(e, Event::GateOpened { gate } if *gate == GateIx(0)));
    let letter = opened.detail.act.as_ref().unwrap().statement.as_deref();
    assert_eq!(
        (opened.about.as_deref(), letter),
        (Some("tell-customers"), Some("We told you something that was wrong."))
    );
    assert!(opened.detail.deadline.unwrap() > opened.at);
    let granted = of(|e| matches!(e, Event::GateGranted { .. }));
    assert_eq!(granted.detail.note.as_deref(), Some("legal by lena, communications by carl"));
    // Whoever may not vote here is told why.
    let refused: Vec<_> = scene.log.records.iter().filter(|r| matches!(r.event, Event::VoteRefused { .. })).collect();
    assert!(refused.iter().any(|r| r.detail.note.as_deref() == Some("this gate asks for engineering, product")));
}

#[test]
fn one_append_per_step_and_every_intent_before_its_act() {
    let mut scene = Scene::new();
    ended(&mut scene, End::Closed);
    let batches: Vec<Vec<Event>> = {
        let mut events = scene.events().into_iter();
        scene.log.appends.iter().map(|(n, _)| events.by_ref().take(*n).collect()).collect()
    };
    // The first append declares, prepares and intends; each next one brings the outcome, the proof, and the next intent.
    let s = StepIx;
    assert_eq!(
        batches[0],
        [
            Event::RunStarted,
            Event::LeaseTaken { over: false },
            Event::PhaseEntered { phase: Phase::Contain },
            Event::StepPrepared { step: s(0) },
            Event::StepIntended { step: s(0) },
        ]
    );
    assert_eq!(
        batches[1],
        [
            Event::StepObserved { step: s(0), outcome: Outcome::Done },
            Event::StepProved { step: s(0), verdict: Verdict::Pass },
            Event::StepPrepared { step: s(2) },
            Event::StepIntended { step: s(2) },
        ]
    );
    for batch in &batches {
        let intents =
            batch.iter().filter(|e| matches!(e, Event::StepIntended { .. } | Event::UndoIntended { .. })).count();
        assert!(intents <= 1, "{batch:?}");
    }
}

#[test]
fn a_harmless_report_closes_without_a_word_to_anybody() {
    let mut scene = Scene::new().harmless();
    scene.world.set("registry/prompt", json!("good"));
    ended(&mut scene, End::Closed);
    assert_eq!(effects(&scene, "outbox/affected"), 0);
    assert_eq!(scene.world.state("registry/retrieval"), json!("bad"), "the last row responds with nothing");
    assert_eq!(scene.world.state("flags/autonomy"), json!(true));
}

#[test]
fn a_false_alarm_is_stood_down_by_another_persons_vote() {
    let mut scene = Scene::new().harmless();
    scene.world.set("registry/prompt", json!("good"));
    scene.policy.stands_down = true;
    vote(&mut scene, &[("sam", Decision::Approve)]);
    ended(&mut scene, End::StoodDown);
    assert_eq!(scene.world.state("flags/autonomy"), json!(true));
    assert_eq!(scene.world.state("deploy/support-replies"), json!("syncing"));
    // Whoever runs it can't say yes to it.
    let mut scene = Scene::new().harmless();
    scene.world.set("registry/prompt", json!("good"));
    scene.policy.stands_down = true;
    scene.policy.present = true;
    vote(&mut scene, &[("olga", Decision::Approve)]);
    scene.policy.patience = 0;
    let stopped = scene.go();
    assert!(matches!(stopped.why, Why::Waiting(_)), "{stopped:?}");
    assert_eq!(scene.world.state("flags/autonomy"), json!(false));
    assert_eq!(stopped.refused, ["stand-down"]);
}

#[test]
fn whoever_asks_to_stand_down_from_another_command_is_named_and_does_not_say_yes_to_it() {
    let mut scene = Scene::new().harmless();
    scene.world.set("registry/prompt", json!("good"));
    scene.policy.present = false;
    waits(&mut scene);
    // Everything is measured clear and harm is ruled out; `olga` holds the run.
    let facts: Vec<_> = ["harm", "exposed"].iter().map(|f| (scene.fact(f), scene.policy.facts[*f].clone())).collect();
    for (fact, value) in facts {
        scene.aside(async |d| d.revise_answer(fact, Some(&value))).unwrap();
    }
    scene.policy.person = None;
    let nobody = scene.aside(async |d| d.stand_down("false alarm"));
    assert!(matches!(nobody, Err(NotNow::Stopped(Why::Waiting(WaitsFor::Identity)))), "{nobody:?}");
    assert_eq!(count(&scene, |e| matches!(e, Event::GateOpened { .. })), 0);
    scene.policy.person = Some("sam".into());
    scene.aside(async |d| d.stand_down("false alarm")).unwrap();
    assert_eq!(scene.ledger().holder(), Some("olga"), "the run was not taken");
    scene.policy.person = Some("olga".into());
    vote(&mut scene, &[("sam", Decision::Approve)]);
    let stopped = scene.go();
    assert_eq!(scene.world.state("flags/autonomy"), json!(false), "{stopped:?}");
    let refused = scene.log.records.iter().find(|r| matches!(r.event, Event::VoteRefused { .. })).unwrap();
    assert_eq!(refused.detail.note.as_deref(), Some("operators of this run are excluded at this gate"));
    vote(&mut scene, &[("sam", Decision::Approve), ("grace", Decision::Approve)]);
    ended(&mut scene, End::StoodDown);
}

#[test]
fn votes_without_a_signature_open_nothing_in_a_plan_of_signed_ones_even_when_a_record_says_so() {
    let mut scene = Scene::new();
    ended(&mut scene, End::Closed);
    let at = scene.log.records.iter().position(|r| matches!(r.event, Event::GateGranted { .. })).unwrap();
    let sent = effects(&scene, "outbox/affected");
    assert!(sent > 0, "{:?}", scene.world.things.borrow().effects);
    // The same record up to the grant, as a forger would write it under a plan whose votes have to be signed.
    let mut forged = Scene::new();
    forged.plan.votes = Votes::Signed;
    forged.log.records = scene.log.records[..=at].to_vec();
    forged.world.things.replace(scene.world.initial.clone());
    let stopped = forged.go();
    assert_eq!(effects(&forged, "outbox/affected"), 0, "{stopped:?}");
    assert!(matches!(&stopped.why, Why::Broken(says) if says.contains("it is not signed")), "{stopped:?}");
}

#[test]
fn without_a_person_everything_is_done_that_needs_none() {
    let mut scene = Scene::new();
    scene.policy.present = false;
    assert_eq!(waits(&mut scene), WaitsFor::Fact("harm".into()));
    assert_eq!(scene.world.state("flags/autonomy"), json!(false));
    assert_eq!(effects(&scene, "evidence/prompts"), 1);
    assert_eq!(effects(&scene, "pager/owner"), 1);
    // The same run, with somebody at the terminal, from another process.
    scene.policy.present = true;
    ended(&mut scene, End::Closed);
}

#[test]
fn a_gate_opens_only_for_somebody_identified() {
    let mut scene = Scene::new();
    scene.policy.person = None;
    assert_eq!(waits(&mut scene), WaitsFor::Identity);
    assert!(!scene.events().iter().any(|e| matches!(e, Event::GateOpened { .. })));
    scene.policy.person = Some("olga".into());
    ended(&mut scene, End::Closed);
    assert_eq!(scene.ledger().holder(), Some("olga"));
    assert_eq!(scene.ledger().lease.unwrap().generation, 2);
}

#[test]
fn silence_makes_a_fact_unknown_pages_and_confirms_nothing() {
    let mut scene = Scene::new();
    scene.policy.mute = true;
    assert_eq!(waits(&mut scene), WaitsFor::Severity("sev1".into()));
    assert_eq!(effects(&scene, "pager/commander"), 1);
    assert_eq!(count(&scene, |e| matches!(e, Event::SeverityConfirmed { .. })), 0);
    // Nobody looks for an hour; whoever comes next finds it expired, not answered.
    scene.clock.pass(3600);
    let elapsed = scene.with(false, async |d| d.elapse());
    assert!(elapsed.is_ok());
    assert_eq!(count(&scene, |e| matches!(e, Event::QuestionExpired)), 2);
    assert_eq!(count(&scene, |e| matches!(e, Event::SeverityConfirmed { .. })), 0);
}

#[test]
fn an_expired_gate_sends_nothing_and_its_item_is_dropped_only_with_a_reason() {
    let mut scene = Scene::new();
    vote(&mut scene, &[("lena", Decision::Approve), ("ada", Decision::Approve), ("grace", Decision::Approve)]);
    scene.policy.choices = vec![Choice::Skip];
    ended(&mut scene, End::ClosedWithExceptions);
    assert_eq!(effects(&scene, "outbox/affected"), 0);
    assert_eq!(count(&scene, |e| matches!(e, Event::GateExpired { gate: GateIx(0) })), 1);
    let stopped = scene.with_over(true);
    assert!(stopped.is_err(), "it is over");
}

#[test]
fn a_denial_counts_once_said_and_a_queued_item_needs_a_new_gate() {
    let mut scene = Scene::new();
    vote(
        &mut scene,
        &[
            ("carl", Decision::Deny),
            ("lena", Decision::Approve),
            ("ada", Decision::Approve),
            ("grace", Decision::Approve),
        ],
    );
    scene.policy.choices = vec![Choice::Retry, Choice::Skip];
    ended(&mut scene, End::ClosedWithExceptions);
    assert_eq!(count(&scene, |e| matches!(e, Event::GateDenied { gate: GateIx(0) })), 2, "asked twice, denied twice");
    assert_eq!(effects(&scene, "outbox/affected"), 0);
    assert_eq!(scene.ledger().refused.iter().collect::<Vec<_>>(), [&GateIx(0)]);
}

#[test]
fn an_amendment_voids_what_was_said_and_its_own_words_are_sent() {
    let mut scene = Scene::new();
    vote(
        &mut scene,
        &[
            ("carl", Decision::Approve),
            ("lena", Decision::Amend),
            ("ada", Decision::Approve),
            ("grace", Decision::Approve),
        ],
    );
    ended(&mut scene, End::Closed);
    assert_eq!(count(&scene, |e| matches!(e, Event::GateVoided { why: VoidReason::Amended, .. })), 1);
    let letters: Vec<_> = scene
        .log
        .records
        .iter()
        .filter(|r| r.event == Event::GateOpened { gate: GateIx(0) })
        .map(|r| r.detail.act.as_ref().unwrap().statement.clone().unwrap())
        .collect();
    assert_eq!(letters, ["We told you something that was wrong.", "Other words."]);
    let granted = scene.log.records.iter().find(|r| matches!(r.event, Event::GateGranted { gate: GateIx(0) })).unwrap();
    assert_eq!(granted.detail.note.as_deref(), Some("legal by lena, communications by carl"));
    assert_eq!(effects(&scene, "outbox/affected"), 1);
    assert_eq!(scene.world.letters.borrow().as_slice(), ["Other words."]);
}

#[test]
fn where_only_signed_votes_count_a_run_stops_at_its_first_gate() {
    let mut scene = Scene::new();
    scene.plan.votes = Votes::Signed;
    scene.plan.gates[0].within = crate::text::time::Millis::from_secs(7_200);
    for (person, n) in scene.plan.roster.iter_mut().zip(1..) {
        let key = crate::drive::fake_keys::key(n).line();
        person.keys = vec![crate::plan::Key { key, from: None, revoked: None, hardware: false }];
    }
    scene.log.absent_at_gates = true;
    let what = waits(&mut scene);
    assert!(matches!(&what, WaitsFor::Votes { gate, signed: true, .. } if gate == "tell-customers"), "{what:?}");
    assert_eq!(count(&scene, |e| matches!(e, Event::VoteCounted { .. })), 0);
    assert!(count(&scene, |e| matches!(e, Event::VoteRefused { .. })) > 0);
}

/// The prompt's rollback under a gate, stopped where votes are awaited.
fn gated_rollback() -> Scene {
    let mut scene = Scene::new();
    scene.plan.steps[9].gate = Some(GateIx(0));
    scene.plan.steps[10].gate = None;
    scene.plan.gates[0].id = "rollback-prompt".into();
    vote(&mut scene, &[]);
    scene.log.absent_at_gates = true;
    let what = waits(&mut scene);
    assert!(matches!(what, WaitsFor::Votes { .. }), "{what:?}");
    scene.log.absent_at_gates = false;
    scene
}

#[test]
fn what_was_approved_is_read_again_and_a_difference_voids_the_votes() {
    let mut scene = gated_rollback();
    scene.world.set("registry/prompt", json!("someone else's"));
    vote(
        &mut scene,
        &[
            ("lena", Decision::Approve),
            ("carl", Decision::Approve),
            ("ada", Decision::Approve),
            ("grace", Decision::Approve),
        ],
    );
    ended(&mut scene, End::Closed);
    let voided = scene
        .log
        .records
        .iter()
        .find(|r| r.event == Event::GateVoided { gate: GateIx(0), why: VoidReason::PriorChanged })
        .unwrap();
    let note = voided.detail.note.as_deref().unwrap();
    assert_eq!(note, "prompt: it was \"bad\" when it was shown and is \"someone else's\" now");
    assert_eq!(count(&scene, |e| matches!(e, Event::GateOpened { gate: GateIx(0) })), 2);
}

#[test]
fn whoever_takes_a_run_over_prepares_anew_and_old_votes_fall() {
    let mut scene = gated_rollback();
    vote(&mut scene, &[("lena", Decision::Approve)]);
    scene.log.absent_at_gates = true;
    waits(&mut scene);
    scene.log.absent_at_gates = false;
    assert_eq!(count(&scene, |e| matches!(e, Event::VoteCounted { .. })), 1);
    scene.policy.person = Some("sam".into());
    vote(
        &mut scene,
        &[
            ("lena", Decision::Approve),
            ("carl", Decision::Approve),
            ("ada", Decision::Approve),
            ("grace", Decision::Approve),
        ],
    );
    let stopped = scene.with_over(true).unwrap();
    assert!(matches!(stopped.why, Why::Done(End::Closed)), "{stopped:?}");
    assert_eq!(count(&scene, |e| matches!(e, Event::GateVoided { why: VoidReason::TakenOver, .. })), 1);
    assert_eq!(count(&scene, |e| matches!(e, Event::GateOpened { gate: GateIx(0) })), 2);
    let opened = scene.log.records.iter().filter(|r| r.event == Event::GateOpened { gate: GateIx(0) });
    let deadlines: Vec<_> = opened.map(|r| r.detail.deadline.unwrap()).collect();
    assert_eq!(deadlines[0], deadlines[1], "whoever takes a run over gives nobody more time");
    // Somebody who writes more time into a record of their own is found out by whoever counts again.
    let mut records = scene.log.records.clone();
    let longer = records.iter().rposition(|r| r.event == Event::GateOpened { gate: GateIx(0) }).unwrap();
    records[longer].detail.deadline = Some(deadlines[0].plus(crate::text::time::Millis::from_secs(1)));
    let check: crate::run::recount::Check<'_> = &|_, _, _| Err(crate::approval::BadSignature::Wrong);
    let says = |records: &[Record]| {
        let wrong = recount(&scene.plan, &chained(records), check).wrong;
        wrong.iter().any(|w| w.says.contains("more time than before the run was taken over"))
    };
    assert!(says(&records) && !says(&scene.log.records));
}

#[test]
fn a_signal_lets_the_call_finish_and_the_run_is_resumed() {
    let mut scene = Scene::new();
    *scene.world.signal_at.borrow_mut() = Some("stop-sending".into());
    let stopped = scene.go();
    assert!(matches!(stopped.why, Why::Interrupted));
    assert_eq!(exit_code(&stopped).0, 130);
    assert_eq!(
        scene.events()[5..],
        [Event::StepObserved { step: StepIx(0), outcome: Outcome::Done }, Event::Interrupted]
    );
    *scene.world.signal_at.borrow_mut() = None;
    ended(&mut scene, End::Closed);
    let performed = scene.world.performed.borrow();
    assert_eq!(performed.iter().filter(|p| *p == "stop-sending").count(), 1, "nothing is repeated blindly");
    drop(performed);
    // A call that does not come back is left in doubt on record, and probed when the run is resumed.
    let mut scene = Scene::new();
    scene.world.goes_wrong("stop-sending", false, Trouble::Hangs, 1);
    *scene.world.signal_at.borrow_mut() = Some("stop-sending".into());
    let stopped = scene.go();
    assert!(matches!(stopped.why, Why::Interrupted));
    let last = [Event::StepObserved { step: StepIx(0), outcome: Outcome::Unknown }, Event::Interrupted];
    assert_eq!(scene.events()[5..], last);
    *scene.world.signal_at.borrow_mut() = None;
    ended(&mut scene, End::Closed);
}

#[test]
fn a_call_that_never_comes_back_does_not_hold_up_a_stop() {
    let mut scene = Scene::new();
    scene.world.goes_wrong("stop-sending", false, Trouble::Hangs, 1);
    ended(&mut scene, End::Closed);
    let observed = Event::StepObserved { step: StepIx(0), outcome: Outcome::Unknown };
    assert_eq!(count(&scene, |e| *e == observed), 1);
}

#[test]
fn containment_goes_on_without_its_record_and_nothing_else_does() {
    let mut scene = Scene::new();
    scene.log.away_from = Some(1);
    scene.log.comes_home = false;
    let stopped = scene.go();
    assert!(matches!(stopped.why, Why::Waiting(WaitsFor::Record)), "{stopped:?}");
    assert!(stopped.contained && stopped.degraded);
    assert_eq!(count(&scene, |e| matches!(e, Event::PhaseEntered { phase: Phase::Assess })), 1);
    assert_eq!(count(&scene, |e| matches!(e, Event::TriggerMeasured { .. })), 0);
    assert!(scene.log.records.iter().any(|r| r.late));
    // It comes home; the chain holds over the records written late, and votes given on them count.
    scene.log.comes_home = true;
    ended(&mut scene, End::Closed);
    let mut scene = Scene::new();
    scene.log.away_from = Some(1);
    ended(&mut scene, End::Closed);
    assert_eq!(count(&scene, |e| matches!(e, Event::RecordRestored)), 1);
}

#[test]
fn stop_wins_over_restoration() {
    let other = || vec!["20260723-0300-wxyz".to_owned()];
    // Another run holds before anything is raised: it is waited for.
    let mut scene = Scene::new();
    scene.log.others = vec![other(), other(), vec![]];
    ended(&mut scene, End::Closed);
    // Another run lowers while autonomy is being returned: everything goes back to safe.
    let mut scene = Scene::new();
    scene.log.others = vec![vec![], vec![], other(), vec![]];
    scene.policy.patience = 0;
    ended(&mut scene, End::Abandoned);
    assert_eq!(count(&scene, |e| *e == Event::Breached { why: BreachReason::OtherRun }), 1);
    for (name, is) in [("autonomy", json!(false)), ("mode", json!("off")), ("traffic", json!(0.0))] {
        assert_eq!(scene.world.state(&format!("flags/{name}")), is, "{name}");
    }
    // And where a person goes on, through checks and sign-off anew.
    let mut scene = Scene::new();
    scene.log.others = vec![vec![], vec![], other(), vec![]];
    ended(&mut scene, End::ClosedWithExceptions);
    assert_eq!(count(&scene, |e| matches!(e, Event::GateGranted { gate: GateIx(1) })), 2);
    assert_eq!(scene.world.state("flags/autonomy"), json!(true));
}

#[test]
fn somebody_elses_change_is_never_undone() {
    let mut scene = Scene::new();
    scene.log.absent_at_gates = true;
    vote(&mut scene, &[]);
    waits(&mut scene);
    // Meanwhile somebody scales the freeze to something of their own.
    scene.world.set("deploy/support-replies", json!("pinned by sre"));
    scene.log.absent_at_gates = false;
    vote(
        &mut scene,
        &[
            ("lena", Decision::Approve),
            ("carl", Decision::Approve),
            ("ada", Decision::Approve),
            ("grace", Decision::Approve),
        ],
    );
    scene.policy.unsticks = false;
    ended(&mut scene, End::Stuck);
    assert_eq!(scene.world.state("deploy/support-replies"), json!("pinned by sre"));
    let stuck = scene.log.records.iter().find(|r| matches!(r.event, Event::UndoStuck { .. })).unwrap();
    assert_eq!(stuck.detail.note.as_deref(), Some("support-replies: somebody changed it to \"pinned by sre\" since"));
}

#[test]
fn a_severity_is_raised_at_once_and_lowered_by_two() {
    let mut scene = Scene::new();
    scene.policy.facts.insert("harm".into(), FactValue::YesNo(false));
    scene.world.silent.borrow_mut().insert("recipients".into());
    scene.policy.facts.insert("exposed".into(), FactValue::Count(5));
    *scene.world.signal_at.borrow_mut() = Some("escalate.sev2.owner".into());
    assert!(matches!(scene.go().why, Why::Interrupted));
    *scene.world.signal_at.borrow_mut() = None;
    assert_eq!(count(&scene, |e| *e == Event::SeverityConfirmed { row: RowIx(1) }), 1);
    let exposed = scene.fact("exposed");
    // A new answer that proposes nothing graver is noted; one that does takes effect at once.
    scene.with(false, async |d| d.revise_answer(exposed, Some(&FactValue::Count(6)))).unwrap();
    assert_eq!(count(&scene, |e| *e == Event::Noted), 1);
    assert_eq!(scene.ledger().facts[&exposed], FactValue::Count(6));
    scene.with(false, async |d| d.revise_answer(exposed, Some(&FactValue::Count(5000)))).unwrap();
    assert_eq!(scene.ledger().facts[&exposed], FactValue::Count(5000));
    assert_eq!(count(&scene, |e| *e == Event::SeverityConfirmed { row: RowIx(0) }), 1);
    // Downward needs a reason and another person.
    let empty = scene.with(false, async |d| d.revise_severity(RowIx(2), " "));
    assert!(matches!(empty, Err(NotNow::Refused(_))));
    let asked = scene.with(false, async |d| d.revise_severity(RowIx(1), "counted again"));
    assert!(asked.is_ok(), "{asked:?}");
    assert_eq!(count(&scene, |e| *e == Event::GateOpened { gate: GateIx(3) }), 1);
    vote(&mut scene, &[("sam", Decision::Approve), ("ada", Decision::Approve), ("grace", Decision::Approve)]);
    ended(&mut scene, End::Closed);
    assert_eq!(count(&scene, |e| *e == Event::SeverityConfirmed { row: RowIx(1) }), 2);
}

#[test]
fn what_is_not_allowed_now_says_why_and_leaves_no_trace() {
    let mut scene = Scene::new();
    scene.policy.present = false;
    waits(&mut scene);
    let before = scene.log.records.len();
    let refused = scene.with(false, async |d| {
        [
            d.stand_down("false alarm").unwrap_err().to_string(),
            d.stop_again("stop").unwrap_err().to_string(),
            d.choose(StepIx(0), Choice::Skip, "no").unwrap_err().to_string(),
            d.by_hand(StepIx(0), "").unwrap_err().to_string(),
            d.note("  ").unwrap_err().to_string(),
            d.abandon("").unwrap_err().to_string(),
        ]
    });
    assert_eq!(
        refused,
        [
            "the triggers were not all measured clear, or harm is not ruled out",
            "autonomy is not being restored",
            "this is not what the run is waiting for",
            "this is not what the run is waiting for",
            "the note is empty",
            "this needs a reason",
        ]
    );
    // Coming and going is on record, a refusal is not.
    assert_eq!(scene.events()[before..], [Event::Restarted, Event::LeaseTaken { over: false }]);
    scene.with(false, async |d| d.note("bridge is open").unwrap());
    assert!(scene.log.payloads.iter().any(|p| *p == ("note".to_owned(), b"bridge is open".to_vec())));
    scene.with(false, async |d| d.continued_by("20260723-0400-qrst").unwrap());
    assert_eq!(scene.ledger().continued_by.as_deref(), Some("20260723-0400-qrst"));
    assert_eq!(scene.events().last(), Some(&Event::RunEnded { end: End::Abandoned }));
}

#[test]
fn a_plan_with_problems_contains_and_stands() {
    let mut scene = Scene::new();
    scene.plan.problems.push("runbooks/x.toml: no such signal".into());
    let stopped = scene.go();
    assert!(matches!(stopped.why, Why::Problems));
    assert!(stopped.contained);
    assert_eq!(exit_code(&stopped).0, 1);
}

#[test]
fn a_check_without_data_is_attested_by_a_third_person_only() {
    let mut scene = Scene::new();
    scene.world.silent.borrow_mut().insert("ungrounded_rate".into());
    // While stopped there is no data: it is put off to the soaks, and can't be judged there either.
    scene.policy.patience = 0;
    ended(&mut scene, End::Abandoned);
    assert!(count(&scene, |e| matches!(e, Event::CheckDeferred { .. })) > 0);
    assert_eq!(count(&scene, |e| *e == Event::Breached { why: BreachReason::Check }), 1);
    assert_eq!(scene.world.state("flags/mode"), json!("off"));
    assert_ne!(scene.world.state("flags/autonomy"), Value::Bool(true));
}

#[test]
fn who_leaves_at_a_question_is_not_heard_any_longer() {
    let mut scene = Scene::new();
    scene.policy.leaves = true;
    let stopped = scene.go();
    assert!(matches!(stopped.why, Why::Interrupted), "{stopped:?}");
    lawful(&scene, &stopped);
    let [.., before, last] = scene.log.records.as_slice() else { panic!("hardly anything is on record") };
    assert_eq!(last.event, Event::Interrupted);
    assert_eq!(last.at, before.at, "nothing is in flight at a question, so nothing is waited for");
}

/// Records in one chain, as somebody who changed them would make them.
fn chained(records: &[Record]) -> Vec<Record> {
    let mut prev = crate::run::record::GENESIS.to_owned();
    let mut all = Vec::new();
    for (seq, record) in (0..).zip(records) {
        let record = Record { seq, prev, ..record.clone() };
        prev = crate::run::record::sha256_hex(&record.bytes().unwrap());
        all.push(record);
    }
    all
}
