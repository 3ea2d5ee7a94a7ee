//! What is said of a journal before it is needed, and that looking changes nothing.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use super::super::samples::{chance, record};
use super::super::store::Store;
use super::{Room, begun};
use crate::plan::checked::{Checked, Standing};
use crate::port::{Durability, RunLog as _};
use crate::run::event::Event;

fn files(below: &Path, into: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(below).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            into.insert(path.display().to_string(), Vec::new());
            files(&path, into);
        } else {
            into.insert(path.display().to_string(), fs::read(&path).unwrap());
        }
    }
}

/// What is told, looked at so long after now; nothing below the room changes by it.
fn told(room: &Room, store: &Store, later: Duration) -> Vec<Checked> {
    let written =
        File::create(room.0.path().join("clock")).and_then(|f| f.metadata()).and_then(|m| m.modified()).unwrap();
    let (mut before, mut after) = (BTreeMap::new(), BTreeMap::new());
    files(room.0.path(), &mut before);
    let found = store.health(written + later);
    files(room.0.path(), &mut after);
    assert_eq!(before, after);
    found
}

fn standing(found: &[Checked], what: &str) -> Standing {
    found.iter().filter(|c| c.what == what).map(|c| c.is).max().unwrap_or_else(|| panic!("{what}: {found:?}"))
}

const NOW: Duration = Duration::ZERO;

#[test]
fn a_journal_that_is_not_there_yet_is_no_finding_and_one_that_is_can_be_written() {
    let room = Room::new();
    let none = told(&room, &Store::open(&room.git(), false), NOW);
    assert_eq!(standing(&none, "repository"), Standing::Note, "{none:?}");
    let store = room.store();
    drop(begun(&store, "r1", 2));
    let found = told(&room, &store, NOW);
    for what in ["repository", "disk", "locks", "runs held", "emergency folders", "emergency files"] {
        assert!(standing(&found, what) <= Standing::Note, "{what}: {found:?}");
    }
    assert!(found.iter().all(|c| c.is != Standing::Wrong), "{found:?}");
}

#[test]
fn something_else_in_the_journals_place_is_wrong() {
    let room = Room::new();
    fs::create_dir_all(room.git().parent().unwrap()).unwrap();
    fs::write(room.git(), "a letter").unwrap();
    let found = told(&room, &Store::open(&room.git(), false), NOW);
    assert_eq!(standing(&found, "repository"), Standing::Wrong, "{found:?}");
}

#[test]
fn a_run_that_is_held_is_named_and_goes_on_undisturbed() {
    let room = Room::new();
    let store = room.store();
    let mut held = begun(&store, "r1", 1);
    let found = told(&room, &store, NOW);
    let line = found.iter().find(|c| c.what == "runs held").unwrap();
    assert!(line.is == Standing::Note && line.says.contains("r1"), "{line:?}");
    assert_eq!(held.append(&[record("r1", 2, Event::Noted)]).unwrap(), Durability::Git);
    drop(held);
    assert_eq!(standing(&told(&room, &store, NOW), "runs held"), Standing::Ok);
}

#[test]
fn locks_are_told_apart_by_age_and_by_what_they_lock() {
    let room = Room::new();
    let store = room.store();
    drop(begun(&store, "r1", 1));
    let later = Duration::from_secs(60);
    fs::write(room.git().join("refs/heads/aigov/run/r1.lock"), "").unwrap();
    let branch = told(&room, &store, later);
    assert_eq!(standing(&branch, "locks"), Standing::Note, "the next append takes it away: {branch:?}");
    fs::write(room.git().join("packed-refs.lock"), "").unwrap();
    assert_eq!(standing(&told(&room, &store, NOW), "locks"), Standing::Note, "somebody may be writing");
    let stale = told(&room, &store, later);
    let line = stale.iter().find(|c| c.is == Standing::Wrong).unwrap();
    assert!(line.says.contains("packed-refs.lock") && line.commands[0].starts_with("rm "), "{line:?}");
}

#[test]
fn records_that_wait_outside_git_are_wrong_until_they_are_home() {
    let room = Room::new();
    let store = room.store();
    let mut held = begun(&store, "r1", 1);
    let refs = room.git().join("refs");
    fs::rename(&refs, room.git().join("refs.away")).unwrap();
    while fs::write(&refs, "in the way").is_err() {
        let _ = fs::remove_dir_all(&refs);
    }
    assert_eq!(held.append(&[record("r1", 2, Event::Noted)]).unwrap(), Durability::Emergency);
    drop(held);
    fs::remove_file(&refs).unwrap();
    fs::rename(room.git().join("refs.away"), &refs).unwrap();
    let found = told(&room, &store, NOW);
    let line = found.iter().find(|c| c.what == "emergency files").unwrap();
    assert!(line.is == Standing::Wrong && line.says.contains("r1"), "{line:?}");
    drop(store.hold("r1", chance()).unwrap());
    assert_eq!(standing(&told(&room, &store, NOW), "emergency files"), Standing::Ok);
}

#[test]
fn a_journal_without_a_remote_is_said_to_be_on_this_machine_only() {
    let room = Room::new();
    let found = room.store().try_push(room.0.path());
    assert_eq!(found.iter().map(|c| c.is).collect::<Vec<_>>(), [Standing::Note], "{found:?}");
}
