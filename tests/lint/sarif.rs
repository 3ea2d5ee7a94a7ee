//! SARIF against its official schema: everything that any case finds, whole, by a validator that is not ours. The schema is
//! the one of the standard's authors, as a public package brings it; `.ci/suites/sarif.sh` fetches it and names it in
//! `AIGOV_SUITE_SARIF`. What a schema can not say is asserted without it.

use std::collections::BTreeSet;
use std::fs;

use aigov::lint::{self, Outcome};
use aigov::report::lint::sarif;
use boon::{Compiler, Schemas};
use serde_json::Value;

use crate::command::broken as broken_all_over;
use crate::{broken, cases, clean, folder, forms, lint as found};

/// Where the schema lies; none where the suite does not run.
fn schema() -> Option<Value> {
    let path = std::env::var_os("AIGOV_SUITE_SARIF")?;
    Some(serde_json::from_slice(&fs::read(path).unwrap()).unwrap())
}

/// What the schema can not say.
fn assert_sound(log: &Value, what: &str) {
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for rule in rules {
        let (_, known) = lint::find(rule["id"].as_str().unwrap()).unwrap();
        assert_eq!(rule["shortDescription"]["text"], known.code.summary, "{what}");
        assert_eq!(rule["fullDescription"]["text"], known.explanation.what, "{what}");
        assert!(rule["help"]["text"].as_str().unwrap().contains(known.explanation.fix), "{what}");
        assert!(rule["help"]["markdown"].as_str().unwrap().contains(known.explanation.good), "{what}");
    }
    let mut prints = BTreeSet::new();
    for result in run["results"].as_array().unwrap() {
        let rule = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[rule]["id"], result["ruleId"], "{what}");
        assert!(prints.insert(result["partialFingerprints"]["aigovFinding/v1"].as_str().unwrap()), "{what}: {result}");
        let text = result["message"]["text"].as_str().unwrap();
        assert!(!text.is_empty() && !text.contains("]("), "{what}: a text makes no link: {text}");
        let related = result["relatedLocations"].as_array().into_iter().flatten();
        for place in result["locations"].as_array().unwrap().iter().chain(related) {
            let region = &place["physicalLocation"]["region"];
            let at = |key: &str| region[key].as_u64().unwrap();
            assert!((at("startLine"), at("startColumn")) <= (at("endLine"), at("endColumn")), "{what}: {region}");
            // A snippet holds the region: its first line is the line of the file.
            if let Some(snippet) = region["snippet"]["text"].as_str() {
                assert!(snippet.chars().count() as u64 + 1 >= at("startColumn"), "{what}: {region}");
            }
        }
    }
}

/// Everything that is judged, with what it is of.
fn logs(all: bool) -> Vec<(String, Outcome)> {
    let mut out = vec![
        ("nothing".to_owned(), found(&clean(), false)),
        ("hostile texts".to_owned(), forms::outcome()),
        ("broken all over".to_owned(), found(&broken_all_over(), false)),
    ];
    let mut files: Vec<_> = fs::read_dir(folder().join("cases")).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    for path in files.into_iter().step_by(if all { 1 } else { 12 }) {
        let code = path.file_stem().unwrap().to_str().unwrap();
        for case in cases(&fs::read_to_string(&path).unwrap()) {
            out.push((format!("{code}: {}", case.title), found(&broken(&case, code), false)));
        }
    }
    out
}

#[test]
fn what_is_told_is_valid_against_the_official_schema() {
    let schema = schema();
    let judge = schema.as_ref().map(|schema| {
        assert!(schema["title"].as_str().unwrap().contains("Version 2.1.0"), "another schema");
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.enable_format_assertions();
        compiler.add_resource("mem:///sarif.json", schema.clone()).unwrap();
        let index = compiler.compile("mem:///sarif.json", &mut schemas).unwrap();
        (schemas, index)
    });
    let mut results = 0;
    for (what, outcome) in logs(judge.is_some()) {
        for prefix in ["", "o ps/ä/"] {
            let log = sarif::log(&outcome, prefix);
            assert_sound(&log, &what);
            results += log["runs"][0]["results"].as_array().unwrap().len();
            if let Some((schemas, index)) = &judge {
                schemas.validate(&log, *index).unwrap_or_else(|e| panic!("{what}: {e:#}"));
                // A validator that accepts anything would prove nothing.
                let mut wrong = log;
                wrong["runs"][0]["tool"]["driver"]["nmae"] = Value::from("x");
                assert!(
                    schemas.validate(&wrong, *index).is_err(),
                    "{what}: a key that SARIF does not have is accepted"
                );
            }
        }
    }
    match judge {
        Some(_) => println!("{results} results are valid against the official schema"),
        None => println!("skipped: the official schema is not here; .ci/run sarif fetches it"),
    }
}
