//! A stop whose way back is not known.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::{Context, Planned};
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::plan::{Direction, StepRole, Undo};

const CODE: Code = Code { name: "lowering-without-undo", summary: "An immediate action that changes something without capturing what was there." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Plan(check)],
    explanation: Explanation {
        what: "An immediate action lowers autonomy, or changes something, by a call of its own, so that prior state \
               is not captured and nothing puts it back in the restoration.",
        why: "Facebook's stop of October 2021 was easy to start and took hours to take back. What was there before \
               must be known, or the way back is a guess.",
        bad: r#"[[immediate]]
id = "stop"
do = "http.call"
with = { provider = "gateway", call = "block", direction = "lowers" }"#,
        good: r#"[[immediate]]
id = "stop"
do = "control.safe"
with = { control = "gateway" }"#,
        fix: "Describe it as a control of the automation, with `act` and `read` in the provider, so that its prior \
               state is captured.",
    },
};

fn check(_: &Context<'_>, planned: &Planned<'_>, findings: &mut Findings) {
    let immediate = planned.plan.steps.iter().filter(|s| matches!(s.role, StepRole::Immediate | StepRole::OrElse));
    for step in immediate.filter(|s| s.undo == Undo::None && s.direction == Direction::Lowers) {
        let place = planned.written(&step.id).map_or_else(Default::default, |s| s.act.as_ref().map_or(s.span, |a| a.span));
        findings.add(
            Diagnostic::warning(CODE, format!("nothing puts `{}` back", step.id))
                .at(&planned.runbook.source, place, "prior state is not captured")
                .help("describe it as a control of the automation"),
        );
    }
}
