//! An effect on the outside that nobody approves.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::{Context, Planned};
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::plan::{Act, Band, StepRole};

const CODE: Code = Code { name: "ungated-impact", summary: "A response with an effect outside that nobody approves, where the band asks for a human first." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Plan(check)],
    explanation: Explanation {
        what: "A response publishes a statement or can not be taken back, and has no gate, on an automation whose \
               band is `high` or `critical`.",
        why: "From the band `high` on, a human decides before anything reaches the outside. What was sent in a \
               hurry can not be recalled, and the correction of a correction is worse than a delay.",
        bad: r#"[[respond]]
id = "tell-customers"
do = "statement.publish"
with = { template = "customer-correction", audience = "affected" }"#,
        good: r#"[[respond]]
id = "tell-customers"
do = "statement.publish"
with = { template = "customer-correction", audience = "affected" }
gate = { functions = ["legal"], within = "30m", on-timeout = "queue" }"#,
        fix: "Give the response a `gate` with the functions that answer for it.",
    },
};

fn check(_: &Context<'_>, planned: &Planned<'_>, findings: &mut Findings) {
    let plan = &planned.plan;
    if !matches!(plan.band, Band::High | Band::Critical) {
        return;
    }
    for step in plan.steps.iter().filter(|s| s.role == StepRole::Respond && s.gate.is_none()) {
        if !matches!(step.act, Act::Publish { .. }) && step.irreversible.is_none() {
            continue;
        }
        let place = planned.written(&step.id).map_or_else(Default::default, |s| s.id.span);
        findings.add(
            Diagnostic::error(CODE, format!("nobody approves `{}` before it takes effect", step.id))
                .at(&planned.runbook.source, place, "")
                .help("give it a `gate`"),
        );
    }
}
