//! Each form in which findings are told to programs, on findings whose texts try to be more than text.

use aigov::lint::Outcome;
use aigov::report::lint::{github, json, junit, markdown, sarif};
use serde_json::Value;

use crate::{Files, clean, lint};

const RUNBOOK: &str = "runbooks/incident/hallucination.toml";

fn changed(files: &mut Files, path: &str, from: &str, to: &str) {
    let text = String::from_utf8(files[path].clone()).unwrap();
    assert!(text.contains(from), "{from}");
    files.insert(path.to_owned(), text.replacen(from, to, 1).into_bytes());
}

/// One error whose text is hostile, one warning, and one that is excepted.
pub(crate) fn outcome() -> Outcome {
    let mut files = clean();
    changed(
        &mut files,
        RUNBOOK,
        "contain-within = \"5m\"",
        "contain-within = \"5%,:\\n::error ]]><b>|`@all`\\u001b[2J\"",
    );
    changed(&mut files, RUNBOOK, "review-by = 2027-05-01", "review-by = 2026-11-22");
    changed(&mut files, "automations/support-replies.toml", "meanwhile =", "#meanwhile =");
    files.get_mut(RUNBOOK).unwrap().extend_from_slice(
        b"\n[[exception]]\ncode = \"review-overdue\"\nreason = \"On | leave [x](https://e.example) www.e.example\"\nowner = \"@owner\"\nuntil = 2026-12-31\n",
    );
    let mut outcome = lint(&files, false);
    outcome.findings.retain(|f| matches!(f.code.name, "bad-duration" | "no-meanwhile"));
    assert_eq!((outcome.findings.len(), outcome.excepted.len()), (2, 1));
    outcome
}

#[test]
fn annotations_are_one_command_a_line_whatever_the_text_is() {
    assert_eq!(
        github::lines(&outcome(), "ops/"),
        [
            "::warning file=ops/automations/support-replies.toml,line=17,endLine=17,col=1,endColumn=7,title=no-meanwhile::[stop] \
             does not say what people see meanwhile%0Ahelp: add `meanwhile = \"…\"` to `[stop]`",
            "::error file=ops/runbooks/incident/hallucination.toml,line=7,endLine=7,col=18,endColumn=56,title=bad-duration::`5%25,:\\\
             n::error ]]><b>|`@all`\\u{1b}[2J` is not a duration%0Ahelp: write a whole number and one unit of s, m, h, d, w in \
             quotation marks, such as \"30s\" or \"2h\"",
        ]
    );
}

#[test]
fn junit_is_well_formed_and_fails_for_what_fails() {
    let document = junit::document(&outcome(), false, "");
    assert!(document.starts_with(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"aigov lint\" tests=\"2\" failures=\"1\""
    ));
    assert!(document.contains("<failure type=\"bad-duration\" message=\"`5%,:\\n::error ]]&gt;&lt;b&gt;|`@all`\\u{1b}[2J` is not a duration\">"));
    assert_eq!(document.matches("<failure").count(), 1);
    assert_eq!(junit::document(&outcome(), true, "").matches("<failure").count(), 2, "warnings that are denied fail");
    for c in document.chars() {
        assert!(c == '\n' || !c.is_control(), "XML has no place for {c:?}");
    }
    let empty = junit::document(&lint(&clean(), false), false, "");
    assert!(empty.contains("<testcase classname=\"workspace\" name=\"lint\"/>"), "{empty}");
}

#[test]
fn a_comment_shows_texts_and_never_is_markup() {
    let comment = markdown::comment(&outcome(), "");
    assert!(comment.starts_with(
        "**aigov lint**: 1 error, 1 warning in 4 files and 2 plans; 1 excepted, the first until 2026-12-31\n"
    ));
    assert!(comment.contains("| warning `no-meanwhile` | `automations/support-replies.toml:17` |"), "{comment}");
    assert!(
        comment.contains("| `review-overdue` | `runbooks/incident/hallucination.toml` | 2026-12-31 |"),
        "{comment}"
    );
    assert!(comment.contains("On \\| leave"), "{comment}");
    assert!(!comment.contains("://") && !comment.contains("www.") && !comment.contains("[x]("), "{comment}");
    assert!(!comment.contains("<b>") || comment.contains("`5%,:\\n::error ]]><b>"), "{comment}");
    let rows = comment.lines().filter(|l| l.starts_with("| ")).count();
    assert_eq!(rows, 1 + 2 + 1 + 1, "no text makes a row of its own: {comment}");
}

#[test]
fn json_tells_findings_exceptions_and_a_summary() {
    let lines = json::lines(&outcome(), "");
    let kinds: Vec<&str> = lines.iter().map(|l| l["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["finding", "finding", "excepted", "summary"]);
    assert_eq!(lines[1]["code"], "bad-duration");
    assert_eq!(lines[1]["labels"][0]["line"], 7);
    assert_eq!(lines[2]["exception"]["until"], "2026-12-31");
    assert_eq!((&lines[3]["errors"], &lines[3]["warnings"], &lines[3]["excepted"]), (&1.into(), &1.into(), &1.into()));
}

fn prints(log: &Value) -> Vec<String> {
    let results = log["runs"][0]["results"].as_array().unwrap();
    results.iter().map(|r| r["partialFingerprints"]["aigovFinding/v1"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn sarif_names_rules_regions_fingerprints_and_what_is_suppressed() {
    let log = sarif::log(&outcome(), "o ps/");
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!((rules.len(), results.len()), (3, 3));
    for result in results {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(rule["help"]["markdown"].as_str().unwrap().contains("**Why.**"));
        let place = &result["locations"][0]["physicalLocation"];
        assert!(place["artifactLocation"]["uri"].as_str().unwrap().starts_with("o%20ps/"));
        let region = &place["region"];
        assert!(
            region["startLine"].as_u64() <= region["endLine"].as_u64() && region["startColumn"].as_u64() >= Some(1)
        );
    }
    assert_eq!(results[2]["suppressions"][0]["kind"], "inSource");
    assert!(results[0].get("suppressions").is_none());
    let mut distinct = prints(&log);
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), 3);
}

#[test]
fn a_fingerprint_survives_lines_that_come_before_it() {
    let mut files = clean();
    changed(&mut files, RUNBOOK, "contain-within = \"5m\"", "contain_within = \"5m\"");
    let before = lint(&files, false);
    changed(&mut files, RUNBOOK, "schema = 1\n", "# One\n# two\nschema = 1\n");
    let after = lint(&files, false);
    assert_ne!(before.findings, after.findings);
    assert_eq!(prints(&sarif::log(&before, "")), prints(&sarif::log(&after, "")));
}
