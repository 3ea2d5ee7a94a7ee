//! Without a name one stops, pages and keeps evidence, and goes no further, where only signed votes count.

use super::attacks::{ready, vote};
use super::count;
use super::story::effects;
use crate::drive::fake::Scene;
use crate::drive::{WaitsFor, Why};
use crate::plan::{FactIx, FactValue, Votes};
use crate::run::beyond::unnamed;
use crate::run::event::{Event, Source};

/// Records in which somebody without a name went beyond stopping.
fn nameless(scene: &Scene) -> Vec<u64> {
    scene.log.records.iter().filter_map(|record| unnamed(&scene.plan, record)).collect()
}

#[test]
fn without_a_name_one_contains_and_pages_and_goes_no_further() {
    let mut scene = ready(|s| s.policy.person = None);
    let stopped = scene.go();
    assert!(matches!(stopped.why, Why::Waiting(WaitsFor::Identity)), "{stopped:?}");
    assert!(stopped.contained);
    let by_person = |e: &Event| matches!(e, Event::FactAnswered { source: Source::Person, .. });
    assert_eq!(count(&scene, by_person), 0);
    assert_eq!(count(&scene, |e| matches!(e, Event::SeverityConfirmed { .. })), 0);
    // From another command as little as at the terminal.
    let said = scene.with(false, async |d| d.revise_answer(FactIx(0), Some(&FactValue::YesNo(false))));
    assert!(said.is_err());
    assert_eq!(count(&scene, by_person), 0);
    // Whoever goes on is known from then on, and asked for no second time.
    scene.policy.person = Some("olga".into());
    let stopped = scene.go();
    assert!(matches!(stopped.why, Why::Waiting(WaitsFor::Votes { .. })), "{stopped:?}");
    assert!(scene.ledger().operators.contains("olga") && nameless(&scene).is_empty());
}

#[test]
fn what_was_granted_is_sent_by_somebody_who_has_a_name() {
    let mut scene = ready(|_| ());
    let _ = scene.go();
    let votes = vec![vote(&scene, "lena"), vote(&scene, "carl")];
    scene.log.votes.extend(votes);
    scene.policy.person = None;
    let stopped = scene.go();
    assert!(matches!(stopped.why, Why::Waiting(WaitsFor::Identity)), "{stopped:?}");
    assert_eq!(effects(&scene, "outbox/affected"), 0);
}

#[test]
fn an_older_record_of_somebody_without_a_name_is_told() {
    // As it was recorded before a name was asked for: unsigned votes asked for none.
    let mut scene = ready(|s| {
        s.plan.votes = Votes::Unsigned;
        s.policy.person = None;
    });
    let _ = scene.go();
    assert!(nameless(&scene).is_empty(), "where votes are not signed, nobody has a name");
    scene.plan.votes = Votes::Signed;
    let unnamed = nameless(&scene);
    assert!(!unnamed.is_empty());
    let said = crate::report::phrase::unnamed(&unnamed).unwrap();
    assert!(said.contains("somebody without a name went beyond stopping here"), "{said}");
}
