//! SARIF 2.1.0 for code scanning: every rule that found something with its page, every finding with its region and a
//! fingerprint that survives lines moving.
//!
//! Owns the form. What is excepted or reviewed is told as suppressed, so that a scanner shows it as decided and not as mended. What a
//! change strengthens is no result, which a scanner would ask somebody to mend: it stands among the run's properties.

use std::collections::BTreeMap;

use litemap::LiteMap;
use serde_json::{Value, json};

use super::{explain, place, sentence};
use crate::diag::{Diagnostic, Label, Severity};
use crate::lint::{Group, Outcome, Rule, find};
use crate::text::canon::sha256_hex;
use crate::text::gather::Gather;

/// Bytes of a line that are shown with a finding, or make its fingerprint.
const MOST_OF_A_LINE: usize = 1_000;

/// The log, of one run.
#[must_use]
pub fn log(outcome: &Outcome, prefix: &str) -> Value {
    let excepted = outcome.excepted.iter().map(|e| {
        let says = format!("{} (answered for by {} until {})", e.reason, e.owner, e.until);
        (&e.finding, Some(("inSource", says)))
    });
    let closed = outcome.compared.iter().flat_map(|c| &c.closed);
    let closed = closed.map(|c| (&c.finding, Some(("external", format!("signed by {}", super::by(&c.by))))));
    let all: Vec<(&Diagnostic, Option<(&str, String)>)> =
        outcome.findings.iter().map(|f| (f, None)).chain(excepted).chain(closed).collect();
    let used: LiteMap<&str, (&Group, &Rule)> =
        all.iter().filter_map(|(f, _)| find(f.code.name).map(|found| (f.code.name, found))).gather();
    let place_of: LiteMap<&str, usize> = used.keys().enumerate().map(|(i, name)| (*name, i)).gather();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let results: Vec<Value> = all
        .iter()
        .map(|(finding, suppressed)| {
            let mut result = result(finding, place_of.get(finding.code.name).copied(), prefix, &mut seen);
            if let Some((kind, says)) = suppressed {
                result["suppressions"] = json!([{ "kind": kind, "status": "accepted", "justification": says }]);
            }
            result
        })
        .collect();
    let mut log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "aigov",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": used.values().map(|(group, rule)| descriptor(group, rule)).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    if let Some(compared) = &outcome.compared {
        let one = |s: &Diagnostic| {
            let at = s.labels.first().map(|l| location(l, prefix, None)).into_iter().collect::<Vec<_>>();
            let automations: Vec<&str> = compared.automations(s).collect();
            json!({ "ruleId": s.code.name, "text": sentence(s), "locations": at, "automations": automations })
        };
        let stronger: Vec<Value> = compared.stronger.iter().map(one).collect();
        log["runs"][0]["properties"] = json!({ "aigov/against": compared.name, "aigov/stronger": stronger });
    }
    log
}

fn descriptor(group: &Group, rule: &Rule) -> Value {
    let e = &rule.explanation;
    json!({
        "id": rule.code.name,
        "shortDescription": { "text": rule.code.summary },
        "fullDescription": { "text": e.what },
        "help": {
            "text": format!("{}\n\n{}\n\n{}", e.what, e.why, e.fix),
            "markdown": explain::markdown(group, rule, 1),
        },
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": { "tags": [group.name], "precision": "very-high" },
    })
}

fn result(finding: &Diagnostic, rule: Option<usize>, prefix: &str, seen: &mut BTreeMap<String, usize>) -> Value {
    let mut text = sentence(finding);
    if let Some(help) = &finding.help {
        text.push_str(&format!(". {help}"));
    }
    let mut result = json!({
        "ruleId": finding.code.name,
        "level": level(finding.severity),
        "message": { "text": plain(&text) },
        "locations": finding.labels.first().map(|l| location(l, prefix, None)).into_iter().collect::<Vec<_>>(),
        "partialFingerprints": { "aigovFinding/v1": fingerprint(finding, seen) },
    });
    if let Some(index) = rule {
        result["ruleIndex"] = json!(index);
    }
    // A file as it once was is none that a scanner could open.
    let related: Vec<(usize, &Label)> =
        finding.labels.iter().enumerate().skip(1).filter(|(_, l)| !l.source.past).collect();
    if !related.is_empty() {
        let related = related.into_iter().map(|(i, l)| location(l, prefix, Some(i)));
        result["relatedLocations"] = related.collect();
    }
    result
}

fn location(label: &Label, prefix: &str, id: Option<usize>) -> Value {
    let at = place(label, prefix);
    let mut region = json!({
        "startLine": at.from.line, "startColumn": at.from.column, "endLine": at.to.line, "endColumn": at.to.column,
    });
    // A snippet is the whole region; of a line that nobody wrote by hand it would be as long as the file.
    let line = label.source.slice(label.source.line(label.span.start));
    if line.len() <= MOST_OF_A_LINE {
        region["snippet"] = json!({ "text": line });
    }
    let mut location =
        json!({ "physicalLocation": { "artifactLocation": { "uri": uri(&at.file) }, "region": region } });
    if let Some(id) = id {
        location["id"] = json!(id);
        let says = if label.text.is_empty() { "see here" } else { label.text.as_str() };
        location["message"] = json!({ "text": plain(says) });
    }
    location
}

/// A message that is no more than text: even plain messages may hold links, `[text](target)`, and no text of a file is to
/// become one.
fn plain(text: &str) -> String {
    text.replace("](", "] (")
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// The same finding in the same file keeps its fingerprint when lines before it come or go: made from code, file, the
/// line's own text, and how often that was seen before.
fn fingerprint(finding: &Diagnostic, seen: &mut BTreeMap<String, usize>) -> String {
    let at = finding.labels.first().map_or_else(String::new, |l| {
        let text = l.source.slice(l.source.line(l.span.start)).trim();
        let text: String = text.chars().take(MOST_OF_A_LINE).collect();
        format!("{}\u{0}{text}", l.source.name)
    });
    let base = format!("{}\u{0}{at}\u{0}{}", finding.code, finding.message);
    let again = seen.entry(base.clone()).and_modify(|n| *n += 1).or_insert(0);
    let digest = sha256_hex(format!("{base}\u{0}{again}").as_bytes());
    digest.get(..32).unwrap_or(&digest).to_owned()
}

/// A path as a relative reference of a URI.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
