//! Gates at which nobody answers, in a workspace in earnest: the deadline stays through the end of a process, what expires
//! is not done, and the state that is left was proven before anybody was asked.

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::approvals::{flat, give_key, in_earnest, number, somebody};
use crate::journal::Journal;
use crate::program::Home;
use crate::world::World;

/// Longer than each gate of the test is open.
const LONGER: Duration = Duration::from_secs(7);

fn of<'r>(records: &'r [Value], kind: &str) -> Vec<&'r Value> {
    records.iter().filter(|r| r["event"]["kind"] == kind).collect()
}

#[test]
fn a_deadline_outlives_its_process_and_what_expires_leaves_what_was_proven_before() {
    let home = Home::new();
    let world = World::new(&home);
    in_earnest(&home);
    give_key(&home, number("olga"));
    let path = "runbooks/incident/hallucination.toml";
    let mut text = fs::read_to_string(home.desk().join(path)).unwrap();
    for (slow, quick) in [
        ("within = \"30m\", on-timeout = \"queue\"", "within = \"6s\", on-timeout = \"cancel\""),
        ("\"24h\"", "\"6s\""),
    ] {
        assert!(text.contains(slow), "{slow}");
        text = text.replace(slow, quick);
    }
    home.write(path, &text);
    home.run("run incident/hallucination --answers answers.toml").exits(4);
    let journal = || Journal::below(home.all()).expect("a journal");
    let run = journal().only_run();
    let letters = || world.seen().iter().filter(|a| a.method == "POST" && a.path.contains("/statements")).count();
    let opened = of(&journal().records(&run), "gate-opened")[0].clone();
    let deadline = opened["detail"]["deadline"].as_str().unwrap().to_owned();

    // The process is gone. Its time goes on, and is over before anybody has written that down.
    sleep(LONGER);
    let at = format!("-C {}", home.desk().display());
    let late = somebody("lena").run(&format!("approve {run} {at}")).exits(5);
    assert!(flat(&late.err).contains("expired; that is not recorded yet"), "{}", late.err);
    assert!(of(&journal().records(&run), "gate-expired").is_empty(), "whoever looks writes nothing");
    home.run("resume --answers answers.toml").exits(4);
    let next = home.run("resume --answers answers.toml").exits(4);
    assert!(flat(&next.all()).contains("gate `sign-off`"), "{}", next.all());
    let records = journal().records(&run);
    let expired = of(&records, "gate-expired");
    assert!(expired[0]["at"].as_str().unwrap() > deadline.as_str());
    let gates = |records: &[Value]| {
        let all: Vec<String> =
            of(records, "gate-opened").iter().map(|r| r["about"].as_str().unwrap().to_owned()).collect();
        all
    };
    assert_eq!(gates(&records), ["tell-customers", "sign-off"], "a restart opens nothing anew");
    assert_eq!(letters(), 0);
    assert!(!records.iter().any(|r| r["about"] == "tell-customers" && r["event"]["kind"] == "step-intended"));

    // What the sign-off leaves was read back from the system before anybody was asked.
    let place =
        |kind: &str, about: &str| records.iter().position(|r| r["event"]["kind"] == kind && r["about"] == about);
    let read = place("fallback-held", "sign-off").expect("it was read");
    assert!(records[read]["detail"]["note"].as_str().is_some_and(|n| n.contains("off")), "{}", records[read]);
    assert!(read < place("gate-opened", "sign-off").unwrap());
    let before = world.count();
    sleep(LONGER);
    let left = home.run("resume --answers answers.toml").exits(4);
    assert!(flat(&left.all()).contains("sign-off is asked anew"), "{}", left.all());
    assert_eq!(of(&journal().records(&run), "gate-expired").len(), 2);
    let since = world.seen().split_off(before);
    let written: Vec<_> = since.iter().filter(|a| a.method != "GET" && a.path.contains("/admin/")).collect();
    assert!(written.is_empty(), "an expiry changes nothing in the world: {written:?}");
    home.run("verify").exits(0);
}
