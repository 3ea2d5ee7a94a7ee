//! Death and faults at every moment of a run: killed at each request and after each append, and each answer spoilt in each
//! way. `cargo test` takes every seventh moment; the suite `every_moment` every second one, and all where it is asked to.

use std::collections::BTreeSet;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use aigov::provider::sandbox::{Disturbance, Reply};
use serde_json::Value;

use crate::journal::Journal;
use crate::journeys::{RESUME, RUN, assert_nothing_is_repeated_blindly, at_work, journal, kinds, vote};
use crate::program::{Home, Said};
use crate::suite;
use crate::world::World;

/// How many requests a run makes up to its first gate, and how many appends.
fn undisturbed() -> (usize, usize) {
    let (home, world) = at_work();
    home.run(RUN).exits(4);
    let (requests, appends) = (world.count(), journal(&home).appends(&journal(&home).only_run()));
    assert!(requests > 15 && appends > 10, "{requests} requests, {appends} appends");
    (requests, appends)
}

/// Resumes, and does so again where the disk was too slow for the record: on a busy machine an append can take longer than
/// the two seconds after which the record goes to the emergency file, and the next resume brings it home.
fn resume(home: &Home) -> Said {
    for _ in 0..4 {
        let said = home.run(RESUME);
        if !said.all().contains("waits for the record to be writable where it belongs") {
            return said;
        }
    }
    home.run(RESUME)
}

fn places(all: usize) -> impl Iterator<Item = usize> {
    (0..all).step_by(suite::moments())
}

#[test]
fn killed_while_any_request_is_on_its_way_a_run_is_resumed_to_the_same_place() {
    for n in places(undisturbed().0) {
        for carried_out in [true, false] {
            let (home, world) = at_work();
            kill_at_request(&home, &world, n, carried_out);
            let Some(journal) = Journal::below(home.all()) else { continue };
            if journal.runs().is_empty() {
                // Killed before there was a run: nothing was sent that changes anything.
                assert!(world.seen().iter().all(|a| a.method == "GET"), "request {n}");
                continue;
            }
            let run = journal.only_run();
            let resumed = resume(&home);
            let all = resumed.all();
            assert_eq!(resumed.code, Some(4), "killed at request {n} ({carried_out}), resume said:\n{all}");
            let records = journal.records(&run);
            assert_nothing_is_repeated_blindly(&records);
            home.run(&format!("verify {run}")).exits(0);
            // An act whose request never arrived is not repeated blindly: it is probed, and a person decides.
            let decide = all.contains("waits for a decision about step");
            let waits = decide || kinds(&records).contains(&"gate-opened".to_owned());
            assert!(waits, "killed at request {n} ({carried_out}):\n{all}");
            // Where the request in flight only looked (prior state is read once more after the intent), nothing was done.
            let killed_at = &world.seen()[n];
            let looked = killed_at.method == "GET";
            assert!(
                !(decide && carried_out && !looked),
                "killed at request {n}, {killed_at:?}: what was done is found to be done:\n{all}"
            );
        }
    }
}

/// Starts a run and kills it (SIGKILL) while request `n` is on its way, before or after the world has carried it out.
pub(crate) fn kill_at_request(home: &Home, world: &World, n: usize, carried_out: bool) {
    let child: Arc<Mutex<Option<Child>>> = Arc::default();
    let victim = Arc::clone(&child);
    world.rule(move |at, _| {
        if at != n {
            return Disturbance::None;
        }
        let mut victim = victim.lock().unwrap();
        let victim = victim.as_mut().unwrap();
        victim.kill().unwrap();
        victim.wait().unwrap();
        if carried_out { Disturbance::None } else { Disturbance::Instead(Reply::text(503, "text/plain", "down")) }
    });
    {
        // The rule waits for this lock until the child is there.
        let mut child = child.lock().unwrap();
        let mut command = home.command(RUN);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        *child = Some(command.spawn().unwrap());
    }
    for _ in 0..600 {
        if child.lock().unwrap().as_mut().unwrap().try_wait().unwrap().is_some() {
            world.rule(|_, _| Disturbance::None);
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("the run did not end within 30 s");
}

#[test]
fn killed_between_any_two_appends_a_run_is_resumed_to_the_same_place() {
    let (mut tried, mut hit) = (0, BTreeSet::new());
    for n in places(undisturbed().1).filter(|n| *n > 0) {
        let (home, _world) = at_work();
        let mut child =
            home.command(RUN).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        for _ in 0..3000 {
            let there = Journal::below(home.all()).and_then(|j| Some((j.runs().into_keys().next()?, j)));
            if there.is_some_and(|(run, j)| j.appends(&run) >= n) || child.try_wait().unwrap().is_some() {
                break;
            }
            thread::sleep(Duration::from_millis(2));
        }
        // It may have ended by itself at the gate.
        let _ = child.kill();
        child.wait().unwrap();
        tried += 1;
        hit.insert(journal(&home).appends(&journal(&home).only_run()));
        let resumed = resume(&home);
        assert_eq!(resumed.code, Some(4), "killed after append {n}, resume said:\n{}", resumed.all());
        let run = journal(&home).only_run();
        assert_nothing_is_repeated_blindly(&journal(&home).records(&run));
        home.run(&format!("verify {run}")).exits(0);
    }
    // A machine that is busy kills later than it means to: at least every second moment has to be another one.
    assert!(hit.len() * 2 >= tried && !hit.is_empty(), "{tried} deaths, at these places: {hit:?}");
}

/// Waits until a run has so many appends, kills its process, and says whether it had not ended by itself.
fn killed_at(home: &Home, run: &str, appends: usize) -> bool {
    let mut child =
        home.command(RESUME).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    for _ in 0..15_000 {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        if journal(home).appends(run) >= appends {
            break;
        }
        thread::sleep(Duration::from_millis(2));
    }
    let _ = child.kill();
    child.wait().unwrap();
    true
}

#[test]
fn killed_again_and_again_while_it_is_verified_and_given_back_a_run_still_closes() {
    let (home, _world) = at_work();
    home.run(RUN).exits(4);
    let run = journal(&home).only_run();
    let appends = || journal(&home).appends(&run);
    // Each life of the process is a few appends long; what is left over at the end runs undisturbed.
    let mut lives = [3, 4, 5, 6, 4, 3, 5, 4].into_iter().cycle().take(if suite::moments() < 7 { 24 } else { 8 });
    let mut died = BTreeSet::new();
    let mut live_on = || {
        for long in lives.by_ref() {
            if !killed_at(&home, &run, appends() + long) {
                return;
            }
            died.insert(kinds(&journal(&home).records(&run)).len());
        }
    };
    vote(&run, &["lena", "carl"], |a| home.run(a));
    let asked = home.run(RESUME).exits(4);
    assert!(asked.all().contains("hand-sample is answered once it is asked"), "{}", asked.all());
    resume(&home).exits(4);
    vote(&run, &["ada", "grace"], |a| home.run(a));
    let before = kinds(&journal(&home).records(&run)).len();
    live_on();
    // Its last life may have ended with the run.
    let ended = |records: &[Value]| records.iter().any(|r| r["event"]["kind"] == "run-ended");
    if !ended(&journal(&home).records(&run)) {
        let said = resume(&home).all();
        let records = journal(&home).records(&run);
        // A raise whose request was on its way when the process died may be for a person to decide.
        assert!(ended(&records) || said.contains("waits for a decision about"), "{said}");
    }
    let records = journal(&home).records(&run);
    let ends: Vec<&Value> = records.iter().map(|r| &r["event"]).filter(|e| e["kind"] == "run-ended").collect();
    assert!(ends.iter().all(|e| e["end"] == "closed"), "{ends:?}");
    assert_nothing_is_repeated_blindly(&records);
    home.run(&format!("verify {run}")).exits(0);
    assert!(died.len() >= 3 && died.iter().all(|at| *at > before), "died at {died:?}, from {before} on");
}

/// Exit codes that a run may have which met trouble on its way to its first gate.
const NAMED: [i32; 5] = [1, 4, 5, 7, 9];

/// Does the fault to one request after the other, a run for each.
fn goes_wrong(name: &str, fault: fn() -> Disturbance) {
    let requests = undisturbed().0;
    for n in places(requests) {
        let (home, world) = at_work();
        world.rule(move |at, _| if at == n { fault() } else { Disturbance::None });
        let said = home.run(RUN);
        let all = said.all();
        assert!(said.code.is_some_and(|c| NAMED.contains(&c)), "request {n} {name}: {:?}\n{all}", said.code);
        let run = journal(&home).only_run();
        assert_nothing_is_repeated_blindly(&journal(&home).records(&run));
        home.run(&format!("verify {run}")).exits(0);
    }
}

#[test]
fn any_one_request_may_fail_at_the_server() {
    goes_wrong("500", || Disturbance::Instead(Reply::text(500, "text/html", "<h1>Oops</h1>")));
}

#[test]
fn any_one_answer_may_be_lost() {
    goes_wrong("the answer lost", || Disturbance::AnswerLost);
}

#[test]
fn any_one_answer_may_be_cut_off() {
    goes_wrong("cut off", || Disturbance::CutAfter(7));
}

#[test]
fn any_one_answer_may_be_no_json() {
    goes_wrong("not JSON", || Disturbance::Instead(Reply::text(200, "application/json", "{\"so far\": ")));
}
