//! The journal in the hands of a real git: clone, log, fsck, gc, push to a protected remote, refusals, forks; and over
//! ssh, with the user's own credentials.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use aigov::journal::{Content, HeldRun, Store};
use aigov::plan::checked::Standing;
use aigov::port::{Chance, Durability, RunLog as _};
use aigov::run::event::Event;
use aigov::run::record::{Decision, Detail, GENESIS, RECORD_FORMAT, Record, Vote, sha256_hex};
use aigov::text::time::Instant;
use serde_json::Value;
use tempfile::TempDir;

use crate::suite;

const RUN: &str = "20261123-0200-abcd";

/// Bytes that count up.
struct Counting(u8);

impl Chance for Counting {
    fn fill(&mut self, bytes: &mut [u8]) {
        for b in bytes {
            *b = self.0;
            self.0 = self.0.wrapping_add(1);
        }
    }
}

fn chance() -> Box<dyn Chance> {
    Box::new(Counting(1))
}

fn note(seq: u64, says: &str) -> Record {
    Record {
        format: RECORD_FORMAT,
        run: RUN.into(),
        seq,
        at: Instant(1_795_400_000_000 + i64::try_from(seq).unwrap() * 1000),
        by: "ada".into(),
        prev: GENESIS.into(),
        drill: false,
        late: false,
        event: if seq == 0 { Event::RunStarted } else { Event::Noted },
        about: None,
        detail: Box::new(Detail { note: Some(says.into()), ..Detail::default() }),
    }
}

fn append(held: &mut HeldRun, count: u64) {
    for _ in 0..count {
        let record = note(held.next_seq(), "Grüße, \"quoted\"");
        assert_eq!(held.append(&[record]).unwrap(), Durability::Git);
    }
}

/// A folder with a journal, and git as it is installed.
struct Desk {
    folder: TempDir,
    git: String,
}

impl Desk {
    /// None where the suite does not run.
    fn new() -> Option<Self> {
        Some(Self { git: suite::variable("AIGOV_SUITE_GIT")?, folder: TempDir::new().unwrap() })
    }

    fn journal(&self) -> PathBuf {
        self.folder.path().join("journal.git")
    }

    fn store(&self) -> Store {
        Store::open_or_create(&self.journal(), false)
    }

    fn git(&self, at: &Path, arguments: &[&str]) -> String {
        let output = Command::new(&self.git).current_dir(at).args(arguments).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// A remote that refuses rewriting and deleting, as a careful forge does.
    fn remote(&self) -> PathBuf {
        let path = self.folder.path().join("remote.git");
        self.git(self.folder.path(), &["init", "-q", "--bare", path.to_str().unwrap()]);
        self.git(&path, &["config", "receive.denyNonFastForwards", "true"]);
        self.git(&path, &["config", "receive.denyDeletes", "true"]);
        self.git(&path, &["config", "receive.fsckObjects", "true"]);
        path
    }

    fn with_remote(&self, remote: &str) -> Store {
        self.store().with_remote(Some(remote.to_owned()))
    }

    fn heads(&self, at: &Path) -> BTreeMap<String, String> {
        self.git(at, &["for-each-ref", "--format=%(refname) %(objectname)"])
            .lines()
            .map(|l| l.split_once(' ').unwrap())
            .map(|(name, id)| (name.to_owned(), id.to_owned()))
            .collect()
    }
}

fn branch() -> String {
    format!("refs/heads/aigov/run/{RUN}")
}

#[test]
fn git_finds_nothing_wrong_and_reads_the_whole_chain() {
    let Some(desk) = Desk::new() else { return };
    let store = desk.store();
    let mut held = store.create_run(RUN, chance()).unwrap();
    append(&mut held, 20);
    held.keep("note", b"free text, kept apart");
    append(&mut held, 1);
    drop(held);
    desk.git(&desk.journal(), &["fsck", "--strict", "--full"]);
    // Anybody can follow the chain with git and sha256 alone: each line holds the digest of the line before.
    let bodies = desk.git(&desk.journal(), &["log", "--reverse", "--format=%B%x00", &branch()]);
    let mut prev = GENESIS.to_owned();
    let mut lines = 0;
    for line in bodies.split('\0').flat_map(str::lines).filter(|l| l.starts_with('{')) {
        let record: Value = serde_json::from_str(line).unwrap();
        assert_eq!(record["prev"], prev.as_str(), "record {}", record["seq"]);
        assert_eq!(record["seq"], lines);
        prev = sha256_hex(line.as_bytes());
        lines += 1;
    }
    assert_eq!(lines, 21);
    for subject in desk.git(&desk.journal(), &["log", "--format=%s", &branch()]).lines() {
        assert!(!subject.is_empty() && !subject.starts_with('{'), "a person reads this: {subject}");
    }
}

#[test]
fn packing_and_pruning_lose_nothing() {
    let Some(desk) = Desk::new() else { return };
    let store = desk.store();
    let mut held = store.create_run(RUN, chance()).unwrap();
    append(&mut held, 10);
    let kept = held.keep("note", b"free text, kept apart");
    append(&mut held, 1);
    let before = store.read(RUN).unwrap();
    desk.git(&desk.journal(), &["gc", "-q", "--aggressive", "--prune=now"]);
    assert_eq!(desk.store().read(RUN).unwrap(), before);
    let there = desk.store().payload(RUN, &kept.digest).unwrap();
    assert_eq!(there, Some(Content::Plain(b"free text, kept apart".to_vec())));
    // The writer that was open all the while goes on.
    append(&mut held, 3);
    drop(held);
    assert_eq!(desk.store().read(RUN).unwrap().len(), before.len() + 3);
    desk.git(&desk.journal(), &["fsck", "--strict", "--full"]);
}

#[test]
fn a_plain_clone_shows_something() {
    let Some(desk) = Desk::new() else { return };
    let mut held = desk.store().create_run(RUN, chance()).unwrap();
    append(&mut held, 3);
    drop(held);
    let clone = desk.folder.path().join("clone");
    let source = desk.journal();
    desk.git(desk.folder.path(), &["clone", "-q", source.to_str().unwrap(), clone.to_str().unwrap()]);
    let readme = fs::read_to_string(clone.join("README.md")).unwrap();
    assert!(readme.contains("git log"), "it says how to look: {readme}");
    let branches = desk.git(&clone, &["branch", "-r"]);
    assert!(branches.contains(&format!("origin/aigov/run/{RUN}")), "{branches}");
}

#[test]
fn the_check_that_the_readme_gives_passes_and_finds_a_changed_record() {
    let Some(desk) = Desk::new() else { return };
    let mut held = desk.store().create_run(RUN, chance()).unwrap();
    append(&mut held, 5);
    drop(held);
    let (source, clone) = (desk.journal(), desk.folder.path().join("clone"));
    desk.git(desk.folder.path(), &["clone", "-q", source.to_str().unwrap(), clone.to_str().unwrap()]);
    let readme = fs::read_to_string(clone.join("README.md")).unwrap();
    let block = |n: usize| readme.split("```sh\n").nth(n).unwrap().split("```").next().unwrap();
    let script = format!("{}{}", block(1), block(2));
    let check = |script: &str| {
        let output = Command::new("sh").current_dir(&clone).args(["-e", "-c", script]).output().unwrap();
        assert!(output.stderr.is_empty(), "{output:?}");
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    assert!(script.starts_with(&format!("run={RUN}\n")), "{script}");
    let (holds, said) = check(&script);
    assert!(holds && said.starts_with("the chain holds; the last record is "), "{said}");
    // The same over a record that says something else.
    let changed =
        script.replace("grep '^{' \"$dir/log\"", "grep '^{' \"$dir/log\" | sed '3s/Noted/noted/;3s/ada/eve/'");
    assert_ne!(changed, script);
    let (holds, said) = check(&changed);
    assert!(!holds && said.starts_with("broken before: "), "{said}");
}

#[test]
fn the_lists_of_two_machines_become_one() {
    let Some(desk) = Desk::new() else { return };
    let remote = desk.remote();
    let here = desk.with_remote(remote.to_str().unwrap());
    let mut held = here.create_run(RUN, chance()).unwrap();
    append(&mut held, 2);
    drop(held);
    assert_eq!(here.push().error, None);
    let there = Store::open_or_create(&desk.folder.path().join("other.git"), false)
        .with_remote(Some(remote.to_str().unwrap().to_owned()));
    let other = "20261124-0300-efgh";
    let mut held = there.create_run(other, chance()).unwrap();
    held.append(&[Record { run: other.into(), ..note(0, "another") }]).unwrap();
    drop(held);
    assert_eq!(there.push().error, None);
    let page = desk.git(&remote, &["show", "refs/heads/main:README.md"]);
    assert!(page.contains(RUN) && page.contains(other), "{page}");
    assert_eq!(desk.git(&remote, &["rev-list", "--count", "refs/heads/main"]).trim(), "2", "nothing was rewritten");
}

#[test]
fn a_protected_remote_takes_every_append() {
    let Some(desk) = Desk::new() else { return };
    let remote = desk.remote();
    let store = desk.with_remote(remote.to_str().unwrap());
    let mut held = store.create_run(RUN, chance()).unwrap();
    for _ in 0..3 {
        append(&mut held, 4);
        let report = store.push();
        assert_eq!((&report.error, report.refused.len()), (&None, 0), "{report:?}");
        assert_eq!(store.unpushed(), Some(0));
        assert_eq!(desk.heads(&remote)[&branch()], held.head());
    }
    desk.git(&remote, &["fsck", "--strict", "--full"]);
}

#[test]
fn votes_travel_through_the_remote() {
    let Some(desk) = Desk::new() else { return };
    let remote = desk.remote();
    let here = desk.with_remote(remote.to_str().unwrap());
    let mut held = here.create_run(RUN, chance()).unwrap();
    append(&mut held, 2);
    assert_eq!(here.push().error, None);
    // The approver's machine: another repository, the same remote.
    let there = Store::open_or_create(&desk.folder.path().join("approver.git"), false)
        .with_remote(Some(remote.to_str().unwrap().to_owned()));
    there.fetch().unwrap();
    assert_eq!(there.read(RUN).unwrap(), here.read(RUN).unwrap());
    let vote = Vote {
        nonce: "0011223344556677".into(),
        run: RUN.into(),
        gate: "tell-customers".into(),
        act: sha256_hex(b"act"),
        head: held.head(),
        person: "lena".into(),
        decision: Decision::Approve,
        text: None,
        reason: None,
        at: Instant(1_795_400_100_000),
        signed: None,
    };
    there.put_vote(&vote).unwrap();
    assert_eq!(there.push().error, None);
    here.fetch().unwrap();
    assert_eq!(held.votes(&|_| false).unwrap(), [vote]);
}

#[test]
fn a_hook_that_refuses_is_told_in_its_words_and_nothing_is_lost() {
    let Some(desk) = Desk::new() else { return };
    let remote = desk.remote();
    let hook = remote.join("hooks/pre-receive");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(&hook, "#!/bin/sh\necho 'the journal is closed on Sundays' >&2\nexit 1\n").unwrap();
    executable(&hook);
    let store = desk.with_remote(remote.to_str().unwrap());
    let mut held = store.create_run(RUN, chance()).unwrap();
    append(&mut held, 3);
    let report = store.push();
    let said = format!("{report:?}");
    assert!(said.contains("hook declined") || said.contains("Sundays"), "{said}");
    assert!(store.unpushed().is_some_and(|n| n >= 3), "{:?}", store.unpushed());
    append(&mut held, 1);
    fs::remove_file(&hook).unwrap();
    assert_eq!(store.push().error, None);
    assert_eq!(store.unpushed(), Some(0));
    assert_eq!(desk.heads(&remote)[&branch()], held.head());
}

#[test]
fn a_branch_that_somebody_else_went_on_with_goes_out_as_a_fork() {
    let Some(desk) = Desk::new() else { return };
    let remote = desk.remote();
    let here = desk.with_remote(remote.to_str().unwrap());
    let mut held = here.create_run(RUN, chance()).unwrap();
    append(&mut held, 2);
    assert_eq!(here.push().error, None);
    let there = Store::open_or_create(&desk.folder.path().join("other.git"), false)
        .with_remote(Some(remote.to_str().unwrap().to_owned()));
    there.fetch().unwrap();
    let (mut taken, _) = there.hold(RUN, chance()).unwrap();
    // Another event than the one that follows here: the same one would be the same commit.
    let theirs = note(taken.next_seq(), "gone on elsewhere");
    taken.append(&[theirs]).unwrap();
    assert_eq!(there.push().error, None);
    append(&mut held, 1);
    let report = here.push();
    assert_eq!(report.refused, [], "{report:?}");
    let heads = desk.heads(&remote);
    assert_eq!(heads[&branch()], taken.head(), "nothing of the other's is rewritten");
    assert!(heads.iter().any(|(name, id)| name.contains("/fork/") && *id == held.head()), "{heads:?}");
    assert_eq!(here.unpushed(), Some(0));
}

#[test]
fn a_remote_that_is_gone_blocks_nothing() {
    let Some(desk) = Desk::new() else { return };
    let store = desk.with_remote(desk.folder.path().join("no-such.git").to_str().unwrap());
    let mut held = store.create_run(RUN, chance()).unwrap();
    append(&mut held, 5);
    assert!(store.push().error.is_some());
    assert_eq!(store.unpushed(), Some(5));
    append(&mut held, 1);
    assert_eq!(store.read(RUN).unwrap().len(), 6);
}

fn executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Over ssh: git's own configuration and the user's key, named by `GIT_SSH_COMMAND` in the suite's environment.
mod over_ssh {
    use super::*;

    #[test]
    fn appends_reach_a_remote_behind_ssh() {
        let Some(base) = suite::variable("AIGOV_SUITE_SSH") else { return };
        let desk = Desk::new().unwrap();
        let remote = desk.remote();
        let store = desk.with_remote(&format!("{base}{}", remote.display()));
        let mut held = store.create_run(RUN, chance()).unwrap();
        append(&mut held, 3);
        let report = store.push();
        assert_eq!((&report.error, report.refused.len()), (&None, 0), "{report:?}");
        assert_eq!(desk.heads(&remote)[&branch()], held.head());
    }

    #[test]
    fn a_key_that_is_not_let_in_asks_nobody_and_blocks_nothing() {
        let Some(base) = suite::variable("AIGOV_SUITE_SSH") else { return };
        let desk = Desk::new().unwrap();
        let remote = desk.remote();
        // A user whom nobody has let in: ssh would ask for a password, and there is nobody to type one.
        let stranger = base.replacen("//", "//nobody@", 1).replacen("nobody@root@", "nobody@", 1);
        let store = desk.with_remote(&format!("{stranger}{}", remote.display()));
        let mut held = store.create_run(RUN, chance()).unwrap();
        append(&mut held, 3);
        let error = store.push().error.unwrap();
        assert!(error.contains("ermission denied") || error.contains("publickey"), "{error}");
        assert_eq!(store.unpushed(), Some(3));
    }
}

/// How what doctor says of the remote stands, by what it is about.
fn tried(store: &Store, scratch: &Path) -> BTreeMap<String, (Standing, String)> {
    store.try_push(scratch).into_iter().map(|c| (c.what, (c.is, c.says))).collect()
}

#[test]
fn whether_a_push_would_be_taken_is_asked_without_pushing() {
    let Some(desk) = Desk::new() else { return };
    let (remote, scratch) = (desk.remote(), desk.folder.path().join("scratch"));
    fs::create_dir(&scratch).unwrap();
    // Before there is a journal, and once there is one.
    for runs in [false, true] {
        let store = if runs {
            desk.with_remote(remote.to_str().unwrap())
        } else {
            Store::open(&desk.journal(), false).with_remote(Some(remote.to_str().unwrap().to_owned()))
        };
        if runs {
            let mut held = desk.store().create_run(RUN, chance()).unwrap();
            append(&mut held, 2);
        }
        let told = tried(&store, &scratch);
        assert_eq!(told["push"].0, Standing::Ok, "{told:?}");
        assert_eq!(told["force-push"].0, Standing::Ok, "{told:?}");
        assert_eq!(told.get("not pushed yet").map(|n| n.0), runs.then_some(Standing::Note), "{told:?}");
        assert!(desk.heads(&remote).is_empty(), "nothing was pushed");
        assert_eq!(fs::read_dir(&scratch).unwrap().count(), 0, "nothing is left behind");
    }
    desk.git(&remote, &["config", "receive.denyNonFastForwards", "false"]);
    let store = desk.with_remote(remote.to_str().unwrap());
    assert_eq!(tried(&store, &scratch)["force-push"].0, Standing::Wrong);
    let gone = desk.with_remote(desk.folder.path().join("nowhere.git").to_str().unwrap());
    let told = tried(&gone, &scratch);
    assert_eq!(told["push"].0, Standing::Wrong, "{told:?}");
    assert!(told["push"].1.contains("nowhere.git"), "{told:?}");
    assert_eq!(told["force-push"].0, Standing::Untold, "{told:?}");
}
