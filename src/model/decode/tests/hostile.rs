//! Whatever stands in a file, reading it ends, with a value and with problems that point into the file.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::{AIGOV, AUTOMATION, CATALOG, PEOPLE, RUNBOOK};
use crate::model::decode;
use crate::model::workspace::Workspace;
use crate::text::source::Source;

/// Reads a text as every kind of file.
fn read_all(bytes: &[u8]) {
    let (source, _) = decode::source("x.toml", bytes);
    let problems = [
        decode::runbook(&source, "incident/x").problems,
        decode::automation(&source, "x").problems,
        decode::people(&source).problems,
        decode::settings(&source, CATALOG).problems,
    ];
    for problem in problems.iter().flatten() {
        assert!(!problem.message.is_empty());
        for label in &problem.labels {
            assert!(label.span.start <= label.source.text.len(), "{problem}");
            let clamped = label.source.clamp(label.span);
            assert!(label.source.text.get(clamped.start..clamped.end).is_some(), "{problem}");
        }
    }
}

fn mutated(example: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let edit = (
        0..example.len(),
        0..40_usize,
        prop_oneof![
            any::<[u8; 1]>().prop_map(|b| b.to_vec()),
            Just(Vec::new()),
            proptest::sample::select(vec![
                "[[",
                "]]",
                "{",
                "}",
                "\"",
                "\"\"\"",
                "'''",
                "=",
                "\n",
                ",",
                "[[immediate]]\n",
                "\u{202e}",
                "#",
                "1e999",
                "nan",
            ])
            .prop_map(|s: &str| s.as_bytes().to_vec()),
        ],
    );
    proptest::collection::vec(edit, 1..6).prop_map(move |edits| {
        let mut bytes = example.as_bytes().to_vec();
        for (at, cut, put) in edits {
            let at = at.min(bytes.len());
            let end = (at + cut).min(bytes.len());
            bytes.splice(at..end, put);
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        read_all(&bytes);
    }

    #[test]
    fn any_text(text in "[\\[\\]{}=\"'a-z0-9.\n #\\\\,\u{202e}ü-]{0,300}") {
        read_all(text.as_bytes());
    }

    #[test]
    fn changed_examples(bytes in prop_oneof![
        mutated(RUNBOOK), mutated(AUTOMATION), mutated(AIGOV), mutated(PEOPLE)
    ]) {
        read_all(&bytes);
    }

    #[test]
    fn a_workspace_of_anything(path in "(aigov|people|automations/[a-z]{1,3}|runbooks/[a-z/]{1,9})\\.toml", text in ".{0,80}") {
        let _ = Workspace::assemble(vec![(path, text.into_bytes())], CATALOG);
    }
}

#[test]
fn deep_and_long_files_end() {
    read_all(format!("a = {}", "[".repeat(5_000)).as_bytes());
    read_all(format!("a = {}", "{a=".repeat(5_000)).as_bytes());
    read_all("[[immediate]]\n".repeat(500).as_bytes());
    read_all("[[immediate]\n".repeat(500).as_bytes());
    read_all(format!("[[severity]]\nwhen = \"{}a\"\n[[severity]]", "!".repeat(5_000)).as_bytes());
    read_all(format!("[[severity]]\nwhen = \"{}\"\n", "(".repeat(5_000)).as_bytes());
}

#[test]
fn what_ships_with_the_program_is_clean() {
    for (name, text) in [
        ("hallucination", include_str!("../../../../runbooks/incident/hallucination.toml")),
        ("unknown", include_str!("../../../../runbooks/incident/unknown.toml")),
    ] {
        let source = Source::new(name, text);
        assert_eq!(super::told(&decode::runbook(&source, name).problems), Vec::<String>::new());
    }
    let automation = include_str!("../../../../templates/sandbox/automations/support-replies.toml");
    assert_eq!(super::told(&super::read_automation(automation)), Vec::<String>::new());
    let people = include_str!("../../../../templates/sandbox/people.toml");
    assert_eq!(super::told(&super::read_people(people)), Vec::<String>::new());
}
