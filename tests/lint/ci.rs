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
    assert_eq!(seen, 3, "a workflow, a job and a hook");
}
