//! Whole journeys of a person with the built program: to the end, by way of votes from other processes, killed at every
//! moment, told off by servers, and with records and files that somebody has harmed.

use std::fs;
use std::thread;
use std::time::Duration;

use aigov::provider::sandbox::{Disturbance, Reply};
use rexpect::process::Signal;
use serde_json::Value;

use crate::journal::Journal;
use crate::program::{Home, Said};
use crate::scan;
use crate::world::World;

pub(crate) const RUN: &str = "run incident/hallucination --as olga --answers answers.toml";
pub(crate) const RESUME: &str = "resume --as olga --answers answers.toml";

/// A home with a workspace that takes the test's world for real.
pub(crate) fn at_work() -> (Home, World) {
    let home = Home::new();
    let world = World::new(&home);
    (home, world)
}

pub(crate) fn journal(home: &Home) -> Journal {
    Journal::below(home.all()).expect("a journal")
}

/// Says yes as these people to the gate that is open, each in a process of their own.
pub(crate) fn vote(run: &str, people: &[&str], aigov: impl Fn(&str) -> Said) {
    for person in people {
        let code = code_in(&aigov(&format!("approve {run} --as {person}")));
        aigov(&format!("approve {run} --as {person} --code {code}")).exits(0);
    }
}

/// The code that a vote is confirmed with: the beginning of the digest that the page of the gate shows.
pub(crate) fn code_in(said: &Said) -> String {
    let all = said.all();
    let bare = all.lines().map(|l| l.trim_start_matches("SANDBOX").trim_start_matches("DRILL").trim());
    let digest = bare.filter_map(|l| l.strip_prefix("digest")).next();
    digest.unwrap_or_else(|| panic!("no digest:\n{all}")).trim().chars().take(6).collect()
}

/// Drives a run that waits at its first gate to its end.
fn to_the_end(home: &Home) -> Said {
    let run = journal(home).only_run();
    vote(&run, &["lena", "carl"], |a| home.run(a));
    // What a check shows is not known beforehand: the file answers it once it was asked.
    let asked = home.run(RESUME).exits(4);
    assert!(asked.all().contains("hand-sample is answered once it is asked"), "{}", asked.all());
    home.run(RESUME).exits(4);
    vote(&run, &["ada", "grace"], |a| home.run(a));
    home.run(RESUME)
}

pub(crate) fn kinds(records: &[Value]) -> Vec<String> {
    records.iter().map(|r| r["event"]["kind"].as_str().unwrap_or_default().to_owned()).collect()
}

/// An intent that is not followed by what became of it, before the same step is intended again, is a blind repetition.
pub(crate) fn assert_nothing_is_repeated_blindly(records: &[Value]) {
    for (i, record) in records.iter().enumerate() {
        let event = &record["event"];
        if event["kind"] != "step-intended" {
            continue;
        }
        let step = &event["step"];
        let later = records[i + 1..].iter().map(|r| &r["event"]).filter(|e| e["step"] == *step);
        let next = later.clone().next().and_then(|e| e["kind"].as_str()).unwrap_or("nothing");
        assert_ne!(next, "step-intended", "step {step} is intended twice in a row, at record {}", record["seq"]);
    }
}

#[test]
fn a_run_goes_from_bad_answers_to_closed() {
    let (home, world) = at_work();
    let first = home.run(RUN).exits(4);
    let run = journal(&home).only_run();
    assert!(first.all().contains(&run), "{}", first.all());
    let last = to_the_end(&home).exits(0);
    assert!(last.all().contains("closed"), "{}", last.all());
    let records = journal(&home).records(&run);
    assert_nothing_is_repeated_blindly(&records);
    home.run(&format!("verify {run}")).exits(0);
    let story = home.run(&format!("show {run}")).exits(0);
    for id in ["stop-sending", "keep-evidence", "freeze", "page", "rollback-retrieval", "tell-customers", "hand-sample"]
    {
        assert!(story.out.contains(id), "the story leaves out {id}:\n{}", story.out);
    }
    let brief = home.run(&format!("brief {run}")).exits(0);
    assert!(brief.out.lines().count() <= 6, "{}", brief.out);
    let log = home.run("log").exits(0);
    assert!(log.out.contains(&run));
    // Nobody is left with a secret: neither the screen, nor the record, nor any file that the program has made.
    let secrets = world.secrets();
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    let shown = format!("{first:?}{last:?}{story:?}{brief:?}{log:?}");
    for secret in &secrets {
        scan::clean("what was shown", shown.as_bytes(), secret);
    }
    let given: Vec<_> = ["sandbox-token", "sandbox-client-token"].iter().map(|n| home.desk().join(n)).collect();
    let given: Vec<_> = given
        .iter()
        .map(std::path::PathBuf::as_path)
        .chain([home.all().join("world").as_path()])
        .map(std::path::Path::to_path_buf)
        .collect();
    let given: Vec<&std::path::Path> = given.iter().map(std::path::PathBuf::as_path).collect();
    assert!(scan::clean_below(home.all(), &secrets, &given) > 10);
}

#[test]
fn every_signal_leaves_a_run_that_can_be_resumed() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let (home, world) = at_work();
        // The evidence takes its time; the signal comes while it is under way.
        world.rule(|_, asked| {
            let slow = asked.method == "POST" && asked.path.contains("/evidence/");
            if slow { Disturbance::Late(Duration::from_secs(2)) } else { Disturbance::None }
        });
        let mut terminal = home.terminal(RUN);
        for _ in 0..600 {
            if world.seen().iter().any(|a| a.path.contains("/evidence/")) {
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
        terminal.process_mut().signal(signal).unwrap();
        let said = terminal.exp_eof().unwrap();
        let status = format!("{:?}", terminal.process().wait().unwrap());
        assert!(status.contains("130"), "{signal:?}: {status}\n{said}");
        assert!(said.contains("aigov resume"), "{signal:?}: the command that goes on:\n{said}");
        world.rule(|_, _| Disturbance::None);
        home.run(RESUME).exits(4);
        let run = journal(&home).only_run();
        assert_nothing_is_repeated_blindly(&journal(&home).records(&run));
        home.run(&format!("verify {run}")).exits(0);
    }
}

#[test]
fn without_a_terminal_a_run_does_what_it_may_do_alone() {
    let (home, world) = at_work();
    let said = home.run("run incident/hallucination").exits(4);
    assert!(said.all().contains("aigov resume"), "{}", said.all());
    let wrote: Vec<String> = world.seen().iter().filter(|a| a.method != "GET").map(|a| a.path.clone()).collect();
    for part in ["/unleash/", "/evidence/", "/argocd/", "/pagerduty/"] {
        assert!(wrote.iter().any(|p| p.contains(part)), "contain, evidence, page: {part} in {wrote:?}");
    }
    assert!(!wrote.iter().any(|p| p.contains("/statements")), "and nothing that a person decides: {wrote:?}");
    assert!(!wrote.iter().any(|p| p.contains("/mlflow/") && p.contains("alias")), "{wrote:?}");
}

#[test]
fn answers_never_vote_attest_skip_or_lower() {
    for (line, why) in [("votes = [\"ada\"]", "votes"), ("attest = true", "attests"), ("skip = [\"page\"]", "skips")] {
        let (home, _world) = at_work();
        home.write("answers.toml", &format!("schema = 1\n{line}\n"));
        // A file that can't be used keeps no run from containing, and answers nothing.
        let said = home.run(RUN);
        assert_eq!(said.code, Some(4), "{why}: {}", said.all());
        assert!(said.all().contains("can't be used"), "{why}: {}", said.all());
        home.run(RESUME).exits(2);
        let run = journal(&home).only_run();
        let kinds = kinds(&journal(&home).records(&run));
        for given in ["severity-confirmed", "step-attested", "step-chosen", "gate-granted", "check-attested"] {
            assert!(!kinds.contains(&given.to_owned()), "{why}: {given}");
        }
    }
    let (home, _world) = at_work();
    home.write("answers.toml", "schema = 1\nseverity = \"sev3\"\n[facts]\nharm = true\nexposed = 5000\n");
    let said = home.run(RUN);
    assert_eq!(said.code, Some(4), "a lower severity than the proposed one is left to a person: {}", said.all());
    let run = journal(&home).only_run();
    assert!(!kinds(&journal(&home).records(&run)).contains(&"severity-confirmed".to_owned()));
}

#[test]
fn nobody_approves_their_own_run_and_nobody_who_may_not() {
    let (home, _world) = at_work();
    home.run(RUN).exits(4);
    let run = journal(&home).only_run();
    for person in ["olga", "ada", "nobody-of-that-name"] {
        let asked = home.run(&format!("approve {run} --as {person}"));
        if asked.all().contains("digest  ") {
            let code = code_in(&asked);
            let voted = home.run(&format!("approve {run} --as {person} --code {code}"));
            assert_ne!(voted.code, Some(0), "{person}: {}", voted.all());
        } else {
            assert_ne!(asked.code, Some(0), "{person}: {}", asked.all());
        }
    }
    let wrong = home.run(&format!("approve {run} --as lena --code 000000"));
    assert_ne!(wrong.code, Some(0), "{}", wrong.all());
    home.run(RESUME).exits(4);
    let records = journal(&home).records(&run);
    assert!(!kinds(&records).contains(&"gate-granted".to_owned()));
}

#[test]
fn a_denied_statement_is_never_sent() {
    let (home, world) = at_work();
    home.run(RUN).exits(4);
    let run = journal(&home).only_run();
    let code = code_in(&home.run(&format!("deny {run} --as lena")));
    home.run(&format!("deny {run} --as lena --code {code} --reason wrong")).exits(0);
    home.run(RESUME);
    let records = journal(&home).records(&run);
    assert!(kinds(&records).contains(&"gate-denied".to_owned()), "{:?}", kinds(&records));
    assert!(!world.seen().iter().any(|a| a.method == "POST" && a.path.contains("/statements")));
}

#[test]
fn two_runs_on_one_automation_know_of_each_other() {
    let (home, _world) = at_work();
    home.run(RUN).exits(4);
    let first = journal(&home).only_run();
    let second = home.run(&format!("{RUN} --new"));
    assert_eq!(second.code, Some(4), "a new run is never refused: {}", second.all());
    assert!(second.all().contains(&first), "and lists the open one: {}", second.all());
    assert_eq!(journal(&home).runs().len(), 2);
    let asked = home.run("resume");
    assert_ne!(asked.code, Some(0), "which of the two? {}", asked.all());
    assert!(asked.all().contains(&first));
}

#[test]
fn a_changed_byte_is_found_and_named() {
    let (home, _world) = at_work();
    home.run(RUN).exits(4);
    let journal = journal(&home);
    let run = journal.only_run();
    home.run("verify").exits(0);
    rewrite_record(&journal, &run, 3, |line| line.replacen("\"by\":\"", "\"by\":\"x", 1));
    let said = home.run("verify").exits(8);
    assert!(said.all().contains('3') || said.all().contains('4'), "the broken link: {}", said.all());
    let resumed = home.run(RESUME).exits(8);
    assert!(resumed.all().contains("verify"), "what to do next: {}", resumed.all());
}

/// Rewrites history as somebody would who can: the commit that holds a record, and all after it.
fn rewrite_record(journal: &Journal, run: &str, seq: u64, change: impl Fn(&str) -> String) {
    let repository = git2::Repository::open_bare(journal.path()).unwrap();
    let branch = journal.runs()[run].clone();
    let mut walk = repository.revwalk().unwrap();
    walk.set_sorting(git2::Sort::TOPOLOGICAL | git2::Sort::REVERSE).unwrap();
    walk.push_ref(&branch).unwrap();
    let mut parent: Option<git2::Oid> = None;
    let mut found = false;
    for id in walk {
        let commit = repository.find_commit(id.unwrap()).unwrap();
        let message: String = commit
            .message()
            .unwrap()
            .lines()
            .map(|line| {
                let here = serde_json::from_str::<Value>(line).is_ok_and(|r| r["seq"] == seq);
                found |= here;
                if here { format!("{}\n", change(line)) } else { format!("{line}\n") }
            })
            .collect();
        let parents: Vec<git2::Commit<'_>> = parent.iter().map(|p| repository.find_commit(*p).unwrap()).collect();
        let parents: Vec<&git2::Commit<'_>> = parents.iter().collect();
        let new = repository
            .commit(None, &commit.author(), &commit.committer(), &message, &commit.tree().unwrap(), &parents)
            .unwrap();
        parent = Some(new);
    }
    assert!(found, "record {seq}");
    repository.reference(&branch, parent.unwrap(), true, "rewritten by a test").unwrap();
}

#[test]
fn a_journal_that_can_not_be_written_stops_no_stop() {
    let (home, world) = at_work();
    // Neither root nor anybody else can make a folder below a file.
    home.write("not-a-folder", "");
    let settings = fs::read_to_string(home.desk().join("aigov.toml")).unwrap();
    home.write("aigov.toml", &format!("{settings}\n[journal]\npath = \"not-a-folder/journal.git\"\n"));
    let said = home.run(RUN);
    assert_ne!(said.code, Some(0));
    assert!(said.all().contains("emergency"), "{}", said.all());
    let stopped = world.seen().iter().any(|a| a.path.contains("/unleash/") && a.path.ends_with("/off"));
    assert!(stopped, "the stop went out: {}", said.all());
}

#[test]
fn a_missing_secret_shows_the_console_and_what_to_do_by_hand() {
    let (home, world) = at_work();
    fs::remove_file(home.desk().join("sandbox-token")).unwrap();
    let said = home.run(RUN);
    assert_eq!(said.code, Some(9), "partly contained: {}", said.all());
    assert!(said.all().contains("Projects → support"), "by hand: {}", said.all());
    assert!(said.all().contains("/unleash/projects/support"), "the console: {}", said.all());
    assert!(said.all().contains("sandbox-token"), "which secret: {}", said.all());
    assert!(world.seen().iter().all(|a| a.method == "GET"));
    // What was tried is on record, and goes on once the secret is back.
    fs::copy(world.folder().join("sandbox-token"), home.desk().join("sandbox-token")).unwrap();
    home.run("verify").exits(0);
    let run = journal(&home).only_run();
    home.run(&format!("resume {run} --as olga --answers answers.toml")).exits(9);
    let tried = |r: &&Value| r["event"]["kind"] == "step-proved" && r["about"] == "stop-sending";
    assert_eq!(journal(&home).records(&run).iter().filter(tried).count(), 1);
}

#[test]
fn a_stop_that_can_not_be_planned_is_never_said_to_be_contained() {
    let (home, world) = at_work();
    let path = home.desk().join("automations/support-replies.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("production = {", "produktion = {")).unwrap();
    let said = home.run("run incident/unknown --automation support-replies");
    assert_eq!(said.code, Some(9), "partly contained: {}", said.all());
    assert!(!said.all().contains("stands contained"), "{}", said.all());
    for told in ["NOT CONTAINED: stop could not be planned", "Projects → support", "aigov stop support-replies --env"]
    {
        assert!(said.all().contains(told), "{told}: {}", said.all());
    }
    assert!(!world.seen().iter().any(|a| a.path.ends_with("/off")), "{}", said.all());
}

#[test]
fn a_provider_that_is_gone_leaves_a_named_exit_and_a_next_command() {
    let (home, world) = at_work();
    drop(world);
    let said = home.run(RUN);
    assert_eq!(said.code, Some(9), "{}", said.all());
    assert!(said.all().contains("aigov resume"), "{}", said.all());
    assert!(said.all().contains("Projects → support"), "by hand: {}", said.all());
    // Each way was tried, in its place, and all of it is on record.
    let run = journal(&home).only_run();
    let records = journal(&home).records(&run);
    for step in ["stop-sending", "stop-service", "keep-evidence", "freeze", "page"] {
        assert!(records.iter().any(|r| r["about"] == step), "{step}: {:?}", kinds(&records));
    }
    assert_eq!(kinds(&records).last().unwrap(), "phase-entered", "on to what a person decides: {:?}", kinds(&records));
    home.run("verify").exits(0);
}

#[test]
fn an_unknown_runbook_is_answered_with_the_nearest_name() {
    let (home, _world) = at_work();
    let said = home.run("run incident/halucination").exits(2);
    assert!(said.all().contains("incident/hallucination"), "{}", said.all());
    let said = home.run("plan incident/nothing-like-it").exits(2);
    for there in ["incident/hallucination", "incident/unknown"] {
        assert!(said.all().contains(there), "{there}: {}", said.all());
    }
    assert!(Journal::below(home.all()).is_none_or(|j| j.runs().is_empty()));
}

#[test]
fn a_typo_elsewhere_in_the_file_does_not_stop_a_stop() {
    let (home, world) = at_work();
    let path = home.desk().join("runbooks/incident/hallucination.toml");
    let text = fs::read_to_string(&path).unwrap().replace("kind  = \"data-filter\"", "kind  = \"data-fliter\"");
    fs::write(&path, text).unwrap();
    let said = home.run(RUN);
    assert!(world.seen().iter().any(|a| a.path.ends_with("/off")), "contained all the same: {}", said.all());
    assert!(said.all().contains("data-fliter"), "and told: {}", said.all());
    assert_ne!(said.code, Some(0));
}

#[test]
fn a_dry_run_sends_nothing_and_can_not_be_mistaken_for_a_run() {
    let (home, world) = at_work();
    let plan = home.run("plan incident/hallucination").exits(0);
    let dry = home.run("run incident/hallucination --dry-run").exits(0);
    assert_eq!(world.count(), 0, "nothing was sent, not even a read");
    assert!(Journal::below(home.all()).is_none_or(|j| j.runs().is_empty()));
    for id in ["stop-sending", "keep-evidence", "freeze", "page", "rollback-prompt", "tell-customers"] {
        assert!(plan.out.contains(id) && dry.out.contains(id), "{id}");
    }
    for secret in world.secrets() {
        scan::clean("the plan", format!("{plan:?}{dry:?}").as_bytes(), &secret);
    }
}

/// What a hostile or broken server may put into an answer.
const HOSTILE: &[&str] = &[
    "\u{1b}]0;owned\u{7}",
    "\u{1b}[2J\u{1b}[1;1Happroved by ada",
    "\u{9b}31m\u{85}",
    "\u{202e}devorppa\u{202c}",
    "\u{2066}x\u{2069}\u{200b}\u{feff}",
    "\r\nDONE run closed\n",
    "\u{8}\u{8}\u{8}\u{8}",
    "%1b[31m \\u001b[31m {{ run }} {value}",
    "\u{e0041}\u{e0042}",
];

#[test]
fn nothing_that_a_server_says_can_draw_on_the_screen_or_enter_the_record_raw() {
    let (home, world) = at_work();
    let hostile = HOSTILE.concat();
    let json = serde_json::json!({ "message": hostile, "error": hostile, "name": hostile, "details": [{ "message": hostile }] });
    world.rule(move |at, _| {
        // Every third request is answered so, as refusal and as failure, as JSON and as plain text.
        match at % 6 {
            1 => Disturbance::Instead(Reply::text(403, "application/json", &json.to_string())),
            4 => Disturbance::Instead(Reply::text(400, "text/plain", &hostile)),
            _ => Disturbance::None,
        }
    });
    let said = home.run(RUN);
    let mut shown = said.all();
    let run = journal(&home).only_run();
    for verb in ["show", "log", "brief", "verify"] {
        shown.push_str(&home.run(&format!("{verb} {run}")).all());
    }
    shown.push_str(&home.run("").all());
    assert!(shown.contains("owned"), "some of it is shown, made harmless: {shown}");
    let raw = shown.chars().find(|c| *c != '\n' && !aigov::text::safe::is_plain(*c));
    assert_eq!(raw, None, "it reached the screen:\n{}", shown.escape_debug());
    assert!(!shown.lines().any(|l| l.trim_start().starts_with("DONE run closed")), "a line of its own: {shown}");
    for record in journal(&home).records(&run) {
        let mut texts = Vec::new();
        strings(&record, &mut texts);
        let raw = texts.iter().find(|t| t.chars().any(|c| c != '\n' && !aigov::text::safe::is_plain(c)));
        assert_eq!(raw, None, "record {} holds it raw", record["seq"]);
    }
}

fn strings(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::String(s) => out.push(s.clone()),
        Value::Array(items) => items.iter().for_each(|v| strings(v, out)),
        Value::Object(members) => members.iter().for_each(|(k, v)| {
            out.push(k.clone());
            strings(v, out);
        }),
        _ => {}
    }
}
