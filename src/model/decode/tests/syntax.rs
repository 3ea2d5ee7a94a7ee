//! Files that are not TOML: what is told, and what is still read.

use super::{RUNBOOK, broken, read_runbook, told};
use crate::model::decode;
use crate::model::runbook::Runbook;
use crate::text::source::Source;

fn read(text: &str) -> Runbook {
    decode::runbook(&Source::new("x.toml", text), "incident/x").value
}

/// The immediate steps that can be done.
fn doable(runbook: &Runbook) -> Vec<&str> {
    runbook.immediate.iter().filter(|s| s.act.is_some()).map(|s| s.id.value.as_str()).collect()
}

const ALL: [&str; 5] = ["stop-sending", "stop-service", "keep-evidence", "freeze", "page"];

#[test]
fn a_typo_anywhere_costs_no_other_action() {
    let mut failures = Vec::new();
    for (from, to, expected) in [
        // A line without an equals sign.
        ("title  = ", "title    ", "syntax 2:10 key with no value"),
        // A list, a table, a text that nobody closed.
        ("users        = [\"external\"]", "users        = [\"external\"", "syntax 13:27 unclosed array"),
        ("cases = 10 }", "cases = 10", "syntax 25:59 unclosed inline table"),
        (
            "signal = \"ungrounded_rate\"\nbelow",
            "signal = \"ungrounded_rate\nbelow",
            "syntax 110:26 invalid basic string",
        ),
        ("report = \"A customer", "report = \"\"\"A customer", "syntax 32:1 invalid multi-line basic string"),
        // A header.
        ("[[verify]]", "[[verify]", "syntax 108:10 unclosed array table"),
        ("[restore]", "[restore", "syntax 121:9 unclosed table"),
        // A value.
        ("contain-within = \"5m\"", "contain-within = 5m", "syntax 7:18 string values must be quoted"),
        ("public   = true", "public   = tru", "syntax 77:12 invalid boolean"),
        ("below = 0.01", "below = 0,01", "syntax 111:10 unexpected key or value"),
        ("level = \"sev2\"", "level = \"sev2\"\nlevel = \"sev4\"", "syntax 81:1 duplicate key"),
    ] {
        let text = broken(RUNBOOK, from, to);
        let problems = told(&read_runbook(&text));
        let first = problems.iter().find(|t| t.starts_with("syntax")).map_or("", String::as_str);
        if first != expected {
            failures.push(format!("{to}: {expected} -> {first}"));
        }
        assert_eq!(doable(&read(&text)), ALL, "{to}");
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn a_typo_in_an_action_costs_that_action_at_most() {
    for (from, to, lost) in [
        ("id  = \"stop-sending\"", "id    \"stop-sending\"", ""),
        ("why = \"Every", "why = Every", ""),
        ("with = { control = \"autonomy\" }", "with = { control = \"autonomy\"", "stop-sending"),
        ("do  = \"control.safe\"", "do  = control.safe", ""),
        ("do  = \"control.safe\"", "do  = \"control.safe", "stop-sending"),
        ("[[immediate]]", "[[immediate]", "stop-sending"),
        ("[[immediate]]", "[immediate]]", "stop-sending"),
    ] {
        let runbook = read(&broken(RUNBOOK, from, to));
        let doable = doable(&runbook);
        let expected: Vec<&str> = ALL.into_iter().filter(|id| *id != lost).collect();
        assert_eq!(doable.len(), expected.len(), "{to}: {doable:?}");
        assert_eq!(doable.get(1..), expected.get(1..), "{to}");
        assert_eq!(runbook.immediate.len(), 5, "a lost action is still seen: {to}");
        assert!(!runbook.immediate.first().unwrap().intact, "{to}");
        assert!(runbook.immediate.iter().skip(1).all(|s| s.intact), "{to}");
    }
}

#[test]
fn the_first_of_each_section_is_told_and_the_others_are_counted() {
    let text = broken(RUNBOOK, "do  = \"control.safe\"", "do  = \"control.safe");
    let text = broken(&text, "within  = \"30s\"", "within  = 30s");
    let text = broken(&text, "below = 0.01", "below = ");
    let problems = read_runbook(&text);
    let told = told(&problems);
    assert_eq!(told, ["syntax 34:20 invalid basic string", "syntax 111:9 string values must be quoted"]);
    assert_eq!(problems.first().unwrap().help.as_deref(), Some("one more syntax error in this section"));
}

#[test]
fn other_problems_are_told_beside_a_syntax_error() {
    let text = broken(RUNBOOK, "below = 0.01", "below 0.01");
    let text = broken(&text, "hallucinated-content", "lies");
    let told = told(&read_runbook(&text));
    assert_eq!(told, ["unknown-value 3:10 `lies` is not a class of incident", "syntax 111:7 key with no value"]);
}

#[test]
fn a_byte_order_mark_and_line_ends_of_windows_are_no_problem() {
    let text = format!("\u{feff}{}", RUNBOOK.replace('\n', "\r\n"));
    assert_eq!(told(&read_runbook(&text)), Vec::<String>::new());
    let told = told(&read_runbook(&broken(&text, "below = 0.01", "below 0.01")));
    assert_eq!(told, ["syntax 111:7 key with no value"]);
}
