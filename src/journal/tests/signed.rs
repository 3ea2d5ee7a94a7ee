//! Signatures of processes, and what `verify` says of them.

use std::fs;

use git2::{ObjectType, Oid};

use super::super::commit::{self, Draft};
use super::super::repo::Durable;
use super::super::samples::{chance, record};
use super::super::sign::ProcessKey;
use super::super::store::Store;
use super::super::verify::{RunReport, Weight};
use super::{Room, append_all};
use crate::port::RunLog as _;
use crate::run::event::Event;
use crate::run::record::Record;

fn key(seed: u8) -> ProcessKey {
    ProcessKey::new(&[seed; 32]).unwrap()
}

/// A record with which a process begins to write.
fn first(seq: u64, event: Event, key: &ProcessKey) -> Record {
    let mut record = record("r1", seq, event);
    record.detail.key = Some(key.public().to_owned());
    record
}

/// A run with a start and four notes, signed.
fn signed(room: &Room) -> Store {
    let store = room.store().with_key(Some(key(1)));
    let mut held = store.create_run("r1", chance()).unwrap();
    assert_eq!(held.key().as_deref(), Some(key(1).public()));
    append_all(&mut held, &[first(0, Event::RunStarted, &key(1))]);
    for seq in 1..5 {
        append_all(&mut held, &[record("r1", seq, Event::Noted)]);
    }
    store
}

fn report(store: &Store) -> RunReport {
    store.verify(Some("r1")).unwrap().remove(0)
}

fn found(store: &Store) -> Vec<(Weight, Option<u64>, String)> {
    report(store).findings.into_iter().map(|f| (f.weight, f.seq, f.says)).collect()
}

/// Writes the run anew with each commit changed as given; the bytes are those of the object.
fn rewrite(store: &Store, change: impl Fn(usize, Vec<u8>) -> Vec<u8>) {
    let git = store.readable().unwrap();
    let branch = store.run_branch("r1");
    let head = git.head(&branch).unwrap().unwrap();
    let odb = git.repo().odb().unwrap();
    let mut parent: Option<(Oid, Oid)> = None;
    for (n, old) in commit::walk(&git, head, None).unwrap().iter().enumerate() {
        let bytes = odb.read(old.id).unwrap().data().to_vec();
        let bytes = match parent {
            // Parents are digits, so the length stays.
            Some((was, is)) => {
                String::from_utf8(bytes).unwrap().replace(&was.to_string(), &is.to_string()).into_bytes()
            }
            None => bytes,
        };
        let new = git.write(ObjectType::Commit, &change(n, bytes), Durable::Later, &mut Vec::new()).unwrap();
        parent = Some((old.id, new));
    }
    git.move_ref(&branch, Some(head), parent.unwrap().1, Durable::Later, || true).unwrap();
}

#[test]
fn what_a_process_signs_is_found_good_and_its_key_stands_on_main() {
    let room = Room::new();
    let store = signed(&room);
    assert_eq!(found(&store), []);
    assert_eq!(report(&store).signed, 5);
    let git = store.readable().unwrap();
    let main = git.repo().find_reference("refs/heads/main").unwrap().peel_to_tree().unwrap();
    let signers = git.repo().find_blob(main.get_name("allowed_signers").unwrap().id()).unwrap();
    let line = format!("journal@aigov.invalid namespaces=\"git\" {}\n", key(1).public());
    assert_eq!(String::from_utf8_lossy(signers.content()), line);
}

#[test]
fn one_changed_byte_anywhere_in_a_commit_is_named() {
    let room = Room::new();
    let store = signed(&room);
    let git = store.readable().unwrap();
    let branch = store.run_branch("r1");
    let head = git.head(&branch).unwrap().unwrap();
    let bytes = git.repo().odb().unwrap().read(head).unwrap().data().to_vec();
    let mut moved = head;
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        // libgit2 itself refuses some of these as no commit at all; `verify` meets them in the object store.
        let new = git.write(ObjectType::Commit, &changed, Durable::Later, &mut Vec::new()).unwrap();
        git.move_ref(&branch, Some(moved), new, Durable::Later, || true).unwrap();
        moved = new;
        let report = report(&store);
        assert!(!report.whole(), "byte {at}: {}", String::from_utf8_lossy(&changed));
    }
}

#[test]
fn a_signature_taken_away_or_made_by_another_is_named() {
    let room = Room::new();
    let store = signed(&room);
    let unsigned = |bytes: Vec<u8>| -> Vec<u8> {
        let text = String::from_utf8(bytes).unwrap();
        let begins = text.find("gpgsig ").unwrap();
        let end = "-----END SSH SIGNATURE-----\n";
        let ends = text.find(end).unwrap() + end.len();
        format!("{}{}", &text[..begins], &text[ends..]).into_bytes()
    };
    // Taken away from the third on: whoever wrote it signs.
    rewrite(&store, |n, bytes| if n < 3 { bytes } else { unsigned(bytes) });
    let gone = "the commit's signature is gone: whoever wrote it signs".to_owned();
    assert_eq!(found(&store), [(Weight::Broken, Some(3), gone.clone()), (Weight::Broken, Some(4), gone)]);
    // Somebody else signs what stands there now.
    let mallory = key(66);
    rewrite(&store, |n, bytes| if n < 3 { bytes } else { mallory.signed(bytes) });
    let [(Weight::Unsigned, Some(3), says)] = &found(&store)[..] else { panic!("{:?}", found(&store)) };
    assert_eq!(
        says,
        "records 3 to 4 are signed by a process that no record names, such as one that brought them home, and nothing \
         signed stands on it"
    );
}

#[test]
fn a_process_that_goes_on_names_its_own_key_and_vouches_for_what_came_home() {
    let room = Room::new();
    let store = signed(&room);
    // Brought home by a process that wrote no record of its own.
    let bringer = store.clone().with_key(Some(key(2)));
    let (mut held, _) = bringer.hold("r1", chance()).unwrap();
    append_all(&mut held, &[record("r1", 5, Event::Noted)]);
    drop(held);
    let next = store.with_key(Some(key(3)));
    let (mut held, _) = next.hold("r1", chance()).unwrap();
    append_all(&mut held, &[first(6, Event::Restarted, &key(3)), record("r1", 7, Event::Noted)]);
    drop(held);
    let says = "record 5 is signed by a process that no record names, such as one that brought them home; what is signed \
                stands on it";
    assert_eq!(found(&next), [(Weight::Unsigned, Some(5), says.to_owned())]);
    assert_eq!(report(&next).signed, 7);
}

#[test]
fn a_run_without_keys_says_that_nobody_signed_it() {
    let room = Room::new();
    let store = room.store();
    let mut held = store.create_run("r1", chance()).unwrap();
    append_all(&mut held, &[record("r1", 0, Event::RunStarted)]);
    drop(held);
    let says = "record 0 is signed by nobody, and nothing signed stands on it".to_owned();
    assert_eq!(found(&store), [(Weight::Unsigned, Some(0), says)]);
    assert!(report(&store).whole());
    assert!(fs::read_dir(room.git()).unwrap().count() > 0);
}

/// The rewritten commit has to be one that `Draft` could have written, or the tests above would test another thing.
#[test]
fn a_signed_commit_is_a_draft_with_one_header_more() {
    let draft = Draft {
        tree: None,
        parent: None,
        by: "ada".into(),
        at: record("r1", 0, Event::Noted).at,
        message: "x\n\n{}\n".into(),
    };
    let plain = draft.bytes();
    let signed = key(1).signed(plain.clone());
    let at = signed.windows(7).position(|w| w == b"gpgsig ").unwrap();
    assert_eq!(signed[..at], plain[..at]);
    assert!(signed.ends_with(b"\n\nx\n\n{}\n"));
}
