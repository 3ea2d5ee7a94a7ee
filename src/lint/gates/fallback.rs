//! A fallback that can not hold when its gate opens.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::{Context, Planned};
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::plan::{Fallback, Proof};

const CODE: Code = Code { name: "fallback", summary: "A fallback that can not hold, or can not be proven, when its gate opens." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Plan(check)],
    explanation: Explanation {
        what: "A gate falls back to `read-only`, which means that the automation's `[stop]` holds before the gate \
               opens. Here there is no stop that can be carried out in this environment, or its effect can not be \
               read back.",
        why: "A gate opens only once its fallback already holds and is proven, so that an expiry changes nothing \
               in the world. Without a stop, the gate can not open at all.",
        bad: r#"[respond.gate]
functions = ["legal"]
within = "30m"
on-timeout = "read-only"     # and the automation has no [stop]"#,
        good: r#"[stop]
control = "autonomy""#,
        fix: "Write `[stop]` in the automation with a control whose provider can be read back, or choose `queue` \
               or `cancel`.",
    },
};

fn check(_: &Context<'_>, planned: &Planned<'_>, findings: &mut Findings) {
    let plan = &planned.plan;
    for gate in super::asked(plan).filter(|g| g.on_timeout == Fallback::ReadOnly) {
        let first = plan.stop.first().map(|ix| plan.step(*ix));
        let why = match first {
            None => format!("automation `{}` has no [stop] that can be carried out here", plan.automation),
            Some(step) if step.proof != Proof::ReadBack => format!("the effect of `{}` can not be read back", step.id),
            Some(_) => continue,
        };
        let mut problem = super::at(planned, gate, Diagnostic::error(CODE, format!("the fallback of gate `{}` can not hold: {why}", gate.id)));
        if let Some(stop) = &planned.automation.stop {
            problem = problem.at(&planned.automation.source, stop.span, "the stop");
        }
        findings.add(problem.help("write a [stop] that can be proven, or choose another `on-timeout`"));
    }
}
