//! Completion of names: what the program answers to the shells' scripts, and the scripts in real shells, at a real
//! terminal, with a real Tab.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use rexpect::session::{PtySession, spawn_command};

use crate::program::{Home, Said};
use crate::suite;

/// A workspace with names of every kind, one of them hostile.
fn workspace(home: &Home) {
    home.write(
        "aigov.toml",
        "schema = 1\n[environments.production]\nproduction = true\n[environments.staging]\nproduction = false\n",
    );
    home.write(
        "people.toml",
        "schema = 1\n[persons.ada]\nname = \"Ada\"\nfunctions = [\"engineering\"]\n[persons.grace]\nname = \"Grace\"\n",
    );
    for name in ["support-replies", "support-triage", "$(touch pwned)", "a b;c"] {
        home.write(&format!("automations/{name}.toml"), "schema = 1\npurpose = \"Answers \\u001b[31m red\"\n");
    }
}

fn asked(home: &Home, line: &[&str]) -> Said {
    let output = home.command("").args(line).env("AIGOV_COMPLETE", "1").stdin(Stdio::null()).output().unwrap();
    let said = Said::from(&output).exits(0);
    assert_eq!(said.err, "", "{line:?}");
    said
}

fn names(home: &Home, line: &[&str]) -> Vec<String> {
    asked(home, line).out.lines().map(|l| l.split('\t').next().unwrap().to_owned()).collect()
}

fn everything(below: &Path) -> Vec<(String, Vec<u8>)> {
    let mut out = Vec::new();
    for entry in fs::read_dir(below).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            out.extend(everything(&entry.path()));
        } else {
            out.push((entry.path().display().to_string(), fs::read(entry.path()).unwrap()));
        }
    }
    out.sort();
    out
}

#[test]
fn names_come_from_the_workspace_and_the_journal_and_nothing_is_written() {
    let home = Home::new();
    workspace(&home);
    home.run("--sandbox run incident/hallucination").exits(4);
    let before = everything(home.all());
    assert_eq!(names(&home, &["plan", "--automation", ""]), ["support-replies", "support-triage"], "none is hostile");
    assert_eq!(names(&home, &["plan", "--automation=support-t"]), ["--automation=support-triage"]);
    assert_eq!(names(&home, &["run", "incident/h"]), ["incident/hallucination"]);
    assert_eq!(names(&home, &["plan", "incident/unknown", "--env", ""]), ["production", "staging"]);
    assert_eq!(names(&home, &["resume", "--as", "a"]), ["ada"]);
    assert_eq!(names(&home, &["show", ""]), Vec::<String>::new(), "no journal, no runs");
    let runs = names(&home, &["--sandbox", "show", ""]);
    let [run] = runs.as_slice() else { panic!("{runs:?}") };
    assert_eq!(names(&home, &["show", "--sandbox", &run[..6]]), [run.as_str()]);
    assert_eq!(names(&home, &["--sandbox", "answer", run, "ha"]), ["harm"]);
    assert_eq!(names(&home, &["--sandbox", "severity", run, ""]), ["sev1", "sev2", "sev3"]);
    let told = asked(&home, &["plan", "--automation", "support-r"]).out;
    assert!(told.contains("support-replies\tAnswers \\u{1b}[31m red"), "{told}");
    assert_eq!(everything(home.all()), before, "completion writes nothing");
}

#[test]
fn a_workspace_that_is_broken_or_away_offers_less_and_fails_never() {
    let home = Home::new();
    home.write("aigov.toml", "schema = [[[");
    home.write(".aigov/journal.git", "this is no repository");
    assert_eq!(names(&home, &["show", ""]), Vec::<String>::new());
    assert_eq!(names(&home, &["run", "incident/unk"]), ["incident/unknown"]);
    assert_eq!(names(&home, &["-C", "/nowhere", "run", ""]), Vec::<String>::new());
    assert_eq!(names(&home, &["-C", "/nowhere", "verif"]), ["verify"], "verbs need no workspace");
}

/// The scripts that the program prints are the files of the repository.
#[test]
fn the_scripts_are_those_of_the_repository() {
    let home = Home::new();
    for (shell, file) in [("bash", "aigov.bash"), ("zsh", "_aigov"), ("fish", "aigov.fish")] {
        let stored = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(file)).unwrap();
        assert_eq!(home.run(&format!("completions {shell}")).exits(0).out, stored);
    }
}

/// A shell at a terminal, with the completions in place as its users put them, and the program on the path.
fn shell(home: &Home, name: &str) -> PtySession {
    let script = home.run(&format!("completions {name}")).exits(0).out;
    let bin = Path::new(env!("CARGO_BIN_EXE_aigov")).parent().unwrap();
    let mut command = Command::new(name);
    match name {
        "bash" => {
            let file = home.write("aigov.bash", &script);
            let rc = home.write("rc", &format!("PS1='ready> '\nbind 'set bell-style none'\n. {}\n", file.display()));
            command.arg("--noprofile").arg("--rcfile").arg(rc).arg("-i");
        }
        "zsh" => {
            home.write("functions/_aigov", &script);
            let folder = home.desk().join("functions");
            let rc =
                format!("PS1='ready> '\nfpath=({} $fpath)\nautoload -Uz compinit\ncompinit -u\n", folder.display());
            home.write(".zshrc", &rc);
            command.arg("-i").env("ZDOTDIR", home.desk());
        }
        _ => {
            let file = home.write("aigov.fish", &script);
            let set = format!(
                "source {}; function fish_prompt; echo -n 'ready> '; end; set -g fish_autosuggestion_enabled 0",
                file.display()
            );
            command.arg("--no-config").arg("-i").arg("-C").arg(set);
        }
    }
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", bin.display());
    command.current_dir(home.desk()).env_remove("AIGOV_WORKSPACE").env("PATH", path).env("TERM", "vt100");
    command.env("HOME", home.all().join("home")).env("COLUMNS", "200").env("LINES", "50");
    for name in ["XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
        command.env_remove(name);
    }
    let mut session = spawn_command(command, Some(30_000)).unwrap();
    // An interactive shell does not leave when it is asked.
    session.process_mut().set_kill_timeout(Some(500));
    session.exp_string("ready> ").unwrap();
    session
}

/// Types a line whose Tabs complete, and has the shell write down what it became: what a shell draws is its own affair.
fn becomes(home: &Home, session: &mut PtySession, typed: &str) -> String {
    let written = home.all().join("written");
    let _ = fs::remove_file(&written);
    session.send(typed).unwrap();
    // To the beginning, to the end, Enter.
    session.send(&format!("\u{1}echo \u{5} >{}\r", written.display())).unwrap();
    session.flush().unwrap();
    for _ in 0..1_500 {
        let line = fs::read_to_string(&written).unwrap_or_default();
        if line.ends_with('\n') {
            return line.split_whitespace().collect::<Vec<_>>().join(" ");
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("{typed:?} was never executed")
}

#[test]
fn a_tab_in_real_shells() {
    if suite::variable("AIGOV_SUITE_SHELLS").is_none() {
        return;
    }
    for name in ["bash", "zsh", "fish"] {
        let home = Home::new();
        workspace(&home);
        home.write("answers here.toml", "schema = 1\n");
        let mut session = shell(&home, name);
        for (typed, whole) in [
            ("aigov ru\t", "aigov run"),
            ("aigov run incident/h\t", "aigov run incident/hallucination"),
            (
                "aigov plan incident/unknown --automation support-t\t",
                "aigov plan incident/unknown --automation support-triage",
            ),
            ("aigov plan --automation=support-t\t", "aigov plan --automation=support-triage"),
            ("aigov plan --automation sup\tr\t", "aigov plan --automation support-replies"),
            ("aigov plan incident/unknown --env=st\t", "aigov plan incident/unknown --env=staging"),
            ("aigov run --answers answ\t", "aigov run --answers answers here.toml"),
            ("aigov --sandbox run --as ol\t", "aigov --sandbox run --as olga"),
            ("aigov -C \"/nowhere at all\" ver\t", "aigov -C /nowhere at all verify"),
        ] {
            assert_eq!(becomes(&home, &mut session, typed), whole, "{name}: {typed:?}");
        }
        assert!(!home.desk().join("pwned").exists());
    }
}
