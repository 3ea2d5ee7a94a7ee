//! Annotations of GitHub Actions: workflow commands, one a line.
//!
//! Owns the escaping: data and properties are escaped differently, and a text that was not escaped could end the command
//! and begin another.

use super::{place, sentence};
use crate::diag::{Diagnostic, Severity};
use crate::lint::Outcome;
use crate::text::safe;

/// The commands.
#[must_use]
pub fn lines(outcome: &Outcome, prefix: &str) -> Vec<String> {
    let stronger = outcome.compared.iter().flat_map(|c| &c.stronger);
    let told = outcome.findings.iter().map(|f| command(f, f.code.name, prefix));
    // Whoever looks at the pull request sees who only says that it may be so.
    let answered = super::excepted(outcome).map(|e| {
        let says = format!("not signed, an exception of {} until {}: {}", e.owner, e.until, e.reason);
        let finding = Diagnostic { severity: Severity::Warning, help: Some(says), ..e.finding.clone() };
        command(&finding, &format!("excepted {}", e.finding.code), prefix)
    });
    let closed = outcome.compared.iter().flat_map(|c| &c.closed).map(|c| {
        let says = format!("signed by {}", super::by(&c.by));
        let finding = Diagnostic { severity: Severity::Note, help: Some(says), ..c.finding.clone() };
        command(&finding, &format!("reviewed {}", c.finding.code), prefix)
    });
    told.chain(answered).chain(closed).chain(stronger.map(|s| command(s, "stronger", prefix))).collect()
}

fn command(finding: &Diagnostic, title: &str, prefix: &str) -> String {
    let word = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let at = finding.labels.first().map_or_else(String::new, |label| {
        let at = place(label, prefix);
        // Columns are only taken where a finding lies on one line.
        let end = if at.from.line == at.to.line { format!(",endColumn={}", at.to.column) } else { String::new() };
        format!("file={},line={},endLine={},col={}{end},", property(&at.file), at.from.line, at.to.line, at.from.column)
    });
    let help = finding.help.as_ref().map_or_else(String::new, |help| format!("\nhelp: {help}"));
    let text = format!("{}{help}", sentence(finding));
    let text: Vec<String> = safe::lines(&text).collect();
    format!("::{word} {at}title={}::{}", property(title), data(&text.join("\n")))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(&safe::line(text)).replace(':', "%3A").replace(',', "%2C")
}
