//! Stops that nobody reads back.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::{Context, Planned};
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::plan::{Direction, Proof};

const CODE: Code = Code { name: "unproven-stop", summary: "A step that lowers autonomy and is never proven." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Plan(check)],
    explanation: Explanation {
        what: "A step lowers autonomy, but its provider has no read that could prove it: it can only say that it \
               accepted the request.",
        why: "2xx is not an effect. A flag that was set and is not consumed, a scale that is undone a minute \
              later, a request that was queued: each answered `200`. Contained means that an independent read-back \
              says so.",
        bad: r#"[providers.switch.control]
act = { method = "PUT", path = "/switch", repeat = "harmless" }"#,
        good: r#"[providers.switch.control]
act = { method = "PUT", path = "/switch", repeat = "harmless" }
read = { path = "/switch", at = "/state" }"#,
        fix: "Add `read` to the provider's table in `aigov.toml`, at the place where the effect is consumed, or \
              stop by a control whose provider can be read.",
    },
};

fn check(cx: &Context<'_>, planned: &Planned<'_>, findings: &mut Findings) {
    for step in planned.plan.steps.iter().filter(|s| s.direction == Direction::Lowers && s.proof != Proof::ReadBack) {
        let Some(written) = planned.written(&step.id) else { continue };
        let provider = step.targets.first().map_or("", |t| t.provider.as_str());
        let problem = Diagnostic::error(CODE, format!("`{}` lowers autonomy, and nothing proves it", step.id))
            .at(&planned.runbook.source, written.id.span, format!("provider `{provider}` has no read for it"));
        let settings = cx.workspace.settings.as_ref();
        let place = settings.and_then(|s| s.providers.span(provider).map(|span| (s, span)));
        findings.add(match place {
            Some((settings, span)) => problem.at(&settings.source, span, "configured here"),
            None => problem,
        }
        .help("add `read` to the provider's table, where the effect is consumed"));
    }
}
