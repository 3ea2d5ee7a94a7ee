//! The command, with a repository to be held against.

use std::fs;
use std::path::Path;

use git2::{Repository, Signature, Time};

use super::{AUTOMATION, RUNBOOK, with};
use crate::command::Desk;
use crate::{Files, clean};

/// Commits everything that lies below the folder of the repository.
fn commit(repo: &Repository, says: &str) -> git2::Oid {
    let mut index = repo.index().unwrap();
    index.add_all(["."], git2::IndexAddOption::DEFAULT, None).unwrap();
    index.update_all(["."], None).unwrap();
    index.write().unwrap();
    let tree = repo.find_tree(index.write_tree().unwrap()).unwrap();
    let who = Signature::new("a", "a@example.com", &Time::new(1_000, 0)).unwrap();
    let parent = repo.head().ok().and_then(|h| h.peel_to_commit().ok());
    let parents: Vec<&git2::Commit<'_>> = parent.iter().collect();
    repo.commit(Some("HEAD"), &who, &who, says, &tree, &parents).unwrap()
}

fn write(root: &Path, files: &Files) {
    for (path, bytes) in files {
        let file = root.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }
}

/// A workspace in a repository of its own, with its first commit, and a weaker one in the folder.
fn desk() -> (Desk, Repository) {
    let desk = Desk::new(&clean());
    let repo = Repository::init(desk.workspace()).unwrap();
    commit(&repo, "first");
    let mut after = clean();
    with(&mut after, RUNBOOK, "contain-within = \"5m\"", "contain-within = \"12m\"");
    with(&mut after, RUNBOOK, "below = 0.01", "below = 0.005");
    write(&desk.workspace(), &after);
    (desk, repo)
}

#[test]
fn a_revision_is_read_from_the_repository_and_nothing_is_checked_out() {
    let (desk, repo) = desk();
    let at = desk.workspace();
    let (code, out, err) = desk.run(&at, &["lint", "--against", "HEAD"]);
    assert_eq!(code, 3, "{out}{err}");
    assert!(out.contains("error[weaker-containment]: containment 5m → 12m"), "{out}");
    assert!(out.contains("HEAD:runbooks/incident/hallucination.toml:7:18"), "{out}");
    assert!(out.contains("Stronger than HEAD:") && out.contains("below 0.01 → below 0.005"), "{out}");
    assert!(
        err.contains("1 error in 4 files") && err.contains("1 changed plan held against HEAD, 1 strengthened"),
        "{err}"
    );
    assert!(err.contains("Exit 3: findings.") && err.contains("aigov explain weaker-containment"), "{err}");
    // Without it, nothing is compared, and asking for the comparison alone is not answered with a clean page.
    assert_eq!(desk.run(&at, &["lint"]).0, 0);
    let (code, _, err) = desk.run(&at, &["lint", "--only", "against"]);
    assert!(code == 2 && err.contains("--against"), "{err}");
    let (code, _, err) = desk.run(&at, &["lint", "--only", "weaker-gate", "--against", "HEAD"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(desk.run(&at, &["lint", "--against", "HEAD", "--allow", "against"]).0, 0);
    // Only what is found in the files that were asked for.
    assert_eq!(desk.run(&at, &["lint", AUTOMATION, "--against", "HEAD"]).0, 0);
    assert_eq!(desk.run(&at, &["lint", RUNBOOK, "--against", "HEAD"]).0, 3);
    let (code, out, _) = desk.run(&at, &["lint", "--against", "HEAD", "--json"]);
    assert!(code == 3 && out.contains("\"kind\":\"stronger\"") && out.contains("\"revision\":\"HEAD\""), "{out}");
    // Once it is merged, nothing is weaker any more.
    commit(&repo, "second");
    assert_eq!(desk.run(&at, &["lint", "--against", "HEAD"]).0, 0);
    assert_eq!(desk.run(&at, &["lint", "--against", "HEAD~1"]).0, 3);
    assert_eq!(desk.run(&at, &["lint", "--against", "HEAD~1..."]).0, 3, "where this one went its own way");
}

#[test]
fn a_workspace_in_a_folder_of_the_repository_is_found_there_and_where_it_was() {
    let desk = Desk::new(&clean());
    let top = desk.workspace().parent().unwrap().to_path_buf();
    let repo = Repository::init(&top).unwrap();
    commit(&repo, "first");
    let mut after = clean();
    with(&mut after, RUNBOOK, "contain-within = \"5m\"", "contain-within = \"12m\"");
    write(&desk.workspace(), &after);
    let (code, out, _) = desk.run(&desk.workspace(), &["lint", "--against", "HEAD"]);
    assert!(code == 3 && out.contains("containment 5m → 12m"), "{out}");
    let (code, out, _) = desk.run(&top, &["lint", "-C", "ws", "--against", "HEAD"]);
    assert!(code == 3 && out.contains("containment 5m → 12m"), "{out}");
    // Moved to another folder, it is not taken for a new one.
    fs::rename(desk.workspace(), top.join("governance")).unwrap();
    let (code, out, err) = desk.run(&top.join("governance"), &["lint", "--against", "HEAD"]);
    assert!(code == 2 && out.is_empty() && err.contains("`HEAD` has no governance/aigov.toml"), "{out}{err}");
    assert!(err.contains("--against HEAD:ws"), "{err}");
    let (code, out, _) = desk.run(&top.join("governance"), &["lint", "--against", "HEAD:ws"]);
    assert!(code == 3 && out.contains("containment 5m → 12m"), "{out}");
}

#[test]
fn what_can_not_be_compared_says_why_and_never_passes() {
    let desk = Desk::new(&clean());
    let at = desk.workspace();
    let told = |revision: &str| {
        let (code, out, err) = desk.run(&at, &["lint", "--against", revision]);
        assert!(out.is_empty(), "{out}");
        (code, err)
    };
    let (code, err) = told("HEAD");
    assert!(code == 2 && err.contains("is not in a git repository"), "{err}");
    let repo = Repository::init(&at).unwrap();
    let (code, err) = told("HEAD");
    assert!(code == 2 && err.contains("this repository has no revision `HEAD`"), "{err}");
    fs::write(at.join("README"), "x").unwrap();
    let mut index = repo.index().unwrap();
    index.add_path(Path::new("README")).unwrap();
    let tree = repo.find_tree(index.write_tree().unwrap()).unwrap();
    let who = Signature::new("a", "a@example.com", &Time::new(1_000, 0)).unwrap();
    let first = repo.commit(Some("HEAD"), &who, &who, "first", &tree, &[]).unwrap();
    let (code, err) = told("HEAD");
    assert!(code == 2 && err.contains("`HEAD` has no aigov.toml"), "{err}");
    assert!(err.contains("the change that brings the first workspace has nothing to be held against"), "{err}");
    let (code, err) = told("HEAD:README");
    assert!(code == 2 && err.contains("neither a commit nor a folder"), "{err}");
    let (code, err) = told("nowhere");
    assert!(code == 2 && err.contains("this repository has no revision `nowhere`"), "{err}");
    repo.remote("origin", "https://git.example.com/x").unwrap();
    let (_, err) = told("origin/main");
    // Wherever one stands: the folder that was named is the one that is meant.
    assert!(err.contains("git -C /") && err.contains("/ws fetch origin main"), "{err}");
    // A clone of the newest commits alone.
    fs::write(repo.path().join("shallow"), format!("{first}\n")).unwrap();
    let (code, err) = told("HEAD~1");
    assert!(code == 2 && err.contains("/ws fetch --unshallow") && err.contains("fetch-depth: 0"), "{err}");
    let (code, _, err) = desk.run(&at, &["lint", "--sandbox", "--against", "HEAD"]);
    assert!(code == 2 && err.contains("the sandbox has no revisions"), "{err}");
}
