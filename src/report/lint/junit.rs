//! JUnit's XML: a test suite for each file, a failed test for each finding, and one that passed where there is none. What a
//! change strengthens is a test that passed as well, in a suite of its own.
//!
//! Owns the escaping, and that no character reaches the file which XML has no place for.

use std::fmt::Write as _;

use litemap::LiteMap;

use super::{place, sentence};
use crate::diag::{Diagnostic, Severity};
use crate::lint::Outcome;
use crate::text::safe;

/// The document. Warnings and notes are tests that passed, with what was found as their output, unless they are denied.
#[must_use]
pub fn document(outcome: &Outcome, deny_warnings: bool, prefix: &str) -> String {
    let fails = |f: &Diagnostic| f.severity == Severity::Error || (deny_warnings && f.severity == Severity::Warning);
    let mut files: LiteMap<String, Vec<&Diagnostic>> = LiteMap::new();
    for finding in &outcome.findings {
        let file = finding.labels.first().map_or_else(String::new, |l| format!("{prefix}{}", l.source.name));
        files.entry(file).or_default().push(finding);
    }
    let stronger = outcome.compared.as_ref().map_or(&[][..], |c| &c.stronger);
    let failed = outcome.findings.iter().filter(|f| fails(f)).count();
    let tests = outcome.findings.len().max(1) + stronger.len();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a String can't fail.
    let _ = writeln!(out, "<testsuites name=\"aigov lint\" tests=\"{tests}\" failures=\"{failed}\" errors=\"0\">");
    if files.is_empty() {
        out.push_str("  <testsuite name=\"workspace\" tests=\"1\" failures=\"0\" errors=\"0\">\n");
        out.push_str("    <testcase classname=\"workspace\" name=\"lint\"/>\n  </testsuite>\n");
    }
    for (file, findings) in &files {
        let failures = findings.iter().filter(|f| fails(f)).count();
        let name = escaped(file);
        let _ = writeln!(
            out,
            "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{failures}\" errors=\"0\">",
            findings.len()
        );
        for finding in findings {
            let (test, body) = told(finding, file, prefix);
            let _ = writeln!(out, "    <testcase classname=\"{name}\" name=\"{}\">", escaped(&test));
            let _ = if fails(finding) {
                let message = escaped(&finding.message);
                writeln!(out, "      <failure type=\"{}\" message=\"{message}\">{body}</failure>", finding.code)
            } else {
                writeln!(out, "      <system-out>{body}</system-out>")
            };
            out.push_str("    </testcase>\n");
        }
        out.push_str("  </testsuite>\n");
    }
    if let Some(compared) = outcome.compared.as_ref().filter(|_| !stronger.is_empty()) {
        let name = escaped(&format!("stronger than {}", compared.name));
        let _ = writeln!(out, "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"0\" errors=\"0\">", stronger.len());
        for one in stronger {
            let file = one.labels.first().map_or_else(String::new, |l| format!("{prefix}{}", l.source.name));
            let (test, body) = told(one, &file, prefix);
            let _ = writeln!(out, "    <testcase classname=\"{}\" name=\"{}\">", escaped(&file), escaped(&test));
            let _ = writeln!(out, "      <system-out>{body}</system-out>");
            out.push_str("    </testcase>\n");
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>");
    out
}

/// The name of a test, and what it says.
fn told(finding: &Diagnostic, file: &str, prefix: &str) -> (String, String) {
    let at = finding.labels.first().map(|l| place(l, prefix));
    let (line, column) = at.map_or((1, 1), |p| (p.from.line, p.from.column));
    let help = finding.help.as_ref().map_or_else(String::new, |help| format!("\nhelp: {help}"));
    let body = escaped(&format!("{file}:{line}:{column}: {}{help}", sentence(finding)));
    (format!("{}:{line}:{column}", finding.code), body)
}

fn escaped(text: &str) -> String {
    let lines: Vec<String> = safe::lines(text).collect();
    let text = lines.join("\n");
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\n', "&#10;")
}
