//! Locks that are in the way: held by a living process, left by a dead one, or not to be had at all. A stop and a run
//! contain all the same, and what they did comes home once the way is free.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::journal::Journal;
use crate::journeys::{RUN, at_work, journal, kinds};
use crate::program::Home;
use crate::world::World;

/// The file of this name inside the journal.
fn inside(folder: &Path, name: &str) -> PathBuf {
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().flatten() {
            if entry.file_name() == name {
                return entry.path();
            }
            if entry.path().is_dir() {
                folders.push(entry.path());
            }
        }
    }
    panic!("no {name} below {}", folder.display());
}

/// A workspace with a journal that has been used, and the lock under which branches move.
fn used() -> (Home, World, PathBuf) {
    let (home, world) = at_work();
    home.run("stop support-replies --control replicas").exits(0);
    let lock = inside(Journal::below(home.all()).unwrap().path(), "append.lock");
    (home, world, lock)
}

fn switched_off(world: &World) -> bool {
    world.seen().iter().any(|a| a.path.contains("support-replies-autonomy/") && a.path.ends_with("/off"))
}

fn runs_of(home: &Home, runbook: &str) -> Vec<String> {
    let listed = home.run("log --json").exits(0);
    let all = listed.out.lines().map(|l| serde_json::from_str::<Value>(l).unwrap());
    all.filter(|r| r["runbook"] == runbook).map(|r| r["run"].as_str().unwrap().to_owned()).collect()
}

/// Nothing lies about in the emergency folder, and everything verifies.
fn home_again(home: &Home) {
    home.run("verify").exits(0);
    let left: Vec<_> = fs::read_dir(home.desk().join(".aigov/emergency")).map(Iterator::collect).unwrap_or_default();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_lock_that_a_living_process_holds_keeps_no_stop_from_stopping() {
    let (home, world, lock) = used();
    let held = File::open(&lock).unwrap();
    held.lock().unwrap();
    let said = home.run("stop support-replies --json").exits(0);
    let last: Value = serde_json::from_str(said.out.lines().last().unwrap()).unwrap();
    assert_eq!(last["standing"], "stopped", "{}", said.all());
    assert!(switched_off(&world) && said.err.contains("emergency file"), "{}", said.all());
    let run = last["run"].as_str().unwrap().to_owned();
    // It is known at once, from the file, and comes home with the next command once the way is free.
    assert!(home.run("status").all().contains(&run));
    drop(held);
    home.run("stop support-replies").exits(0);
    assert!(journal(&home).runs().contains_key(&run));
    home_again(&home);
}

#[test]
fn a_lock_that_a_living_process_holds_keeps_no_run_from_containing() {
    let (home, world, lock) = used();
    let held = File::open(&lock).unwrap();
    held.lock().unwrap();
    let said = home.run(RUN);
    assert_ne!(said.code, Some(0), "{}", said.all());
    assert!(switched_off(&world) && said.err.contains("emergency"), "{}", said.all());
    drop(held);
    let [run] = runs_of(&home, "incident/hallucination").try_into().unwrap();
    home.run(&format!("resume {run} --as olga --answers answers.toml")).exits(4);
    let all = kinds(&journal(&home).records(&run));
    assert!(all.contains(&"gate-opened".to_owned()), "{all:?}");
    home_again(&home);
}

#[test]
fn a_lock_that_is_held_keeps_nobody_from_looking_and_what_is_entered_says_where_it_is() {
    let (home, _world, lock) = used();
    let held = File::open(&lock).unwrap();
    held.lock().unwrap();
    for command in ["", "status", "who support-replies", "page support-replies", "doctor", "log", "verify"] {
        home.run(command).exits(0);
    }
    let done = "[[done]]\nstep = \"autonomy\"\nby = \"ada\"\nat = 2026-01-02T02:14:00Z\nresult = \"worked\"\n";
    home.write("done.toml", done);
    let said = home.run("record support-replies --from done.toml --as olga --json").exits(0);
    assert!(said.err.contains("emergency file"), "{}", said.all());
    let last: Value = serde_json::from_str(said.out.lines().last().unwrap()).unwrap();
    let run = last["run"].as_str().unwrap().to_owned();
    assert!(home.run("verify").exits(0).all().contains("NOT IN GIT YET"));
    drop(held);
    home.run("stop support-replies").exits(0);
    assert!(journal(&home).runs().contains_key(&run));
    home_again(&home);
}

#[test]
fn locks_that_a_dead_git_left_keep_nobody_waiting_for_ever() {
    let (home, world, _) = used();
    let git = journal(&home).path().to_path_buf();
    let left: Vec<PathBuf> =
        ["HEAD.lock", "config.lock", "packed-refs.lock", "refs/heads/main.lock"].iter().map(|n| git.join(n)).collect();
    left.iter().for_each(|path| fs::write(path, "").unwrap());
    let said = home.run("stop support-replies").exits(0);
    assert!(switched_off(&world), "{}", said.all());
    home.run(RUN).exits(4);
    // Whoever finds them removes them; nothing of ours depends on it.
    left.iter().for_each(|path| drop(fs::remove_file(path)));
    home.run("stop support-replies").exits(0);
    assert_eq!(runs_of(&home, "incident/hallucination").len(), 1);
    home_again(&home);
}

#[test]
fn a_lock_that_can_not_be_had_at_all_keeps_no_stop_from_stopping() {
    let (home, world, lock) = used();
    // Nobody can lock a folder in a file's place, not even root; another user's file is the same to anybody else.
    fs::remove_file(&lock).unwrap();
    fs::create_dir(&lock).unwrap();
    let said = home.run("stop support-replies --json").exits(0);
    assert!(switched_off(&world), "{}", said.all());
    let last: Value = serde_json::from_str(said.out.lines().last().unwrap()).unwrap();
    assert_eq!((&last["standing"], last["problems"].is_array()), (&json!("stopped"), true));
    let run = last["run"].as_str().unwrap().to_owned();
    assert!(home.run("status").all().contains(&run), "it is known");
    fs::remove_dir(&lock).unwrap();
    home.run("stop support-replies").exits(0);
    assert!(journal(&home).runs().contains_key(&run));
    home_again(&home);
}
