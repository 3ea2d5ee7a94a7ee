//! The way back: two stages on one control under one sign-off, and a stop from another process at every moment of it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use aigov::provider::sandbox::{Asked, Disturbance};
use serde_json::Value;

use crate::journeys::{RESUME, RUN, at_work, journal, kinds, vote};
use crate::program::{Home, Said};
use crate::world::World;

/// A run that has everything but its way back: the sign-off is given, nothing is raised. Its stages are these.
fn signed_off(stages: &str) -> (Home, World, String) {
    let (home, world) = at_work();
    let path = home.desk().join("runbooks/incident/hallucination.toml");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once("stages = [").unwrap();
    let (_, after) = rest.split_once("\n]\n").unwrap();
    fs::write(&path, format!("{before}stages = [\n{stages}\n]\n{after}")).unwrap();
    home.run(RUN).exits(4);
    let run = journal(&home).only_run();
    vote(&run, &["lena", "carl"], |a| home.run(a));
    home.run(RESUME).exits(4);
    home.run(RESUME).exits(4);
    vote(&run, &["ada", "grace"], |a| home.run(a));
    (home, world, run)
}

const TWO: &str = "  { control = \"mode\", to = \"advisory\", soak = \"1s\" },\n  { control = \"mode\", to = \"gated\", soak = \"1s\" },";
const LONG: &str = "  { control = \"mode\", to = \"advisory\", soak = \"8s\" },";

/// What consumers of a flag are told now, asked of the world itself.
fn consumers(home: &Home, flag: &str) -> Value {
    let settings = fs::read_to_string(home.desk().join("aigov.toml")).unwrap();
    let (_, rest) = settings.split_once("url = \"http://").unwrap();
    let host = rest.split('/').next().unwrap();
    let token = fs::read_to_string(home.desk().join("sandbox-client-token")).unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let path = format!("/unleash/api/client/features/{flag}");
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: {}\r\nconnection: close\r\n\r\n",
        token.trim()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    let from = body.find('{').unwrap_or_else(|| panic!("{answer}"));
    let to = body.rfind('}').unwrap();
    serde_json::from_str(&body[from..=to]).unwrap()
}

fn is_on(home: &Home, control: &str) -> bool {
    consumers(home, &format!("support-replies-{control}"))["enabled"].as_bool().unwrap()
}

#[test]
fn one_sign_off_covers_two_stages_on_one_control() {
    let (home, _world, run) = signed_off(TWO);
    home.run(RESUME).exits(0);
    let records = journal(&home).records(&run);
    let all = kinds(&records);
    assert!(!all.contains(&"breached".to_owned()) && !all.contains(&"gate-voided".to_owned()), "{all:?}");
    assert_eq!(all.iter().filter(|k| *k == "soak-ended").count(), 2, "{all:?}");
    // The second one was prepared, and shown to those who signed, from what the first one leaves.
    let prepared = |stage: &str| {
        let of = |r: &&Value| r["event"]["kind"] == "step-prepared" && r["about"] == stage;
        records.iter().find(of).unwrap()["detail"]["act"].clone()
    };
    assert_eq!(prepared("stage.2")["prior"], prepared("stage.1")["leaves"]);
    assert_ne!(prepared("stage.2")["prior"], prepared("stage.1")["prior"]);
    home.run(&format!("verify {run}")).exits(0);
}

#[test]
fn what_somebody_else_moves_after_the_sign_off_is_shown_and_asked_again_with_nothing_raised() {
    let (home, world, run) = signed_off(TWO);
    let before = world.count();
    // Somebody at the console turns the flag off.
    let settings = fs::read_to_string(home.desk().join("aigov.toml")).unwrap();
    let (_, rest) = settings.split_once("url = \"http://").unwrap();
    let host = rest.split('/').next().unwrap();
    let token = fs::read_to_string(home.desk().join("sandbox-token")).unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let path = "/unleash/api/admin/projects/support/features/support-replies-mode/environments/production/off";
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: {}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        token.trim()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let said = home.run(RESUME).exits(4);
    let all = kinds(&journal(&home).records(&run));
    assert!(all.contains(&"gate-voided".to_owned()), "{all:?}\n{}", said.all());
    assert_eq!(all.iter().filter(|k| *k == "gate-opened").count(), 3, "the statement, the sign-off, and once more");
    let raised = |a: &Asked| a.method != "GET" && a.path.contains("support-replies-");
    let ours: Vec<String> = world.seen()[before..].iter().filter(|a| raised(a)).map(|a| a.path.clone()).collect();
    assert_eq!(ours, [path], "nothing was written on the old votes");
    // And given: it goes on from what stands there now.
    vote(&run, &["ada", "grace"], |a| home.run(a));
    home.run(RESUME).exits(0);
}

/// Stops from another process at the moment that the rule tells, while `aigov resume` gives autonomy back.
fn stopped_at(home: &Home, resume: Child, moment: &Receiver<()>) -> (Said, Said) {
    moment.recv_timeout(Duration::from_secs(60)).expect("the moment comes");
    let stopped = home.run("stop support-replies --json --reason enough");
    let resumed = Said::from(&resume.wait_with_output().unwrap());
    (stopped, resumed)
}

fn resume(home: &Home) -> Child {
    home.command(RESUME).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Low, proven, and the record says why, whoever won the race for the last write.
fn low_and_told(home: &Home, run: &str, what: &str, (stopped, resumed): &(Said, Said)) {
    let both = format!("{what}\n--- stop\n{}\n--- resume\n{}", stopped.all(), resumed.all());
    assert_eq!(stopped.code, Some(0), "{both}");
    let last: Value = serde_json::from_str(stopped.out.lines().last().unwrap()).unwrap();
    assert_eq!(last["standing"], "stopped", "{both}");
    assert_eq!(resumed.code, Some(4), "{both}");
    for control in ["autonomy", "mode"] {
        assert!(!is_on(home, control), "{control} is up: {both}");
    }
    let records = journal(home).records(run);
    let breach = records.iter().rposition(|r| r["event"]["kind"] == "breached").unwrap_or_else(|| panic!("{both}"));
    assert_eq!(records[breach]["event"]["why"], "other-run", "{both}");
    let named = records[..breach].iter().rfind(|r| r["event"]["kind"] == "holds-looked").unwrap();
    assert_eq!(named["detail"]["runs"].as_array().unwrap().len(), 1, "{named}");
    let proven = |r: &&Value| r["event"]["kind"] == "step-proved" && r["event"]["verdict"] == "pass";
    let safe: Vec<&str> = records[breach..].iter().filter(proven).filter_map(|r| r["about"].as_str()).collect();
    assert!(safe.contains(&"safe.autonomy") && safe.contains(&"safe.mode"), "{safe:?}\n{both}");
    let story = home.run(&format!("show {run}")).exits(0).out;
    let story = story.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(story.contains("another run holds a lowering step on this automation"), "{story}");
    home.run("verify").exits(0);
}

/// A write on its way, to a flag whose path ends so: held up by the world until the stop has had its say.
fn in_flight(world: &World, control: &'static str, end: &'static str) -> Receiver<()> {
    let (tell, moment) = channel();
    let mut once = true;
    world.rule(move |_, asked| {
        let it = asked.method != "GET" && asked.path.contains(&format!("support-replies-{control}/"));
        if once && it && asked.path.ends_with(end) {
            once = false;
            tell.send(()).unwrap();
            return Disturbance::After(Duration::from_millis(1500));
        }
        Disturbance::None
    });
    moment
}

#[test]
fn stop_wins_while_a_stages_write_is_under_way() {
    let (home, world, run) = signed_off(LONG);
    let moment = in_flight(&world, "mode", "");
    let both = stopped_at(&home, resume(&home), &moment);
    low_and_told(&home, &run, "a stage's write", &both);
}

#[test]
fn stop_wins_in_a_soak() {
    let (home, _world, run) = signed_off(LONG);
    let child = resume(&home);
    for _ in 0..2000 {
        if kinds(&journal(&home).records(&run)).contains(&"soak-started".to_owned()) {
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
    let (tell, moment) = channel();
    tell.send(()).unwrap();
    let both = stopped_at(&home, child, &moment);
    low_and_told(&home, &run, "a soak", &both);
}

#[test]
fn stop_wins_while_an_undos_write_is_under_way() {
    let (home, world, run) = signed_off(TWO);
    let moment = in_flight(&world, "autonomy", "/on");
    let both = stopped_at(&home, resume(&home), &moment);
    low_and_told(&home, &run, "an undo's write", &both);
    assert!(both.0.err.contains("was giving autonomy back"), "{}", both.0.err);
}

#[test]
fn stop_wins_over_a_write_whose_sender_is_dead() {
    let (home, world, run) = signed_off(TWO);
    let moment = in_flight(&world, "autonomy", "/on");
    let mut child = resume(&home);
    moment.recv_timeout(Duration::from_secs(60)).expect("the moment comes");
    child.kill().unwrap();
    child.wait().unwrap();
    // What it sent arrives after the first read that proves the stop.
    let stopped = home.run("stop support-replies --json").exits(0);
    assert!(!is_on(&home, "autonomy"), "{}", stopped.all());
    let last: Value = serde_json::from_str(stopped.out.lines().last().unwrap()).unwrap();
    assert_eq!(last["standing"], "stopped");
    // Whoever goes on with the return finds the stop, and lowers the rest.
    home.run(&format!("resume {run} --as olga --answers answers.toml")).exits(4);
    assert!(!is_on(&home, "autonomy") && !is_on(&home, "mode"));
    let all = kinds(&journal(&home).records(&run));
    assert!(all.contains(&"breached".to_owned()), "{all:?}");
}

#[test]
fn what_was_done_by_hand_is_read_now_and_the_verdict_stands_beside_the_claim() {
    let (home, world) = at_work();
    let done = "[[done]]\nstep = \"autonomy\"\nby = \"ada\"\nat = 2026-01-02T02:14:00Z\nresult = \"worked\"\n";
    home.write("done.toml", done);
    // Said to be off; it is on.
    let said = home.run("record support-replies --from done.toml --json").exits(0);
    let told: Value = serde_json::from_str(said.out.lines().last().unwrap()).unwrap();
    assert_eq!(told["steps"][0]["read"], "fail", "{told}");
    assert!(world.seen().iter().all(|a| a.method == "GET"), "nothing is changed");
    home.run("stop support-replies").exits(0);
    let said = home.run("record support-replies --from done.toml").exits(0);
    let err = said.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(err.contains("whether it is so now, read at the entry: pass"), "{}", said.err);
    let run = err.split("entered in run ").nth(1).unwrap().split([',', ' ']).next().unwrap().to_owned();
    let story = home.run(&format!("show {run}")).exits(0).out;
    let story = story.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(story.contains("said that it worked; read when it was entered, not before: pass"), "{story}");
    let records = journal(&home).records(&run);
    let claim = records.iter().find(|r| !r["detail"]["retrospective"].is_null()).unwrap();
    assert_eq!(claim["detail"]["retrospective"]["read"], "pass", "{claim}");
    assert!(!kinds(&records).contains(&"step-proved".to_owned()), "a claim is no proof");
    home.run("verify").exits(0);
}
