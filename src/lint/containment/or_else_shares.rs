//! Two ways that fail together.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::{Context, Planned};
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::plan::{Act, Step};

const CODE: Code = Code { name: "or-else-shares", summary: "Another way that shares something with the first." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Plan(check)],
    explanation: Explanation {
        what: "The `or-else` of an immediate action goes through the same control, the same provider or the same \
               address as the action itself.",
        why: "The second way is tried at once when the first did not work. If the flag service is what is down, a \
              second flag is no second way. At PocketOS in April 2026 the backups lay in the volume that was \
              deleted: nine seconds took both.",
        bad: r#"[[immediate]]
id = "stop"
do = "control.safe"
with = { control = "autonomy" }      # provider "flags"
or-else = "stop-mode"

[[immediate]]
id = "stop-mode"
do = "control.safe"
with = { control = "mode" }          # provider "flags" again"#,
        good: r#"[[immediate]]
id = "stop"
do = "control.safe"
with = { control = "autonomy" }      # provider "flags"
or-else = "stop-service"

[[immediate]]
id = "stop-service"
do = "control.safe"
with = { control = "replicas" }      # provider "scaler""#,
        fix: "Name a control of another provider: replicas, a queue, a credential.",
    },
};

fn check(cx: &Context<'_>, planned: &Planned<'_>, findings: &mut Findings) {
    let plan = &planned.plan;
    for first in plan.immediate.iter().map(|ix| plan.step(*ix)) {
        let Some(other) = first.or_else.map(|ix| plan.step(ix)) else { continue };
        let Some(shared) = shared(cx, first, other, planned.environment) else { continue };
        let Some(written) = planned.written(&first.id) else { continue };
        let at = written.or_else.as_ref().map_or(written.id.span, |o| o.span);
        let problem = Diagnostic::error(CODE, format!("`{}` and its or-else both go through {shared}", first.id))
            .at(&planned.runbook.source, at, "fails when the first fails");
        let bound = match &other.act {
            Act::SetControl { control, .. } => planned.automation.controls.get(control).and_then(|c| c.bound.provider.as_ref()),
            _ => None,
        };
        findings.add(match bound {
            Some(provider) => problem.at(&planned.automation.source, provider.span, "the or-else goes this way"),
            None => problem,
        }
        .help("name another way that shares nothing with this step"));
    }
}

/// What two steps have in common.
fn shared(cx: &Context<'_>, a: &Step, b: &Step, environment: &str) -> Option<String> {
    if let (Act::SetControl { control: one, .. }, Act::SetControl { control: two, .. }) = (&a.act, &b.act)
        && one == two
    {
        return Some(format!("control `{one}`"));
    }
    let mine = |t: &&crate::plan::Target| a.targets.iter().any(|own| own.provider == t.provider);
    if let Some(target) = b.targets.iter().find(mine) {
        return Some(format!("provider `{}`", target.provider));
    }
    // The sandbox is one server that stands for many.
    if cx.demo {
        return None;
    }
    let address = |s: &Step| -> Vec<String> {
        s.targets.iter().filter_map(|t| cx.address(&t.provider, environment)).collect()
    };
    let mine = address(a);
    let same = address(b).into_iter().find(|other| mine.contains(other));
    same.map(|address| format!("address `{}`", crate::text::safe::excerpt(&address, 60)))
}
