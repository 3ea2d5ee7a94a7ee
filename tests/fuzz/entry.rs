//! What a fuzzer drives: bytes go in as a file of a workspace, and whatever comes out is shown in every form. Nothing is
//! expected of it but that it ends, in time and in memory.
//!
//! The targets of cargo-fuzz call these, and so does the bounded run of `cargo test` (`tests/lint/fuzz.rs`).

use std::collections::BTreeSet;

use aigov::diag::Diagnostic;
use aigov::lint::{self, Input, Outcome, Selection};
use aigov::model::decode;
use aigov::model::workspace::Workspace;
use aigov::plan::shipped::{RUNBOOKS, SANDBOX};
use aigov::{provider, report, ui};

/// The kinds of file that a workspace has.
pub(crate) const PATHS: [&str; 5] = [
    "aigov.toml",
    "people.toml",
    "automations/support-replies.toml",
    "runbooks/incident/hallucination.toml",
    "templates/letter.txt",
];

/// Problems that are rendered: a screen shows them all, but each takes the same way.
const SHOWN: usize = 20;

/// Decodes bytes as a file of every kind.
pub(crate) fn decode(bytes: &[u8]) {
    for path in PATHS {
        let (workspace, mut problems) =
            Workspace::assemble(vec![(path.to_owned(), bytes.to_vec())], provider::catalog());
        lint::texts(&workspace, &mut problems, &Selection::default());
        show(&problems);
    }
    let (source, _) = decode::source("templates/obligations.toml", bytes);
    show(&decode::obligations(&source).problems);
}

/// Lints the sandbox with bytes in the place of one of its files, which the first byte chooses.
pub(crate) fn lint(bytes: &[u8]) {
    let (first, rest) = bytes.split_first().unwrap_or((&0, &[]));
    lint_at(PATHS[usize::from(*first) % PATHS.len()], rest);
}

/// The same with the file chosen by name.
pub(crate) fn lint_at(path: &str, bytes: &[u8]) -> Outcome {
    let shipped = SANDBOX.iter().chain(RUNBOOKS).filter(|(other, _)| *other != path);
    let mut files: Vec<(String, Vec<u8>)> =
        shipped.map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
    files.push((path.to_owned(), bytes.to_vec()));
    let selection = Selection::default();
    let (workspace, mut problems) = Workspace::assemble(files, provider::catalog());
    lint::texts(&workspace, &mut problems, &selection);
    let own = BTreeSet::from([path.to_owned()]);
    let input = Input {
        workspace: &workspace,
        problems,
        catalog: provider::catalog(),
        today: jiff::civil::date(2026, 11, 23),
        shipped: &BTreeSet::new(),
        // One automation has plans enough.
        asked: Some(&own),
        selection: &selection,
        demo: true,
        reviews: &[],
        reviewed: &[],
    };
    let outcome = lint::lint(input);
    show(&outcome.findings);
    let _ = report::lint::json::lines(&outcome, "");
    let _ = report::lint::sarif::log(&outcome, "").to_string();
    let _ = report::lint::github::lines(&outcome, "");
    let _ = report::lint::junit::document(&outcome, true, "");
    let _ = report::lint::markdown::comment(&outcome, "");
    outcome
}

/// Reads text as the condition of a row over facts of every kind.
pub(crate) fn when(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut quoted = String::new();
    for c in text.chars() {
        quoted.push_str(&format!("\\U{:08X}", u32::from(c)));
    }
    let file = format!(
        "schema = 1\n[[fact]]\nid = \"a\"\nkind = \"yes-no\"\n[[fact]]\nid = \"n\"\nkind = \"count\"\n\
         [[fact]]\nid = \"p\"\nkind = \"percent\"\n\
         [[fact]]\nid = \"l\"\nkind = \"level\"\nlevels = [\"low\", \"high\"]\n\
         [[severity]]\nlevel = \"sev1\"\nwhen = \"{quoted}\"\n[[severity]]\nlevel = \"sev2\"\n"
    );
    // The matrix is compiled and decided as well.
    lint_at("runbooks/incident/hallucination.toml", file.as_bytes());
}

fn show(problems: &[Diagnostic]) {
    for problem in problems.iter().take(SHOWN) {
        let _ = problem.to_string();
        let _ = ui::diagnostic::render(problem, 80, false);
    }
}
