//! Stages that do not rise.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::{Context, Planned};
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::Stage;

const CODE: Code = Code { name: "stage-falls", summary: "A stage of the restoration that is lower than the one before it." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Plan(check)],
    explanation: Explanation {
        what: "A stage sets a control to a value that is not higher than the stage before it set it to.",
        why: "Autonomy comes back in steps so that each is watched before the next. A stage that falls or stands \
               still means that another one jumped.",
        bad: r#"stages = [ { control = "traffic", to = 50, soak = "2h" }, { control = "traffic", to = 5, soak = "2h" } ]"#,
        good: r#"stages = [ { control = "traffic", to = 5, soak = "2h" }, { control = "traffic", to = 50, soak = "2h" } ]"#,
        fix: "Write the stages in rising order: for a level, in the order of the control's `levels`.",
    },
};

fn check(_: &Context<'_>, planned: &Planned<'_>, findings: &mut Findings) {
    let written = planned.runbook.restore.as_ref().map_or(&[][..], |r| &r.stages);
    for (i, stage) in written.iter().enumerate() {
        let Some(control) = planned.automation.controls.get(&stage.control.value) else { continue };
        let before = written.iter().take(i).rev().find(|s| s.control.value == stage.control.value);
        let height = |s: &Stage| super::height(control, &s.to.value);
        let floor = control.safe_value().and_then(|safe| super::height(control, &safe));
        let (low, place) = match before {
            Some(before) => (height(before), Some(before.to.span)),
            None => (floor, None),
        };
        let (Some(now), Some(low)) = (height(stage), low) else { continue };
        if now > low {
            continue;
        }
        let than = if place.is_some() { "the stage before it" } else { "the safe value" };
        let says = format!("stage {} sets `{}` to `{}`, which is not above {than}", i + 1, stage.control, stage.to);
        let mut problem = Diagnostic::error(CODE, says).at(&planned.runbook.source, stage.to.span, "does not rise");
        if let Some(place) = place {
            problem = problem.at(&planned.runbook.source, place, "the stage before");
        }
        findings.add(problem.help("write the stages in rising order"));
    }
}
