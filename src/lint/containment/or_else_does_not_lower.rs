//! Another way that stops nothing.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::{Context, Planned};
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::plan::{Act, Direction};

const CODE: Code = Code { name: "or-else-does-not-lower", summary: "The other way of a stop, which does not lower autonomy." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Plan(check)],
    explanation: Explanation {
        what: "An immediate action lowers autonomy, and its `or-else` does not: it pages, captures, holds or asks.",
        why: "The or-else takes the place of the stop when the stop did not work. If it is a freeze that succeeds, \
              something has been done and nothing is stopped: the automation goes on, and the run is not contained. \
              At Knight Capital in 2012 what was done instead of a stop spread the fault to all eight servers.",
        bad: r#"[[immediate]]
id = "stop"
do = "control.safe"
with = { control = "autonomy" }
or-else = "freeze"

[[immediate]]
id = "freeze"
do = "deploy.freeze""#,
        good: r#"[[immediate]]
id = "stop"
do = "control.safe"
with = { control = "autonomy" }
or-else = "stop-service"

[[immediate]]
id = "stop-service"
do = "control.safe"
with = { control = "replicas" }

[[immediate]]
id = "freeze"
do = "deploy.freeze""#,
        fix: "Name a step that lowers autonomy on another provider, and let what only looks, holds or pages be a step of its \
              own. What a person does by hand stands in `console` and `by-hand` of the control: it is shown when the \
              stop fails, and read back.",
    },
};

fn check(_: &Context<'_>, planned: &Planned<'_>, findings: &mut Findings) {
    let plan = &planned.plan;
    for first in plan.immediate.iter().map(|ix| plan.step(*ix)).filter(|s| s.direction == Direction::Lowers) {
        let Some(other) = first.or_else.map(|ix| plan.step(ix)).filter(|o| o.direction != Direction::Lowers) else { continue };
        let Some(written) = planned.written(&first.id) else { continue };
        let at = written.or_else.as_ref().map_or(written.id.span, |o| o.span);
        let says = format!("`{}` stops, and its or-else `{}` does not", first.id, other.id);
        let problem = Diagnostic::error(CODE, says).at(
            &planned.runbook.source,
            at,
            "where the stop fails, this is done in its place",
        );
        let problem = match planned.written(&other.id) {
            Some(step) => {
                let verb = step.act.as_ref().map_or(step.id.span, |a| a.span);
                problem.at(&planned.runbook.source, verb, format!("`{}` lowers nothing", other.act.verb()))
            }
            None => problem,
        };
        findings.add(problem.help(match other.act {
            Act::Human { .. } => "write what the person does into `console` and `by-hand` of the control, and name a second stop here",
            _ => "name a step that lowers autonomy on another provider, and let this one run on its own",
        }));
    }
}
