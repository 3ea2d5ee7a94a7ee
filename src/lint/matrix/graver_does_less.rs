//! A graver row that does less than a milder one.

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::{Runbook, Severity as Row};
use crate::text::suggest;

const CODE: Code = Code { name: "graver-does-less", summary: "A row that calls for only a part of what a milder row calls for." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "The `respond` of a row is a part of that of a row below it, which is milder, and lacks something that the milder \
               one does.",
        why: "Doubt goes upward and so does whoever raises a severity in the night. Where the graver row does less, raising it \
              takes a rollback away.",
        bad: r#"[[severity]]
level = "sev1"
when = "harm"
respond = ["tell-customers"]

[[severity]]
level = "sev2"
respond = ["tell-customers", "rollback-prompt"]"#,
        good: r#"[[severity]]
level = "sev1"
when = "harm"
respond = ["rollback-prompt", "tell-customers"]

[[severity]]
level = "sev2"
respond = ["rollback-prompt"]"#,
        fix: "Let the graver row call for everything that the milder one does, or for something else in its place.",
    },
};

fn check(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    let rows: Vec<(&Row, BTreeSet<&str>)> = runbook.severities.iter().map(|row| (row, does(row))).collect();
    for (i, (graver, less)) in rows.iter().enumerate() {
        let more = rows.iter().skip(i + 1).find(|(_, more)| less.len() < more.len() && less.is_subset(more));
        let Some((milder, more)) = more else { continue };
        let lacks = suggest::all(more.difference(less).copied());
        findings.add(
            Diagnostic::warning(CODE, format!("`{}` does less than the milder `{}`", graver.level, milder.level))
                .at(&runbook.source, graver.level.span, format!("lacks {lacks}"))
                .at(&runbook.source, milder.level.span, "is milder, and does it")
                .help("let the graver row do all that the milder one does"),
        );
    }
}

fn does(row: &Row) -> BTreeSet<&str> {
    row.respond.iter().map(|r| r.value.as_str()).collect()
}
