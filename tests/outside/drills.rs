//! Drills that were kept, as they are asked for later: by a launch, by `who`, by the list of scores.

use std::fs;
use std::thread;
use std::time::Duration;

use aigov::approval::Namespace;
use aigov::keys::Pair;
use serde_json::Value;

use crate::approvals::{flat, give_key, in_earnest, number, somebody};
use crate::journeys::{at_work, journal};
use crate::program::{Home, Said};
use crate::world::World;

/// The rows of a launch's list by what they are about: whether each holds, and what it says.
fn launch(home: &Home, code: i32) -> Vec<(String, bool, String)> {
    let said = home.run("launch-check support-replies --json").exits(code);
    let whole: Value = serde_json::from_str(&said.out).unwrap();
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let items = whole["items"].as_array().unwrap().iter();
    items.map(|i| (text(&i["what"]), i["holds"] == true, text(&i["says"]))).collect()
}

fn rehearsal(home: &Home) -> (bool, String) {
    let (_, holds, says) = launch(home, 3).into_iter().find(|(what, ..)| what == "rehearsal").unwrap();
    (holds, says)
}

/// A workspace that takes the test's world for real, with a scenario and the runbook that it practises as files.
fn with_scenario(home: &Home) {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for path in ["runbooks/incident/hallucination.toml", "runbooks/gameday/invented-policy.toml"] {
        home.write(path, &fs::read_to_string(root.join(path)).unwrap());
    }
}

#[test]
fn a_launch_counts_a_drill_that_passed_and_only_while_its_runbook_is_the_same() {
    let (home, world) = at_work();
    with_scenario(&home);
    let (holds, says) = rehearsal(&home);
    assert!(!holds && says.starts_with("none is recorded"), "{says}");
    let told = home.run("who support-replies").exits(0);
    assert!(told.out.contains("it was never stopped in a drill"), "{}", told.out);

    // Not kept, it was not there; played badly, it does not count.
    home.run("rehearse gameday/invented-policy --auto").exits(0);
    assert!(!rehearsal(&home).0);
    home.run("rehearse gameday/invented-policy --auto --keep --player late").exits(1);
    let (holds, says) = rehearsal(&home);
    assert!(!holds && says.contains("hallucinated-content was failed (U) today"), "{says}");

    home.run("rehearse gameday/invented-policy --auto --keep").exits(0);
    let (holds, says) = rehearsal(&home);
    assert!(holds, "{says}");
    for part in ["hallucinated-content: P today", "player good", "gameday/invented-policy (", "runbook as then"] {
        assert!(says.contains(part), "{part}: {says}");
    }
    let told = home.run("who support-replies").exits(0);
    assert!(told.out.contains("  drill ") && told.out.contains("to passed probe"), "{}", told.out);
    assert!(told.out.contains("it was never stopped for real"), "a drill never counts as real: {}", told.out);
    assert_eq!(world.count(), 0, "a drill in memory reaches nothing");

    let path = "runbooks/incident/hallucination.toml";
    let before = fs::read_to_string(home.desk().join(path)).unwrap();
    home.write(path, &format!("{before}\n# Another word.\n"));
    let (holds, says) = rehearsal(&home);
    assert!(!holds && says.contains("its runbook has changed since"), "{says}");
    home.write(path, &before);
    assert!(rehearsal(&home).0);
}

/// A workspace where only signed votes count, with olga at its machine.
fn earnest() -> (Home, World) {
    let home = Home::new();
    let world = World::new(&home);
    in_earnest(&home);
    give_key(&home, number("olga"));
    (home, world)
}

/// Begins a drill of people, and tells its name.
fn drill(home: &Home, arguments: &str) -> String {
    let said = home.run(&format!("people drill {arguments} --json")).exits(0);
    let whole: Value = serde_json::from_str(&said.out).unwrap();
    whole["drill"].as_str().unwrap().to_owned()
}

/// Prints a statement for somebody, signs it with their key file for what is said, and tells where it lies.
fn on_paper(home: &Home, voter: &Home, command: &str, namespace: Namespace) -> String {
    let printed = home.run(command).exits(0).out;
    let file = voter.all().join("statement.txt");
    fs::write(&file, &printed).unwrap();
    let pair = Pair::open(&voter.all().join("home/.ssh/id_ed25519")).unwrap();
    fs::write(voter.all().join("statement.txt.sig"), pair.sign(namespace, printed.as_bytes()).unwrap()).unwrap();
    file.display().to_string()
}

#[test]
fn people_are_asked_to_sign_something_harmless_and_what_came_of_it_is_shown_everywhere() {
    let (home, world) = earnest();
    let desk = home.desk();
    let never = home.run("people check --json").out;
    assert!(!never.contains("\"kind\":\"drill\""), "{never}");

    let short = drill(&home, "ada --within 1s");
    thread::sleep(Duration::from_millis(1_100));
    let ada = somebody("ada");
    let late = ada.run(&format!("people answer -C {}", desk.display())).exits(0);
    assert!(flat(&late.err).contains("signed in a drill too late"), "{}", late.err);

    let name = drill(&home, "lena carl grace");
    assert_ne!(name, short);
    assert_eq!(world.count(), 0, "nobody is paged who was not to be");
    let lena = somebody("lena");
    let said = lena.run(&format!("people answer -C {}", desk.display())).exits(0);
    assert!(flat(&said.err).contains("lena: signed in a drill after"), "{}", said.err);
    // Carl's statement, signed with another key than his.
    let sam = somebody("sam");
    let file = on_paper(&home, &sam, &format!("people answer {name} --print --as carl"), Namespace::Drill);
    let said = home.run(&format!("people answer --import {file}")).exits(5);
    assert!(flat(&said.err).contains("carl: could not sign in a drill: the key SHA256:"), "{}", said.err);

    let check = home.run("people check");
    let told = flat(&check.all());
    for part in [
        "DOUBT ada: signed in a drill too late",
        "ok lena: signed in a drill after",
        "DOUBT carl: could not sign in a drill: the key",
        "ok grace: is asked in a drill and has not answered yet",
    ] {
        assert!(told.contains(part), "{part}\n{}", check.all());
    }
    let who = flat(&home.run("who support-replies").exits(0).out);
    assert!(who.contains("signed in a drill too late"), "{who}");
    let (_, holds, says) = launch(&home, 3).into_iter().find(|(what, ..)| what == "approvers").unwrap();
    assert!(
        !holds && says.contains("carl could not sign") && says.contains("ada signed in a drill too late"),
        "{says}"
    );

    // Carl finds his own key.
    let carl = somebody("carl");
    let file = on_paper(&home, &carl, &format!("people answer {name} --print --as carl"), Namespace::Drill);
    home.run(&format!("people answer --import {file}")).exits(0);
    let told = flat(&home.run("people check").all());
    assert!(told.contains("ok carl: signed in a drill after"), "{told}");

    // The pager is asked only when somebody says so.
    drill(&home, "lena --page --env production");
    let seen = world.seen();
    let paged = seen.iter().find(|a| a.path.ends_with("/v2/enqueue")).expect("a page");
    let body = String::from_utf8_lossy(&paged.body);
    assert!(body.contains("DRILL, nothing is wrong") && body.contains("people answer"), "{body}");
}

#[test]
fn no_real_gate_takes_what_was_signed_in_a_drill() {
    let (home, _world) = earnest();
    home.run("run incident/hallucination --answers answers.toml").exits(4);
    let run = journal(&home).only_run();
    let name = drill(&home, "lena");
    let lena = somebody("lena");
    let harmless = on_paper(&home, &lena, &format!("people answer {name} --print --as lena"), Namespace::Drill);
    let refused = home.run(&format!("approve {run} --import {harmless}")).exits(2);
    assert!(flat(&refused.err).contains("does not begin with `aigov statement, format 1`"), "{}", refused.err);
    // The gate's own statement, signed for drills, is refused as well.
    let real = on_paper(&home, &lena, &format!("approve {run} --print --as lena"), Namespace::Drill);
    let refused = home.run(&format!("approve {run} --import {real}")).exits(5);
    assert!(flat(&refused.err).contains("it was made for `aigov-drill@v1`"), "{}", refused.err);
    // And a vote is no answer to a drill.
    let file = on_paper(&home, &lena, &format!("approve {run} --print --as lena"), Namespace::Vote);
    let refused = home.run(&format!("people answer --import {file}")).exits(2);
    assert!(flat(&refused.err).contains("it is no statement of a drill of people"), "{}", refused.err);
}

#[test]
fn a_kept_drill_and_a_path_of_the_explorer_become_scenarios_that_lint_and_play_to_the_same_end() {
    let (home, world) = at_work();
    with_scenario(&home);
    home.run("rehearse gameday/invented-policy --auto --keep").exits(0);
    let listed: Value = serde_json::from_str(home.run("score --json").exits(0).out.lines().next().unwrap()).unwrap();
    let run = listed["run"].as_str().unwrap();
    let said = home.run(&format!("rehearse --from {run} --out runbooks/gameday/again.toml")).exits(0);
    assert!(flat(&said.err).contains("it came to the same end by the same acts"), "{}", said.err);
    assert!(flat(&said.err).contains("aigov rehearse gameday/again --auto"), "{}", said.err);
    home.run("lint runbooks/gameday/again.toml").exits(0);
    let played = home.run("rehearse gameday/again --auto").exits(0);
    assert!(played.out.contains("over: closed"), "{}", played.out);

    let explore = "explore incident/hallucination --automation support-replies --faults 0";
    let file = "runbooks/gameday/expiry.toml";
    let wanted = "a run can end closed";
    let unsaid = home.run(&format!("{explore} --as-scenario {file}")).exits(2);
    assert!(flat(&unsaid.err).contains(&format!("--to \"{wanted}\"")), "{}", unsaid.err);
    let way = |to: &str| {
        let mut command = home.command(&format!("{explore} --as-scenario {file} --to"));
        command.arg(to);
        Said::from(&command.output().unwrap())
    };
    way("a run can end nowhere").exits(2);
    let said = way(wanted).exits(0);
    assert!(flat(&said.err).contains("it came to the same end by the same acts"), "{}", said.err);
    home.run(&format!("lint {file}")).exits(0);
    let played = home.run("rehearse gameday/expiry --auto").exits(0);
    assert!(played.out.contains("over: closed"), "{}", played.out);
    assert_eq!(world.count(), 0, "nothing of it reaches anything");
}

#[test]
fn a_drill_that_nobody_plays_any_more_depends_on_no_other_and_can_be_shown_verified_and_ended() {
    let (home, _world) = at_work();
    with_scenario(&home);
    home.write("answers.toml", "schema = 1\nseverity = \"proposed\"\n[facts]\nharm = true\nexposed = 1843\n");
    // The transcript names the run and its time, so what is compared is how it went.
    let how = |said: &Said| {
        let lines = said.out.lines().filter(|l| l.contains("t+") && !l.contains("over:"));
        lines.filter(|l| !l.contains("run 20")).map(|l| l.chars().take(60).collect()).collect::<Vec<String>>()
    };
    let alone = home.run("rehearse gameday/invented-policy --auto --keep").exits(0);
    home.run("rehearse gameday/invented-policy --answers answers.toml --as olga").exits(4);
    let again = home.run("rehearse gameday/invented-policy --auto --keep").exits(0);
    assert_eq!(how(&alone).len(), how(&again).len(), "{}\n{}", alone.out, again.out);
    assert!(again.out.contains("DRILL compared with"), "two drills within a minute are compared:\n{}", again.out);

    // One that its player left in the middle.
    home.run("rehearse gameday/invented-policy --auto --keep --player late");
    let listed = home.run("score --json").exits(0);
    let whole: Vec<Value> = listed.out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(whole[0]["player"], "late", "the newest first, whatever time a drill says it is");
    let id = whole[0]["run"].as_str().unwrap();
    for verb in ["verify", "show", "log", "brief"] {
        let said = home.run(&format!("{verb} {id}")).exits(0);
        assert!(said.all().lines().all(|l| l.starts_with("DRILL")), "{verb}:\n{}", said.all());
    }
    let on = home.run(&format!("resume {id}")).exits(2);
    assert!(on.err.replace("\nDRILL      ", "").contains("nobody goes on with it"), "{}", on.err);
    let inbox = home.run("inbox").all();
    assert!(!inbox.contains(id), "nobody is asked about it:\n{inbox}");
}

#[test]
fn a_workspace_without_a_scenario_is_told_which_come_with_the_program() {
    let (home, _world) = at_work();
    let said = home.run("rehearse").exits(0);
    assert!(said.out.lines().filter(|l| l.starts_with("gameday/")).count() >= 12, "{}", said.all());
    assert!(said.all().contains("aigov rehearse gameday/") && said.all().contains("--sandbox"), "{}", said.all());
    let none = home.run("rehearse incident/hallucination --sweep --automation support-replies --runs 0").exits(2);
    assert!(none.err.contains("--runs"), "{}", none.err);
}
