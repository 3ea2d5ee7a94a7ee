//! A first stage that is already everything.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::{Context, Planned};
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::{Control, ControlKind};
use crate::model::scalar::Scalar;
use crate::plan::Band;

const CODE: Code = Code { name: "stage-at-top", summary: "A control whose first stage is its highest value." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Plan(check)],
    explanation: Explanation {
        what: "On an automation of band `high` or `critical`, the first stage of a level or a percentage sets it to its \
               highest value: all of the traffic, or the level with the most autonomy.",
        why: "Stages are there so that a fix that is wrong meets few cases first. One that begins at the top is the jump that \
              `restore-at-once` warns of, written as a stage.",
        bad: r#"stages = [ { control = "traffic", to = 100, soak = "2h" } ]"#,
        good: r#"stages = [ { control = "traffic", to = 5, soak = "2h" }, { control = "traffic", to = 100, soak = "1d" } ]"#,
        fix: "Begin lower, watch it, and rise from there. The undo of the stop brings the rest back when the last stage has held.",
    },
};

fn check(_: &Context<'_>, planned: &Planned<'_>, findings: &mut Findings) {
    if !matches!(planned.plan.band, Band::High | Band::Critical) {
        return;
    }
    let written = planned.runbook.restore.as_ref().map_or(&[][..], |r| &r.stages);
    for (i, stage) in written.iter().enumerate() {
        let Some(control) = planned.automation.controls.get(&stage.control.value) else { continue };
        let first = !written.iter().take(i).any(|s| s.control.value == stage.control.value);
        let at = super::height(control, &stage.to.value);
        if first && at.is_some() && at == top(control) {
            findings.add(
                Diagnostic::warning(CODE, format!("`{}` returns to `{}` in its first stage", stage.control, stage.to))
                    .at(&planned.runbook.source, stage.to.span, "nothing is higher")
                    .help("begin with a lower value, and rise from there"),
            );
        }
    }
}

/// The height of the highest value, where a control has one in between.
fn top(control: &Control) -> Option<f64> {
    match control.kind.as_ref()?.value {
        ControlKind::Switch => None,
        ControlKind::Level => {
            let last = control.levels.last().filter(|_| control.levels.len() > 2)?;
            super::height(control, &Scalar::Text(last.value.clone()))
        }
        ControlKind::Percent => Some(100.0),
    }
}
