//! What goes in comes out.

use super::super::hold::HoldError;
use super::super::payload::Content;
use super::super::samples::{chance, every_kind, record, vote};
use super::super::store::{Store, run_id};
use super::super::subject;
use super::{Room, append_all, begun};
use crate::plan::StepIx;
use crate::port::{Durability, JournalError, RunLog as _};
use crate::run::event::{End, Event, Verdict};
use crate::run::record::{GENESIS, sha256_hex};
use crate::text::time::Instant;

#[test]
fn every_kind_of_record_comes_back_in_its_chain() {
    let room = Room::new();
    let store = room.store();
    let records = every_kind("r1");
    let mut held = store.create_run("r1", chance()).unwrap();
    append_all(&mut held, &records);
    let read = store.read("r1").unwrap();
    assert_eq!(read.len(), records.len());
    let mut prev = GENESIS.to_owned();
    for (was, is) in records.iter().zip(&read) {
        assert_eq!(is.prev, prev);
        prev = sha256_hex(&is.bytes().unwrap());
        let mut is = is.clone();
        is.prev.clone_from(&was.prev);
        assert_eq!(was, &is);
    }
}

#[test]
fn subjects_are_one_short_plain_line_of_every_kind() {
    let mut seen = std::collections::BTreeSet::new();
    for r in every_kind("r1") {
        let s = subject::of(std::slice::from_ref(&r));
        assert!(!s.is_empty() && s.chars().count() <= 72 && !s.contains('\n'), "{s}");
        assert!(seen.insert(s.clone()), "two kinds say {s:?}");
    }
    let long = subject::of(&every_kind("r1"));
    assert_eq!(long.chars().count(), 72, "{long}");
}

#[test]
fn a_batch_is_one_commit() {
    let room = Room::new();
    let store = room.store();
    let mut held = store.create_run("r1", chance()).unwrap();
    let records = every_kind("r1");
    held.append(&records[..3]).unwrap();
    held.append(&records[3..5]).unwrap();
    let git = store.readable().unwrap();
    let head = git.head(&store.run_branch("r1")).unwrap().unwrap();
    assert_eq!(head.to_string(), held.head());
    assert_eq!(super::super::commit::walk(&git, head, None).unwrap().len(), 2);
    assert_eq!(store.read("r1").unwrap().len(), 5);
}

#[test]
fn a_run_is_held_by_one_and_goes_on_where_it_was_left() {
    let room = Room::new();
    let store = room.store();
    let held = begun(&store, "r1", 2);
    assert!(matches!(store.hold("r1", chance()), Err(HoldError::Held { .. })));
    assert!(store.holder("r1", "here").unwrap().alive_here);
    drop(held);
    assert!(!store.holder("r1", "here").unwrap().alive_here);
    let (mut held, records) = store.hold("r1", chance()).unwrap();
    assert_eq!(records.len(), 3);
    assert_eq!(held.append(&[record("r1", 3, Event::Restarted)]).unwrap(), Durability::Git);
    assert_eq!(store.read("r1").unwrap().len(), 4);
    assert!(matches!(store.create_run("r1", chance()), Err(HoldError::Exists { .. })));
}

#[test]
fn a_record_out_of_place_is_refused() {
    let room = Room::new();
    let store = room.store();
    let mut held = begun(&store, "r1", 0);
    for wrong in [record("r1", 0, Event::Noted), record("r1", 2, Event::Noted), record("r2", 1, Event::Noted)] {
        assert!(matches!(held.append(&[wrong]), Err(JournalError::Broken { .. })));
    }
    append_all(&mut held, &[record("r1", 1, Event::Noted)]);
}

#[test]
fn runs_are_found_by_either_end_and_otherwise_the_nearest_named() {
    let room = Room::new();
    let store = room.store();
    for id in ["20261123-0204-k3m9", "20261123-0300-k3x2", "20261124-1000-zzzz"] {
        begun(&store, id, 0);
    }
    assert_eq!(store.find("20261124").unwrap(), "20261124-1000-zzzz");
    assert_eq!(store.find("k3x2").unwrap(), "20261123-0300-k3x2");
    assert_eq!(store.find("20261123-0204-k3m9").unwrap(), "20261123-0204-k3m9");
    let Err(JournalError::NoSuchRun { nearest, .. }) = store.find("20261123") else { panic!() };
    assert_eq!(nearest.len(), 2);
    let Err(JournalError::NoSuchRun { nearest, .. }) = store.find("k3m8") else { panic!() };
    assert_eq!(nearest[0], "20261123-0204-k3m9");
    assert!(store.find("").is_err());
}

#[test]
fn a_drill_is_held_up_by_real_runs_too_and_nothing_real_by_a_drill() {
    let room = Room::new();
    let (real, drills) = (room.store(), Store::open(&room.git(), true));
    let step = StepIx(0);
    let mut a = begun(&real, "a", 0);
    append_all(&mut a, &[record("a", 1, Event::StepIntended { step })]);
    let mut b = drills.create_run("b", chance()).unwrap();
    let of_drill = |seq, event| crate::run::record::Record { drill: true, ..record("b", seq, event) };
    append_all(&mut b, &[of_drill(0, Event::RunStarted), of_drill(1, Event::StepIntended { step })]);
    assert_eq!(drills.holding("support-replies", "production", Some("b")).unwrap(), ["a"]);
    assert_eq!(drills.holding("support-replies", "production", None).unwrap(), ["a", "b"]);
    assert_eq!(real.holding("support-replies", "production", Some("a")).unwrap(), [""; 0]);
}

#[test]
fn the_list_knows_what_is_open_and_who_holds_what_low() {
    let room = Room::new();
    let store = room.store();
    let mut a = begun(&store, "a", 0);
    let b = begun(&store, "b", 0);
    assert_eq!(store.holding("support-replies", "production", None).unwrap(), Vec::<String>::new());
    let step = StepIx(0);
    append_all(&mut a, &[record("a", 1, Event::StepIntended { step })]);
    assert_eq!(store.holding("support-replies", "production", Some("b")).unwrap(), ["a"]);
    assert!(store.holding("support-replies", "staging", None).unwrap().is_empty());
    assert!(store.holding("support-replies", "production", Some("a")).unwrap().is_empty());
    append_all(&mut a, &[record("a", 2, Event::UndoProved { step, verdict: Verdict::Fail })]);
    assert_eq!(store.holding("support-replies", "production", None).unwrap(), ["a"]);
    append_all(&mut a, &[record("a", 3, Event::UndoProved { step, verdict: Verdict::Pass })]);
    assert!(store.holding("support-replies", "production", None).unwrap().is_empty());
    append_all(&mut a, &[record("a", 4, Event::StepIntended { step: StepIx(1) })]);
    assert!(store.holding("support-replies", "production", None).unwrap().is_empty(), "it does not lower");
    append_all(&mut a, &[record("a", 5, Event::GateOpened { gate: crate::plan::GateIx(0) })]);
    assert!(store.runs().unwrap()[0].gates.contains_key("tell-customers"));
    append_all(&mut a, &[record("a", 6, Event::RunEnded { end: End::Closed })]);
    let runs = store.runs().unwrap();
    assert_eq!(
        runs.iter().map(|r| (r.id.as_str(), r.open(), r.records)).collect::<Vec<_>>(),
        [("a", false, 7), ("b", true, 1)]
    );
    // The cache says the same as a fresh fold.
    std::fs::remove_file(room.git().join("aigov/runs.json")).unwrap();
    assert_eq!(store.runs().unwrap(), runs);
    drop(b);
}

#[test]
fn payloads_come_back_and_are_kept_apart() {
    let room = Room::new();
    let store = room.store();
    let mut held = begun(&store, "r1", 0);
    let secret_looking = b"the customer wrote: \x1b[31m".to_vec();
    let one = held.keep("note", &secret_looking);
    let two = held.keep("note", &secret_looking);
    assert_ne!(one.digest, two.digest, "salted");
    let many: Vec<_> = (0..20_u8).map(|n| held.keep("evidence", &[n; 1000])).collect();
    drop(held);
    assert_eq!(store.payload("r1", &one.digest).unwrap().unwrap(), Content::Plain(secret_looking.to_vec()));
    for (n, p) in (0..20_u8).zip(&many) {
        assert_eq!(store.payload("r1", &p.digest).unwrap().unwrap(), Content::Plain(vec![n; 1000]));
        assert_eq!(p.length, 1000);
    }
    assert_eq!(store.payload("r1", &"0".repeat(64)).unwrap(), None);
    assert_eq!(store.payload("r2", &one.digest).unwrap(), None);
}

#[test]
fn votes_arrive_once_and_only_what_is_a_vote_on_this_run() {
    let room = Room::new();
    let store = room.store();
    let mut held = begun(&store, "r1", 0);
    store.put_vote(&vote("r1", "n2", 20)).unwrap();
    store.put_vote(&vote("r1", "n1", 10)).unwrap();
    store.put_vote(&vote("r2", "n3", 10)).unwrap();
    assert!(store.put_vote(&vote("r1", "n1", 30)).is_err(), "a nonce is used once");
    super::super::votes::raw(&store, "r1", "n9", "hello\n\nnot a vote\n");
    let line = String::from_utf8(crate::run::record::canonical(&vote("r1", "other", 1)).unwrap()).unwrap();
    super::super::votes::raw(&store, "r1", "n8", &format!("copied\n\n{line}\n"));
    // A vote on a run beside it, copied here as it is: whoever counts refuses it by name.
    let line = String::from_utf8(crate::run::record::canonical(&vote("r2", "n3", 10)).unwrap()).unwrap();
    super::super::votes::raw(&store, "r1", "n3", &format!("copied\n\n{line}\n"));
    let all = held.votes(&|_| false).unwrap();
    let all: Vec<(&str, &str)> = all.iter().map(|v| (v.nonce.as_str(), v.run.as_str())).collect();
    assert_eq!(all, [("n1", "r1"), ("n3", "r2"), ("n2", "r1")]);
    assert_eq!(held.votes(&|n| n == "n1").unwrap().len(), 2);
}

#[test]
fn a_drill_has_branches_of_its_own() {
    let room = Room::new();
    let real = room.store();
    let drill = Store::open_or_create(&room.git(), true);
    begun(&real, "r1", 0);
    let mut held = drill.create_run("r1", chance()).unwrap();
    let mut first = record("r1", 0, Event::RunStarted);
    assert!(matches!(held.append(&[first.clone()]), Err(JournalError::Broken { .. })), "a real record in a drill");
    first.drill = true;
    append_all(&mut held, &[first]);
    assert_eq!(real.read("r1").unwrap().len(), 1);
    assert!(drill.read("r1").unwrap().iter().all(|r| r.drill));
    assert_eq!(real.runs().unwrap().len(), 1);
    for store in [&real, &drill] {
        let both: Vec<bool> = store.runs_and_drills().unwrap().iter().map(|r| r.drill).collect();
        assert_eq!((both.len(), both.iter().filter(|d| **d).count()), (2, 1));
    }
}

#[test]
fn ids_are_when_and_four_letters() {
    let mut chance = super::super::samples::Counting(0);
    let id = run_id("2026-11-23T02:04:05.678Z".parse::<Instant>().unwrap(), &mut chance);
    assert_eq!(id, "20261123-0204-2345");
}

#[test]
fn after_the_second_process_no_append_waits_for_a_folder() {
    let room = Room::new();
    let store = room.store();
    drop(begun(&store, "r1", 1));
    drop(begun(&store, "r2", 1));
    let git = store.readable().unwrap();
    assert!((0..=255_u8).all(|byte| git.shards().stands(&format!("{byte:02x}"))));
}

#[test]
fn what_is_kept_before_the_first_record_is_there_with_it_and_gone_without_it() {
    let room = Room::new();
    let store = room.store();
    let mut held = store.create_run("r1", chance()).unwrap();
    held.keep("reason", b"never begun");
    drop(held);
    assert!(store.verify(None).unwrap().is_empty(), "a run that never began leaves nothing");
    let mut held = store.create_run("r2", chance()).unwrap();
    let kept = held.keep("reason", b"begun");
    append_all(&mut held, &every_kind("r2")[..2]);
    drop(held);
    assert_eq!(store.payload("r2", &kept.digest).unwrap().unwrap(), Content::Plain(b"begun".to_vec()));
}
