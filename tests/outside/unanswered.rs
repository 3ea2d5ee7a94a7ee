//! Questions that nobody answers, in a run of the built program: who is waited for is paged about, what was asked is asked
//! again, and who comes late is heard.

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use aigov::provider::sandbox::Asked;
use rexpect::session::PtySession;
use serde_json::{Value, json};

use crate::journeys::{RESUME, RUN, at_work, journal, vote};
use crate::program::{Home, Said};
use crate::world::World;

/// Four seconds for an answer, six times as long for a check; nobody says what a check shows, or who made the fix.
fn hurried() -> (Home, World) {
    let (home, world) = at_work();
    let path = home.desk().join("aigov.toml");
    let settings = fs::read_to_string(&path).unwrap();
    assert!(settings.contains("question = \"10m\""), "{settings}");
    fs::write(&path, settings.replace("question = \"10m\"", "question = \"4s\"")).unwrap();
    let answers = fs::read_to_string(home.desk().join("answers.toml")).unwrap();
    let some = answers.replace("fix-author = \"sam\"\n", "").replace("[checks]\nhand-sample = 0\n", "");
    assert_ne!(answers, some);
    home.write("answers.toml", &some);
    (home, world)
}

fn expired(home: &Home, run: &str) -> Vec<Value> {
    let mut records = journal(home).records(run);
    records.retain(|r| r["event"]["kind"] == "question-expired");
    records
}

fn pages(seen: &[Asked]) -> usize {
    seen.iter().filter(|a| a.method == "POST" && a.path.contains("/v2/enqueue")).count()
}

/// What was sent that changes anything, but for pages.
fn changes(seen: &[Asked]) -> Vec<String> {
    let changes = seen.iter().filter(|a| a.method != "GET" && !a.path.contains("/v2/enqueue"));
    changes.map(|a| format!("{} {}", a.method, a.path)).collect()
}

fn flat(said: &Said) -> String {
    said.all().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_nobody_answers_pages_raises_nothing_and_is_answered_late_all_the_same() {
    let (home, world) = hurried();
    home.run(RUN).exits(4);
    let run = journal(&home).only_run();
    vote(&run, &["lena", "carl"], |a| home.run(a));
    let left = home.run(RESUME).exits(4);
    assert!(flat(&left).contains("check `hand-sample`"), "{}", left.all());
    assert_eq!(expired(&home, &run).len(), 0, "{}", left.all());

    // Nobody is there, and nothing runs. Who only reads is told that its time is over; nothing is written or sent.
    sleep(Duration::from_secs(25));
    let (records, requests) = (journal(&home).records(&run).len(), world.count());
    let brief = flat(&home.run(&format!("brief {run}")).exits(0));
    assert!(brief.contains("expired, not yet recorded: somebody is paged, and nothing else happens"), "{brief}");
    let told: Value = serde_json::from_str(home.run(&format!("brief {run} --json")).exits(0).out.trim()).unwrap();
    assert_eq!(told["asked"]["state"], "expired, not yet recorded", "{told}");
    assert_eq!((journal(&home).records(&run).len(), world.count()), (records, requests));

    // Who goes on finds it inconclusive, and pages; then somebody is waited for who vouches, and nobody comes either.
    for (n, what) in [(1, "a decision about check `hand-sample`"), (2, "or the word of somebody who neither ran this")]
    {
        let before = world.count();
        let left = home.run(RESUME).exits(4);
        let expired = expired(&home, &run);
        assert_eq!(expired.len(), n, "{}", left.all());
        assert!(expired[n - 1]["detail"]["note"].as_str().unwrap().contains(what), "{}", expired[n - 1]);
        let seen = world.seen().split_off(before);
        assert_eq!(pages(&seen), 1, "{n}");
        assert_eq!(changes(&seen), [""; 0], "{n}");
        // Taken up again at once, it pages nobody.
        let before = world.count();
        home.run(RESUME).exits(4);
        assert_eq!(pages(&world.seen().split_off(before)), 0, "{n}");
        sleep(Duration::from_millis(4_500));
    }
    let judged = journal(&home).records(&run);
    let judged: Vec<_> = judged.iter().filter(|r| r["about"] == "hand-sample").collect();
    assert_eq!(judged.len(), 1, "{judged:?}");
    assert_eq!(judged[0]["event"]["verdict"], "inconclusive");

    // Somebody comes after all, at a terminal: the check is asked again. Who made the fix they let pass once; it is asked again.
    let before = world.count();
    let mut screen = home.terminal(&format!("resume {run} --as olga"));
    screen.exp_string("judge it again").unwrap();
    screen.exp_string("your choice").unwrap();
    screen.send("a").unwrap();
    screen.flush().unwrap();
    screen.exp_string("? not known yet").unwrap();
    screen.send("0\n").unwrap();
    screen.flush().unwrap();
    screen.exp_string("0 for a name").unwrap();
    screen.exp_string("nobody answered in time: the name of who made the fix").unwrap();
    screen.exp_string("0 for a name").unwrap();
    screen.send("0").unwrap();
    screen.flush().unwrap();
    screen.exp_string("by name or number").unwrap();
    screen.send("sam\n").unwrap();
    screen.flush().unwrap();
    screen.exp_string("sign-off --as grace").unwrap();
    screen.send_control('c').unwrap();
    screen.exp_eof().unwrap();
    assert_eq!(changes(&world.seen().split_off(before)), [""; 0], "nothing was raised");
    vote(&run, &["ada", "grace"], |a| home.run(a));
    home.run(RESUME).exits(0);
    home.run("verify").exits(0);
    let records = journal(&home).records(&run);
    let at = |kind: &str| records.iter().position(|r| r["event"]["kind"] == kind).unwrap();
    let passed = |r: &Value| r["about"] == "hand-sample" && r["event"]["verdict"] == "pass";
    assert!(records.iter().position(passed).unwrap() < at("fix-author-named"));
    let pages = records.iter().filter(|r| r["event"]["kind"] == "step-intended" && r["about"] == "silence").count();
    assert_eq!(pages, expired(&home, &run).len(), "one page each time");
}

/// As [`hurried`], and no signal tells how many there are: somebody is asked.
fn asked_for_numbers() -> (Home, World) {
    let (home, world) = hurried();
    let path = home.desk().join("runbooks/incident/hallucination.toml");
    let text = fs::read_to_string(&path).unwrap();
    let asked = text.replace("signal = \"recipients_since_change\"\nask ", "ask ");
    assert_ne!(text, asked);
    fs::write(&path, asked).unwrap();
    (home, world)
}

fn types(screen: &mut PtySession, keys: &str) {
    screen.send(keys).unwrap();
    screen.flush().unwrap();
}

#[test]
fn a_line_that_is_half_typed_when_its_deadline_passes_is_finished_and_counts() {
    let (home, world) = asked_for_numbers();
    let mut screen = home.terminal("run incident/hallucination --as olga");
    screen.exp_string("y yes, n no, ? not known yet").unwrap();
    types(&mut screen, "y");
    screen.exp_string("a whole number, ? not known yet").unwrap();
    types(&mut screen, "1");
    types(&mut screen, "94\u{7f}");
    screen.exp_string("(no answer in time; what is typed is kept)").unwrap();
    // The moment in which somebody is paged swallows nothing of it either.
    types(&mut screen, "8");
    screen.exp_string("exposed: How many people received it?").unwrap();
    screen.exp_string("a whole number, ? not known yet").unwrap();
    screen.exp_string(": 19").unwrap();
    types(&mut screen, "\u{7f}\u{7f}843\n");
    screen.exp_string("y confirms sev1").unwrap();
    screen.send_control('c').unwrap();
    screen.exp_eof().unwrap();
    let run = journal(&home).only_run();
    assert_eq!(expired(&home, &run).len(), 1);
    assert_eq!(pages(&world.seen()), 2, "the runbook's own, and one for the silence");
    let records = journal(&home).records(&run);
    let answers = records.iter().filter(|r| r["event"]["kind"] == "fact-answered" && r["about"] == "exposed");
    let answers: Vec<_> = answers.map(|r| (&r["event"]["source"], &r["detail"]["value"])).collect();
    assert_eq!(answers.len(), 2, "{answers:?}");
    assert_eq!((answers[0].0, answers[1].0), (&json!("silence"), &json!("person")), "{answers:?}");
    assert_eq!(answers[1].1["count"], 1843, "{answers:?}");
}

#[test]
fn what_is_typed_for_a_question_whose_deadline_has_passed_answers_no_other() {
    let (home, _world) = asked_for_numbers();
    let mut screen = home.terminal("run incident/hallucination --as olga");
    screen.exp_string("y yes, n no, ? not known yet").unwrap();
    types(&mut screen, "y");
    screen.exp_string("a whole number, ? not known yet").unwrap();
    screen.exp_string("(no answer in time)").unwrap();
    // Somebody types on, and the first thing that is asked now would take a `y` for the severity.
    for _ in 0..15 {
        types(&mut screen, "y");
        sleep(Duration::from_millis(100));
    }
    screen.exp_string("was for the question before").unwrap();
    screen.exp_string("y confirms sev1").unwrap();
    screen.send_control('c').unwrap();
    screen.exp_eof().unwrap();
    let run = journal(&home).only_run();
    let records = journal(&home).records(&run);
    assert!(!records.iter().any(|r| r["event"]["kind"] == "severity-confirmed"), "nobody confirmed it");
}

#[test]
fn a_reason_that_is_half_typed_stands_there_behind_its_choice_when_it_is_asked_again() {
    let (home, _world) = asked_for_numbers();
    let mut screen = home.terminal("run incident/hallucination --as olga");
    screen.exp_string("y yes, n no, ? not known yet").unwrap();
    types(&mut screen, "n");
    screen.exp_string("a whole number, ? not known yet").unwrap();
    types(&mut screen, "2\n");
    screen.exp_string("1 raises to sev1").unwrap();
    types(&mut screen, "1");
    screen.exp_string("why graver").unwrap();
    types(&mut screen, "children re");
    screen.exp_string("what is typed is kept").unwrap();
    screen.exp_string("why graver").unwrap();
    screen.exp_string(": children re").unwrap();
    types(&mut screen, "ad it\n");
    screen.exp_string("confirmed by olga").unwrap();
    screen.send_control('c').unwrap();
    screen.exp_eof().unwrap();
    let run = journal(&home).only_run();
    let records = journal(&home).records(&run);
    let confirmed = records.iter().find(|r| r["event"]["kind"] == "severity-confirmed").unwrap();
    assert_eq!(confirmed["detail"]["payloads"][0]["length"], "children read it".len(), "{confirmed}");
}
