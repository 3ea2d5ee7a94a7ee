//! Which schema an editor finds.

use std::sync::Arc;

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::text::source::Source;
use crate::text::span::Span;

const CODE: Code = Code { name: "schema-hint", summary: "A first line that names no schema, or another one than the file needs." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Text(check)],
    explanation: Explanation {
        what: "The first comment `#:schema PATH` tells an editor by which JSON Schema it completes and checks the \
               file. A file that does not have it is a note; one that names the schema of another kind of file is \
               a warning.",
        why: "With it, a key that does not exist is red while it is typed. With that of another file, everything \
              that is right is red, and authors learn to look away.",
        bad: r#"#:schema ../.aigov/schema/runbook.json
schema = 1
purpose = "Answers tickets""#,
        good: r#"#:schema ../.aigov/schema/automation.json
schema = 1
purpose = "Answers tickets""#,
        fix: "Write the line that the help shows as the first of the file, and `aigov schema --write` once, which \
              makes the schemas.",
    },
};

/// What the first line begins with.
const HINT: &str = "#:schema ";

fn check(source: &Arc<Source>, findings: &mut Findings) {
    let Some(kind) = kind(&source.name) else { return };
    let up = "../".repeat(source.name.matches('/').count());
    let wanted = format!("{HINT}{up}.aigov/schema/{kind}.json");
    let mut at = 0;
    for line in source.text.split_inclusive('\n') {
        let text = line.trim_end();
        if let Some(named) = text.strip_prefix(HINT) {
            let other = named.rsplit('/').next().and_then(|file| file.strip_suffix(".json"));
            let known = ["workspace", "people", "automation", "runbook", "scenario", "event"];
            if let Some(other) = other.filter(|other| *other != kind && known.contains(other)) {
                let says = format!("this names the schema of a file of another kind: `{other}`");
                let span = Span::new(at, at + text.len());
                findings.add(Diagnostic::warning(CODE, says).at(source, span, "").help(format!("write `{wanted}`")));
            }
            return;
        }
        // The hint stands among the comments at the top.
        if !text.is_empty() && !text.starts_with('#') {
            break;
        }
        at += line.len();
    }
    let says = "no `#:schema`, so that an editor can not complete this file";
    let note = Diagnostic { severity: Severity::Note, ..Diagnostic::warning(CODE, says) };
    findings.add(note.at(source, Span::new(0, 0), "").help(format!("write `{wanted}` as the first line")));
}

/// Of which kind a file is.
fn kind(path: &str) -> Option<&'static str> {
    match path {
        "aigov.toml" => Some("workspace"),
        "people.toml" => Some("people"),
        path if path.starts_with("automations/") => Some("automation"),
        path if path.starts_with("runbooks/incident/") => Some("runbook"),
        path if path.starts_with("runbooks/gameday/") => Some("scenario"),
        _ => None,
    }
}
