//! Runs whose record was cut off, deleted, or written anew by somebody who can: here, and at the remote. Whoever goes on
//! with one, and whoever is asked to vote on it, finds out before anything is done twice; and nothing blocks a stop.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::Duration;

use aigov::journal::Store;
use aigov::provider::sandbox::Disturbance;
use aigov::run::event::Event;
use git2::Repository;

use crate::approvals::{approves, at_terminal, flat, give_key, in_earnest, number, somebody};
use crate::forged::{append_at, git, waiting};
use crate::journal::Journal;
use crate::program::{Home, Said};
use crate::suite;
use crate::world::World;

const RESUME: &str = "resume --answers answers.toml";

fn branch(run: &str) -> String {
    format!("refs/heads/aigov/run/{run}")
}

/// Moves a run's branch back by so many commits; where it was.
fn cut(repository: &Path, run: &str, count: usize) -> git2::Oid {
    let repository = Repository::open_bare(repository).unwrap();
    let was = repository.find_reference(&branch(run)).unwrap().peel_to_commit().unwrap();
    let mut at = was.clone();
    for _ in 0..count {
        at = at.parent(0).unwrap();
    }
    repository.reference(&branch(run), at.id(), true, "cut").unwrap();
    was.id()
}

fn put_back(repository: &Path, run: &str, head: git2::Oid) {
    Repository::open_bare(repository).unwrap().reference(&branch(run), head, true, "back").unwrap();
}

fn delete(repository: &Path, run: &str) -> git2::Oid {
    let repository = Repository::open_bare(repository).unwrap();
    let mut reference = repository.find_reference(&branch(run)).unwrap();
    let head = reference.target().unwrap();
    reference.delete().unwrap();
    head
}

/// How many commits a branch has up to, and without, the one that holds an event.
fn behind(home: &Home, run: &str, kind: &str) -> usize {
    let repository = Repository::open_bare(git(home)).unwrap();
    let mut at = repository.find_reference(&branch(run)).unwrap().peel_to_commit().unwrap();
    let mut count = 1;
    while !at.message().unwrap().contains(&format!("\"kind\":\"{kind}\"")) {
        at = at.parent(0).unwrap();
        count += 1;
    }
    count
}

fn letters(world: &World) -> usize {
    world.seen().iter().filter(|a| a.method == "POST" && a.path.contains("/statements")).count()
}

#[test]
fn a_run_that_was_cut_off_here_is_not_gone_on_with_and_no_letter_is_sent_again() {
    let home = Home::new();
    let world = World::new(&home);
    let run = waiting(&home, "answers.toml");
    for person in ["lena", "carl"] {
        approves(&somebody(person), &home.desk(), &run);
    }
    home.run(RESUME).exits(4);
    home.run(RESUME).exits(4);
    assert_eq!(letters(&world), 1);
    // Before the votes were counted: they lie on their branches, and would be counted once more.
    let was = cut(&git(&home), &run, behind(&home, &run, "vote-counted"));
    let said = home.run(RESUME).exits(8);
    let says = flat(&said.all());
    assert!(says.contains("nothing is raised, sent or asked for on this record: records that this run had"), "{says}");
    assert!(says.contains("it was cut off or written anew"), "{says}");
    assert!(says.contains("take the run over with a reason"), "{says}");
    let asked = somebody("ada").run(&format!("approve {run} -C {}", home.desk().display())).exits(8);
    assert!(flat(&asked.err).contains("nobody votes on this record: records that this run had"), "{}", asked.err);
    let told = home.run(&format!("verify {run}")).exits(8);
    assert!(flat(&told.all()).contains("missing: records that this run had here"), "{}", told.all());
    home.run("stop support-replies --env production").exits(0);
    assert_eq!(letters(&world), 1);
    // What git still has is where it was.
    let kept = Repository::open_bare(git(&home)).unwrap();
    let kept = kept.references_glob(&format!("refs/aigov/before/aigov/{run}/*")).unwrap();
    assert!(kept.flatten().any(|r| r.target() == Some(was)), "kept from git's cleaning");
    put_back(&git(&home), &run, was);
    // What was tried on the shorter record is beside the run now; somebody decides about it, and it goes on.
    home.run(&format!("{RESUME} {run}")).exits(8);
    for fork in Store::open_clone(&git(&home), false).forks(&run).unwrap() {
        home.run(&format!("note {run} --fork {} tried-while-it-was-short", fork.branch)).exits(0);
    }
    home.run(&format!("{RESUME} {run}")).exits(4);
    assert_eq!(letters(&world), 1);
}

/// Goes on with a run until the letter is sent; at that moment the process dies.
fn killed_with_the_letter(home: &Home, world: &World) {
    let child: Arc<Mutex<Option<Child>>> = Arc::default();
    let victim = Arc::clone(&child);
    world.rule(move |_, asked| {
        if asked.method == "POST" && asked.path.contains("/statements") {
            let mut victim = victim.lock().unwrap();
            let victim = victim.as_mut().unwrap();
            victim.kill().unwrap();
            victim.wait().unwrap();
        }
        Disturbance::None
    });
    let mut command = home.command(RESUME);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    {
        // The rule waits for this lock until the child is there.
        let mut child = child.lock().unwrap();
        *child = Some(command.spawn().unwrap());
    }
    while child.lock().unwrap().as_mut().unwrap().try_wait().unwrap().is_none() {
        sleep(Duration::from_millis(50));
    }
    world.rule(|_, _| Disturbance::None);
}

#[test]
fn what_a_killed_process_wrote_and_nobody_has_listed_is_missed_when_it_is_cut_off() {
    let home = Home::new();
    let world = World::new(&home);
    let run = waiting(&home, "answers.toml");
    for person in ["lena", "carl"] {
        approves(&somebody(person), &home.desk(), &run);
    }
    killed_with_the_letter(&home, &world);
    assert_eq!(letters(&world), 1);
    // To where it stood when the runs were listed last: the votes would be counted once more.
    let was = cut(&git(&home), &run, behind(&home, &run, "vote-counted"));
    let said = home.run(RESUME).exits(8);
    let says = flat(&said.all());
    assert!(says.contains("records that this run had here are not in it any more"), "{says}");
    assert_eq!(letters(&world), 1, "no letter is sent again");
    let told = home.run(&format!("verify {run}")).exits(8);
    assert!(flat(&told.all()).contains("missing: records that this run had here"), "{}", told.all());
    home.run("stop support-replies --env production").exits(0);
    let kept = Repository::open_bare(git(&home)).unwrap();
    let kept = kept.references_glob(&format!("refs/aigov/before/aigov/{run}/*")).unwrap();
    assert!(kept.flatten().any(|r| r.target() == Some(was)), "kept from git's cleaning");
}

#[test]
fn a_run_that_was_deleted_here_is_told_and_not_taken_for_one_that_never_was() {
    let home = Home::new();
    let _world = World::new(&home);
    let run = waiting(&home, "answers.toml");
    let was = delete(&git(&home), &run);
    for resume in [RESUME.to_owned(), format!("{RESUME} {run}")] {
        let said = home.run(&resume).exits(8);
        assert!(flat(&said.err).contains("not here any more"), "{}", said.err);
    }
    let asked = somebody("lena").run(&format!("approve {run} -C {}", home.desk().display())).exits(8);
    assert!(flat(&asked.err).contains("its branch is not here any more"), "{}", asked.err);
    let told = home.run(&format!("verify {run}")).exits(8);
    assert!(flat(&told.all()).contains("missing: the run's branch is not here"), "{}", told.all());
    home.run("stop support-replies --env production").exits(0);
    put_back(&git(&home), &run, was);
    home.run(&format!("{RESUME} {run}")).exits(4);
}

/// Olga's machine, and the remote that it pushes to.
struct Remote {
    path: PathBuf,
    git: String,
}

impl Remote {
    /// A run that waits at its first gate, on Olga's machine and at the remote; none without a git.
    fn waiting() -> Option<(Self, Home, World, String)> {
        let git = suite::variable("AIGOV_SUITE_GIT")?;
        let olga = Home::new();
        let world = World::new(&olga);
        let path = olga.all().join("remote.git");
        let made = Command::new(&git).args(["init", "--quiet", "--bare", "-b", "main"]).arg(&path).status().unwrap();
        assert!(made.success());
        let settings = fs::read_to_string(olga.desk().join("aigov.toml")).unwrap();
        olga.write("aigov.toml", &format!("{settings}\n[journal]\nremote = \"file://{}\"\n", path.display()));
        let remote = Self { path, git };
        in_earnest(&olga);
        give_key(&olga, number("olga"));
        remote.say(&olga, "run incident/hallucination --answers answers.toml").exits(4);
        let run = Journal::below(&olga.desk()).expect("a journal").only_run();
        remote.say(&olga, &format!("note {run} written-down")).exits(0);
        assert_eq!(remote.head(&run), Some(Self::here(&olga, &run)), "all of it was pushed");
        Some((remote, olga, world, run))
    }

    fn command(&self, home: &Home, arguments: &str) -> Command {
        let mut command = home.command(arguments);
        command.env("PATH", format!("{}:/usr/bin:/bin", Path::new(&self.git).parent().unwrap().display()));
        command
    }

    fn say(&self, home: &Home, arguments: &str) -> Said {
        Said::from(&self.command(home, arguments).stdin(Stdio::null()).output().unwrap())
    }

    fn head(&self, run: &str) -> Option<git2::Oid> {
        Repository::open_bare(&self.path).unwrap().find_reference(&branch(run)).ok()?.target()
    }

    fn here(home: &Home, run: &str) -> git2::Oid {
        Repository::open_bare(git(home)).unwrap().find_reference(&branch(run)).unwrap().target().unwrap()
    }

    /// A voter's machine, with the workspace that Olga has.
    fn voter(person: &str, olga: &Home) -> Home {
        let voter = somebody(person);
        for file in ["aigov.toml", "people.toml"] {
            voter.write(file, &fs::read_to_string(olga.desk().join(file)).unwrap());
        }
        voter
    }
}

#[test]
fn a_run_that_was_written_anew_at_the_remote_is_met_by_whoever_knew_it_and_by_whoever_holds_it() {
    let Some((remote, olga, world, run)) = Remote::waiting() else { return };
    let lena = Remote::voter("lena", &olga);
    remote.say(&lena, "inbox").exits(4);
    cut(&remote.path, &run, 2);
    append_at(&remote.path, &run, Some(66), &[Event::Restarted, Event::Noted]);
    let said = remote.say(&olga, RESUME).exits(8);
    let says = flat(&said.all());
    assert!(says.contains("the remote does not have the record of run"), "{says}");
    assert!(says.contains("the remote has records of this run that it does not have here"), "{says}");
    let asked = remote.say(&lena, &format!("approve {run}")).exits(8);
    assert!(flat(&asked.err).contains("nobody votes on this record: the remote has records"), "{}", asked.err);
    assert_eq!(letters(&world), 0);
    remote.say(&olga, "stop support-replies --env production").exits(0);
    // Somebody looks at both, and it is on record what they decided.
    let told = remote.say(&olga, &format!("verify {run}"));
    assert!(flat(&told.out).contains(&format!("(remote/{run})")), "{}", told.out);
    let note = format!("note {run} --fork remote/{run} mallory-pushed-it");
    remote.say(&olga, &note).exits(0);
    let on = remote.say(&olga, &format!("{RESUME} {run}")).exits(4);
    assert!(!flat(&on.all()).contains("nothing is raised"), "{}", on.all());
}

#[test]
fn a_run_that_was_cut_off_at_the_remote_is_told_whole_here_and_goes_back() {
    let Some((remote, olga, _world, run)) = Remote::waiting() else { return };
    let lena = Remote::voter("lena", &olga);
    remote.say(&lena, "inbox").exits(4);
    let gate = behind(&olga, &run, "gate-opened");
    cut(&remote.path, &run, gate);
    // Whoever never saw it finds no gate to vote at.
    let carl = Remote::voter("carl", &olga);
    let asked = remote.say(&carl, &format!("approve {run}")).exits(5);
    assert!(flat(&asked.err).contains("waits for votes now"), "{}", asked.err);
    // Whoever knew it is told, and votes on what was there.
    let asked = remote.say(&lena, &format!("approve {run}")).exits(4);
    assert!(flat(&asked.err).contains("the remote does not have the record of run"), "{}", asked.err);
    let (code, said) = at_terminal(remote.command(&lena, &format!("approve {run}")));
    assert_eq!(code, 0, "{said}");
    let said = remote.say(&olga, RESUME).exits(4);
    assert!(flat(&said.all()).contains("what is here is kept"), "{}", said.all());
    assert_eq!(remote.head(&run), Some(Remote::here(&olga, &run)), "it is there again, whole");
    let (code, said) = at_terminal(remote.command(&carl, &format!("approve {run}")));
    assert_eq!(code, 0, "{said}");
}

#[test]
fn a_run_that_vanished_from_the_remote_goes_back_and_nobody_votes_on_what_is_left_of_it() {
    let Some((remote, olga, _world, run)) = Remote::waiting() else { return };
    delete(&remote.path, &run);
    let carl = Remote::voter("carl", &olga);
    let asked = remote.say(&carl, &format!("approve {run}")).exits(8);
    assert!(flat(&asked.err).contains("its branch is not here any more"), "{}", asked.err);
    remote.say(&olga, RESUME).exits(4);
    assert_eq!(remote.head(&run), Some(Remote::here(&olga, &run)), "it is there again, whole");
}

#[test]
fn a_run_that_was_cut_off_here_comes_back_from_the_remote_and_is_refused_while_nobody_reaches_it() {
    let Some((remote, olga, _world, run)) = Remote::waiting() else { return };
    let was = cut(&git(&olga), &run, 2);
    let away = remote.path.with_extension("away");
    fs::rename(&remote.path, &away).unwrap();
    let said = remote.say(&olga, RESUME).exits(8);
    assert!(flat(&said.all()).contains("records that this run had here are not in it any more"), "{}", said.all());
    fs::rename(&away, &remote.path).unwrap();
    // What was tried meanwhile stands beside it, and is decided about.
    let said = remote.say(&olga, RESUME).exits(8);
    assert!(flat(&said.all()).contains("the remote has records of this run"), "{}", said.all());
    assert_eq!(remote.head(&run), Some(was));
}
