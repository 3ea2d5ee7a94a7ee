//! What is done first.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::{Context, Planned, head};
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::Runbook;
use crate::plan::Direction;

const CODE: Code = Code { name: "first-action-lowers", summary: "A first action that does not lower autonomy." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Runbook(nothing), Check::Plan(check)],
    explanation: Explanation {
        what: "The first immediate action does not lower autonomy: it looks, pages, holds or asks; or there is no \
               immediate action at all.",
        why: "Harm grows while the first step runs. Evidence and pages come after the stop, in seconds; a stop \
              that waits for a page has waited. A stop that was not needed costs minutes.",
        bad: r#"[[immediate]]
id = "page"
do = "page.send"
with = { to = ["@owner"] }

[[immediate]]
id = "stop"
do = "control.safe"
with = { control = "@stop" }"#,
        good: r#"[[immediate]]
id = "stop"
do = "control.safe"
with = { control = "@stop" }

[[immediate]]
id = "page"
do = "page.send"
with = { to = ["@owner"] }"#,
        fix: "Put the narrowest control that stops the harm first, with `control.safe`.",
    },
};

/// A list that is there and has nothing in it: where it is not there at all, reading the file tells.
fn nothing(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    let is_there = runbook.source.text.lines().any(|line| line.trim_start().starts_with("immediate"));
    if runbook.immediate.is_empty() && is_there {
        findings.add(
            Diagnostic::error(CODE, format!("`{}` does nothing at once", runbook.name))
                .at(&runbook.source, head(&runbook.source), "")
                .help("begin with `do = \"control.safe\"` on the control that stops the harm"),
        );
    }
}

fn check(_: &Context<'_>, planned: &Planned<'_>, findings: &mut Findings) {
    let plan = &planned.plan;
    let Some(first) = plan.immediate.first().map(|ix| plan.step(*ix)) else { return };
    let Some(written) = planned.written(&first.id).filter(|_| first.direction != Direction::Lowers) else { return };
    let problem = Diagnostic::error(CODE, format!("`{}` is done first and does not lower autonomy", first.id))
        .at(&planned.runbook.source, written.id.span, "while it runs, the harm goes on");
    let lowering = plan.immediate.iter().map(|ix| plan.step(*ix)).find(|s| s.direction == Direction::Lowers);
    let lowering = lowering.and_then(|s| planned.written(&s.id));
    findings.add(match lowering {
        Some(step) => problem
            .at(&planned.runbook.source, step.id.span, "this lowers")
            .help(format!("put `{}` first", step.id.value)),
        None => problem.help("begin with `do = \"control.safe\"` on the control that stops the harm"),
    });
}
