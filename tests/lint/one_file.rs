//! Linting one file reads a part of the workspace alone: what is found in it is what the whole workspace finds in it.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::command::Desk;
use crate::{Files, broken, cases, clean, folder};

const RUNBOOK: &str = "runbooks/incident/hallucination.toml";
const AUTOMATION: &str = "automations/support-replies.toml";

/// Findings as JSON, and the summary.
fn told(desk: &Desk, args: &[&str]) -> (Vec<Value>, Value) {
    let mut line = vec!["lint", "--json"];
    line.extend_from_slice(args);
    let (_, out, err) = desk.run(&desk.workspace(), &line);
    let mut all: Vec<Value> = out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let summary = all.pop().unwrap_or_else(|| panic!("nothing is told: {err}"));
    (all, summary)
}

/// Codes of rules that are left out for an automation, because they look at plans or at all runbooks.
fn needs_runbooks(code: &str) -> bool {
    use aigov::lint::{Check, find};
    find(code).is_none_or(|(group, rule)| {
        let of_all = |c: &Check| matches!(c, Check::Plan(_) | Check::Resolving | Check::Coverage(_));
        group.name == "exceptions" || rule.checks.iter().any(of_all)
    })
}

/// The workspace of a case, once more with a runbook that names its automation.
fn desks(files: &Files) -> Vec<Desk> {
    let mut named = files.clone();
    let text = String::from_utf8_lossy(&named[RUNBOOK]).into_owned();
    named.insert(
        RUNBOOK.to_owned(),
        text.replacen("[scope]\n", "[scope]\nautomations = [\"support-replies\"]\n", 1).into_bytes(),
    );
    vec![Desk::new(files), Desk::new(&named)]
}

#[test]
fn what_is_found_in_one_file_is_what_the_whole_workspace_finds_in_it() {
    // Naming the folder above reads everything.
    let all = std::env::var_os("AIGOV_SUITE_MISTAKES").is_some();
    let mut paths: Vec<_> = fs::read_dir(folder().join("cases")).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    let mut seen = BTreeSet::new();
    for path in paths.into_iter().step_by(if all { 1 } else { 19 }) {
        let code = path.file_stem().unwrap().to_str().unwrap();
        for case in cases(&fs::read_to_string(&path).unwrap()) {
            for desk in desks(&broken(&case, code)) {
                let what = format!("{code}: {}", case.title);
                let (whole, summary) = told(&desk, &["runbooks"]);
                let own = |all: Vec<Value>, file: &str| -> Vec<Value> {
                    all.into_iter().filter(|f| f["labels"][0]["file"] == file).collect()
                };
                let (one, part) = told(&desk, &[RUNBOOK]);
                // What is said of a file that nothing reads counts for no file.
                let elsewhere = whole.iter().any(|f| f["labels"][0]["file"] != RUNBOOK);
                assert_eq!(one, own(whole, RUNBOOK), "{what}");
                if summary["files"] == 1 && !elsewhere {
                    assert_eq!(summary, part, "{what}");
                }
                let (whole, _) = told(&desk, &["automations"]);
                let (one, part) = told(&desk, &[AUTOMATION]);
                // What is said of two files is told in the one that is asked for; the other names it too.
                let of_two = |f: &Value| f["code"] == "same-target" && f["labels"][1]["file"] != AUTOMATION;
                let (both, one): (Vec<Value>, Vec<Value>) = one.into_iter().partition(of_two);
                let places = |f: &Value| -> BTreeSet<String> {
                    f["labels"].as_array().unwrap().iter().map(|l| format!("{}:{}", l["file"], l["line"])).collect()
                };
                let pairs: Vec<_> = whole.iter().filter(|f| f["code"] == "same-target").map(places).collect();
                assert!(both.iter().all(|f| pairs.contains(&places(f))), "{what}: {both:#?}\nbut {whole:#?}");
                let whole: Vec<Value> = whole.into_iter().filter(|f| !of_two(f)).collect();
                // An empty field of a binding is found by what resolves it for a plan, under the code of the form.
                let of_plan = |f: &Value| {
                    let message = f["message"].as_str().unwrap();
                    f["code"] == "bad-value" && message.contains("` of ") && message.ends_with(" is empty")
                };
                let decided = |all: Vec<Value>| -> Vec<Value> {
                    let own = |f: &Value| !needs_runbooks(f["code"].as_str().unwrap()) && !of_plan(f);
                    all.into_iter().filter(own).collect()
                };
                let whole = own(whole, AUTOMATION);
                assert!(one.iter().all(|f| whole.contains(f)), "{what}: found by mistake: {one:#?}\nbut {whole:#?}");
                assert_eq!(decided(one), decided(whole), "{what}");
                // Keys are aligned in some files. What feeds something is linted with everything.
                let text = fs::read_to_string(desk.workspace().join(AUTOMATION)).unwrap_or_default();
                let feeds = text.lines().any(|l| l.starts_with("feeds") && l.contains('"'));
                assert_eq!(part["rules_left_out"].as_u64().unwrap() > 0, !feeds, "{what}: it is told what was not run");
                seen.insert(code.to_owned());
            }
        }
    }
    assert!(seen.len() > 4);
}

#[test]
fn one_runbook_is_linted_without_reading_the_others_and_one_that_names_nothing_with_all_automations() {
    let mut files = clean();
    files.insert("runbooks/incident/other.toml".to_owned(), b"this is not TOML".to_vec());
    files.insert("automations/other.toml".to_owned(), b"nor is this".to_vec());
    let desk = Desk::new(&files);
    let (found, summary) = told(&desk, &[RUNBOOK]);
    assert_eq!((found, &summary["plans"], &summary["rules_left_out"]), (Vec::new(), &1.into(), &0.into()));
    // A name that names nothing is told with the names that there are.
    let text = String::from_utf8(files[RUNBOOK].clone()).unwrap();
    let text = text.replacen("[scope]\n", "[scope]\nautomations = [\"support-reply\"]\n", 1);
    fs::write(desk.workspace().join(RUNBOOK), text).unwrap();
    let (found, _) = told(&desk, &[RUNBOOK]);
    let told = found.iter().find(|f| f["code"] == "unresolved").unwrap();
    assert_eq!(told["labels"][0]["text"], "did you mean `support-replies`?");
}
