//! A path on which something that must always hold does not.

use crate::diag::{Code, Diagnostic, Severity};
use crate::explore::tell;
use crate::lint::context::Planned;
use crate::lint::findings::Findings;
use crate::lint::paths::Walked;
use crate::lint::rule::{Check, Explanation, Rule};

const CODE: Code = Code { name: "broken-claim", summary: "A path on which something that must always hold does not." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Path(check)],
    explanation: Explanation {
        what: "The machine that runs a runbook was walked through every path of this one, with faults of providers, \
               crashes, silence and refusals. On one path something happens that must never happen, such as a gated \
               act without a granted gate. The finding tells the shortest such path.",
        why: "People test the path that they have in mind. Accidents take another one: Knight Capital's rollback \
               in 2012 was such a path, and nobody had walked it before.",
        bad: "# two steps that are each other's only way back",
        good: "# a step whose undo is its own captured state",
        fix: "Read the story from the top: the last line is where it goes wrong. Change the step, the gate or the \
               matrix that leads there; if the runbook is right, it is a mistake in this program, and we want to \
               know of it.",
    },
};

fn check(planned: &Planned<'_>, walked: &Walked, findings: &mut Findings) {
    let Some(witness) = &walked.coverage.broken else { return };
    let story: Vec<String> = (1..).zip(tell(&planned.plan, &witness.path)).map(|(n, line)| format!("{n}. {line}")).collect();
    findings.add(
        Diagnostic::error(CODE, format!("on one path this does not hold: {}", witness.claim.sentence()))
            .at(&planned.runbook.source, super::title(planned), "the shortest such path is told below")
            .help(story.join("; ")),
    );
}
