//! Every code, to the letter: each case takes the clean workspace, breaks one thing, and says what is told then.
//!
//! A case file is `cases/<code>.txt`. A line that begins with `# ` begins a case and says what is broken. `@ PATH` names a
//! file; lines that begin with `-` are looked for in it, in this order and only once, and lines that begin with `+` take
//! their place, or are added at its end where none begins with `-`. `\u{…}` and `\xNN` after `+\` stand for a character and
//! a byte; `+*N ` stands for N lines, with the same escapes. `! RUNBOOK AUTOMATION ENVIRONMENT` stands for what `aigov plan`
//! finds, which resolves what somebody names, where lint resolves what fits. What follows `=` is what is told, as a person sees it at 80 columns.
//!
//! `AIGOV_BLESS=1 cargo test --test lint` writes what is told; the difference is to be read before it is kept.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's own tools may fail the test and say why")]

mod against;
mod ci;
mod command;
mod forms;
mod fuzz;
mod hostile;
mod mutations;
mod one_file;
mod sarif;
mod shipped;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use aigov::explore::{self, Budget, Coverage, TooLarge};
use aigov::lint::{self, Input, Outcome, Selection};
use aigov::model::workspace::Workspace;
use aigov::plan::Plan;
use aigov::plan::shipped::RUNBOOKS;
use aigov::report::lint::last_line;
use aigov::{provider, ui};

/// What would be a mistake of the machine, which no file brings about; `lint::paths` tries them on made-up walks.
const OF_THE_MACHINE: &[&str] = &["broken-claim", "impossible-end"];

/// What is told after a hundred others; `hostile` has its cases.
const AFTER_MANY: &[&str] = &["left-out"];

/// The day of all cases.
pub(crate) const TODAY: jiff::civil::Date = jiff::civil::Date::constant(2026, 11, 23);

pub(crate) type Files = BTreeMap<String, Vec<u8>>;

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lint")
}

/// The workspace that has no findings.
pub(crate) fn clean() -> Files {
    let root = folder().join("clean");
    let mut files = Files::new();
    let mut folders = vec![root.clone()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// Lints files, with the shipped runbooks beside them.
pub(crate) fn lint(files: &Files, demo: bool) -> Outcome {
    let mut all = files.clone();
    let reviews = reviews(all.remove("journal"));
    let reviewed = reviewed(all.remove("reviewed"));
    let mut shipped = BTreeSet::new();
    for (path, text) in RUNBOOKS {
        if !all.contains_key(*path) {
            all.insert((*path).to_owned(), text.as_bytes().to_vec());
            shipped.insert((*path).to_owned());
        }
    }
    let selection = Selection::default();
    let (workspace, mut problems) = Workspace::assemble(all.into_iter().collect(), provider::catalog());
    lint::texts(&workspace, &mut problems, &selection);
    let input = Input {
        workspace: &workspace,
        problems,
        catalog: provider::catalog(),
        today: TODAY,
        shipped: &shipped,
        asked: None,
        selection: &selection,
        demo,
        reviews: &reviews,
        reviewed: &reviewed,
    };
    lint::lint_on(input, Some(walk))
}

/// Resolves a runbook for the automation and the environment that are named.
fn planned(files: &Files, named: &str) -> Outcome {
    let shipped = RUNBOOKS.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
    let all: Files = shipped.chain(files.clone()).collect();
    let (workspace, _) = Workspace::assemble(all.into_iter().collect(), provider::catalog());
    let [runbook, automation, environment] = named.split(' ').collect::<Vec<_>>()[..].try_into().unwrap();
    let made = aigov::plan::resolve(&workspace, provider::catalog(), runbook, automation, environment, false);
    let (_, findings) = made.unwrap_or_else(|e| panic!("{named}: {e:?}"));
    Outcome { findings, files: 4, ..Outcome::default() }
}

/// What the journal of a case leaves open: run, review, automation and day, one a line.
fn reviews(journal: Option<Vec<u8>>) -> Vec<lint::OpenReview> {
    let text = String::from_utf8(journal.unwrap_or_default()).unwrap();
    let one = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let [run, review, automation, since] = words[..].try_into().unwrap();
        let [run, review, automation, since] = [run, review, automation, since].map(str::to_owned);
        lint::OpenReview { run, review, automation, since }
    };
    text.lines().map(one).collect()
}

/// The reviews of a case: runbook, whether it is as it was, person and day, one a line.
fn reviewed(journal: Option<Vec<u8>>) -> Vec<lint::Reviewed> {
    let text = String::from_utf8(journal.unwrap_or_default()).unwrap();
    let one = |line: &str| {
        let [runbook, is, by, on] = line.split(' ').collect::<Vec<_>>()[..].try_into().unwrap();
        lint::Reviewed {
            runbook: runbook.to_owned(),
            current: is == "current",
            by: by.to_owned(),
            on: on.parse().unwrap(),
        }
    };
    text.lines().map(one).collect()
}

/// Walks each shape once in all cases, and without faults, because this is a debug build.
pub(crate) fn walk(plans: &[Plan], _: Budget) -> Vec<Result<Coverage, TooLarge>> {
    static KNOWN: Mutex<BTreeMap<String, Result<Coverage, TooLarge>>> = Mutex::new(BTreeMap::new());
    let one = |plan: &Plan| {
        let shape = explore::shape(plan);
        let known = KNOWN.lock().unwrap().get(&shape).cloned();
        let budget = Budget { faults: 0, states: 20_000 };
        known.unwrap_or_else(|| {
            let coverage = explore::explore(plan, budget);
            KNOWN.lock().unwrap().insert(shape, coverage.clone());
            coverage
        })
    };
    plans.iter().map(one).collect()
}

/// What a person sees.
pub(crate) fn told(outcome: &Outcome) -> String {
    let mut out = String::new();
    for finding in &outcome.findings {
        let _ = writeln!(out, "{}\n", ui::diagnostic::render(finding, 80, false));
    }
    let _ = writeln!(out, "{}", last_line(outcome));
    out
}

pub(crate) struct Case {
    pub(crate) title: String,
    pub(crate) body: Vec<String>,
    pub(crate) expected: String,
}

/// The cases of a file.
pub(crate) fn cases(text: &str) -> Vec<Case> {
    let mut out: Vec<Case> = Vec::new();
    let mut telling = false;
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("# ") {
            out.push(Case { title: title.to_owned(), body: Vec::new(), expected: String::new() });
            telling = false;
            continue;
        }
        let case = out.last_mut().unwrap_or_else(|| panic!("a case begins with `# `: {line}"));
        match line {
            "=" => telling = true,
            line if telling => {
                case.expected.push_str(line);
                case.expected.push('\n');
            }
            line => case.body.push(line.to_owned()),
        }
    }
    for case in &mut out {
        case.expected = case.expected.trim_end().to_owned() + "\n";
    }
    out
}

/// A line with its escapes carried out.
fn unescaped(line: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find('\\') {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at..];
        if let Some(hex) = rest.strip_prefix("\\u{") {
            let end = hex.find('}').unwrap();
            let c = char::from_u32(u32::from_str_radix(&hex[..end], 16).unwrap()).unwrap();
            out.extend_from_slice(c.to_string().as_bytes());
            rest = &hex[end + 1..];
        } else if let Some(hex) = rest.strip_prefix("\\x") {
            out.push(u8::from_str_radix(&hex[..2], 16).unwrap());
            rest = &hex[2..];
        } else {
            out.push(b'\\');
            rest = &rest[1..];
        }
    }
    out.extend_from_slice(rest.as_bytes());
    out
}

/// Carries out one change.
fn change(files: &mut Files, path: &str, from: &[String], to: &[Vec<u8>], case: &str) {
    if path.is_empty() || (from.is_empty() && to.is_empty()) {
        return;
    }
    let file = files.entry(path.to_owned()).or_default();
    let mut new: Vec<u8> = to.iter().flat_map(|l| l.iter().copied().chain([b'\n'])).collect();
    if from.is_empty() {
        file.append(&mut new);
        return;
    }
    let old = from.join("\n") + "\n";
    let text = String::from_utf8(file.clone()).unwrap();
    assert_eq!(text.matches(&old).count(), 1, "{case}: in {path}, this stands there not once:\n{old}");
    let at = text.find(&old).unwrap();
    file.splice(at..at + old.len(), new);
}

/// The clean workspace with what a case changes.
pub(crate) fn broken(case: &Case, file: &str) -> Files {
    let mut files = clean();
    let name = format!("{file}: {}", case.title);
    let (mut path, mut from, mut to) = (String::new(), Vec::new(), Vec::new());
    for line in &case.body {
        if let Some(next) = line.strip_prefix("@ ") {
            change(&mut files, &path, &from, &to, &name);
            (path, from, to) = (next.to_owned(), Vec::new(), Vec::new());
        } else if let Some(old) = line.strip_prefix('-') {
            if !to.is_empty() {
                change(&mut files, &path, &from, &to, &name);
                (from, to) = (Vec::new(), Vec::new());
            }
            from.push(old.to_owned());
        } else if let Some(many) = line.strip_prefix("+*") {
            let (n, new) = many.split_once(' ').unwrap();
            to.extend(std::iter::repeat_n(unescaped(new), n.parse().unwrap()));
        } else if let Some(new) = line.strip_prefix("+\\") {
            to.push(unescaped(new));
        } else if let Some(new) = line.strip_prefix('+') {
            to.push(new.as_bytes().to_vec());
        } else if !line.is_empty() && !line.starts_with("! ") {
            panic!("{name}: what is `{line}`?");
        }
    }
    change(&mut files, &path, &from, &to, &name);
    files
}

#[test]
fn the_clean_workspace_has_no_findings() {
    assert_eq!(told(&lint(&clean(), false)), "no findings in 4 files and 2 plans\n");
}

#[test]
fn every_code_is_told_as_its_cases_say() {
    let bless = std::env::var_os("AIGOV_BLESS").is_some();
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for entry in fs::read_dir(folder().join("cases")).unwrap() {
        let path = entry.unwrap().path();
        let code = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        let mut blessed = String::new();
        for case in cases(&text) {
            let files = broken(&case, &code);
            let named = case.body.iter().find_map(|line| line.strip_prefix("! "));
            let outcome = named.map_or_else(|| lint(&files, false), |named| planned(&files, named));
            let told = told(&outcome);
            let found = outcome.findings.iter().any(|f| f.code.name == code);
            // A file may also show what is near and is not found, where its title says so.
            if !found && !case.title.starts_with("Not found: ") {
                wrong.push(format!("{code}: {}: not found, but told:\n{told}", case.title));
            } else if told != case.expected && !bless {
                wrong.push(format!("{code}: {}:\n{told}", case.title));
            }
            let _ = writeln!(blessed, "# {}\n{}\n=\n{told}", case.title, case.body.join("\n").trim_end());
        }
        if bless {
            fs::write(&path, blessed.trim_end().to_owned() + "\n").unwrap();
        }
        seen.insert(code);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let missing: Vec<&str> = lint::names()
        .filter(|n| lint::find(n).is_none_or(|(group, _)| group.name != "against"))
        .filter(|n| !AFTER_MANY.contains(n))
        .filter(|n| !seen.contains(*n) && !OF_THE_MACHINE.contains(n))
        .collect();
    assert!(missing.is_empty(), "codes without a case in tests/lint/cases: {missing:?}");
    let unknown: Vec<&String> = seen.iter().filter(|s| lint::find(s).is_none()).collect();
    assert!(unknown.is_empty(), "cases of codes that do not exist: {unknown:?}");
}
