//! The command itself: which files, which rules, which exit code.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::{Files, clean};

pub(crate) struct Desk {
    temp: tempfile::TempDir,
}

impl Desk {
    pub(crate) fn new(files: &Files) -> Self {
        let temp = tempfile::tempdir().unwrap();
        for (path, bytes) in files {
            let file = temp.path().join("ws").join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, bytes).unwrap();
        }
        Self { temp }
    }

    pub(crate) fn workspace(&self) -> std::path::PathBuf {
        self.temp.path().join("ws")
    }

    pub(crate) fn run(&self, at: &Path, args: &[&str]) -> (i32, String, String) {
        let home = self.temp.path();
        let mut command = Command::new(env!("CARGO_BIN_EXE_aigov"));
        command.env_clear().env("HOME", home).env("XDG_STATE_HOME", home.join("state")).current_dir(at).args(args);
        let Output { status, stdout, stderr } = command.output().unwrap();
        (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
    }
}

pub(crate) fn broken() -> Files {
    let mut files = clean();
    let path = "runbooks/incident/hallucination.toml";
    let text = String::from_utf8(files[path].clone()).unwrap();
    let text = text.replacen("review-by = 2027-05-01", "review-by = 2020-01-01", 1);
    files.insert(path.to_owned(), text.replacen("contain-within", "contain_within", 1).into_bytes());
    let path = "automations/support-replies.toml";
    let text = String::from_utf8(files[path].clone()).unwrap();
    files.insert(path.to_owned(), text.replacen("meanwhile =", "meanwile =", 1).into_bytes());
    files
}

#[test]
fn nothing_found_is_0_warnings_are_0_until_they_are_denied_and_errors_are_3() {
    let desk = Desk::new(&broken());
    let at = desk.workspace();
    let (code, out, err) = desk.run(&at, &["lint"]);
    assert_eq!(code, 3, "{out}{err}");
    assert!(err.contains("Exit 3: findings.") && err.contains("aigov explain"), "{err}");
    assert!(out.contains("error[unknown-key]") && out.contains("did you mean `contain-within`?"), "{out}");
    assert_eq!(desk.run(&at, &["lint", "--only", "review-overdue"]).0, 0);
    assert_eq!(desk.run(&at, &["lint", "--only", "review-overdue", "--deny", "warnings"]).0, 3);
    assert_eq!(desk.run(&at, &["lint", "--allow", "form", "--allow", "contract"]).0, 0);
    let (code, _, err) = desk.run(&at, &["lint", "--only", "reviev-overdue"]);
    assert!(code == 2 && err.contains("did you mean `review-overdue`?"), "{err}");
}

#[test]
fn only_what_is_found_in_the_files_that_were_asked_for_is_told() {
    let desk = Desk::new(&broken());
    let at = desk.workspace();
    let (code, out, err) = desk.run(&at.join("automations"), &["lint", "support-replies.toml"]);
    assert!(code == 3 && out.contains("`meanwile`") && !out.contains("contain_within"), "{out}{err}");
    assert!(err.contains("in 1 file; ") && err.contains(" rules NOT RUN without the runbooks"), "{err}");
    let (_, out, _) = desk.run(&at, &["lint", "runbooks"]);
    assert!(out.contains("contain_within") && !out.contains("`meanwile`"), "{out}");
    fs::write(at.join("notes.toml"), "x = 1\n").unwrap();
    let (code, _, err) = desk.run(&at, &["lint", "notes.toml"]);
    assert!(code == 2 && err.contains("not a file that a workspace has"), "{err}");
    let (code, _, err) = desk.run(&at, &["lint", "../state"]);
    assert!(code == 2 && err.contains("does not belong to the workspace"), "{err}");
    let (code, _, err) = desk.run(&at, &["lint", "gone.toml"]);
    assert!(code == 2 && err.contains("there is no file gone.toml"), "{err}");
}

#[test]
fn without_a_workspace_nothing_is_called_clean() {
    let desk = Desk::new(&Files::new());
    let (code, out, err) = desk.run(desk.temp.path(), &["lint"]);
    assert!(code == 2 && out.is_empty() && err.contains("no workspace"), "{out}{err}");
    let (code, out, _) = desk.run(desk.temp.path(), &["lint", "--sandbox"]);
    assert_eq!((code, out.as_str()), (0, ""));
}

#[test]
fn a_workspace_that_is_broken_all_over_is_told_all_over() {
    let mut files = Files::new();
    files.insert("aigov.toml".into(), b"schema = \n[environments.production\n\xff".to_vec());
    files.insert("people.toml".into(), b"\x00\x01".to_vec());
    files.insert("automations/a.toml".into(), b"[[[[".to_vec());
    files.insert("runbooks/incident/r.toml".into(), "[".repeat(10_000).into_bytes());
    let desk = Desk::new(&files);
    let (code, out, err) = desk.run(&desk.workspace(), &["lint", "--format", "json"]);
    assert_eq!(code, 3, "{out}{err}");
    for file in files.keys() {
        assert!(out.contains(&format!("\"file\":\"{file}\"")), "{file}: {out}");
    }
}

#[test]
fn a_program_reads_the_place_from_where_it_was_started() {
    let desk = Desk::new(&broken());
    let (_, out, _) = desk.run(desk.temp.path(), &["lint", "-C", "ws", "--format", "github"]);
    assert!(out.contains("::error file=ws/runbooks/incident/hallucination.toml,line=7,"), "{out}");
    let (_, out, _) = desk.run(desk.temp.path(), &["lint", "-C", "ws", "--format", "sarif"]);
    let log: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let (code, out, _) = desk.run(desk.temp.path(), &["explain", "no-meanwhile"]);
    assert!(code == 0 && out.contains("NEDA"), "{out}");
    let (code, _, err) = desk.run(desk.temp.path(), &["explain", "no-meanwile"]);
    assert!(code == 2 && err.contains("did you mean `no-meanwhile`?"), "{err}");
}
