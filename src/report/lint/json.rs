//! One JSON object a line: each finding, each finding that is excepted or reviewed, what was strengthened where a revision was named,
//! and a summary at the end. Keys are part of the contract with scripts.

use serde_json::{Value, json};

use super::{count, place};
use crate::diag::{Diagnostic, Severity};
use crate::lint::{Agreed, Outcome, find};

/// The objects.
#[must_use]
pub fn lines(outcome: &Outcome, prefix: &str) -> Vec<Value> {
    let finding = |found: &Diagnostic, prefix: &str| {
        let mut object = finding(found, prefix);
        // Names are cut short for people; a program gets them all.
        if let Some(compared) = &outcome.compared
            && find(found.code.name).is_some_and(|(group, _)| group.name == "against")
        {
            object["automations"] = compared.automations(found).collect();
        }
        object
    };
    let mut out: Vec<Value> = outcome.findings.iter().map(|f| finding(f, prefix)).collect();
    for excepted in &outcome.excepted {
        let mut object = finding(&excepted.finding, prefix);
        object["kind"] = json!("excepted");
        object["exception"] = json!({
            "reason": excepted.reason, "owner": excepted.owner, "until": excepted.until.to_string(),
        });
        out.push(object);
    }
    for closed in outcome.compared.iter().flat_map(|c| &c.closed) {
        let mut object = finding(&closed.finding, prefix);
        object["kind"] = json!("reviewed");
        let by = |a: &Agreed| json!({ "person": a.by, "day": a.on.to_string() });
        object["reviews"] = closed.by.iter().map(by).collect();
        out.push(object);
    }
    for stronger in outcome.compared.iter().flat_map(|c| &c.stronger) {
        let mut object = finding(stronger, prefix);
        object["kind"] = json!("stronger");
        out.push(object);
    }
    let mut summary = json!({
        "kind": "summary",
        "errors": count(&outcome.findings, Severity::Error),
        "warnings": count(&outcome.findings, Severity::Warning),
        "notes": count(&outcome.findings, Severity::Note),
        "excepted": outcome.excepted.len(), "allowed": outcome.allowed, "files": outcome.files,
        "plans": outcome.plans.resolved, "plans_left_out": outcome.plans.left,
        "rules_left_out": outcome.left,
    });
    if let Some(compared) = &outcome.compared {
        summary["against"] = json!({
            "revision": compared.name, "plans": compared.plans, "plans_left_out": compared.left,
            "stronger": compared.stronger.len(), "reviewed": compared.closed.len(),
        });
    }
    out.push(summary);
    out
}

fn finding(finding: &Diagnostic, prefix: &str) -> Value {
    let labels: Vec<Value> = finding
        .labels
        .iter()
        .map(|l| {
            let at = place(l, prefix);
            json!({
                "file": at.file, "line": at.from.line, "column": at.from.column,
                "end_line": at.to.line, "end_column": at.to.column, "text": l.text,
            })
        })
        .collect();
    json!({
        "kind": "finding",
        "code": finding.code.name,
        "group": find(finding.code.name).map(|(group, _)| group.name),
        "severity": finding.severity.to_string(),
        "message": finding.message,
        "help": finding.help,
        "labels": labels,
    })
}
