//! The pipelines that are ready to paste do what they say: their commands are read out of the files and carried out.

use std::fs;
use std::path::Path;

use crate::clean;
use crate::command::{Desk, broken};

/// The commands of a file: what stands after `run:`, after the hyphen of a script, or by itself.
fn commands(text: &str) -> Vec<String> {
    let bare = |line: &str| {
        let line = line.trim();
        let line = line.strip_prefix("- ").unwrap_or(line);
        line.strip_prefix("run:").unwrap_or(line).trim().to_owned()
    };
    text.lines().map(bare).filter(|line| line.starts_with("aigov ")).collect()
}

#[test]
fn pipelines_pass_a_clean_workspace_and_stop_a_broken_one() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/ci");
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let commands = commands(&fs::read_to_string(&path).unwrap());
        assert!(!commands.is_empty(), "{} carries nothing out", path.display());
        for (files, passes) in [(clean(), true), (broken(), false)] {
            let desk = Desk::new(&files);
            main_branch(&desk.workspace());
            let codes: Vec<i32> = commands
                .iter()
                .map(|line| {
                    let words = line.split(" > ").next().unwrap_or(line);
                    let words: Vec<&str> = words.split_whitespace().skip(1).collect();
                    let (code, out, err) = desk.run(&desk.workspace(), &words);
                    // A report that is kept in a file is never empty.
                    assert!(!line.contains(" > ") || !out.is_empty(), "{line}: {err}");
                    assert!(code == 0 || code == 3, "{line}: {code} {err}");
                    code
                })
                .collect();
            assert_eq!(codes.iter().all(|code| *code == 0), passes, "{}: {codes:?}", path.display());
        }
        seen += 1;
    }
    assert_eq!(seen, 5, "two workflows, two jobs and a hook");
}

/// Makes a repository whose `origin/main` has the clean workspace; the folder keeps what it has.
fn main_branch(root: &Path) {
    let repo = git2::Repository::init(root).unwrap();
    let mut builder = repo.treebuilder(None).unwrap();
    let mut folders: Vec<(String, git2::Oid)> = Vec::new();
    for (path, bytes) in clean() {
        let mut parts: Vec<&str> = path.split('/').collect();
        let name = parts.pop().unwrap();
        let blob = repo.blob(&bytes).unwrap();
        if parts.is_empty() {
            builder.insert(name, blob, 0o100_644).unwrap();
            continue;
        }
        // Each folder of the clean workspace has one file.
        let mut tree = repo.treebuilder(None).unwrap();
        tree.insert(name, blob, 0o100_644).unwrap();
        let mut id = tree.write().unwrap();
        while parts.len() > 1 {
            let mut tree = repo.treebuilder(None).unwrap();
            tree.insert(parts.pop().unwrap(), id, 0o040_000).unwrap();
            id = tree.write().unwrap();
        }
        folders.push((parts[0].to_owned(), id));
    }
    for (name, id) in folders {
        builder.insert(name, id, 0o040_000).unwrap();
    }
    let tree = repo.find_tree(builder.write().unwrap()).unwrap();
    let who = git2::Signature::new("a", "a@example.com", &git2::Time::new(1_000, 0)).unwrap();
    repo.commit(Some("refs/remotes/origin/main"), &who, &who, "main", &tree, &[]).unwrap();
}
