//! What lint found, for programs and for pull requests: one reporter a file, each from the same outcome.
//!
//! Owns the forms and the last line. How a finding looks at a terminal belongs to `ui`.

pub mod explain;
pub mod github;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod sarif;

use crate::diag::{Diagnostic, Label, Severity};
use crate::lint::{Agreed, Excepted, Outcome, find};
use crate::report::Page;
use crate::text::safe;
use crate::text::source::Position;

/// How many findings there are of a severity.
#[must_use]
pub fn count(findings: &[Diagnostic], severity: Severity) -> usize {
    findings.iter().filter(|f| f.severity == severity).count()
}

/// One line: what was found, what was excepted or allowed, and what was looked at.
#[must_use]
pub fn last_line(outcome: &Outcome) -> String {
    let kinds = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")];
    let mut parts: Vec<String> = kinds
        .into_iter()
        .map(|(severity, name)| (count(&outcome.findings, severity), name))
        .filter(|(n, _)| *n > 0)
        .map(|(n, name)| number(n, name))
        .collect();
    if parts.is_empty() {
        parts.push("no findings".to_owned());
    }
    let mut line = parts.join(", ");
    line.push_str(&format!(" in {}", number(outcome.files, "file")));
    let plans = outcome.plans;
    if plans.resolved > 0 {
        line.push_str(&format!(" and {}", number(plans.resolved, "plan")));
    }
    if plans.left > 0 {
        line.push_str(&format!("; {} LEFT OUT, because there are too many", number(plans.left, "plan")));
    }
    if outcome.left > 0 {
        line.push_str(&format!("; {} NOT RUN without the runbooks: aigov lint runs all", number(outcome.left, "rule")));
    }
    if let Some(first) = outcome.excepted.iter().map(|e| e.until).min() {
        let n = outcome.excepted.len();
        line.push_str(&format!("; {n} excepted, the first until {first}"));
    }
    if outcome.allowed > 0 {
        line.push_str(&format!("; {} allowed", outcome.allowed));
    }
    if let Some(compared) = &outcome.compared {
        let name = safe::excerpt(&compared.name, 60);
        line.push_str(&format!("; {} held against {name}", number(compared.plans, "changed plan")));
        if compared.left > 0 {
            line.push_str(&format!(", {} LEFT OUT, because there are too many", number(compared.left, "plan")));
        }
        if !compared.closed.is_empty() {
            line.push_str(&format!(", {} closed by signed review", compared.closed.len()));
        }
        if !compared.stronger.is_empty() {
            line.push_str(&format!(", {} strengthened", compared.stronger.len()));
        }
    }
    line
}

/// What a change strengthens, for a terminal; empty where there is nothing.
#[must_use]
pub fn stronger(outcome: &Outcome, width: usize) -> String {
    let Some(compared) = outcome.compared.as_ref().filter(|c| !c.stronger.is_empty()) else { return String::new() };
    let mut page = Page::new(width);
    page.heading(&format!("Stronger than {}:", safe::excerpt(&compared.name, 60)));
    for stronger in &compared.stronger {
        page.hang("  + ", "    ", &safe::line(&format!("{} ({})", sentence(stronger), stronger.place())));
    }
    page.to_string()
}

/// What a change weakens and somebody answers for, by name: signed reviews, and exceptions that only somebody wrote; empty
/// where there is nothing.
#[must_use]
pub fn answered(outcome: &Outcome, width: usize) -> String {
    let mut page = Page::new(width);
    let closed = outcome.compared.iter().flat_map(|c| &c.closed);
    let mut lines: Vec<String> =
        closed.map(|c| format!("{} ({}): signed by {}", sentence(&c.finding), c.finding.place(), by(&c.by))).collect();
    lines.extend(excepted(outcome).map(|e| {
        let (what, at) = (sentence(&e.finding), e.finding.place());
        format!("{what} ({at}): NOT SIGNED, an exception of {} until {}: {}", e.owner, e.until, e.reason)
    }));
    if lines.is_empty() {
        return String::new();
    }
    page.heading("Weaker, and answered for:");
    for line in lines {
        page.hang("  - ", "    ", &safe::line(&line));
    }
    page.to_string()
}

/// Whether it is what a change weakens.
fn is_weakening(finding: &Diagnostic) -> bool {
    find(finding.code.name).is_some_and(|(group, _)| group.name == "against")
}

/// What a change weakens and only an exception answers for.
fn excepted(outcome: &Outcome) -> impl Iterator<Item = &Excepted> {
    outcome.excepted.iter().filter(|e| is_weakening(&e.finding))
}

/// Who signed, and when.
fn by(all: &[Agreed]) -> String {
    all.iter().map(|a| format!("{} on {}", a.by, a.on)).collect::<Vec<_>>().join(", ")
}

/// One line: which paths were walked, and up to how many faults that is complete; none where none were.
#[must_use]
pub fn walked(outcome: &Outcome) -> Option<String> {
    let shapes = outcome.shapes;
    if shapes.walked + shapes.left == 0 {
        return None;
    }
    let complete = shapes.complete.map_or_else(
        || "NOT complete even without faults".to_owned(),
        |n| format!("complete for up to {} on a path", number(usize::from(n), "fault")),
    );
    let left = match shapes.left {
        0 => String::new(),
        n => format!("; {} NOT WALKED", number(n, "plan shape")),
    };
    Some(format!("paths of {} walked, {complete}{left}", number(shapes.walked, "plan shape")))
}

fn number(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// Where a label stands, with its file as seen from where the command was typed.
struct Place {
    file: String,
    from: Position,
    to: Position,
}

fn place(label: &Label, prefix: &str) -> Place {
    let span = label.source.clamp(label.span);
    // A table is shown by its first line: what goes over many lines says no more than its header does.
    let text = label.source.slice(span);
    let end = span.start + text.split('\n').next().unwrap_or("").trim_end().len();
    let prefix = if label.source.past { "" } else { prefix };
    Place {
        file: format!("{prefix}{}", label.source.name),
        from: label.source.position(span.start),
        to: label.source.position(end),
    }
}

/// The message with what is said at the place.
fn sentence(finding: &Diagnostic) -> String {
    match finding.labels.first().map(|l| l.text.as_str()) {
        None | Some("") => finding.message.clone(),
        Some(label) => format!("{}: {label}", finding.message),
    }
}
