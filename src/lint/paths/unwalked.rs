//! Paths that were not walked to the end.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Planned;
use crate::lint::findings::Findings;
use crate::lint::paths::Walked;
use crate::lint::rule::{Check, Explanation, Rule};

const CODE: Code = Code { name: "unwalked", summary: "A runbook with more paths than could be walked." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Path(check)],
    explanation: Explanation {
        what: "The walk through the paths of this runbook was ended by its budget. The finding says up to how many \
               faults on one path it is complete; of what lies beyond, nothing is claimed.",
        why: "A check that stops early and does not say so is trusted for what it never looked at.",
        bad: "# thirty immediate actions, each with a way of its own to fail",
        good: "# five immediate actions",
        fix: "Take steps apart that do not belong to one incident, or walk it alone with `aigov explore RUNBOOK \
               --states N`.",
    },
};

fn check(planned: &Planned<'_>, walked: &Walked, findings: &mut Findings) {
    let coverage = &walked.coverage;
    if !coverage.stopped {
        return;
    }
    let complete = coverage.complete.map_or_else(
        || "not even the paths without faults are complete".to_owned(),
        |n| format!("complete for up to {n} faults on a path"),
    );
    findings.add(
        Diagnostic::warning(CODE, format!("not every path was walked: {complete}"))
            .at(&planned.runbook.source, super::title(planned), format!("stopped after {} states", coverage.states))
            .help(format!("walk it alone: aigov explore {} --automation {}", planned.runbook.name, planned.automation.name)),
    );
}
