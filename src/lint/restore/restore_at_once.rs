//! Autonomy that returns in one jump.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::{Context, Planned};
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::Class;
use crate::plan::{Band, Direction, Undo};

const CODE: Code = Code { name: "restore-at-once", summary: "Autonomy that returns at once, on an automation that can do harm." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Plan(check)],
    explanation: Explanation {
        what: "The restoration has no stages, so that every control returns at once to what it was, on an \
               automation of band `high` or `critical`.",
        why: "A fix that is wrong shows within the first hundred cases. With five per cent of the traffic these \
               are a hundred cases; with all of it, thousands.",
        bad: r#"[restore]
sign-off = { functions = ["product"], within = "24h", on-timeout = "read-only" }
stages = []"#,
        good: r#"[restore]
sign-off = { functions = ["product"], within = "24h", on-timeout = "read-only" }
stages = [ { control = "traffic", to = 5, soak = "2h" } ]"#,
        fix: "Write at least one stage with a soak before everything returns.",
    },
};

fn check(_: &Context<'_>, planned: &Planned<'_>, findings: &mut Findings) {
    let plan = &planned.plan;
    let Some(restore) = &planned.runbook.restore else { return };
    // Where the class is not known yet, another runbook goes on and brings its stages.
    let known = planned.runbook.class.as_ref().is_some_and(|c| c.value != Class::Unknown);
    let owes = plan.steps.iter().any(|s| s.undo == Undo::Restore && s.direction == Direction::Lowers);
    if known && owes && restore.stages.is_empty() && matches!(plan.band, Band::High | Band::Critical) {
        findings.add(
            Diagnostic::warning(CODE, "autonomy returns in one jump")
                .at(&planned.runbook.source, restore.span, "no stages")
                .help("write a stage with a soak"),
        );
    }
}
