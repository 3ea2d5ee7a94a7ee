//! The house keeps its own rules: which way imports point, what the pure rooms may touch, how long a file may be, and
//! words that have no place in finished work. Reads the source as text; runs nothing of it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's own tools may fail the test and say why")]

mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use source::{Source, Token, files_below, program};

/// Who may know whom. A module of the top level that is not here is a mistake: give it a row and a reason.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("diag", &["text"]),
    ("model", &["text", "diag"]),
    ("plan", &["text", "diag", "model"]),
    ("approval", &["text", "diag", "model", "plan"]),
    ("run", &["text", "diag", "model", "plan", "approval"]),
    ("explore", &["text", "diag", "model", "plan", "approval", "run"]),
    ("lint", &["text", "diag", "model", "plan", "approval", "run", "explore"]),
    // Threads, for whoever is an edge.
    ("aside", &[]),
    // The traits: core data only, and an answer that may come.
    ("port", &["text", "diag", "model", "plan", "approval", "run", "aside"]),
    // Folds over records, and what was found, told to programs.
    ("report", &["text", "diag", "model", "plan", "approval", "run", "explore", "lint"]),
    // The edges know the core's data and the traits, and never each other.
    ("provider", &["text", "diag", "model", "plan", "approval", "run", "port"]),
    ("journal", &["text", "diag", "model", "plan", "approval", "run", "port", "aside"]),
    ("keys", &["text", "diag", "model", "plan", "approval", "run", "port", "aside"]),
    ("ui", &["text", "diag", "model", "plan", "approval", "run", "port", "aside", "report"]),
    // The only place where async meets the machine.
    ("drive", &["text", "diag", "model", "plan", "approval", "run", "port", "aside"]),
    ("rehearse", &["text", "diag", "model", "plan", "approval", "run", "explore", "port", "drive"]),
    // Makes real ports; nobody imports it but `main`.
    (
        "cli",
        &[
            "text", "diag", "model", "plan", "approval", "run", "explore", "lint", "port", "report", "provider",
            "journal", "keys", "ui", "drive", "rehearse", "aside",
        ],
    ),
    ("main", &["cli"]),
    ("lib", &[]),
];

/// The rooms without a clock, files, network, processes, environment, chance or printing.
const PURE: &[&str] =
    &["text", "diag", "model", "plan", "approval", "run", "explore", "lint", "port", "report", "rehearse"];

/// Lines without tests.
const LONGEST: usize = 700;

/// Files that are longer, with the length they may have now. The list may only shrink.
const LONGER: &[(&str, usize)] = &[];

/// Names of the systems that adapters speak to. They are known in `provider/`, where each adapter stands.
const VENDORS: &[&str] = &["unleash", "argocd", "mlflow", "pagerduty", "prometheus", "launchdarkly", "opsgenie"];

/// Module names that say nothing about what a module owns.
const EMPTY_NAMES: &[&str] = &["util", "utils", "common", "helper", "helpers", "manager", "misc", "shared"];

fn top(source: &Source) -> &str {
    match source.name.as_str() {
        "main.rs" => "main",
        "lib.rs" => "lib",
        _ => source.module[0].as_str(),
    }
}

fn report(rule: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{rule}\n  {}\n", broken.join("\n  "));
}

#[test]
fn imports_point_one_way() {
    let program = program();
    let rows: BTreeMap<&str, &[&str]> = MAY_KNOW.iter().copied().collect();
    let modules: BTreeSet<&str> = program.iter().map(top).collect();
    let mut broken = Vec::new();
    for module in &modules {
        if !rows.contains_key(module) {
            broken.push(format!("src/{module} has no row in MAY_KNOW"));
        }
    }
    for source in &program {
        let from = top(source);
        for (path, line) in source.rooted_paths() {
            let Some(to) = path.first().map(String::as_str) else { continue };
            if to == from || !modules.contains(to) || from == "lib" {
                continue;
            }
            if !rows.get(from).is_some_and(|may| may.contains(&to)) {
                broken.push(format!("src/{}:{line}: {from} may not know {} ", source.name, path.join("::")));
            }
        }
    }
    report(
        "imports point one way (DESIGN: text <- diag <- model <- plan <- approval <- run <- explore <- lint)",
        &broken,
    );
}

#[test]
fn the_order_of_the_house_has_no_ring() {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (module, may) in MAY_KNOW.iter().filter(|(m, _)| !matches!(*m, "main" | "lib")) {
        for known in *may {
            assert!(seen.contains(known), "{module} knows {known}, which stands below it in MAY_KNOW");
        }
        seen.insert(module);
    }
}

#[test]
fn pure_rooms_touch_nothing() {
    let mut broken = Vec::new();
    for source in program().iter().filter(|s| PURE.contains(&top(s))) {
        for (path, line) in source.outside_paths(&["std", "core", "tokio", "reqwest", "git2", "hyper", "getrandom"]) {
            let path = path.join("::");
            let effect = [
                "std::fs",
                "std::net",
                "std::process",
                "std::env",
                "std::thread",
                "std::io::stdout",
                "std::io::stderr",
                "std::io::stdin",
                "std::time::SystemTime",
                "std::time::Instant",
                "tokio",
                "reqwest",
                "git2",
                "hyper",
                "getrandom",
                "std::collections::HashMap",
                "std::collections::hash_map",
            ]
            .iter()
            .any(|e| path == *e || path.starts_with(&format!("{e}::")));
            if effect {
                broken.push(format!("src/{}:{line}: {path}", source.name));
            }
        }
        let tokens: Vec<_> =
            source.tokens.iter().filter(|t| !t.in_test && !matches!(t.is, Token::Comment(_))).collect();
        for pair in tokens.windows(2) {
            if let (Token::Word(w), Token::Mark('!')) = (&pair[0].is, &pair[1].is)
                && matches!(w.as_str(), "print" | "println" | "eprint" | "eprintln" | "dbg")
            {
                broken.push(format!("src/{}:{}: {w}!", source.name, pair[0].line));
            }
        }
        for triple in tokens.windows(3) {
            if triple[0].is == Token::Path
                && triple[1].is == Token::Word("now".into())
                && triple[2].is == Token::Mark('(')
            {
                broken.push(format!("src/{}:{}: a clock (`::now()`)", source.name, triple[1].line));
            }
        }
    }
    report("the core is pure: no files, network, processes, environment, clock, chance, printing", &broken);
}

#[test]
fn files_stay_small() {
    let longer: BTreeMap<&str, usize> = LONGER.iter().copied().collect();
    let mut broken = Vec::new();
    for source in program() {
        let most = longer.get(source.name.as_str()).copied().unwrap_or(LONGEST);
        if source.lines > most {
            broken.push(format!("src/{}: {} lines without tests, at most {most}", source.name, source.lines));
        }
        if longer.contains_key(source.name.as_str()) && source.lines <= LONGEST {
            broken.push(format!("src/{}: no longer needs its place in LONGER", source.name));
        }
    }
    report("one verb, one provider, one reporter a file", &broken);
}

#[test]
fn nothing_is_left_for_later() {
    // Spelt in pieces, so that this file does not find itself.
    let later = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
    let mut broken = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = files_below(&root.join("src"));
    paths.extend(files_below(&root.join("tests")));
    for path in paths {
        let name = path.strip_prefix(root).unwrap().display().to_string();
        let source = Source::read(&name, &fs::read_to_string(&path).unwrap());
        for (i, token) in source.tokens.iter().enumerate() {
            let at = format!("{name}:{}", token.line);
            match &token.is {
                Token::Comment(c) => {
                    let words: Vec<&str> = c.split(|c: char| !c.is_alphanumeric()).collect();
                    if let Some(word) = later.iter().find(|l| words.contains(*l)) {
                        broken.push(format!("{at}: {word}"));
                    }
                }
                Token::Word(w) => {
                    let next = source.tokens.get(i + 1).map(|t| &t.is);
                    let before = |n: usize| i.checked_sub(n).and_then(|i| source.tokens.get(i)).map(|t| &t.is);
                    let in_attribute = before(1) == Some(&Token::Mark('['))
                        && (before(2) == Some(&Token::Mark('#')) || before(2) == Some(&Token::Mark('!')));
                    if later.contains(&w.as_str()) {
                        broken.push(format!("{at}: {w}"));
                    } else if matches!(w.as_str(), "todo" | "unimplemented") && next == Some(&Token::Mark('!')) {
                        broken.push(format!("{at}: {w}!"));
                    } else if in_attribute && matches!(w.as_str(), "ignore" | "allow") {
                        broken.push(format!("{at}: #[{w}]"));
                    }
                }
                _ => {}
            }
        }
    }
    report("finished work has no later", &broken);
}

#[test]
fn an_expected_lint_gives_its_reason() {
    let mut broken = Vec::new();
    for source in program() {
        for (i, token) in source.tokens.iter().enumerate() {
            let starts = token.is == Token::Word("expect".into())
                && i > 0
                && source.tokens[i - 1].is == Token::Mark('[')
                && source.tokens.get(i + 1).is_some_and(|t| t.is == Token::Mark('('));
            if !starts {
                continue;
            }
            let mut inside = source.tokens[i..].iter().take_while(|t| t.is != Token::Mark(']'));
            if !inside.any(|t| t.is == Token::Word("reason".into())) {
                broken.push(format!("src/{}:{}", source.name, token.line));
            }
        }
    }
    report("`#[expect(…, reason = …)]`", &broken);
}

#[test]
fn names_say_what_a_module_owns() {
    let mut broken = Vec::new();
    for source in program() {
        if let Some(name) = source.module.iter().find(|m| EMPTY_NAMES.contains(&m.as_str())) {
            broken.push(format!("src/{}: `{name}`", source.name));
        }
        let words = source.own_words();
        for pair in words.windows(2) {
            if pair[0].0 == "mod" && EMPTY_NAMES.contains(&pair[1].0) {
                broken.push(format!("src/{}:{}: mod {}", source.name, pair[1].1, pair[1].0));
            }
        }
        let first = source.tokens.first().map(|t| &t.is);
        let described = matches!(first, Some(Token::Comment(c)) if c.starts_with("//!") && c.len() > 20);
        if !described && source.lines > 0 {
            broken.push(format!("src/{}: does not begin with `//!` and its purpose", source.name));
        }
    }
    report("a module's name and first line say what it is for", &broken);
}

#[test]
fn vendors_are_known_in_one_place() {
    let mut broken = Vec::new();
    for source in program().iter().filter(|s| top(s) != "provider") {
        for token in source.tokens.iter().filter(|t| !t.in_test) {
            let (Token::Word(text) | Token::Text(text)) = &token.is else { continue };
            let text = text.to_lowercase();
            if let Some(vendor) = VENDORS.iter().find(|v| text.contains(*v)) {
                broken.push(format!("src/{}:{}: {vendor}", source.name, token.line));
            }
        }
    }
    report("names of vendors stand in src/provider and nowhere else in the program", &broken);
}

/// Suites that need a server or another program: the file of their tests, and the script that starts what they need. Each
/// skips, and says so, where its variable is unset.
const SUITES: &[(&str, &str)] = &[
    ("approvals", "git"),
    ("by_hand", "git"),
    ("completion", "completion"),
    ("full_disk", "disk"),
    ("fuzz", "fuzz"),
    ("hostile", "fuzz"),
    ("hosts", "git"),
    ("rewritten", "git"),
    ("interop_git", "git"),
    ("leaving", "git"),
    ("real_incident", "incident"),
    ("real_mlflow", "mlflow"),
    ("real_prometheus", "prometheus"),
    ("real_unleash", "unleash"),
    ("spec_argocd", "argocd"),
    ("spec_pagerduty", "pagerduty"),
    ("mutations", "mistakes"),
    ("one_file", "mistakes"),
    ("sarif", "sarif"),
];

#[test]
fn every_suite_is_run_by_ci() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let run = fs::read_to_string(root.join(".ci/run")).unwrap();
    let mut gated = BTreeSet::new();
    for path in files_below(&root.join("tests")) {
        if fs::read_to_string(&path).unwrap().contains(concat!("\"AIGOV_", "SUITE_")) {
            gated.insert(path.file_stem().unwrap().to_str().unwrap().to_owned());
        }
    }
    let listed: BTreeSet<String> = SUITES.iter().map(|(file, _)| (*file).to_owned()).collect();
    assert_eq!(gated, listed, "files that ask for a suite's variable, against SUITES");
    for (file, script) in SUITES {
        let path = root.join(".ci/suites").join(format!("{script}.sh"));
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert!(text.split_whitespace().any(|w| w == *file), "{} does not run {file}", path.display());
        assert!(run.split_whitespace().any(|w| w == *script), ".ci/run does not start {script}");
    }
}

#[test]
fn every_test_file_is_compiled() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut declared: BTreeSet<String> = BTreeSet::new();
    let mut inner: BTreeSet<String> = BTreeSet::new();
    for path in files_below(&tests) {
        let name = path.strip_prefix(&tests).unwrap().to_str().unwrap().to_owned();
        if name.starts_with("fuzz/") || name.starts_with("bench/") {
            continue;
        }
        let source = Source::read(&name, &fs::read_to_string(&path).unwrap());
        let words: Vec<&str> = source
            .tokens
            .iter()
            .filter_map(|t| if let Token::Word(w) = &t.is { Some(w.as_str()) } else { None })
            .collect();
        let modules = words.windows(2).filter(|p| p[0] == "mod").map(|p| p[1].to_owned());
        declared.extend(modules);
        let depth = name.split('/').count();
        if depth > 1 && !name.ends_with("/main.rs") {
            let stem = name.trim_end_matches(".rs").trim_end_matches("/mod");
            inner.insert(stem.rsplit('/').next().unwrap().to_owned());
        }
    }
    let forgotten: Vec<&String> = inner.difference(&declared).collect();
    assert!(
        forgotten.is_empty(),
        "files below tests/ that no `mod` names, so that nothing compiles them: {forgotten:?}"
    );
}
