//! What a change weakens, to the letter: each case changes the clean workspace, says what is told then, and what is told
//! when the change is taken back.
//!
//! A case file is `against/<code>.txt`, written as those of `cases` are; `<` parts what is told of the change from what is
//! told when it is taken back.

mod command;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use aigov::diag::{Diagnostic, Severity};
use aigov::lint::{self, Agreed, Before, Input, Outcome, Selection};
use aigov::model::workspace::Workspace;
use aigov::plan::shipped::{RUNBOOKS, SANDBOX};
use aigov::provider;
use aigov::report::lint::{answered, github, json, junit, last_line, markdown, sarif, stronger};
use aigov::ui;

use crate::{Files, TODAY, broken, cases, clean, folder};

/// A workspace as one revision has it, with the shipped runbooks beside it.
fn assembled(files: &Files) -> (Workspace, Vec<Diagnostic>, BTreeSet<String>) {
    let mut all = files.clone();
    let mut shipped = BTreeSet::new();
    for (path, text) in RUNBOOKS {
        if !all.contains_key(*path) {
            all.insert((*path).to_owned(), text.as_bytes().to_vec());
            shipped.insert((*path).to_owned());
        }
    }
    let (workspace, problems) = Workspace::assemble(all.into_iter().collect(), provider::catalog());
    (workspace, problems, shipped)
}

/// Holds one revision against another.
fn held(before: &Files, after: &Files, only: &[&str], demo: bool) -> Outcome {
    held_on(before, after, only, demo, None)
}

/// The same, and where it is said how, walks the paths.
fn held_on(before: &Files, after: &Files, only: &[&str], demo: bool, walk: Option<lint::Walk>) -> Outcome {
    signed_on(before, after, only, demo, walk, &[])
}

/// The same, with words for it.
fn signed(before: &Files, after: &Files, agreed: &[Agreed]) -> Outcome {
    signed_on(before, after, &["against"], false, None, agreed)
}

fn signed_on(
    before: &Files,
    after: &Files,
    only: &[&str],
    demo: bool,
    walk: Option<lint::Walk>,
    agreed: &[Agreed],
) -> Outcome {
    let (old, old_problems, old_shipped) = assembled(before);
    let (workspace, problems, shipped) = assembled(after);
    let only: Vec<String> = only.iter().map(|o| (*o).to_owned()).collect();
    let selection = Selection::new(&only, &[]).unwrap();
    let input = Input {
        workspace: &workspace,
        problems,
        catalog: provider::catalog(),
        today: TODAY,
        shipped: &shipped,
        asked: None,
        selection: &selection,
        demo,
        reviews: &[],
        reviewed: &[],
    };
    let before = Before { name: "main", workspace: &old, problems: &old_problems, shipped: &old_shipped, agreed };
    lint::lint_against(input, walk, Some(&before))
}

fn told(outcome: &Outcome) -> String {
    let mut out = String::new();
    for finding in &outcome.findings {
        let _ = writeln!(out, "{}\n", ui::diagnostic::render(finding, 80, false));
    }
    let stronger = stronger(outcome, 80);
    if !stronger.is_empty() {
        let _ = writeln!(out, "{}\n", stronger.trim_end());
    }
    let _ = writeln!(out, "{}", last_line(outcome));
    out
}

/// The codes of what a change weakens, and of what it strengthens. What has no direction is left out.
fn codes(outcome: &Outcome) -> (BTreeSet<&'static str>, BTreeSet<&'static str>) {
    // A change without a direction is a warning, whatever else its code finds.
    let has_direction = |f: &&Diagnostic| match f.code.name {
        "changed-target" | "not-compared" => false,
        "wider-vote" | "exception-added" => true,
        _ => f.severity == Severity::Error,
    };
    let weaker = outcome.findings.iter().filter(has_direction).map(|f| f.code.name).collect();
    let stronger = outcome.compared.iter().flat_map(|c| &c.stronger).map(|s| s.code.name).collect();
    (weaker, stronger)
}

#[test]
fn every_weakening_is_told_as_its_cases_say_and_taken_back_it_is_a_strengthening() {
    let bless = std::env::var_os("AIGOV_BLESS").is_some();
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
    for entry in fs::read_dir(folder().join("against")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "txt") {
            continue;
        }
        let code = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let mut blessed = String::new();
        for case in cases(&fs::read_to_string(&path).unwrap()) {
            let (before, after) = (clean(), broken(&case, &code));
            let forth = held(&before, &after, &["against"], false);
            let back = held(&after, &before, &["against"], false);
            let told = format!("{}<\n{}", told(&forth), told(&back));
            let found = forth.findings.iter().any(|f| f.code.name == code);
            if found == case.title.starts_with("Not found: ") {
                wrong.push(format!("{code}: {}: found: {found}, told:\n{told}", case.title));
            } else if told != case.expected && !bless {
                wrong.push(format!("{code}: {}:\n{told}", case.title));
            }
            // What has no direction is a warning both ways.
            if !case.title.starts_with("Either way: ") {
                let ((weaker, stronger), (again, gained)) = (codes(&forth), codes(&back));
                assert_eq!(weaker, gained, "{code}: {}: what is weakened is strengthened when taken back", case.title);
                assert_eq!(stronger, again, "{code}: {}: and the other way round", case.title);
            }
            let _ = writeln!(blessed, "# {}\n{}\n=\n{told}", case.title, case.body.join("\n").trim_end());
        }
        if bless {
            fs::write(&path, blessed.trim_end().to_owned() + "\n").unwrap();
        }
        seen.insert(code);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let group = lint::GROUPS.iter().find(|g| g.name == "against").unwrap();
    let all: BTreeSet<String> = group.rules.iter().map(|r| r.code.name.to_owned()).collect();
    assert_eq!(seen, all, "one file of cases for each code");
}

#[test]
fn nothing_is_weaker_than_itself() {
    let sandbox: Files = SANDBOX.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
    for (files, demo) in [(clean(), false), (sandbox, true)] {
        let outcome = held(&files, &files, &["against"], demo);
        let compared = outcome.compared.as_ref().unwrap();
        assert!(outcome.findings.is_empty() && compared.stronger.is_empty(), "{}", told(&outcome));
        assert_eq!(compared.plans, 0, "where nothing changed, nothing has to be made");
    }
}

/// Tables of the clean workspace whose loss weakens nothing, each with the reason.
const NOTHING_LOST: &[&str] = &[
    // What is left unsaid is the same ten minutes.
    "aigov.toml: [deadlines] question = \"10m\"",
    // No gate asks for what she may decide, and the pager says who carries her role.
    "people.toml: [persons.olga]",
    // It serves wherever it can then.
    "runbooks/incident/hallucination.toml: [scope] environments = [\"production\"]",
    // The row before it takes its cases, which is graver; that the matrix is not total is told by a rule.
    "runbooks/incident/hallucination.toml: [[severity]]                        # caught before anybody outside saw it level = \
     \"sev3\"",
];

/// Where each table of a file begins, and where it ends.
fn tables(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut starts = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with('[') {
            starts.push(at);
        }
        at += line.len();
    }
    starts.push(at);
    starts.windows(2).map(|w| w[0]..w[1]).collect()
}

#[test]
fn a_table_that_is_dropped_is_told_and_put_back_it_is_told_the_other_way_round() {
    let before = clean();
    let mut survivors = Vec::new();
    for (path, bytes) in &before {
        let text = String::from_utf8(bytes.clone()).unwrap();
        for table in tables(&text) {
            let head = text[table.clone()].lines().take(2).collect::<Vec<_>>().join(" ");
            let mut after = before.clone();
            let mut left = text.clone();
            left.replace_range(table, "");
            after.insert(path.clone(), left.into_bytes());
            let forth = held(&before, &after, &["against"], false);
            let back = held(&after, &before, &["against"], false);
            let ((weaker, stronger), (again, gained)) = (codes(&forth), codes(&back));
            assert_eq!((&weaker, &stronger), (&gained, &again), "{path}: {head}\n{}\n{}", told(&forth), told(&back));
            if weaker.is_empty() && !forth.findings.iter().any(|f| f.code.name == "changed-target") {
                survivors.push(format!("{path}: {}", head.split(" keys").next().unwrap()));
            }
        }
    }
    assert_eq!(survivors, NOTHING_LOST, "a table that is lost and not missed");
}

/// A file of the clean workspace with this instead of that.
fn with(files: &mut Files, path: &str, from: &str, to: &str) {
    let text = String::from_utf8(files[path].clone()).unwrap();
    assert!(text.contains(from), "{from}");
    files.insert(path.to_owned(), text.replace(from, to).into_bytes());
}

const RUNBOOK: &str = "runbooks/incident/hallucination.toml";
const AUTOMATION: &str = "automations/support-replies.toml";

#[test]
fn what_is_only_written_otherwise_is_no_change() {
    let before = clean();
    let mut after = clean();
    // Every table of a runbook the other way round says the same, as far as order says nothing.
    let text = String::from_utf8(before[RUNBOOK].clone()).unwrap();
    let text = text.replace("[\"legal\", \"communications\"]", "[ \"communications\" , \"legal\" ]");
    let text = text.replace("contain-within = \"5m\"", "# in any case\ncontain-within = \"300s\"");
    // Names that nothing outside the file knows.
    let text = text.replace("stop-sending", "hold-the-line").replace("tell-customers", "write-to-them");
    let text = text
        .replace("\"harm\"", "\"damage\"")
        .replace("\"harm ||", "\"damage ||")
        .replace("credible-report", "a-report");
    let text = text
        .replace("ungrounded-claims", "inventions")
        .replace("hand-sample", "by-hand-sample")
        .replace("\"sev", "\"level");
    after.remove(RUNBOOK);
    // The file has another name, too; the shipped one of the old name would take its place.
    after.insert("runbooks/incident/made-up.toml".into(), text.clone().into_bytes());
    let mut same_file = clean();
    same_file.insert(RUNBOOK.into(), text.into_bytes());
    let outcome = held(&before, &same_file, &["against"], false);
    assert_eq!(told(&outcome), "no findings in 4 files; 1 changed plan held against main\n");
    // An automation and what it has, under other names.
    let mut after = clean();
    let text = String::from_utf8(after.remove(AUTOMATION).unwrap()).unwrap();
    after.insert("automations/customer-replies.toml".into(), text.into_bytes());
    with(&mut after, "aigov.toml", "[providers.flags]", "[providers.switches]");
    with(&mut after, "automations/customer-replies.toml", "provider = \"flags\"", "provider = \"switches\"");
    let outcome = held(&before, &after, &["against"], false);
    assert_eq!(told(&outcome), "no findings in 4 files; 2 changed plans held against main\n");
}

#[test]
fn each_form_carries_what_is_weaker_and_what_is_stronger() {
    let mut after = clean();
    with(&mut after, RUNBOOK, "functions = [\"legal\", \"communications\"]", "functions = [\"communications\"]");
    with(&mut after, RUNBOOK, "contain-within = \"5m\"", "contain-within = \"4m\"");
    let outcome = held(&clean(), &after, &["against"], false);
    let objects = json::lines(&outcome, "ws/");
    let kinds: Vec<&str> = objects.iter().map(|o| o["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["finding", "stronger", "summary"]);
    assert_eq!(objects[0]["message"], "`legal` no longer approves `tell-customers`");
    assert_eq!(objects[0]["labels"][0]["file"], format!("ws/{RUNBOOK}"));
    assert_eq!(objects[0]["labels"][0]["text"], "for `support-replies`");
    assert_eq!(
        (&objects[0]["automations"], &objects[1]["automations"]),
        (&["support-replies"].into(), &["support-replies"].into())
    );
    assert_eq!(objects[0]["labels"][1]["file"], format!("main:{RUNBOOK}"));
    assert_eq!((&objects[1]["message"], &objects[1]["severity"]), (&"containment 5m → 4m".into(), &"note".into()));
    assert_eq!(objects[2]["against"]["revision"], "main");
    assert_eq!((&objects[2]["against"]["plans"], &objects[2]["against"]["stronger"]), (&1.into(), &1.into()));
    let lines = github::lines(&outcome, "");
    assert!(
        lines[0].starts_with("::error file=") && lines[0].contains("title=weaker-gate::`legal` no longer"),
        "{lines:?}"
    );
    assert!(lines[1].starts_with("::notice file=") && lines[1].contains("title=stronger::containment 5m"), "{lines:?}");
    let comment = markdown::comment(&outcome, "");
    assert!(comment.contains("**error** `weaker-gate`") && comment.contains("`legal` no longer approves"), "{comment}");
    let line = format!("- containment 5m → 4m: for `support-replies` (`{RUNBOOK}:7`)");
    assert!(comment.contains("What it strengthens:") && comment.contains(&line), "{comment}");
    let log = sarif::log(&outcome, "");
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!((results.len(), &results[0]["ruleId"]), (1, &"weaker-gate".into()));
    assert!(results[0].get("relatedLocations").is_none(), "a file as it once was can not be opened");
    let stronger = &log["runs"][0]["properties"]["aigov/stronger"];
    assert_eq!(log["runs"][0]["properties"]["aigov/against"], "main");
    assert_eq!(stronger[0]["text"], "containment 5m → 4m: for `support-replies`");
    assert_eq!(stronger[0]["locations"][0]["physicalLocation"]["region"]["startLine"], 7);
    assert_eq!(stronger[0]["automations"][0], "support-replies");
    let xml = junit::document(&outcome, false, "");
    assert!(
        xml.contains("tests=\"2\" failures=\"1\"") && xml.contains("<testsuite name=\"stronger than main\""),
        "{xml}"
    );
    assert!(xml.contains("<system-out>") && xml.contains("containment 5m → 4m: for `support-replies`"), "{xml}");
    assert_eq!(outcome.findings[0].severity, Severity::Error);
}

#[test]
fn where_paths_are_walked_a_lost_capture_is_told_as_the_runs_own_story() {
    let mut after = clean();
    with(
        &mut after,
        RUNBOOK,
        "do  = \"evidence.capture\"\nwith = { sources = [\"prompts\", \"decisions\", \"retrieval\"], since = \"2h\" }",
        "do  = \"human.do\"\nwith = { text = \"Look\" }",
    );
    let plain = held(&clean(), &after, &["weaker-evidence"], false);
    let walked = held_on(&clean(), &after, &["weaker-evidence"], false, Some(crate::walk));
    let story = |outcome: &Outcome| {
        let bare = outcome.findings.iter().find(|f| f.message.starts_with("a path exists without evidence")).unwrap();
        bare.help.clone().unwrap()
    };
    assert!(story(&plain).starts_with("the path: `stop-sending`"), "{}", story(&plain));
    let told = story(&walked);
    assert!(told.starts_with("the shortest path: 1. the run begins; 2. "), "{told}");
    assert!(told.contains("; then `rollback-retrieval` acts, and nothing was captured"), "{told}");
    assert!(told.contains("sev2"), "the severity that leads there is confirmed on the way: {told}");
}

fn exception(code: &str, owner: &str) -> String {
    format!(
        "\n[[exception]]\ncode = \"{code}\"\nreason = \"The vendor's switch takes longer now\"\nowner = \"{owner}\"\nuntil = \
         2027-01-31\n"
    )
}

#[test]
fn an_exception_answers_for_the_change_that_brings_it_by_name_and_for_none_after() {
    let mut after = clean();
    with(&mut after, RUNBOOK, "contain-within = \"5m\"", "contain-within = \"12m\"");
    after.get_mut(RUNBOOK).unwrap().extend_from_slice(exception("weaker-containment", "@owner").as_bytes());
    let outcome = held(&clean(), &after, &[], false);
    assert_eq!((outcome.findings.len(), outcome.excepted.len()), (0, 1), "{}", told(&outcome));
    assert_eq!(outcome.excepted[0].finding.code.name, "weaker-containment");
    let by_name = "NOT SIGNED, an exception of @owner until 2027-01-31: The vendor's switch takes longer now";
    assert!(answered(&outcome, 300).contains(by_name), "{}", answered(&outcome, 300));
    let lines = github::lines(&outcome, "");
    assert!(lines[0].starts_with("::warning ") && lines[0].contains("an exception of @owner until"), "{lines:?}");
    let comment = markdown::comment(&outcome, "");
    assert!(comment.contains("**not signed**, an exception of"), "{comment}");
    // It stays until its day and is called unused neither by itself nor held against what it was merged into.
    assert_eq!(crate::lint(&after, false).findings, []);
    assert_eq!(held(&after, &after, &[], false).findings, []);
    // The next change of the same kind is not covered.
    let mut later = after.clone();
    with(&mut later, RUNBOOK, "contain-within = \"12m\"", "contain-within = \"14m\"");
    let outcome = held(&after, &later, &["against"], false);
    assert_eq!((outcome.findings.len(), outcome.excepted.len()), (1, 0), "{}", told(&outcome));
}

#[test]
fn whoever_takes_a_voter_away_answers_for_it_with_no_exception() {
    let lost = |files: &mut Files| {
        with(files, RUNBOOK, "functions = [\"legal\", \"communications\"]", "functions = [\"communications\"]");
    };
    for owner in ["mallory", "@owner", "lena"] {
        let mut after = clean();
        lost(&mut after);
        after.get_mut(RUNBOOK).unwrap().extend_from_slice(exception("weaker-gate", owner).as_bytes());
        let outcome = held(&clean(), &after, &[], false);
        let codes: BTreeSet<&str> = outcome.findings.iter().map(|f| f.code.name).collect();
        assert!(codes.contains("weaker-gate") && codes.contains("exception-code"), "{owner}: {}", told(&outcome));
        assert_eq!((outcome.excepted.len(), codes.contains("exception-owner")), (0, owner == "mallory"));
    }
    let mut after = clean();
    with(&mut after, RUNBOOK, "contain-within = \"5m\"", "contain-within = \"12m\"");
    after.get_mut(RUNBOOK).unwrap().extend_from_slice(exception("weaker-containment", "mallory").as_bytes());
    let outcome = held(&clean(), &after, &[], false);
    let codes: BTreeSet<&str> = outcome.findings.iter().map(|f| f.code.name).collect();
    assert_eq!(codes, BTreeSet::from(["exception-owner", "weaker-containment"]));
}

fn words(people: &[&str]) -> Vec<Agreed> {
    people.iter().map(|by| Agreed { by: (*by).to_owned(), on: TODAY }).collect()
}

#[test]
fn a_weakening_is_closed_by_those_who_lose_by_it_and_by_nobody_else() {
    type Change = (&'static str, &'static str, &'static str);
    const GATE: &str =
        "gate = { functions = [\"legal\", \"communications\"], within = \"30m\", on-timeout = \"queue\" }";
    let one = |path, from, to| -> Vec<Change> { vec![(path, from, to)] };
    let legal = one(RUNBOOK, "functions = [\"legal\", \"communications\"]", "functions = [\"communications\"]");
    let gone = one(RUNBOOK, GATE, "");
    let longer = one(RUNBOOK, "contain-within = \"5m\"", "contain-within = \"12m\"");
    let limits = one(
        AUTOMATION,
        "may-not = [\"State a price, refund or policy that is not in the policy table\"]",
        "may-not = []",
    );
    let floor = one("aigov.toml", "functions = [\"technical\", \"business\"]", "functions = [\"technical\"]");
    let question = one("aigov.toml", "question = \"10m\"", "question = \"40m\"");
    // Somebody makes himself the one who is asked.
    let mut himself = legal.clone();
    himself.push((
        "people.toml",
        "functions = [\"risk\", \"security\"]\nroles     = [\"incident-commander\"]\nphone",
        "functions = [\"legal\"]\nphone",
    ));
    // The change, who signed, and what is closed of what it weakens.
    let cases: [(&str, &[Change], &[&str], bool); 19] = [
        ("nobody", &legal, &[], false),
        ("legal", &legal, &["lena"], true),
        ("legal, the other one", &legal, &["omar"], true),
        ("another function of the gate", &legal, &["carl"], false),
        ("the automation's owner", &legal, &["ada"], false),
        ("who is not there", &legal, &["mallory"], false),
        ("legal since this change", &himself, &["sam"], false),
        ("one of two", &gone, &["lena"], false),
        ("the other of two", &gone, &["carl"], false),
        ("both", &gone, &["lena", "carl"], true),
        ("the owner", &longer, &["ada"], true),
        ("whoever carries the owner's role as well", &longer, &["eve"], true),
        ("an engineer who does not", &longer, &["finn"], false),
        ("legal for time", &longer, &["lena"], false),
        ("the owner for limits", &limits, &["ada"], true),
        ("the function that the floor loses", &floor, &["grace"], true),
        ("the one that it keeps", &floor, &["ada"], false),
        ("whoever the policy names", &question, &["hugo"], true),
        ("whom it does not name", &question, &["lena"], false),
    ];
    for (what, changes, people, closed) in cases {
        let mut after = clean();
        changes.iter().for_each(|(path, from, to)| with(&mut after, path, from, to));
        let open = signed(&clean(), &after, &[]).findings.len();
        let outcome = signed(&clean(), &after, &words(people));
        let compared = outcome.compared.as_ref().unwrap();
        assert!(open > 0, "{what}");
        assert_eq!(outcome.findings.is_empty(), closed, "{what}: {}", told(&outcome));
        assert!(!closed || !compared.closed.is_empty(), "{what}");
        assert_eq!(compared.closed.len() + outcome.findings.len(), open, "{what}: closed or open, never gone");
    }
    let mut after = clean();
    with(&mut after, RUNBOOK, legal[0].1, legal[0].2);
    let outcome = signed(&clean(), &after, &words(&["lena"]));
    let line = "`legal` no longer approves `tell-customers`: for `support-replies` (runbooks/incident/hallucination.toml:118:8): \
                signed by lena on 2026-11-23";
    assert!(answered(&outcome, 300).contains(line), "{}", answered(&outcome, 300));
    assert!(last_line(&outcome).contains("1 closed by signed review"), "{}", last_line(&outcome));
    let objects = json::lines(&outcome, "");
    assert_eq!((&objects[0]["kind"], &objects[0]["reviews"][0]["person"]), (&"reviewed".into(), &"lena".into()));
    assert!(markdown::comment(&outcome, "").contains("signed by lena on 2026-11-23"));
    let log = sarif::log(&outcome, "");
    assert_eq!(log["runs"][0]["results"][0]["suppressions"][0]["justification"], "signed by lena on 2026-11-23");
    assert!(github::lines(&outcome, "")[0].starts_with("::notice "));
}

#[test]
fn a_floor_that_is_lowered_is_told_for_every_gate_that_it_held_up() {
    let mut before = clean();
    with(&mut before, "aigov.toml", "high     = { people = 1 }", "high = { people = 3, functions = [\"risk\"] }");
    let outcome = held(&before, &clean(), &["weaker-gate"], false);
    let all: Vec<String> =
        outcome.findings.iter().map(|f| format!("{}: {}", f.labels[0].source.name, f.message)).collect();
    assert!(all.contains(&format!("{RUNBOOK}: `risk` no longer approves `tell-customers`")), "{all:?}");
    assert!(all.contains(&format!("{RUNBOOK}: `risk` no longer approves the return of autonomy")), "{all:?}");
}
