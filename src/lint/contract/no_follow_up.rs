//! What is learnt from an incident.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::context::head;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::Runbook;

const CODE: Code = Code { name: "no-follow-up", summary: "A runbook from which nothing is learnt." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "A runbook has no `[[follow-up]]`.",
        why: "Without an owner and a day, what was learnt is a sentence in a document. A follow-up stays visible \
              until it is done, and the same incident a second time is then a finding and no surprise.",
        bad: r#"title = "Fabricated content""#,
        good: r#"[[follow-up]]
title = "Add this incident's cases to the evaluation set"
kind = "evaluation"
owner = "@owner"
due = "14d""#,
        fix: "Add at least one: the cases into the evaluation set, the rule or gate that was missing, the trigger \
              that would have fired earlier.",
    },
};

fn check(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    if runbook.follow_ups.is_empty() {
        findings.add(
            Diagnostic::warning(CODE, "nothing is learnt from this runbook")
                .at(&runbook.source, head(&runbook.source), "")
                .help("add a `[[follow-up]]` with an owner and a day"),
        );
    }
}
