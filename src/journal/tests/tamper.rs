//! What `verify` finds, and that it names the right link.

use std::fs;

use git2::{ObjectType, Oid};

use super::super::commit::{self, Draft};
use super::super::repo::Durable;
use super::super::samples::{chance, every_kind, record};
use super::super::store::Store;
use super::super::verify::Weight;
use super::{Room, append_all, begun, besides};
use crate::port::RunLog as _;
use crate::run::event::Event;
use crate::run::record::{PayloadRef, Record};
use crate::text::time::Instant;

/// Writes the branch anew with another message at one place, as somebody with the right to push would.
fn rewrite(store: &Store, run: &str, change: impl Fn(usize, &str) -> Option<String>) {
    let git = store.readable().unwrap();
    let branch = store.run_branch(run);
    let head = git.head(&branch).unwrap().unwrap();
    let mut parent: Option<Oid> = None;
    for (n, old) in commit::walk(&git, head, None).unwrap().iter().enumerate() {
        let Some(message) = change(n, &old.message) else { continue };
        let draft = Draft { tree: None, parent, by: "mallory".into(), at: Instant(0), message };
        parent = Some(git.write(ObjectType::Commit, &draft.bytes(), Durable::Later, &mut Vec::new()).unwrap());
    }
    git.move_ref(&branch, Some(head), parent.unwrap(), Durable::Later, || true).unwrap();
}

/// Every kind, and a note after the last.
fn whole(store: &Store) -> usize {
    let mut records = every_kind("r1");
    records.push(record("r1", records.len() as u64, Event::Noted));
    let mut held = store.create_run("r1", chance()).unwrap();
    let payload = held.keep("note", b"as it was");
    for r in &mut records {
        // The samples' own name a payload that is nowhere.
        r.detail.payloads = vec![payload.clone()];
    }
    append_all(&mut held, &records);
    records.len()
}

#[test]
fn a_record_that_nobody_touched_has_no_findings() {
    let room = Room::new();
    let store = room.store();
    let count = whole(&store);
    let report = &store.verify(None).unwrap()[0];
    let says: Vec<(Weight, &str)> = report.findings.iter().map(|f| (f.weight, f.says.as_str())).collect();
    let unsigned = format!("records 0 to {} are signed by nobody, and nothing signed stands on it", count - 1);
    assert_eq!(says, [(Weight::Unsigned, unsigned.as_str())]);
    assert_eq!(report.records, count as u64);
    assert_eq!(report.digest, store.runs().unwrap()[0].digest);
}

#[test]
fn one_changed_byte_is_found_in_every_kind() {
    let room = Room::new();
    let store = room.store();
    let count = whole(&store);
    let original = store.readable().unwrap().head(&store.run_branch("r1")).unwrap().unwrap();
    for place in 0..count - 1 {
        rewrite(&store, "r1", |n, message| {
            if n != place {
                return Some(message.to_owned());
            }
            // The last digit of the milliseconds: nothing but the chain can tell.
            let at = message.find("\"at\":\"").unwrap() + "\"at\":\"2027-01-15T08:00:00.00".len();
            let mut bytes = message.as_bytes().to_vec();
            assert_eq!(bytes[at], b'0');
            bytes[at] = b'1';
            Some(String::from_utf8(bytes).unwrap())
        });
        let report = &store.verify(Some("r1")).unwrap()[0];
        let first = report.first_broken().unwrap();
        assert_eq!(first.seq, Some(place as u64 + 1), "{first:?}");
        assert!(first.says.contains(&format!("does not continue record {place}:")), "{first:?}");
        assert!(store.read("r1").is_err());
        let git = store.readable().unwrap();
        let now = git.head(&store.run_branch("r1")).unwrap();
        git.move_ref(&store.run_branch("r1"), now, original, Durable::Later, || true).unwrap();
    }
    assert!(store.verify(None).unwrap()[0].whole());
}

#[test]
fn records_taken_out_slipped_in_or_turned_round_are_found() {
    let room = Room::new();
    let store = room.store();
    whole(&store);
    let original = store.readable().unwrap().head(&store.run_branch("r1")).unwrap().unwrap();
    for (what, change) in [
        ("taken out", (|n, m| (n != 5).then(|| m.to_owned())) as fn(usize, &str) -> Option<String>),
        ("the first taken out", |n, m| (n != 0).then(|| m.to_owned())),
        ("without canonical form", |n, m| Some(if n == 5 { m.replacen("{\"", "{ \"", 1) } else { m.to_owned() })),
        ("another subject", |n, m| {
            Some(if n == 5 { format!("all is well{}", &m[m.find('\n').unwrap()..]) } else { m.to_owned() })
        }),
        ("slipped in", |n, m| {
            let line = m.lines().last().unwrap();
            Some(if n == 5 { format!("{m}{line}\n") } else { m.to_owned() })
        }),
        ("emptied", |n, m| Some(if n == 5 { "nothing\n".to_owned() } else { m.to_owned() })),
        ("not JSON", |n, m| Some(if n == 5 { "x\n\n{\n".to_owned() } else { m.to_owned() })),
    ] {
        rewrite(&store, "r1", change);
        let report = &store.verify(None).unwrap()[0];
        assert!(!report.whole(), "{what}");
        assert!(report.first_broken().unwrap().seq.is_some_and(|s| s <= 6), "{what}: {:?}", report.findings);
        let git = store.readable().unwrap();
        let now = git.head(&store.run_branch("r1")).unwrap();
        git.move_ref(&store.run_branch("r1"), now, original, Durable::Later, || true).unwrap();
    }
}

#[test]
fn a_damaged_object_is_named() {
    let room = Room::new();
    let store = room.store();
    let held = begun(&store, "r1", 4);
    drop(held);
    let git = store.readable().unwrap();
    let head = git.head(&store.run_branch("r1")).unwrap().unwrap();
    let broken = commit::walk(&git, head, None).unwrap()[2].id.to_string();
    let file = room.git().join("objects").join(&broken[..2]).join(&broken[2..]);
    fs::remove_file(&file).unwrap();
    fs::write(&file, b"nonsense").unwrap();
    let report = &store.verify(None).unwrap()[0];
    let first = report.first_broken().unwrap();
    assert_eq!(first.commit.as_deref(), Some(broken.as_str()), "{first:?}");
    assert_eq!(besides(report).len(), 1, "what follows the hole is whole: {:?}", report.findings);
    assert!(store.read("r1").is_err());
    assert_eq!(store.runs().unwrap().len(), 1, "one damaged run does not hide the list");
}

#[test]
fn a_newer_format_is_said_and_not_called_broken() {
    let room = Room::new();
    let store = room.store();
    let mut held = begun(&store, "r1", 0);
    append_all(&mut held, &[record("r1", 1, Event::Noted)]);
    drop(held);
    let rehash = |change: fn(&str) -> String| {
        rewrite(&store, "r1", |n, m| Some(if n == 1 { change(m) } else { m.to_owned() }));
        store.verify(None).unwrap().remove(0)
    };
    let report = rehash(|m| m.replace("\"format\":1", "\"format\":2"));
    assert!(report.whole(), "{:?}", report.findings);
    assert_eq!(besides(&report)[0].weight, Weight::Unread);
    let report =
        rehash(|m| m.replace("\"format\":2", "\"format\":1").replace("\"kind\":\"noted\"", "\"kind\":\"sung\""));
    assert!(report.whole(), "{:?}", report.findings);
    assert_eq!(besides(&report)[0].weight, Weight::Unread);
}

#[test]
fn a_run_that_others_knew_is_missed() {
    let room = Room::new();
    let store = room.store();
    drop(begun(&store, "a", 2));
    drop(begun(&store, "b", 0));
    let mut start = record("c", 0, Event::RunStarted);
    start.detail.start.as_mut().unwrap().heads = store.heads();
    assert_eq!(store.heads().len(), 2);
    let mut held = store.create_run("c", chance()).unwrap();
    append_all(&mut held, &[start]);
    drop(held);
    assert!(store.verify(None).unwrap().iter().all(|r| besides(r).is_empty()));
    // One grows: that is no change. One is cut, one vanishes.
    let (mut held, _) = store.hold("b", chance()).unwrap();
    append_all(&mut held, &[record("b", 1, Event::Noted)]);
    drop(held);
    assert!(store.verify(None).unwrap().iter().all(|r| besides(r).is_empty()));
    rewrite(&store, "a", |n, m| (n < 2).then(|| m.to_owned()));
    fs::remove_file(room.git().join(store.run_branch("b"))).unwrap();
    let report = store.verify(Some("c")).unwrap().remove(0);
    let there = besides(&report);
    let says: Vec<&str> = there.iter().map(|f| f.says.as_str()).collect();
    assert_eq!(
        says,
        [
            "run a is shorter than when this one began, or was changed",
            "run b was known when this one began and is not here"
        ]
    );
    assert!(!report.whole());
}

#[test]
fn names_times_and_payloads_are_looked_at() {
    let room = Room::new();
    let store = room.store();
    let mut held = store.create_run("r1", chance()).unwrap();
    let kept = held.keep("note", b"kept");
    let note = |seq, payload: PayloadRef| -> Record {
        let mut r = record("r1", seq, Event::Noted);
        r.detail.payloads = vec![payload];
        r
    };
    let step = crate::plan::StepIx(0);
    let mut misnamed = record("r1", 1, Event::StepIntended { step });
    misnamed.about = Some("tell-customers".into());
    let mut back = record("r1", 3, Event::Restarted);
    back.at = Instant(0);
    append_all(
        &mut held,
        &[
            record("r1", 0, Event::RunStarted),
            misnamed,
            record("r1", 2, Event::StepIntended { step: crate::plan::StepIx(99) }),
            back,
            note(4, kept.clone()),
            note(5, PayloadRef { digest: "77".repeat(32), ..kept.clone() }),
            note(6, PayloadRef { length: 5, ..kept }),
        ],
    );
    drop(held);
    let report = store.verify(None).unwrap().remove(0);
    let found: Vec<(Weight, Option<u64>)> = report.findings.iter().map(|f| (f.weight, f.seq)).collect();
    assert_eq!(
        found,
        [
            (Weight::Broken, Some(1)),
            (Weight::Broken, Some(2)),
            (Weight::Broken, Some(6)),
            (Weight::Missing, Some(5)),
            (Weight::Unsigned, Some(0)),
            (Weight::Note, Some(3)),
        ],
        "{:#?}",
        report.findings
    );
}
