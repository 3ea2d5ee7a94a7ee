//! Checks that no answer can pass, or every answer does.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::{CheckBy, Condition, FactKind, Runbook};

const CODE: Code = Code { name: "impossible-check", summary: "A check that no answer can pass, or that every answer passes." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "A check asks for a count or a percentage and holds it against a threshold that no such number can meet, \
               or that every such number meets.",
        why: "`below = 0` looks like no errors at all, and means that zero errors fail: the run can never be closed, and \
              people learn to attest their way round checks. One that everything passes is no check.",
        bad: r#"[[verify]]
id = "hand-sample"
ask = "Read 50 answers. How many are wrong?"
kind = "count"
below = 0"#,
        good: r#"[[verify]]
id = "hand-sample"
ask = "Read 50 answers. How many are wrong?"
kind = "count"
below = 1"#,
        fix: "Write a threshold that some answers meet and others do not: `below = 1` means none.",
    },
};

fn check(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    for verify in &runbook.verify {
        let Some(CheckBy::Ask { kind: Some(kind), condition: Some(condition), .. }) = &verify.by else { continue };
        let (most, takes) = match kind.value {
            FactKind::Count => (f64::INFINITY, "a count is 0 or more"),
            FactKind::Percent => (100.0, "a percentage lies between 0 and 100"),
            _ => continue,
        };
        let (never, always) = match condition.value {
            Condition::Above(n) => (n >= most, n < 0.0),
            Condition::Below(n) => (n <= 0.0, n > most),
            Condition::AboveBaseline { .. } => continue,
        };
        let says = match (never, always) {
            (true, _) => "no answer can pass",
            (_, true) => "every answer passes",
            _ => continue,
        };
        findings.add(
            Diagnostic::error(CODE, format!("{says} `{}`", verify.id))
                .at(&runbook.source, condition.span, takes)
                .help("write a threshold that some answers meet and others do not"),
        );
    }
}
