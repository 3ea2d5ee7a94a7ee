//! Disks that say no, processes that die, writers that race.

use std::fs::{self, File};
use std::path::Path;
use std::sync::mpsc::channel;
use std::time::{Duration, SystemTime};

use super::super::commit::{self, Draft};
use super::super::emergency;
use super::super::import::Imported;
use super::super::payload::Content;
use super::super::repo::{Durable, Git, OpenError};
use super::super::samples::{chance, every_kind, record};
use super::super::store::Store;
use super::super::verify::Weight;
use super::{Room, append_all, begun, besides};
use crate::port::{Durability, JournalError, RunLog as _};
use crate::run::event::Event;
use git2::{ObjectType, Oid};

/// Puts a file where the branches' folder is, so that no branch can be moved, and back.
struct Blocked<'a>(&'a Path);

impl<'a> Blocked<'a> {
    fn new(git: &'a Path) -> Self {
        fs::rename(git.join("refs"), git.join("refs.away")).unwrap();
        // The writer may be busy with the list of runs and make the folder anew between the two.
        while fs::write(git.join("refs"), "in the way").is_err() {
            let _ = fs::remove_dir_all(git.join("refs"));
        }
        Self(git)
    }

    fn lift(self) {
        fs::remove_file(self.0.join("refs")).unwrap();
        fs::rename(self.0.join("refs.away"), self.0.join("refs")).unwrap();
    }
}

fn head_of(store: &Store, run: &str) -> Oid {
    store.readable().unwrap().head(&store.run_branch(run)).unwrap().unwrap()
}

fn emergency_files(room: &Room) -> Vec<String> {
    fs::read_dir(room.0.path().join(".aigov/emergency"))
        .map(|d| d.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect())
        .unwrap_or_default()
}

#[test]
fn a_disk_that_says_no_is_left_for_the_emergency_file_and_comes_home() {
    let room = Room::new();
    let store = room.store();
    let mut held = begun(&store, "r1", 2);
    let git = room.git();
    let blocked = Blocked::new(&git);
    assert_eq!(held.append(&[record("r1", 3, Event::Noted)]).unwrap(), Durability::Emergency);
    let kept = held.keep("note", b"kept in bad times");
    assert_eq!(held.append(&[record("r1", 4, Event::RecordDegraded)]).unwrap(), Durability::Emergency);
    assert!(!held.try_restore());
    assert_eq!(held.append(&[record("r1", 5, Event::Noted)]).unwrap(), Durability::Emergency);
    assert_eq!(emergency_files(&room).len(), 2, "records and payloads");
    blocked.lift();
    assert_eq!(store.read("r1").unwrap().len(), 6, "what waits is read, too");
    assert_eq!(store.payload("r1", &kept.digest).unwrap().unwrap(), Content::Plain(b"kept in bad times".to_vec()));
    assert!(held.try_restore());
    assert_eq!(held.append(&[record("r1", 6, Event::RecordRestored)]).unwrap(), Durability::Git);
    drop(held);
    assert_eq!(emergency_files(&room), Vec::<String>::new());
    assert_eq!(store.read("r1").unwrap().len(), 7);
    assert_eq!(store.payload("r1", &kept.digest).unwrap().unwrap(), Content::Plain(b"kept in bad times".to_vec()));
    let report = store.verify(None).unwrap();
    assert!(report[0].whole() && report[0].records == 7, "{report:?}");
}

#[test]
fn a_journal_that_could_not_be_made_is_made_once_it_can_be() {
    let room = Room::new();
    let folder = room.0.path().join(".aigov");
    fs::create_dir_all(&folder).unwrap();
    let in_the_way = folder.join(format!("journal.git.new-{}", std::process::id()));
    fs::write(&in_the_way, "no space, say").unwrap();
    let store = Store::open_or_create(&room.git(), false);
    assert!(store.trouble().is_some());
    let mut held = store.create_run("r1", chance()).unwrap();
    assert_eq!(held.append(&[record("r1", 0, Event::RunStarted)]).unwrap(), Durability::Emergency);
    assert!(!folder.join("journal.git").exists(), "half a journal stands in the way of a whole one");
    assert!(held.emergency_file().unwrap().is_file());
    fs::remove_file(&in_the_way).unwrap();
    assert!(held.try_restore());
    assert_eq!(held.emergency_file(), None);
    drop(held);
    assert_eq!(room.store().read("r1").unwrap().len(), 1);
}

#[test]
fn a_process_that_dies_in_the_emergency_leaves_its_file_to_the_next() {
    let room = Room::new();
    let store = room.store();
    let mut held = begun(&store, "r1", 0);
    let git = room.git();
    let blocked = Blocked::new(&git);
    for seq in 1..=3 {
        assert_eq!(held.append(&[record("r1", seq, Event::Noted)]).unwrap(), Durability::Emergency);
    }
    assert!(store.import_emergency().is_err() || store.import_emergency().unwrap().is_empty(), "it is being written");
    drop(held);
    // Killed within a write: the last line was never reported.
    let file = room.0.path().join(".aigov/emergency").join(&emergency_files(&room)[0]);
    let mut text = fs::read_to_string(&file).unwrap();
    text.push_str("{\"about\":\"torn");
    fs::write(&file, text).unwrap();
    blocked.lift();
    let (mut held, records) = store.hold("r1", chance()).unwrap();
    assert_eq!(records.len(), 4);
    append_all(&mut held, &[record("r1", 4, Event::Restarted)]);
    assert_eq!(emergency_files(&room), Vec::<String>::new());
    assert_eq!(store.read("r1").unwrap().len(), 5);
}

#[test]
fn a_run_begins_without_git_and_is_imported_later() {
    let room = Room::new();
    fs::create_dir_all(room.0.path().join(".aigov")).unwrap();
    fs::write(room.git(), "in the way").unwrap();
    let store = Store::open_or_create(&room.git(), false);
    assert!(matches!(store.trouble(), Some(OpenError::NotARepository(_))), "{:?}", store.trouble());
    let mut held = store.create_run("r1", chance()).unwrap();
    assert_eq!(held.append(&[record("r1", 0, Event::RunStarted)]).unwrap(), Durability::Emergency);
    drop(held);
    assert_eq!(store.read("r1").unwrap().len(), 1);
    let (mut held, records) = store.hold("r1", chance()).unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(held.append(&[record("r1", 1, Event::Restarted)]).unwrap(), Durability::Emergency);
    drop(held);
    fs::remove_file(room.git()).unwrap();
    let store = room.store();
    assert_eq!(store.import_emergency().unwrap(), [Imported { run: "r1".into(), records: 2, fork: None }]);
    assert_eq!(store.import_emergency().unwrap(), []);
    assert_eq!(store.read("r1").unwrap().len(), 2);
}

#[test]
fn the_next_place_is_tried_and_at_last_the_terminal() {
    let room = Room::new();
    let elsewhere = room.0.path().join("state");
    fs::write(room.0.path().join("in-the-way"), "").unwrap();
    let blocked = room.0.path().join("in-the-way/below");
    let mut store = room.store().with_emergency_folders(&[blocked.clone(), elsewhere.clone()]);
    fs::write(room.0.path().join(".aigov/emergency"), "also in the way").unwrap();
    let mut held = begun(&store, "r1", 0);
    let git = room.git();
    let away = Blocked::new(&git);
    assert_eq!(held.append(&[record("r1", 1, Event::Noted)]).unwrap(), Durability::Emergency);
    let own = fs::read_dir(&elsewhere).unwrap().next().unwrap().unwrap().path();
    assert_eq!(emergency::runs(&[own], "aigov"), ["r1"]);
    away.lift();
    drop(held);
    assert_eq!(store.import_emergency().unwrap().len(), 1);

    store = room.store().with_emergency_folders(&[blocked]);
    let mut held = begun(&store, "r2", 0);
    let away = Blocked::new(&git);
    assert_eq!(held.append(&[record("r2", 1, Event::Noted)]).unwrap(), Durability::Printed);
    away.lift();
    assert!(held.try_restore(), "what was only printed was kept in memory as well");
    assert_eq!(store.read("r2").unwrap().len(), 2);
}

#[test]
fn a_file_system_that_hangs_does_not_hang_an_append() {
    let room = Room::new();
    drop(begun(&room.store(), "r1", 0));
    let impatient = room.store().with_patience(Duration::from_millis(20));
    let store = room.store();
    let (mut held, _) = impatient.hold("r1", chance()).unwrap();
    let (release, stalled) = channel();
    held.writer.as_ref().unwrap().stall(stalled);
    let kept = held.keep("note", b"on its way");
    assert_eq!(held.append(&[record("r1", 1, Event::Noted)]).unwrap(), Durability::Emergency);
    assert_eq!(store.payload("r1", &kept.digest).unwrap().unwrap(), Content::Plain(b"on its way".to_vec()));
    assert!(!held.try_restore(), "still hanging");
    release.send(()).unwrap();
    while !held.try_restore() {
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(held);
    let (mut held, _) = store.hold("r1", chance()).unwrap();
    append_all(&mut held, &[record("r1", 2, Event::Noted)]);
    drop(held);
    assert_eq!(store.read("r1").unwrap().len(), 3);
    assert_eq!(besides(&store.verify(None).unwrap()[0]), []);
}

#[test]
fn what_arrived_after_all_is_not_written_twice() {
    let room = Room::new();
    let store = room.store();
    let mut held = begun(&store, "r1", 0);
    let base = head_of(&store, "r1");
    let git = room.git();
    let blocked = Blocked::new(&git);
    for seq in 1..=2 {
        assert_eq!(held.append(&[record("r1", seq, Event::Noted)]).unwrap(), Durability::Emergency);
    }
    blocked.lift();
    // The first of them had reached git, only the answer had not come.
    let first = &store.read("r1").unwrap()[1];
    let line = String::from_utf8(first.bytes().unwrap()).unwrap();
    let draft = Draft {
        tree: None,
        parent: Some(base),
        by: "olga".into(),
        at: first.at,
        message: commit::message(std::slice::from_ref(first), &[line]),
    };
    let git = store.readable().unwrap();
    let oid = git.write(ObjectType::Commit, &draft.bytes(), Durable::Now, &mut Vec::new()).unwrap();
    git.move_ref(&store.run_branch("r1"), Some(base), oid, Durable::Now, || true).unwrap();
    assert!(held.try_restore());
    append_all(&mut held, &[record("r1", 3, Event::Noted)]);
    assert_eq!(store.read("r1").unwrap().len(), 4);
    assert_eq!(besides(&store.verify(None).unwrap()[0]), []);
}

/// Another host that shares the folder sees no lock of ours.
fn as_another_host(room: &Room, run: &str) {
    fs::remove_file(room.git().join(format!("aigov/run-{run}.lock"))).unwrap();
}

#[test]
fn whoever_comes_second_is_told_and_what_they_wrote_is_kept_beside() {
    let room = Room::new();
    let store = room.store();
    let mut old = begun(&store, "r1", 0);
    as_another_host(&room, "r1");
    let (mut new, _) = store.hold("r1", chance()).unwrap();
    append_all(&mut new, &[record("r1", 1, Event::LeaseTaken { over: true })]);
    let Err(JournalError::Moved { expected, found, .. }) = old.append(&[record("r1", 1, Event::Noted)]) else {
        panic!()
    };
    assert_eq!((expected, found), (old.head(), new.head()));
    assert!(matches!(old.append(&[record("r1", 2, Event::Noted)]), Err(JournalError::Moved { .. })));
    append_all(&mut new, &[record("r1", 2, Event::Noted)]);
    let report = &store.verify(None).unwrap()[0];
    assert!(report.whole());
    assert_eq!(besides(report).iter().map(|f| f.weight).collect::<Vec<_>>(), [Weight::Fork]);
    let git = store.readable().unwrap();
    let forks = git.heads(&store.branches("fork")).unwrap();
    assert_eq!(forks.len(), 1);
    let lines: usize = commit::walk(&git, forks[0].1, None).unwrap().iter().map(|c| c.parts().1.count()).sum();
    assert_eq!(lines, 3, "the beginning, and both that came too late");
}

#[test]
fn a_run_that_moved_while_the_record_was_away_leaves_a_fork() {
    let room = Room::new();
    let store = room.store();
    let mut old = begun(&store, "r1", 0);
    let git = room.git();
    let blocked = Blocked::new(&git);
    assert_eq!(old.append(&[record("r1", 1, Event::Noted)]).unwrap(), Durability::Emergency);
    // The file stays where the other host does not see it.
    let hidden = room.0.path().join("hidden");
    fs::rename(room.0.path().join(".aigov/emergency"), &hidden).unwrap();
    blocked.lift();
    as_another_host(&room, "r1");
    let (mut new, _) = store.hold("r1", chance()).unwrap();
    append_all(&mut new, &[record("r1", 1, Event::LeaseTaken { over: true })]);
    assert!(old.try_restore());
    assert!(matches!(old.append(&[record("r1", 2, Event::Noted)]), Err(JournalError::Moved { .. })));
    drop(old);
    // The same file, found later, adds nothing.
    fs::rename(&hidden, room.0.path().join(".aigov/emergency")).unwrap();
    drop(new);
    let imported = store.import_emergency().unwrap();
    assert_eq!(imported.len(), 1);
    assert!(imported[0].fork.is_some());
    assert_eq!(store.read("r1").unwrap().len(), 2);
}

#[test]
fn two_writers_that_race_lose_nothing() {
    let room = Room::new();
    let store = room.store();
    drop(begun(&store, "r1", 0));
    let writers: Vec<_> = (0..2)
        .map(|_| {
            let _ = fs::remove_file(room.git().join("aigov/run-r1.lock"));
            let store = store.clone();
            let (ready, go) = (channel::<()>(), channel::<()>());
            let thread = std::thread::spawn(move || {
                let (mut held, records) = store.hold("r1", chance()).unwrap();
                ready.0.send(()).unwrap();
                go.1.recv().unwrap();
                let mut wrote = 0;
                for seq in records.len() as u64.. {
                    let r = held.append(&[record("r1", seq, Event::Noted)]);
                    wrote += 1;
                    if r.is_err() || seq >= 40 {
                        return (wrote, r.is_err());
                    }
                }
                (wrote, false)
            });
            ready.1.recv().unwrap();
            (thread, go.0)
        })
        .collect();
    writers.iter().for_each(|(_, go)| go.send(()).unwrap());
    let ended: Vec<(u64, bool)> = writers.into_iter().map(|(t, _)| t.join().unwrap()).collect();
    assert_eq!(ended.iter().filter(|(_, moved)| *moved).count(), 1, "{ended:?}");
    let git = store.readable().unwrap();
    let mut tips: Vec<Oid> = git.heads(&store.branches("fork")).unwrap().into_iter().map(|(_, h)| h).collect();
    tips.push(head_of(&store, "r1"));
    let all: std::collections::BTreeSet<Oid> =
        tips.into_iter().flat_map(|t| commit::walk(&git, t, None).unwrap()).map(|c| c.id).collect();
    let wrote: u64 = ended.iter().map(|(n, _)| n).sum();
    // A commit of the same bytes is one commit: both wrote the same notes, so that there may be fewer, never more.
    assert!(all.len() as u64 <= wrote + 1 && store.read("r1").unwrap().len() == 41, "{} of {wrote}", all.len());
    assert!(store.verify(None).unwrap()[0].whole());
}

#[test]
fn a_run_cut_at_any_commit_goes_on_from_there() {
    let room = Room::new();
    let store = room.store();
    let records = every_kind("r1");
    let mut held = store.create_run("r1", chance()).unwrap();
    append_all(&mut held, &records);
    drop(held);
    let git = store.readable().unwrap();
    let branch = store.run_branch("r1");
    let commits = commit::walk(&git, head_of(&store, "r1"), None).unwrap();
    for (n, cut) in (1..).zip(&commits) {
        git.move_ref(&branch, git.head(&branch).unwrap(), cut.id, Durable::Later, || true).unwrap();
        let (mut held, read) = store.hold("r1", chance()).unwrap();
        assert_eq!(read.len(), n);
        append_all(&mut held, &[record("r1", n as u64, Event::Restarted)]);
        assert_eq!(store.read("r1").unwrap().len(), n + 1);
        assert_eq!(store.runs().unwrap()[0].records, n as u64 + 1);
    }
}

#[test]
fn the_lock_of_a_killed_process_is_recognised() {
    let room = Room::new();
    let store = room.store();
    // Ended, so that its thread is done with the list of runs and with the lock.
    drop(begun(&store, "r1", 0));
    let (mut held, _) = store.hold("r1", chance()).unwrap();
    let lock = room.git().join(format!("{}.lock", store.run_branch("r1")));
    // Killed between writing the lock and moving it, a moment ago: it said what it was about to do.
    let oid = "1".repeat(40);
    fs::write(&lock, format!("{oid}\n")).unwrap();
    fs::write(room.git().join("aigov/append.lock"), format!("{} {oid}\n", store.run_branch("r1"))).unwrap();
    append_all(&mut held, &[record("r1", 1, Event::Noted)]);
    // Git itself, killed a while ago.
    fs::write(&lock, "").unwrap();
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    File::options().write(true).open(&lock).unwrap().set_modified(old).unwrap();
    append_all(&mut held, &[record("r1", 2, Event::Noted)]);
    // Git itself, alive.
    fs::write(&lock, "").unwrap();
    File::options().write(true).open(&lock).unwrap().set_modified(old + Duration::from_secs(4_000_000_000)).unwrap();
    assert_eq!(held.append(&[record("r1", 3, Event::Noted)]).unwrap(), Durability::Emergency);
    assert!(lock.exists(), "not ours to remove");
    fs::remove_file(&lock).unwrap();
    assert!(held.try_restore());
    assert_eq!(store.read("r1").unwrap().len(), 4);
}

#[test]
fn a_repository_that_is_gone_is_not_made_anew_under_a_run() {
    let room = Room::new();
    let store = room.store();
    let mut held = begun(&store, "r1", 1);
    fs::rename(room.git(), room.0.path().join("gone")).unwrap();
    assert_eq!(held.append(&[record("r1", 2, Event::Noted)]).unwrap(), Durability::Emergency);
    assert!(!held.try_restore());
    let _ = fs::remove_dir_all(room.git());
    fs::rename(room.0.path().join("gone"), room.git()).unwrap();
    assert!(held.try_restore());
    assert_eq!(store.read("r1").unwrap().len(), 3);
    assert_eq!(besides(&store.verify(None).unwrap()[0]), []);
}

#[test]
fn a_branch_that_is_deleted_under_a_run_is_not_healed_in_silence() {
    let room = Room::new();
    let store = room.store();
    let mut held = begun(&store, "r1", 1);
    fs::remove_file(room.git().join(store.run_branch("r1"))).unwrap();
    assert_eq!(held.append(&[record("r1", 2, Event::Noted)]).unwrap(), Durability::Emergency);
    assert!(held.try_restore());
    assert!(matches!(held.append(&[record("r1", 3, Event::Noted)]), Err(JournalError::Moved { .. })));
    let forks = store.readable().unwrap().heads(&store.branches("fork")).unwrap();
    assert_eq!(forks.len(), 1, "everything is there, under a name that says so");
    let report = store.verify(Some("r1")).unwrap().remove(0);
    assert!(!report.whole());
    assert_eq!(report.findings[0].says, "the run's branch is not here, and its fork is");
}

#[test]
fn a_journal_that_did_not_answer_when_it_was_opened_is_not_waited_for_again() {
    let room = Room::new();
    drop(begun(&room.store(), "r1", 0));
    let silent = Store::silent(&room.git()).with_patience(Duration::from_secs(600));
    assert!(silent.runs().is_err() && silent.read("r1").is_err() && silent.heads().is_empty());
    let mut held = silent.create_run("r2", chance()).unwrap();
    assert_eq!(held.append(&[record("r2", 0, Event::RunStarted)]).unwrap(), Durability::Emergency);
    assert_eq!(silent.read("r2").unwrap().len(), 1);
    let waits = room.store().verify(Some("r2")).unwrap().remove(0);
    assert!(waits.whole() && besides(&waits)[0].says.starts_with("1 record waits in "), "{waits:?}");
    // It does answer the writer, later.
    assert!(held.try_restore());
    append_all(&mut held, &[record("r2", 1, Event::Noted)]);
    assert_eq!(room.store().read("r2").unwrap().len(), 2);
}

#[test]
fn what_can_not_be_opened_says_why() {
    let room = Room::new();
    let git = room.git();
    room.store();
    let config = fs::read_to_string(git.join("config")).unwrap();
    for (extension, is) in [
        ("objectformat = sha256", (|e| matches!(e, OpenError::Sha256(_))) as fn(&OpenError) -> bool),
        ("refStorage = reftable", |e| matches!(e, OpenError::Reftable(_))),
    ] {
        let changed = format!(
            "{}[extensions]\n\t{extension}\n",
            config.replace("repositoryformatversion = 0", "repositoryformatversion = 1")
        );
        fs::write(git.join("config"), changed).unwrap();
        let store = Store::open(&git, false);
        assert!(store.trouble().is_some_and(is), "{:?}", store.trouble());
        assert!(store.runs().is_err());
        // A stop goes on.
        let name = extension.replace(" = ", "-");
        let mut held = store.create_run(&name, chance()).unwrap();
        assert_eq!(held.append(&[record(&name, 0, Event::RunStarted)]).unwrap(), Durability::Emergency);
    }
    let nothing = Store::open(&room.0.path().join("no/journal.git"), false);
    assert!(matches!(nothing.trouble(), Some(OpenError::Missing(_))));
    assert_eq!(nothing.runs().unwrap(), []);
    assert!(Git::open(&room.0.path().join("no/journal.git")).is_err());
}
