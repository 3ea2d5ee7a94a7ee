//! The time that containment may take.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::context::head;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::Runbook;

const CODE: Code = Code { name: "no-contain-within", summary: "A runbook without a time in which it contains." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "A runbook has no `contain-within`.",
        why: "Without it nobody can say whether the stop was late, and lint can not compare it with the worst case \
              of the steps. Knight Capital had no written procedure in 2012, and debugged for about 45 minutes \
              while it was still connected to the market.",
        bad: r#"title = "Fabricated content""#,
        good: r#"contain-within = "5m""#,
        fix: "Write the time from the start to contained that the owner answers for; lint shows whether the steps \
              fit into it.",
    },
};

fn check(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    if runbook.contain_within.is_none() {
        findings.add(
            Diagnostic::error(CODE, "`contain-within` is missing")
                .at(&runbook.source, head(&runbook.source), "")
                .help("add `contain-within = \"5m\"`"),
        );
    }
}
