//! Break-glass by the program itself: refused for what can't be taken back, done for what lowers, paged, told by lint until it
//! is countersigned with the key of somebody who was skipped.

use std::fs;

use serde_json::json;

use crate::approvals::{at_terminal, flat, give_key, in_earnest, number, somebody};
use crate::journal::Journal;
use crate::journeys::kinds;
use crate::program::Home;
use crate::world::World;

const SHIPPED: &str = include_str!("../../runbooks/incident/hallucination.toml");
const DRAIN: &str = r#"
[[respond]]
id = "scale-down"
do = "control.safe"
with = { control = "replicas" }
why = "What is queued goes out otherwise."
gate = { functions = ["legal"], within = "30m", on-timeout = "cancel" }
"#;

#[test]
fn it_lowers_without_legal_and_stays_open_until_legal_has_countersigned() {
    let home = Home::new();
    let world = World::new(&home);
    in_earnest(&home);
    give_key(&home, number("olga"));
    let runbook =
        SHIPPED.replace("respond  = [\"rollback-retrieval\"", "respond  = [\"scale-down\", \"rollback-retrieval\"");
    assert_ne!(runbook, SHIPPED);
    fs::create_dir_all(home.desk().join("runbooks/incident")).unwrap();
    home.write("runbooks/incident/hallucination.toml", &format!("{runbook}{DRAIN}"));
    let first = home.run("run incident/hallucination --answers answers.toml").exits(4);
    assert!(flat(&first.all()).contains("gate `scale-down`"), "{}", first.all());
    assert!(flat(&first.all()).contains("no answer yet: lena"), "{}", first.all());
    let journal = || Journal::below(home.all()).expect("a journal");
    let run = journal().only_run();
    let offered = format!("aigov break-glass {run} scale-down --reason \"nobody answers, because\"");
    assert!(flat(&first.err).contains(&offered), "{}", first.err);
    let pages = || world.seen().iter().filter(|a| a.method == "POST" && a.path.contains("/enqueue")).count();
    let proven = || {
        let records = journal().records(&run);
        records
            .iter()
            .filter(|r| r["event"]["kind"] == "step-proved" && r["about"] == "scale-down")
            .cloned()
            .collect::<Vec<_>>()
    };
    assert!(proven().is_empty());

    let before = journal().records(&run).len();
    let letter = home.run(&format!("break-glass {run} tell-customers --reason urgent")).exits(5);
    assert!(flat(&letter.err).contains("`tell-customers` stays closed: it can't be taken back"), "{}", letter.err);
    let back = home.run(&format!("break-glass {run} sign-off --reason urgent")).exits(5);
    assert!(flat(&back.err).contains("gives autonomy back"), "{}", back.err);
    home.run(&format!("break-glass {run} --reason")).exits(2);
    assert_eq!(journal().records(&run).len(), before, "nothing of it was written");

    let paged = pages();
    let broken = home.run(&format!("break-glass {run} --reason unreachable --answers answers.toml")).exits(4);
    assert!(
        flat(&broken.all()).contains("BREAK-GLASS by olga: it goes ahead WITHOUT the approval of legal"),
        "{}",
        broken.all()
    );
    assert_eq!(pages(), paged + 1);
    assert_eq!(proven()[0]["event"]["verdict"], "pass", "{:?}", proven());
    let records = journal().records(&run);
    let glass = records.iter().find(|r| r["event"]["kind"] == "glass-broken").unwrap();
    assert_eq!((&glass["by"], &glass["detail"]["functions"]), (&json!("olga"), &json!(["legal"])));
    assert_eq!(glass["detail"]["people"], json!(["lena", "theo"]));

    // Loud wherever one looks.
    for command in ["status", &format!("brief {run}"), &format!("show {run}")] {
        let said = home.run(command);
        assert!(
            flat(&said.all()).contains("BREAK-GLASS: olga did scale-down WITHOUT the approval of legal"),
            "{command}\n{}",
            said.all()
        );
    }
    let linted = home.run("lint --only open-review");
    assert!(flat(&linted.all()).contains("`review-scale-down` of run"), "{}", linted.all());

    // Who did it does not countersign it; legal finds it in the inbox and does, with her own key.
    home.run(&format!("approve {run} review-scale-down")).exits(5);
    let (lena, at) = (somebody("lena"), format!("-C {}", home.desk().display()));
    let inbox = lena.run(&format!("inbox {at}")).exits(4);
    assert!(flat(&inbox.all()).contains("lena: review-scale-down of support-replies"), "{}", inbox.all());
    let (code, said) = at_terminal(lena.command(&format!("approve {run} review-scale-down {at}")));
    assert_eq!(code, 0, "{said}");
    assert!(
        flat(&said).contains("lena countersigns review-scale-down") && flat(&said).contains("It is on record."),
        "{said}"
    );
    assert_eq!(kinds(&journal().records(&run)).iter().filter(|k| *k == "reviewed").count(), 1);
    let linted = home.run("lint --only open-review").exits(0);
    assert!(!flat(&linted.all()).contains("review-scale-down"), "{}", linted.all());
    home.run("verify").exits(0);
}
