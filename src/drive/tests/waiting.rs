//! Votes that do not come: who is asked again, what the page says, and that neither a reminder nor a clock that runs
//! backwards gives anybody more time.

use super::{count, lawful};
use crate::drive::fake::Scene;
use crate::drive::{WaitsFor, Why};
use crate::plan::GateIx;
use crate::run::event::{Choice, Event};
use crate::run::record::{Decision, Record};

const TELL: GateIx = GateIx(0);

fn at(scene: &Scene, so: impl Fn(&Event) -> bool) -> Vec<&Record> {
    scene.log.records.iter().filter(|r| so(&r.event)).collect()
}

#[test]
fn whoever_says_nothing_is_paged_again_twice_and_the_deadline_stays() {
    let mut scene = Scene::new();
    scene.plan.alternates.insert("carl".into(), vec!["sam".into()]);
    // One of the two answers; the gate of the statement has its twenty seconds.
    scene.log.voters = ["lena", "ada", "grace"].iter().map(|p| ((*p).to_owned(), Decision::Approve)).collect();
    scene.policy.choices = vec![Choice::Skip];
    let stopped = scene.go();
    lawful(&scene, &stopped);
    let opened = at(&scene, |e| *e == Event::GateOpened { gate: TELL })[0];
    let reminded = at(&scene, |e| *e == Event::GateReminded { gate: TELL });
    let expired = at(&scene, |e| *e == Event::GateExpired { gate: TELL })[0];
    let after: Vec<u64> = reminded.iter().map(|r| r.at.since(opened.at).0 / 1_000).collect();
    assert_eq!(after, [10, 15], "half of its time, then three quarters");
    assert_eq!(opened.detail.deadline.unwrap(), opened.at.plus(scene.plan.gates[0].within));
    assert!(expired.at.since(opened.detail.deadline.unwrap()).0 < 1_000, "no later for having been reminded");
    for record in &reminded {
        assert_eq!(record.detail.note.as_deref(), Some("carl (instead: sam)"), "lena has answered");
    }
    let pages: Vec<&String> = scene
        .log
        .records
        .iter()
        .filter(|r| matches!(r.event, Event::StepPrepared { .. }) && r.about.as_deref() == Some("silence"))
        .filter_map(|r| r.detail.act.as_ref()?.statement.as_ref())
        .collect();
    assert_eq!(pages.len(), 2);
    // First whoever said nothing, then whoever stands in for them.
    assert!(pages[0].contains("\nasked of: carl, commander\n"), "{}", pages[0]);
    assert!(pages[1].contains("\nasked of: sam, carl, commander\n"), "{}", pages[1]);
    for page in pages {
        assert!(page.contains("no answer yet from: carl (instead: sam)"), "{page}");
        assert!(page.contains("if nobody does: it is not done") && page.contains("\nuntil: "), "{page}");
    }
    let things = scene.world.things.borrow();
    assert_eq!(things.effects.get("pager/commander").map_or(0, Vec::len), 2, "each is a page of its own");
    assert_eq!(things.effects.get("outbox/affected"), None, "and silence sent nothing");
}

#[test]
fn a_clock_that_was_set_back_is_said_and_gives_nobody_more_time() {
    let mut scene = Scene::new();
    scene.log.voters.clear();
    scene.log.absent_at_gates = true;
    let stopped = scene.go();
    assert!(matches!(&stopped.why, Why::Waiting(WaitsFor::Votes { .. })), "{stopped:?}");
    let deadline = scene.ledger().gate.unwrap().deadline;
    // Somebody sets it back by ten minutes; the gate has its twenty seconds all the same, and no second more.
    scene.clock.pass(-600);
    scene.log.absent_at_gates = false;
    scene.policy.choices = vec![Choice::Skip];
    scene.go();
    assert!(
        scene.shown.lines.iter().any(|l| l.contains("this machine's clock is 10m behind")),
        "{:?}",
        scene.shown.lines
    );
    let expired = at(&scene, |e| *e == Event::GateExpired { gate: TELL })[0];
    assert!(expired.at >= deadline && expired.at.since(deadline).0 < 1_000, "{} {deadline}", expired.at);
    assert_eq!(count(&scene, |e| *e == Event::GateGranted { gate: TELL }), 0);
}

#[test]
fn a_clock_apart_from_the_providers_is_said_once_recorded_and_gives_nobody_more_time() {
    // Theirs is ahead of ours by a minute: a gate of twenty seconds is over by their clock as soon as it opens.
    let mut scene = Scene::new();
    scene.world.ahead.set(Some(60_000));
    scene.policy.choices = vec![Choice::Skip];
    scene.go();
    let noted = at(&scene, |e| *e == Event::Noted);
    let says = "the clock of https://flags.example.com is 1m ahead of this machine's; an approval ends by the later of the two";
    assert_eq!(noted.iter().filter(|r| r.detail.note.as_deref() == Some(says)).count(), 1, "{noted:?}");
    assert_eq!(scene.shown.lines.iter().filter(|l| l.contains(says)).count(), 1);
    assert_eq!(count(&scene, |e| *e == Event::GateGranted { gate: TELL }), 0);
    assert_eq!(count(&scene, |e| *e == Event::GateExpired { gate: TELL }), 1);
    // Theirs is behind, or little ahead: the gate has its time, and no more.
    for (ahead, said) in [(-60_000, true), (20_000, false)] {
        let mut scene = Scene::new();
        scene.world.ahead.set(Some(ahead));
        scene.go();
        assert_eq!(scene.shown.lines.iter().any(|l| l.contains("the clock of https://")), said, "{ahead}");
        assert_eq!(count(&scene, |e| *e == Event::GateGranted { gate: TELL }), 1, "{ahead}");
    }
}

#[test]
fn a_clock_set_back_before_anybody_looks_does_not_lengthen_an_approval_once_a_provider_tells_the_time() {
    // The gate has two minutes. Votes come three minutes after it opened, under clocks that are two minutes behind; what
    // time it is, is known only once a provider is asked, when the votes are counted already.
    let waiting = |within: u64| {
        let mut scene = Scene::new();
        scene.plan.gates[0].within = crate::text::time::Millis::from_secs(within);
        scene.log.absent_at_gates = true;
        let voters = std::mem::take(&mut scene.log.voters);
        let stopped = scene.go();
        assert!(matches!(&stopped.why, Why::Waiting(WaitsFor::Votes { .. })), "{stopped:?}");
        scene.log.voters = voters;
        scene.clock.pass(60);
        scene.world.ahead_once_asked.set(Some(119_000));
        scene
    };
    let mut late = waiting(120);
    late.go();
    let voided = at(&late, |e| matches!(e, Event::GateVoided { gate: TELL, .. }));
    let note = "the votes were counted after the deadline: the clock of https://flags.example.com is 119s ahead of this \
                machine's";
    assert_eq!(voided.first().and_then(|r| r.detail.note.as_deref()), Some(note), "{:?}", late.shown.lines);
    let consumed = at(&late, |e| *e == Event::GateConsumed { gate: TELL });
    assert!(consumed.first().is_none_or(|c| c.seq > voided[0].seq), "nothing was sent on it");
    // A grant that was given in time by both clocks holds, whenever the act comes.
    let mut good = waiting(600);
    good.go();
    assert_eq!(count(&good, |e| matches!(e, Event::GateVoided { gate: TELL, .. })), 0);
    assert_eq!(count(&good, |e| *e == Event::GateConsumed { gate: TELL }), 1);
}
