//! Completion: what the word being typed could become, asked by the shells' small scripts in `completions/`.
//!
//! `AIGOV_COMPLETE=1 aigov WORD…` takes the words of an unfinished command line, the last of them the one being typed, and
//! prints a line for each thing that it could become: the word, a tab, what it is. Owns which argument means which kind
//! of name. Names come from the workspace and the journal at hand. Never asks a network, writes nothing, prints nothing
//! on stderr and never fails: somebody is in the middle of a line.
//!
//! **A new verb** needs nothing here when its arguments are called what the same thing is called elsewhere: `run`, `gate`,
//! `runbook`, `automation`, `env`, `person`. An argument of another name gets a row in [`KINDS`], or in the test's list of
//! words that only the person knows; a test names whoever is in neither. Paths and enumerations are known from their types.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::io::{Write as _, stdout};
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Arg, Command, CommandFactory as _};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, complete};

use super::args::{Args, Global};
use super::context::{self, Context};
use crate::journal::RunInfo;
use crate::lint;
use crate::model::automation::RiskBand;
use crate::model::people::Person;
use crate::model::runbook::{Fact, Severity};
use crate::model::scenario::Player;
use crate::model::word::Word as _;
use crate::report::phrase;
use crate::text::safe;

/// In the place of names: the shell's own completion of files.
const FILES: &str = ":files";

/// The most that is offered; more is a wall.
const MOST: usize = 200;

/// What an argument names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Run,
    Gate,
    Runbook,
    Scenario,
    Player,
    Page,
    Done,
    Automation,
    Control,
    Band,
    Environment,
    Person,
    Fact,
    Level,
    Rule,
    RuleOrGroup,
}

/// Which argument names what, by the argument's id: the field's name in `args`.
const KINDS: &[(&str, Kind)] = &[
    ("run", Kind::Run),
    ("continues", Kind::Run),
    ("from_run", Kind::Run),
    ("gate", Kind::Gate),
    ("runbook", Kind::Runbook),
    ("scenario", Kind::Scenario),
    ("player", Kind::Player),
    ("what", Kind::Page),
    ("done", Kind::Done),
    ("automation", Kind::Automation),
    ("names", Kind::Automation),
    ("control", Kind::Control),
    ("class", Kind::Band),
    ("env", Kind::Environment),
    ("person", Kind::Person),
    ("asked", Kind::Person),
    ("fact", Kind::Fact),
    ("level", Kind::Level),
    ("rule", Kind::Rule),
    ("allow", Kind::RuleOrGroup),
    ("only", Kind::RuleOrGroup),
];

fn kind(arg: &Arg) -> Option<Kind> {
    KINDS.iter().find(|(id, _)| arg.get_id() == *id).map(|(_, kind)| *kind)
}

/// Answers on stdout. A reader that leaves early has seen enough.
pub(super) fn call(line: &[OsString]) -> u8 {
    let _ = stdout().write_all(answer(line).as_bytes());
    0
}

/// A line for each candidate.
fn answer(line: &[OsString]) -> String {
    // The program's name alone: nothing is being typed yet.
    let mut words = line.to_vec();
    if words.len() < 2 {
        words.resize(2, OsString::new());
    }
    let last = words.len() - 1;
    let asked = Arc::new(Asked::new(&words));
    let option = words.last().is_some_and(|w| w.to_string_lossy().starts_with('-'));
    let Ok(found) = complete(&mut dressed(Args::command(), &asked), words, last, None) else { return String::new() };
    let mut out = String::new();
    for candidate in found.iter().filter(|c| option || !c.get_value().to_string_lossy().starts_with('-')).take(MOST) {
        let value = candidate.get_value().to_string_lossy();
        if value.ends_with(FILES) {
            return format!("{FILES}\n");
        }
        // What is offered is put on a command line: only what a shell takes as it stands.
        if !value.chars().all(|c| c.is_ascii_alphanumeric() || "-_./=+@,".contains(c)) {
            continue;
        }
        let help = candidate.get_help().map(ToString::to_string).unwrap_or_default();
        // Writing to a String can't fail.
        let _ = writeln!(out, "{value}\t{}", safe::excerpt(help.lines().next().unwrap_or_default(), 100));
    }
    out
}

/// The command with a source of names for each argument that has one.
fn dressed(command: Command, asked: &Arc<Asked>) -> Command {
    let command = command.mut_args(|arg| {
        if let Some(kind) = kind(&arg) {
            let asked = Arc::clone(asked);
            return arg.add(ArgValueCompleter::new(move |word: &OsStr| asked.names(kind, &word.to_string_lossy())));
        }
        let is_path = arg.get_value_parser().type_id() == std::any::TypeId::of::<PathBuf>();
        if is_path {
            return arg.add(ArgValueCompleter::new(|_: &OsStr| vec![CompletionCandidate::new(FILES)]));
        }
        arg
    });
    command.mut_subcommands(|verb| dressed(verb, asked))
}

/// The words so far, and which workspace they speak of.
#[derive(Clone, Debug, Default)]
struct Asked {
    global: Global,
    words: Vec<String>,
}

impl Asked {
    /// Reads `-C` and `--sandbox` wherever they stand; the line may be wrong everywhere else.
    fn new(line: &[OsString]) -> Self {
        let words: Vec<String> = line.iter().map(|w| w.to_string_lossy().into_owned()).collect();
        let mut global = Global::default();
        for (n, word) in words.iter().enumerate() {
            let folder = match word.strip_prefix("-C") {
                Some("") => words.get(n + 1).map(String::as_str),
                Some(rest) => Some(rest.strip_prefix('=').unwrap_or(rest)),
                None => None,
            };
            if let Some(folder) = folder {
                global.directory = Some(context::from_home(folder));
            }
            global.sandbox |= word == "--sandbox";
        }
        Self { global, words }
    }

    /// The names of a kind that begin with what was typed.
    fn names(&self, kind: Kind, typed: &str) -> Vec<CompletionCandidate> {
        let all = match kind {
            Kind::Rule => rules(),
            Kind::RuleOrGroup => {
                let groups = lint::GROUPS.iter().map(|g| (g.name.to_owned(), g.about.to_owned()));
                groups.chain(rules()).collect()
            }
            Kind::Band => RiskBand::ALL.iter().map(|b| (b.word().to_owned(), String::new())).collect(),
            kind => Context::open(&self.global).map(|cx| self.of_workspace(&cx, kind)).unwrap_or_default(),
        };
        let fitting = all.into_iter().filter(|(name, _)| name.starts_with(typed));
        fitting.map(|(name, about)| CompletionCandidate::new(name).help(Some(safe::line(&about).into()))).collect()
    }

    fn of_workspace(&self, cx: &Context, kind: Kind) -> Names {
        match kind {
            Kind::Run => runs(cx),
            Kind::Gate => self.gates(cx),
            Kind::Runbook => runbooks(cx),
            Kind::Scenario => scenarios(cx),
            Kind::Player => self.players(cx),
            Kind::Done => runbooks(cx).into_iter().chain(automations(cx)).chain(runs(cx)).collect(),
            Kind::Page => runbooks(cx).into_iter().chain(automations(cx)).collect(),
            Kind::Automation => automations(cx),
            Kind::Environment => environments(cx),
            Kind::Person => persons(cx),
            Kind::Fact => self.facts(cx),
            Kind::Level => self.levels(cx),
            Kind::Control => self.controls(cx),
            Kind::Rule | Kind::RuleOrGroup | Kind::Band => Names::new(),
        }
    }

    /// The run that a word before names.
    fn run(&self, cx: &Context) -> Option<RunInfo> {
        let all = cx.journal().glance();
        let named =
            |id: &str| self.words.iter().skip(2).any(|w| !w.is_empty() && (id.starts_with(w) || id.ends_with(w)));
        all.into_iter().find(|(id, _)| named(id)).and_then(|(_, info)| info)
    }

    fn gates(&self, cx: &Context) -> Names {
        let info = self.run(cx);
        info.into_iter().flat_map(|i| i.gates.into_keys()).map(|gate| (gate, "waits for votes".to_owned())).collect()
    }

    /// Of the automations that the line names, or of all.
    fn controls(&self, cx: &Context) -> Names {
        let all = cx.loaded().workspace.automations.values();
        let named = all.clone().any(|a| self.words.contains(&a.name));
        let of = all.filter(|a| !named || self.words.contains(&a.name));
        let mut names: Names =
            of.flat_map(|a| a.controls.names().map(|c| (c.to_owned(), format!("of {}", a.name)))).collect();
        names.sort();
        names.dedup_by(|a, b| a.0 == b.0);
        names
    }

    /// Of the scenario that the line names.
    fn players(&self, cx: &Context) -> Names {
        let named = |name: &str| self.words.iter().any(|w| w == name || name.strip_prefix("gameday/") == Some(w));
        let of = cx.loaded().workspace.scenarios.values().filter(|s| named(&s.name)).flat_map(|s| &s.players);
        let about = |p: &Player| p.about.as_ref().map_or_else(String::new, |a| a.value.clone());
        of.map(|p| (p.id.value.clone(), about(p))).collect()
    }

    fn facts(&self, cx: &Context) -> Names {
        let Some(info) = self.run(cx) else { return Names::new() };
        let Some(runbook) = cx.loaded().workspace.runbooks.get(&info.runbook) else { return Names::new() };
        let ask = |f: &Fact| f.ask.as_ref().map_or_else(String::new, |a| a.value.clone());
        runbook.facts.iter().map(|f| (f.id.value.clone(), ask(f))).collect()
    }

    fn levels(&self, cx: &Context) -> Names {
        let Some(info) = self.run(cx) else { return Names::new() };
        let Some(runbook) = cx.loaded().workspace.runbooks.get(&info.runbook) else { return Names::new() };
        let when = |when: Option<&str>| when.map_or_else(|| "otherwise".to_owned(), |w| format!("when {w}"));
        let about = |s: &Severity| when(s.when.as_ref().map(|w| w.text.value.as_str()));
        runbook.severities.iter().map(|s| (s.level.value.clone(), about(s))).collect()
    }
}

/// Names, each with what it is.
type Names = Vec<(String, String)>;

fn rules() -> Names {
    lint::all().map(|r| (r.code.name.to_owned(), r.code.summary.to_owned())).collect()
}

/// The newest first; what is open before what is over.
fn runs(cx: &Context) -> Names {
    let mut all = cx.journal().glance();
    all.sort_by_key(|(_, info)| info.as_ref().is_some_and(|i| !i.open()));
    let about = |info: Option<RunInfo>| {
        info.map_or_else(String::new, |i| {
            let state = i.end.map_or("open", phrase::end);
            format!("{} on {} ({}): {state}", i.runbook, i.automation, i.environment)
        })
    };
    all.into_iter().map(|(id, info)| (id, about(info))).collect()
}

fn runbooks(cx: &Context) -> Names {
    let all = &cx.loaded().workspace.runbooks;
    all.iter().map(|(n, r)| (n.clone(), r.title.as_ref().map_or_else(String::new, |t| t.value.clone()))).collect()
}

fn scenarios(cx: &Context) -> Names {
    let all = &cx.loaded().workspace.scenarios;
    all.iter().map(|(n, s)| (n.clone(), s.title.as_ref().map_or_else(String::new, |t| t.value.clone()))).collect()
}

fn automations(cx: &Context) -> Names {
    let all = &cx.loaded().workspace.automations;
    all.iter().map(|(n, a)| (n.clone(), a.purpose.as_ref().map_or_else(String::new, |p| p.value.clone()))).collect()
}

fn environments(cx: &Context) -> Names {
    let Some(settings) = &cx.loaded().workspace.settings else { return Names::new() };
    let about = |p: bool| if p { "production" } else { "" }.to_owned();
    let all = settings.environments.iter();
    all.map(|(n, e)| (n.value.clone(), about(e.production.as_ref().is_some_and(|p| p.value)))).collect()
}

fn persons(cx: &Context) -> Names {
    let Some(people) = &cx.loaded().workspace.people else { return Names::new() };
    let about = |p: &Person| p.functions.iter().map(|f| f.value.as_str()).collect::<Vec<_>>().join(", ");
    people.persons.iter().map(|(n, p)| (n.value.clone(), about(p))).collect()
}

#[cfg(test)]
mod tests {
    use clap::ValueHint;

    use super::*;

    /// Words that only the person knows: nothing to offer.
    const OWN_WORDS: &[&str] = &[
        "open",
        "full_name",
        "functions",
        "carries",
        "encrypt",
        "email",
        "seq",
        "law",
        "reason",
        "against",
        "code",
        "text",
        "value",
        "faults",
        "speed",
        "drill",
        "within",
        "key",
        "channel",
        "to",
        "states",
        "called",
        "purpose",
        "kind",
        "url",
        "settings",
        "binding",
        "people",
        "environment",
        "name",
        "seed",
        "runs",
        "fork",
    ];

    fn arguments(command: &Command, out: &mut Vec<(String, Arg)>) {
        for arg in command.get_arguments() {
            out.push((command.get_name().to_owned(), arg.clone()));
        }
        for verb in command.get_subcommands() {
            arguments(verb, out);
        }
    }

    #[test]
    fn every_argument_offers_names_or_is_known_to_have_none() {
        let mut command = Args::command();
        command.build();
        let mut all = Vec::new();
        arguments(&command, &mut all);
        for (verb, arg) in all {
            let id = arg.get_id().as_str();
            let known = !arg.get_action().takes_values()
                || kind(&arg).is_some()
                || arg.get_value_hint() == ValueHint::AnyPath
                || !arg.get_possible_values().is_empty()
                || OWN_WORDS.contains(&id);
            assert!(known, "aigov {verb}: `{id}` names what? A row in KINDS, or one of OWN_WORDS");
        }
        for (id, _) in KINDS {
            assert!(!OWN_WORDS.contains(id), "{id} is both");
        }
    }

    fn answered(line: &[&str]) -> Vec<String> {
        let line: Vec<OsString> = line.iter().map(OsString::from).collect();
        answer(&line).lines().map(str::to_owned).collect()
    }

    #[test]
    fn verbs_options_and_paths() {
        let verbs = answered(&["aigov", "ver"]);
        assert_eq!(verbs, ["verify\tCheck the record offline: chain, signatures, votes, gates, missing runs"]);
        assert_eq!(answered(&["aigov", "run", "--dry"]), ["--dry-run\tThe same as `aigov plan`: sends nothing"]);
        assert_eq!(answered(&["aigov", "run", "--answers", "x"]), [FILES]);
        assert_eq!(answered(&["aigov", "run", "--answers=x"]), [FILES]);
        assert_eq!(answered(&["aigov", "-C", ""]), [FILES]);
        assert!(answered(&["aigov"]).iter().any(|l| l.starts_with("run\t")));
        assert!(answered(&["aigov", ""]).iter().all(|l| !l.starts_with('-')), "options are offered when asked for");
        assert!(answered(&["aigov", "-"]).iter().any(|l| l.starts_with("--json")));
        assert_eq!(answered(&["aigov", "frobnicate", "--nothing", "x"]), Vec::<String>::new());
    }

    #[test]
    fn the_workspace_is_the_one_that_the_line_names() {
        let asked = |line: &[&str]| Asked::new(&line.iter().map(OsString::from).collect::<Vec<_>>()).global;
        assert_eq!(asked(&["aigov", "run", "-C", "/a b", "x"]).directory, Some(PathBuf::from("/a b")));
        assert_eq!(asked(&["aigov", "-C/a", "run", ""]).directory, Some(PathBuf::from("/a")));
        assert_eq!(asked(&["aigov", "run", "-C"]).directory, None);
        assert!(asked(&["aigov", "run", "--sandbox", ""]).sandbox);
    }
}
