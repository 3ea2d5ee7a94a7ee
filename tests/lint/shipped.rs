//! What comes with the program has no findings, and the reference is the program's.

use std::path::Path;

use aigov::plan::shipped::{RUNBOOKS, SANDBOX, SCENARIOS};
use aigov::report::lint::explain;

use crate::{Files, lint, told};

#[test]
fn the_sandbox_and_the_shipped_runbooks_have_no_findings() {
    let files: Files = SANDBOX
        .iter()
        .chain(RUNBOOKS)
        .chain(SCENARIOS)
        .map(|(p, t)| ((*p).to_owned(), t.as_bytes().to_vec()))
        .collect();
    let outcome = lint(&files, true);
    assert!(outcome.findings.is_empty(), "{}", told(&outcome));
    assert_eq!(outcome.excepted, Vec::new());
}

/// Compares with the file, or writes it when `AIGOV_BLESS` is set.
#[test]
fn the_reference_is_what_the_program_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/lint-codes.md");
    let made = explain::reference();
    if std::env::var_os("AIGOV_BLESS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == made, "aigov explain --markdown > templates/lint-codes.md");
}
