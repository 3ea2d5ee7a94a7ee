//! Break-glass: what may go ahead without its approval, who is paged, and how long it stays open.

use serde_json::json;

use super::{count, lawful};
use crate::drive::fake::Scene;
use crate::drive::{NotNow, WaitsFor, Why};
use crate::plan::{GateIx, fixture};
use crate::run::event::{End, Event, Verdict};
use crate::run::record::{Decision, Vote};
use crate::text::time::Millis;

const TELL: GateIx = GateIx(0);
const DRAIN: GateIx = GateIx(4);
const REVIEW: GateIx = GateIx(5);

/// A run that waits for legal, who says nothing, before it lowers something more.
fn at_the_gate() -> Scene {
    let mut scene = Scene::of(fixture::glass());
    scene.plan.gates[REVIEW.ix()].within = Millis::from_secs(86_400);
    scene.log.absent_at_gates = true;
    scene.log.voters.clear();
    let stopped = scene.go();
    lawful(&scene, &stopped);
    assert!(matches!(&stopped.why, Why::Waiting(WaitsFor::Votes { gate, .. }) if gate == "drain"), "{stopped:?}");
    scene
}

fn vote(scene: &Scene, person: &str, decision: Decision) -> Vote {
    let ledger = scene.ledger();
    Vote {
        nonce: format!("{person}-{}", ledger.next_seq),
        run: ledger.run.clone(),
        gate: "review-drain".into(),
        act: ledger.reviews[&REVIEW].open.act.digest.clone(),
        head: ledger.last_digest.clone(),
        person: person.into(),
        decision,
        text: None,
        reason: None,
        at: ledger.last_at,
        signed: None,
    }
}

#[test]
fn it_lowers_at_once_pages_those_who_were_skipped_and_is_countersigned() {
    let mut scene = at_the_gate();
    scene.aside(async |d| d.break_glass(DRAIN, "legal can't be reached")).unwrap();
    let broken = scene.log.records.iter().find(|r| r.event == Event::GlassBroken { gate: DRAIN }).unwrap().clone();
    assert_eq!((broken.by.as_str(), &broken.detail.functions[..]), ("olga", &["legal".to_owned()][..]));
    assert_eq!(broken.detail.people, ["lena"]);
    assert_eq!(broken.detail.payloads.len(), 1, "the reason, kept apart");
    scene.go();
    assert_eq!(scene.world.state("flags/replicas"), json!(0.0));
    // Prepared anew, sent, and the page before anything else: nothing comes between the stop and those who were skipped.
    let after: Vec<Event> =
        scene.events().into_iter().skip_while(|e| !matches!(e, Event::GlassBroken { .. })).collect();
    let drain = scene.plan.find_step("drain").unwrap();
    let page = scene.plan.on_silence.unwrap();
    let place = |so: &dyn Fn(&Event) -> bool| after.iter().position(so).unwrap();
    let sent = place(&|e| matches!(e, Event::StepObserved { step, .. } if *step == drain));
    let paged = place(&|e| *e == Event::StepIntended { step: page });
    let proven = place(&|e| *e == Event::StepProved { step: drain, verdict: Verdict::Pass });
    assert!(sent < paged && paged < proven, "{after:#?}");
    assert_eq!(count(&scene, |e| *e == Event::GateConsumed { gate: DRAIN }), 0, "nobody granted it");
    let text = scene.log.records.iter().rev().find_map(|r| {
        (r.about.as_deref() == Some("silence")).then(|| r.detail.act.as_ref()?.statement.clone()).flatten()
    });
    let text = text.unwrap();
    for part in [
        "BREAK-GLASS: `drain` was done without its approval",
        "asked of: lena, commander",
        "olga did `drain` without the approval of legal",
        "type: aigov approve 20260723-0204-abcd review-drain",
    ] {
        assert!(text.contains(part), "{part:?} in\n{text}");
    }
    // The operator's own countersignature is none, nor is somebody's who was not skipped.
    for (who, why) in [("olga", "whoever asks for an approval can't give it"), ("grace", "this gate asks for legal")] {
        let vote = vote(&scene, who, Decision::Approve);
        scene.log.votes.push(vote);
        scene.aside(async |d| d.take_countersignatures()).unwrap();
        let last = scene.log.records.last().unwrap();
        assert_eq!((last.event, last.detail.note.as_deref()), (Event::VoteRefused { gate: REVIEW }, Some(why)));
    }
    let yes = vote(&scene, "lena", Decision::Approve);
    scene.log.votes.push(yes);
    scene.aside(async |d| d.take_countersignatures()).unwrap();
    assert_eq!(scene.log.records.last().unwrap().event, Event::Reviewed { gate: REVIEW });
    scene.log.absent_at_gates = false;
    scene.log.voters = ["lena", "carl", "ada", "grace"].iter().map(|p| ((*p).to_owned(), Decision::Approve)).collect();
    let stopped = scene.go();
    lawful(&scene, &stopped);
    assert!(matches!(stopped.why, Why::Done(End::Closed)), "{stopped:?}");
    assert_eq!(scene.world.state("flags/replicas"), json!(3.0), "and it was put back like anything that was lowered");
}

#[test]
fn nobody_countersigns_it_closes_with_exceptions_and_stays_open_after_the_end() {
    let mut scene = at_the_gate();
    scene.aside(async |d| d.break_glass(DRAIN, "legal can't be reached")).unwrap();
    scene.log.absent_at_gates = false;
    scene.log.voters = ["lena", "carl", "ada", "grace"].iter().map(|p| ((*p).to_owned(), Decision::Approve)).collect();
    let stopped = scene.go();
    assert!(matches!(stopped.why, Why::Done(End::ClosedWithExceptions)), "{stopped:?}");
    assert!(scene.ledger().reviews[&REVIEW].done.is_none());
    let no = vote(&scene, "lena", Decision::Deny);
    scene.log.votes.push(no);
    scene.aside(async |d| d.take_countersignatures()).unwrap();
    let last = scene.log.records.last().unwrap();
    assert_eq!(
        (last.event, last.detail.note.as_deref()),
        (Event::ReviewVoted { gate: REVIEW }, Some("denied by lena"))
    );
    assert!(scene.ledger().reviews[&REVIEW].done.is_none(), "an objection closes nothing");
}

#[test]
fn a_letter_a_return_and_a_gate_that_is_shut_stay_shut_whoever_asks() {
    let mut scene = Scene::of(fixture::glass());
    scene.log.absent_at_gates = true;
    scene.log.voters = vec![("lena".into(), Decision::Approve)];
    scene.go();
    let says = |scene: &mut Scene, gate: GateIx, reason: &str| {
        let reason = reason.to_owned();
        scene.aside(async move |d| d.break_glass(gate, &reason)).unwrap_err().to_string()
    };
    for (gate, why) in [
        (TELL, "`tell-customers` stays closed: it can't be taken back"),
        (GateIx(1), "`sign-off` stays closed: what it decides gives autonomy back"),
        (GateIx(2), "`stand-down` stays closed: what it decides gives autonomy back"),
        (GateIx(3), "`downgrade` stays closed: what it decides"),
        (REVIEW, "`review-drain` stays closed: what it decides"),
    ] {
        let says = says(&mut scene, gate, "because");
        assert!(says.starts_with(why), "{says}");
    }
    let mut scene = at_the_gate();
    let before = scene.log.records.len();
    assert_eq!(says(&mut scene, DRAIN, "  "), "this needs a reason");
    scene.policy.person = None;
    let nobody = scene.aside(async |d| d.break_glass(DRAIN, "because"));
    assert!(matches!(nobody, Err(NotNow::Stopped(Why::Waiting(WaitsFor::Identity)))), "{nobody:?}");
    assert_eq!(scene.log.records.len(), before, "and nothing of it was done or written");
    assert_eq!(scene.world.state("flags/replicas"), json!(3.0));
}
