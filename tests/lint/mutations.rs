//! Mistakes that people make, made in every shipped runbook and automation, one at a time: a key dropped or misspelled, two
//! steps swapped, a reference that means something else, a number or a duration ten times as large, a direction turned
//! round, `above` written for `below`. Lint finds them; what it does not find is named in `survivors.txt`, each with why it does not matter.
//!
//! In `survivors.txt` a line that begins with `#` is a reason, what follows are the kinds of mistakes that survive for it:
//! what is done, to which key, how often it survives and how often it was tried. A reason begins with how it is checked:
//!
//! - `[same]`: the plans that follow mean the same, to the digest; what differs is read by people, or reaches no plan.
//! - `[told]`: the plans that follow differ. Nothing in the files says which is meant, so that only a comparison can:
//!   approvals are void because the digest is another, and `lint --against` tells it, which is tried.
//! - `[gone]`: a runbook serves an automation no longer, and `lint --against` tells it, which is tried.
//! - `[quiet]`: the plans that follow differ, approvals are void, and `lint --against` passes over it: the reason says why
//!   nothing is weaker.
//!
//! `AIGOV_SUITE_MISTAKES=1 AIGOV_BLESS=1 cargo test --test lint mutations` writes the counts, and what is new below a line of its own, on which the
//! test fails until somebody has found a reason for it, or a rule.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use aigov::diag::Diagnostic;
use aigov::lint::{self, Before, Check, Input, Selection};
use aigov::model::workspace::Workspace;
use aigov::plan::fit::{self, Serving};
use aigov::plan::shipped::{RUNBOOKS, SANDBOX};
use aigov::plan::{digest, resolve};
use aigov::provider;
use toml::{Table, Value};

use crate::{Files, TODAY, folder};

/// What stands above what nobody has judged yet.
const NOT_JUDGED: &str = "# [?] Not judged yet.";

/// Most other words that are tried in a place.
const MOST_WORDS: usize = 3;

/// One mistake in so many is made by `cargo test`; all of them where `AIGOV_SUITE_MISTAKES` is set.
const EVERY: usize = 41;

/// Where in a file: names of keys and places in lists.
type At = Vec<Step>;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Key(String),
    Item(usize),
}

/// One mistake.
#[derive(Clone, Debug)]
enum Mistake {
    Drop,
    /// The key is written with another ending.
    MisspellKey,
    /// An item of a list changes places with the one after it.
    Swap,
    /// An item stands there twice.
    Twice,
    /// A threshold looks the other way.
    Rename(&'static str),
    /// Another value.
    Put(&'static str, Value),
}

impl Mistake {
    fn name(&self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::MisspellKey => "misspell the key",
            Self::Swap => "swap with the next",
            Self::Twice => "write twice",
            Self::Rename(_) => "swap above and below",
            Self::Put(name, _) => name,
        }
    }
}

fn parsed(text: &str) -> Table {
    text.parse().unwrap_or_else(|e| panic!("{e}"))
}

/// Every value of a tree with its place.
fn values<'v>(at: &mut At, value: &'v Value, visit: &mut dyn FnMut(&At, &'v Value)) {
    visit(at, value);
    match value {
        Value::Table(table) => {
            for (key, value) in table {
                at.push(Step::Key(key.clone()));
                values(at, value, visit);
                at.pop();
            }
        }
        Value::Array(items) => {
            for (i, value) in items.iter().enumerate() {
                at.push(Step::Item(i));
                values(at, value, visit);
                at.pop();
            }
        }
        _ => {}
    }
}

/// The nearest key above a place.
fn key(at: &At) -> &str {
    at.iter().rev().find_map(|s| if let Step::Key(k) = s { Some(k.as_str()) } else { None }).unwrap_or("")
}

/// A place without the names that people chose: `controls.*.provider`, `immediate[].with.control`.
fn kind_of(at: &At) -> String {
    const NAMED: [&str; 5] = ["controls", "layers", "signals", "evidence", "roles"];
    let mut out = String::new();
    let mut above = "";
    for step in at {
        match step {
            Step::Item(_) => out.push_str("[]"),
            Step::Key(key) => {
                let named = NAMED.contains(&above) && out == above;
                let _ = write!(out, "{}{}", if out.is_empty() { "" } else { "." }, if named { "*" } else { key });
                above = key;
            }
        }
    }
    out
}

/// A duration a number of times as long.
fn scaled(text: &str, times: u64, parts: u64) -> Option<String> {
    let unit = text.chars().next_back().filter(|c| "smhdw".contains(*c))?;
    let number: u64 = text[..text.len() - 1].parse().ok()?;
    let of = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400), ('w', 604_800)];
    let seconds = number * of.iter().find(|(u, _)| *u == unit)?.1 * times / parts;
    (seconds > 0).then(|| format!("{seconds}s"))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.len() <= 40 && !text.contains(|c: char| c.is_whitespace() || c == '/')
}

/// The mistakes that can be made in a place.
fn mistakes(at: &At, value: &Value, words: &BTreeMap<String, BTreeSet<String>>, last: bool) -> Vec<Mistake> {
    let put = |name, value: Value| Mistake::Put(name, value);
    let text = |text: &str| Value::String(text.to_owned());
    let mut out = vec![Mistake::Drop];
    match at.last() {
        Some(Step::Key(written)) => {
            out.push(Mistake::MisspellKey);
            match written.as_str() {
                "above" => out.push(Mistake::Rename("below")),
                "below" => out.push(Mistake::Rename("above")),
                _ => {}
            }
        }
        Some(Step::Item(_)) => {
            out.push(Mistake::Twice);
            out.extend((!last).then_some(Mistake::Swap));
        }
        None => {}
    }
    match value {
        Value::String(written) => {
            out.push(put("empty", text("")));
            if let Some(longer) = scaled(written, 10, 1) {
                out.push(put("ten times as long", text(&longer)));
                out.extend(scaled(written, 1, 10).map(|s| put("a tenth as long", text(&s))));
            } else if is_word(written) {
                out.push(put("misspell", text(&format!("{written}x"))));
                let others = words.get(key(at)).into_iter().flatten().filter(|w| *w != written);
                out.extend(others.take(MOST_WORDS).map(|w| put("another word", text(w))));
            }
            if written == "off" || written == "advisory" || written == "gated" {
                let up = if written == "off" { "on" } else { "auto" };
                out.push(put("turn round", text(up)));
            }
            if key(at) == "when" {
                for (from, to) in [("||", "&&"), ("&&", "||"), (">=", ">"), ("> ", ">= "), ("> ", "< "), ("< ", "> ")] {
                    if written.contains(from) {
                        out.push(put("turn round", text(&written.replacen(from, to, 1))));
                    }
                }
                out.push(put("turn round", text(&format!("!({written})"))));
            }
        }
        Value::Integer(n) => {
            out.push(put("ten times as much", Value::Integer(n * 10)));
            out.push(put("a tenth as much", Value::Float(*n as f64 / 10.0)));
            out.push(put("nothing", Value::Integer(0)));
            out.push(put("below nothing", Value::Integer(-n - 1)));
            out.push(put("turn round", Value::Integer(100 - n)));
        }
        Value::Float(n) => {
            out.push(put("ten times as much", Value::Float(n * 10.0)));
            out.push(put("a tenth as much", Value::Float(n / 10.0)));
            out.push(put("nothing", Value::Float(0.0)));
            out.push(put("below nothing", Value::Float(-n - 1.0)));
        }
        Value::Boolean(b) => out.push(put("turn round", Value::Boolean(!b))),
        Value::Datetime(_) => {
            let day = |text: &str| Value::Datetime(text.parse().unwrap_or_else(|e| panic!("{e}")));
            out.push(put("years ago", day("2020-01-01")));
            out.push(put("in many years", day("2099-01-01")));
        }
        Value::Array(_) => out.push(put("empty", Value::Array(Vec::new()))),
        Value::Table(step) => {
            out.push(put("empty", Value::Table(Table::new())));
            // The stop that goes the other way.
            if step.get("do").and_then(Value::as_str) == Some("control.safe")
                && let Some(control) = step.get("with").and_then(|w| w.get("control"))
            {
                for top in [text("on"), Value::Integer(100), text("auto"), text("write")] {
                    let mut with = Table::new();
                    with.insert("control".to_owned(), control.clone());
                    with.insert("to".to_owned(), top);
                    let mut turned = step.clone();
                    turned.insert("do".to_owned(), text("control.set"));
                    turned.insert("with".to_owned(), Value::Table(with));
                    out.push(put("turn round", Value::Table(turned)));
                }
            }
        }
    }
    out
}

/// The tree with a mistake made in a place.
fn with(root: &Table, at: &At, mistake: &Mistake) -> Table {
    fn change(value: &mut Value, at: &[Step], mistake: &Mistake) {
        match (value, at) {
            (Value::Table(table), [Step::Key(key)]) => match mistake {
                Mistake::Drop => {
                    table.remove(key);
                }
                Mistake::MisspellKey => {
                    let value = table.remove(key).unwrap();
                    table.insert(format!("{key}x"), value);
                }
                Mistake::Rename(other) => {
                    let value = table.remove(key).unwrap();
                    table.insert((*other).to_owned(), value);
                }
                Mistake::Put(_, new) => {
                    table.insert(key.clone(), new.clone());
                }
                Mistake::Swap | Mistake::Twice => panic!("only items of lists"),
            },
            (Value::Array(items), [Step::Item(i)]) => match mistake {
                Mistake::Drop => {
                    items.remove(*i);
                }
                Mistake::Swap => items.swap(*i, i + 1),
                Mistake::Twice => items.insert(*i, items[*i].clone()),
                Mistake::Put(_, new) => items[*i] = new.clone(),
                Mistake::MisspellKey | Mistake::Rename(_) => panic!("only keys"),
            },
            (Value::Table(table), [Step::Key(key), rest @ ..]) => change(table.get_mut(key).unwrap(), rest, mistake),
            (Value::Array(items), [Step::Item(i), rest @ ..]) => change(&mut items[*i], rest, mistake),
            _ => panic!("no such place"),
        }
    }
    let mut value = Value::Table(root.clone());
    change(&mut value, at, mistake);
    let Value::Table(table) = value else { panic!("a file is a table") };
    table
}

/// A file as it is written again, with the line that an editor reads.
fn written(first: &str, table: &Table) -> String {
    format!("{first}\n{}", toml::to_string(table).unwrap())
}

/// Every mistake that can be made in a file.
fn all_mistakes(root: &Table, words: &BTreeMap<String, BTreeSet<String>>) -> Vec<(At, Mistake)> {
    let mut lengths: BTreeMap<At, usize> = BTreeMap::new();
    let whole = Value::Table(root.clone());
    values(&mut Vec::new(), &whole, &mut |at, value| {
        if let Value::Array(items) = value {
            lengths.insert(at.clone(), items.len());
        }
    });
    let mut out = Vec::new();
    values(&mut Vec::new(), &whole, &mut |at, value| {
        let last = match at.split_last() {
            Some((Step::Item(i), above)) => lengths.get(above).is_none_or(|n| i + 1 == *n),
            _ => true,
        };
        if !at.is_empty() {
            out.extend(mistakes(at, value, words, last).into_iter().map(|m| (at.clone(), m)));
        }
    });
    out
}

struct Shipped {
    /// By path: the first line and the tree.
    files: BTreeMap<String, (String, Table)>,
    workspace: Workspace,
    plans: BTreeMap<(String, String, String), String>,
}

/// Everything decoded, with one file in place of that of its name.
fn with_file(workspace: &Workspace, path: &str, text: &str) -> (Workspace, Vec<Diagnostic>) {
    let (part, mut problems) = Workspace::part(vec![(path.to_owned(), text.as_bytes().to_vec())], provider::catalog());
    lint::texts(&part, &mut problems, &Selection::default());
    Workspace::join([(workspace.clone(), Vec::new()), (part, problems)])
}

/// What follows from a workspace, to the digest.
fn plans(workspace: &Workspace) -> BTreeMap<(String, String, String), String> {
    let mut out = BTreeMap::new();
    let settings = workspace.settings.as_ref().unwrap();
    let needs: BTreeMap<_, _> = workspace.runbooks.values().map(|r| (r.name.as_str(), fit::needs(r))).collect();
    for environment in settings.environments.names() {
        let serving = Serving::new(workspace, environment, |runbook| &needs[runbook.name.as_str()]);
        for runbook in workspace.runbooks.keys() {
            for automation in serving.of(runbook) {
                let name = automation.name.as_str();
                let made = resolve(workspace, provider::catalog(), runbook, name, environment, true);
                let digest = made.map_or_else(|_| "none".to_owned(), |(plan, _)| digest::digest(&plan).unwrap());
                out.insert((runbook.clone(), name.to_owned(), environment.to_owned()), digest);
            }
        }
    }
    out
}

impl Shipped {
    fn new() -> Self {
        let all: Files =
            SANDBOX.iter().chain(RUNBOOKS).map(|(p, t)| ((*p).to_owned(), t.as_bytes().to_vec())).collect();
        let mutated = |path: &str| path.starts_with("runbooks/") || path.starts_with("automations/");
        let files: BTreeMap<String, (String, Table)> = SANDBOX
            .iter()
            .chain(RUNBOOKS)
            .filter(|(path, _)| mutated(path))
            .map(|(path, text)| ((*path).to_owned(), (text.lines().next().unwrap().to_owned(), parsed(text))))
            .collect();
        let (workspace, problems) = Workspace::assemble(all.into_iter().collect(), provider::catalog());
        assert_eq!(problems, Vec::new());
        let plans = plans(&workspace);
        Self { files, workspace, plans }
    }

    /// Words by the key at which they stand in any file, so that a reference can mean something else that exists.
    fn words(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut out: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (_, root) in self.files.values() {
            values(&mut Vec::new(), &Value::Table(root.clone()), &mut |at, value| {
                if let Value::String(text) = value
                    && is_word(text)
                {
                    out.entry(key(at).to_owned()).or_default().insert(text.clone());
                }
            });
        }
        out
    }

    /// What is found when a file has this text: first in it and in the plans that it is part of, then elsewhere, where only
    /// what needs no plan can have changed.
    fn found(&self, path: &str, text: &str, before: &BTreeSet<String>) -> Vec<String> {
        let bytes = vec![(path.to_owned(), text.as_bytes().to_vec())];
        let (part, mut problems) = Workspace::part(bytes, provider::catalog());
        lint::texts(&part, &mut problems, &Selection::default());
        if !problems.is_empty() {
            return problems.iter().map(ToString::to_string).collect();
        }
        let (near, problems) = Workspace::join([(self.around(path), Vec::new()), (part, problems)]);
        let found = findings(&near, problems, &Selection::default());
        let found: Vec<String> = found.into_iter().filter(|f| !before.contains(f)).collect();
        if !found.is_empty() {
            return found;
        }
        let (whole, problems) = with_file(&self.workspace, path, text);
        let planned = |check: &Check| matches!(check, Check::Plan(_) | Check::Path(_) | Check::Resolving);
        let apart = lint::all().filter(|rule| !rule.checks.iter().any(planned));
        let apart: Vec<String> = apart.map(|rule| rule.code.name.to_owned()).collect();
        findings(&whole, problems, &Selection::new(&apart, &[]).unwrap())
    }

    /// Whether a comparison with the file as it was tells anything of the file as it is.
    fn is_compared(&self, path: &str, first: &str, root: &Table, text: &str) -> bool {
        let with = |text: &str| {
            let part = Workspace::part(vec![(path.to_owned(), text.as_bytes().to_vec())], provider::catalog());
            Workspace::join([(self.around(path), Vec::new()), part])
        };
        let (old, problems) = with(&written(first, root));
        let shipped = BTreeSet::new();
        let before = Before { name: "before", workspace: &old, problems: &problems, shipped: &shipped, agreed: &[] };
        let (workspace, problems) = with(text);
        let selection = Selection::new(&["against".to_owned()], &[]).unwrap();
        let input = Input {
            workspace: &workspace,
            problems,
            catalog: provider::catalog(),
            today: TODAY,
            shipped: &shipped,
            asked: None,
            selection: &selection,
            demo: true,
            reviews: &[],
            reviewed: &[],
        };
        let outcome = lint::lint_against(input, None, Some(&before));
        !outcome.findings.is_empty() || outcome.compared.is_some_and(|c| !c.stronger.is_empty())
    }

    /// The workspace without what makes no plan with a file: of a runbook the other runbooks, of an automation the others.
    fn around(&self, path: &str) -> Workspace {
        let mut near = self.workspace.clone();
        if path.starts_with("runbooks/") {
            near.runbooks.clear();
        } else {
            near.automations.clear();
        }
        near
    }

    /// What is found around a file only because not everything is there.
    fn before(&self, path: &str, text: &str) -> BTreeSet<String> {
        let bytes = vec![(path.to_owned(), text.as_bytes().to_vec())];
        let part = Workspace::part(bytes, provider::catalog());
        let (near, problems) = Workspace::join([(self.around(path), Vec::new()), part]);
        findings(&near, problems, &Selection::default()).into_iter().collect()
    }
}

fn findings(workspace: &Workspace, problems: Vec<Diagnostic>, selection: &Selection) -> Vec<String> {
    let input = Input {
        workspace,
        problems,
        catalog: provider::catalog(),
        today: TODAY,
        shipped: &BTreeSet::new(),
        asked: None,
        selection,
        demo: true,
        reviews: &[],
        reviewed: &[],
    };
    // Without the line, which a mistake may move.
    let said = |f: Diagnostic| format!("{} {}", f.code, f.message);
    lint::lint(input).findings.into_iter().map(said).collect()
}

/// What survived, by reason's check, mistake and kind of place, and how often it was tried.
#[derive(Default)]
struct Tally {
    tried: BTreeMap<(String, String), usize>,
    survived: BTreeMap<(String, String, &'static str), Vec<String>>,
}

fn run(shipped: &Shipped, every: usize) -> Tally {
    let words = shipped.words();
    let mut jobs = Vec::new();
    let mut before = BTreeMap::new();
    for (path, (first, root)) in &shipped.files {
        before.insert(path, shipped.before(path, &written(first, root)));
        jobs.extend(all_mistakes(root, &words).into_iter().map(|(at, mistake)| (path, first, root, at, mistake)));
    }
    let jobs: Vec<_> = jobs.into_iter().step_by(every).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut tally = Tally::default();
        while let Some((path, first, root, at, mistake)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let kind =
                format!("{} {}", if path.starts_with("runbooks/") { "runbook" } else { "automation" }, kind_of(at));
            let group = (kind, mistake.name().to_owned());
            *tally.tried.entry(group.clone()).or_default() += 1;
            let text = written(first, &with(root, at, mistake));
            if !shipped.found(path, &text, &before[path]).is_empty() {
                continue;
            }
            let (workspace, _) = with_file(&shipped.workspace, path, &text);
            let now = plans(&workspace);
            let check = if now == shipped.plans {
                "same"
            } else if !shipped.is_compared(path, first, root, &text) {
                "quiet"
            } else if now.len() < shipped.plans.len() {
                "gone"
            } else {
                "told"
            };
            let put = if let Mistake::Put(_, value) = mistake { format!(" = {value}") } else { String::new() };
            tally.survived.entry((group.0, group.1, check)).or_default().push(format!("{path}: {at:?}{put}"));
        }
        tally
    };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let parts: Vec<Tally> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running.into_iter().map(|t| t.join().unwrap()).collect()
    });
    let mut all = Tally::default();
    for part in parts {
        part.tried.into_iter().for_each(|(k, n)| *all.tried.entry(k).or_default() += n);
        part.survived.into_iter().for_each(|(k, v)| all.survived.entry(k).or_default().extend(v));
    }
    all.survived.values_mut().for_each(|v| v.sort());
    all
}

/// Reasons, each with the lines below it.
fn reasons(text: &str) -> Vec<(String, Vec<String>)> {
    let mut out: Vec<(String, Vec<String>)> = Vec::new();
    for line in text.lines().filter(|l| !l.trim().is_empty()) {
        if line.starts_with('#') {
            out.push((line.to_owned(), Vec::new()));
        } else if let Some((_, lines)) = out.last_mut() {
            lines.push(line.to_owned());
        }
    }
    out
}

#[test]
fn what_survives_is_named_with_why_it_does_not_matter() {
    let shipped = Shipped::new();
    for (path, (first, root)) in &shipped.files {
        let text = written(first, root);
        let found = shipped.found(path, &text, &shipped.before(path, &text));
        assert!(found.is_empty(), "{path}, only written again: {found:?}");
    }
    let all = std::env::var_os("AIGOV_SUITE_MISTAKES").is_some();
    let tally = run(&shipped, if all { 1 } else { EVERY });
    let path = folder().join("survivors.txt");
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let (heading, body) = kept.split_once("\n\n").unwrap_or(("", &kept));
    let reasons = reasons(body);
    let mut left: BTreeMap<(String, &str), (String, &Vec<String>)> = BTreeMap::new();
    for ((kind, mistake, check), who) in &tally.survived {
        let tried = tally.tried[&(kind.clone(), mistake.clone())];
        let line = format!("{kind}: {mistake}: {} of {tried}", who.len());
        left.insert((format!("{kind}: {mistake}"), check), (line, who));
    }
    let tried: usize = tally.tried.values().sum();
    let survived: usize = tally.survived.values().map(Vec::len).sum();
    let mut made = format!("{}\n", heading.lines().filter(|l| l.starts_with("//")).collect::<Vec<_>>().join("\n"));
    let _ = writeln!(
        made,
        "{tried} mistakes in {} files: {} found, {survived} left.",
        shipped.files.len(),
        tried - survived
    );
    let mut matters = String::new();
    for (reason, lines) in reasons.iter().filter(|(r, _)| r != NOT_JUDGED) {
        let check = reason.split(['[', ']']).nth(1).unwrap_or("");
        assert!(["same", "told", "gone", "quiet"].contains(&check), "how is this checked? {reason}");
        let _ = write!(made, "\n{reason}\n\n");
        for line in lines {
            let name = line.rsplit_once(": ").map_or(line.as_str(), |(name, _)| name);
            if let Some((now, _)) = left.remove(&(name.to_owned(), check)) {
                let _ = writeln!(made, "{now}");
            }
        }
    }
    if !left.is_empty() {
        let _ = write!(made, "\n{NOT_JUDGED}\n\n");
        for ((_, check), (line, who)) in &left {
            let _ = writeln!(made, "{line} [{check}]");
            let _ = writeln!(matters, "[{check}] {line}\n    {}", who[..who.len().min(12)].join("\n    "));
        }
    }
    let bless = all && std::env::var_os("AIGOV_BLESS").is_some();
    if bless {
        fs::write(&path, &made).unwrap();
    }
    assert!(left.is_empty(), "these survive, and nobody has said why it does not matter:\n{matters}");
    assert!(!all || bless || kept == made, "survivors.txt is another now:\n{made}");
}
