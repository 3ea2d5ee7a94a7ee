//! A named person's signed word for a check that gave no verdict: whose counts, for what, and what a reader of the record
//! finds.

use super::attacks::{cast, number, ready, vote};
use super::count;
use crate::approval::{Namespace, render};
use crate::drive::fake::Scene;
use crate::drive::fake_keys::{key, sign};
use crate::drive::{WaitsFor, Why};
use crate::model::key::PublicKey;
use crate::plan::{CheckIx, GateIx};
use crate::port::{Clock as _, Keys as _};
use crate::run::asked::{asked, said};
use crate::run::attest;
use crate::run::event::Event;
use crate::run::record::{Decision, PayloadRef, Record, Signed, Vote};
use crate::run::recount::recount;
use crate::text::canon::sha256_hex;
use crate::text::time::Instant;

const CHECK: CheckIx = CheckIx(0);

/// A run whose letter was sent and whose first check can't be judged, because its provider is not there.
fn without_a_verdict() -> Scene {
    let mut scene = ready(|s| s.plan.checks[0].signal.as_mut().unwrap().target.provider = "absent".into());
    let _ = scene.go();
    let votes = vec![vote(&scene, "lena"), vote(&scene, "carl")];
    scene.log.votes.extend(votes);
    let stopped = scene.go();
    let id = scene.plan.checks[0].id.clone();
    assert!(matches!(&stopped.why, Why::Waiting(WaitsFor::Vouch(check)) if *check == id), "{stopped:?}");
    assert_eq!(count(&scene, |e| matches!(e, Event::CheckAttested { .. })), 0, "a name that is typed is nobody's word");
    scene
}

fn word_by(scene: &Scene, person: &str, with: &PublicKey, change: impl FnOnce(&mut Vote)) -> Vote {
    let ledger = scene.ledger();
    let of = attest::of(&scene.plan, &ledger, CHECK).unwrap();
    let mut vote = Vote {
        nonce: format!("{}-{}{person}", with.short(), ledger.next_seq),
        run: ledger.run.clone(),
        gate: of.id().to_owned(),
        act: of.open.act.digest.clone(),
        head: ledger.last_digest.clone(),
        person: person.to_owned(),
        decision: Decision::Approve,
        text: None,
        reason: Some(PayloadRef {
            subject: "reason".into(),
            digest: sha256_hex(b"read by hand"),
            length: 0,
            sealed: None,
            apart: false,
        }),
        at: scene.clock.now(),
        signed: None,
    };
    change(&mut vote);
    let asked = asked(&of.plan, &ledger, &of.open);
    let statement = render(&asked, &said(&vote, &with.fingerprint()));
    assert!(statement.contains("is taken as passed, though it gave no verdict"), "{statement}");
    let signature = sign(with, Namespace::Drill, &statement, false, false);
    Vote { signed: Some(Box::new(Signed { statement, signature })), ..vote }
}

fn word(scene: &Scene, person: &str) -> Vote {
    word_by(scene, person, &key(number(person)), |_| ())
}

/// One attempt: which word comes in, and what is said of it.
type Attempt = (&'static str, fn(&Scene) -> Vote, &'static str);

const ATTEMPTS: &[Attempt] = &[
    ("whoever holds the run", |s| word(s, "olga"), "whoever asks for an approval can't give it"),
    ("no signature", |s| Vote { signed: None, ..word(s, "sam") }, "it is not signed"),
    ("another's key", |s| word_by(s, "sam", &key(number("lena")), |_| ()), "it is signed with a key of lena"),
    ("a key of nobody", |s| word_by(s, "sam", &key(99), |_| ()), "nobody in the roster of this run has the key"),
    ("no ground", |s| word_by(s, "sam", &key(number("sam")), |v| v.reason = None), "an attestation needs a reason"),
    ("a no", |s| word_by(s, "sam", &key(number("sam")), |v| v.decision = Decision::Deny), "there is nothing to deny"),
    (
        "another verdict of the same check",
        |s| {
            let v = word(s, "sam");
            let statement = v.signed.as_ref().unwrap().statement.replace(&v.act, &"0".repeat(64));
            let signature = sign(&key(number("sam")), Namespace::Drill, &statement, false, false);
            Vote { signed: Some(Box::new(Signed { statement, signature })), ..v }
        },
        "it was given for another act than the one that waits now",
    ),
    (
        "before the check was judged",
        |s| word_by(s, "sam", &key(number("sam")), |v| v.at = Instant(v.at.0 - 864_000_000)),
        "it was given before the gate opened",
    ),
    (
        "on a record that is not this run's",
        |s| word_by(s, "sam", &key(number("sam")), |v| v.head = "0".repeat(64)),
        "it was given on a record that is not this run's",
    ),
];

#[test]
fn whose_word_counts_for_a_check_and_every_reason_why_one_does_not() {
    for (what, attempt, because) in ATTEMPTS {
        let mut scene = without_a_verdict();
        let word = attempt(&scene);
        cast(&mut scene, vec![word]);
        let told = scene.log.records.iter().rev().find_map(|r| {
            let of = r.detail.vote.as_ref().filter(|v| v.gate.starts_with("attest:"))?;
            Some((r.event, of.person.clone(), r.detail.note.clone().unwrap_or_default()))
        });
        let (event, _, note) = told.unwrap_or_else(|| panic!("{what}: nothing is on record"));
        assert!(event == Event::Noted && note.contains(because), "{what}: {note}");
        assert_eq!(count(&scene, |e| matches!(e, Event::CheckAttested { .. })), 0, "{what}");
        let before = scene.log.records.len();
        let _ = scene.go();
        let again = scene.log.records[before..].iter().filter(|r| r.detail.vote.is_some()).count();
        assert_eq!(again, 0, "{what}: told only once");
    }
}

#[test]
fn somebodys_signed_word_lets_the_run_go_on_and_is_counted_again_by_whoever_reads_it() {
    let mut scene = without_a_verdict();
    let first = word(&scene, "sam");
    cast(&mut scene, vec![first]);
    assert_eq!(count(&scene, |e| *e == Event::CheckAttested { check: CHECK }), 1);
    assert_eq!(count(&scene, |e| *e == Event::GateOpened { gate: GateIx(1) }), 1, "the sign-off is asked for");
    let ledger = scene.ledger();
    assert_eq!(ledger.attesters.get(&CHECK).map(String::as_str), Some("sam"));
    assert!(ledger.operators.contains("sam"), "who gave an attestation has no voice at the sign-off");

    let check: crate::run::recount::Check<'_> = &|of, text, signature| scene.keys.check(of, text, signature);
    let found = recount(&scene.plan, &scene.log.records, check);
    assert_eq!((found.signed, &found.wrong[..]), (3, &[][..]));
    // Without the word, or with another under it, it is somebody's forgery.
    let forged = |change: &dyn Fn(&mut Record)| {
        let mut records = scene.log.records.clone();
        let at = records.iter().position(|r| matches!(r.event, Event::CheckAttested { .. })).unwrap();
        change(&mut records[at]);
        for n in 1..records.len() {
            records[n].prev = sha256_hex(&records[n - 1].bytes().unwrap());
        }
        recount(&scene.plan, &records[..=at], check).wrong.first().map(|w| w.says.clone()).unwrap_or_default()
    };
    let none = forged(&|r| r.detail.vote = None);
    assert!(none.contains("nobody signed that they vouch for it"), "{none}");
    let other = forged(&|r| r.detail.vote.as_mut().unwrap().signed.as_mut().unwrap().signature = "forged".into());
    assert!(other.contains("does not count"), "{other}");
    let renamed = forged(&|r| r.detail.person = Some("grace".into()));
    assert!(renamed.contains("another than the text"), "{renamed}");
}

#[test]
fn a_word_for_a_verdict_is_none_for_the_next() {
    let mut scene = without_a_verdict();
    let old = word(&scene, "sam");
    // It is judged again, and gives no verdict once more.
    scene.clock.pass(60);
    scene.policy.rejudges = true;
    let _ = scene.go();
    assert_eq!(count(&scene, |e| *e == Event::CheckReopened { check: CHECK }), 1);
    cast(&mut scene, vec![old]);
    assert_eq!(count(&scene, |e| matches!(e, Event::CheckAttested { .. })), 0);
    let new = word(&scene, "sam");
    cast(&mut scene, vec![new]);
    assert_eq!(count(&scene, |e| matches!(e, Event::CheckAttested { .. })), 1);
}
