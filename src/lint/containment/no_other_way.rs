//! A stop that hangs on one system.

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::{Context, Planned, head};
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::plan::{Band, Direction, Step, band_word};
use crate::text::suggest;

const CODE: Code = Code { name: "no-other-way", summary: "A high or critical automation that a runbook stops in one way alone." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Plan(check)],
    explanation: Explanation {
        what: "The automation is of band `high` or above, and everything in the runbook that lowers autonomy at once \
               goes through one provider or one address, and has no `or-else`.",
        why: "The service that holds the flags is down together with everything else in the worst night. In October 2021 \
              Facebook's engineers could not reach the tools that would have ended the outage, because the tools hung on \
              what had failed. A second way costs one line while it is quiet.",
        bad: r#"[[immediate]]
id = "stop"
do = "control.safe"
with = { control = "autonomy" }      # provider "flags", and no or-else"#,
        good: r#"[[immediate]]
id = "stop"
do = "control.safe"
with = { control = "autonomy" }      # provider "flags"
or-else = "stop-service"

[[immediate]]
id = "stop-service"
do = "control.safe"
with = { control = "replicas" }      # provider "scaler""#,
        fix: "Give the stop an `or-else` on another provider: replicas, a queue, a credential.",
    },
};

fn check(cx: &Context<'_>, planned: &Planned<'_>, findings: &mut Findings) {
    let plan = &planned.plan;
    if plan.band < Band::High {
        return;
    }
    let at_once = plan.immediate.iter().map(|ix| plan.step(*ix));
    let lowering: Vec<&Step> = at_once.filter(|s| s.direction == Direction::Lowers).collect();
    // An or-else that shares something, lowers nothing or can not be planned is told by itself.
    if lowering.iter().any(|s| planned.written(&s.id).is_none_or(|w| w.or_else.is_some())) {
        return;
    }
    let providers: BTreeSet<&str> = lowering.iter().flat_map(|s| &s.targets).map(|t| t.provider.as_str()).collect();
    // The sandbox is one server that stands for many.
    let address = |p: &&str| cx.address(p, planned.environment).filter(|_| !cx.demo).unwrap_or_else(|| (*p).to_owned());
    let ways: BTreeSet<String> = providers.iter().map(address).collect();
    let (1, Some(first)) = (ways.len(), lowering.first()) else { return };
    let Some(written) = planned.written(&first.id) else { return };
    let says = format!("`{}` can be stopped in one way alone: {}", planned.of(), suggest::all(providers.iter().copied()));
    let automation = planned.automation;
    let risk = automation.risk.as_ref().map_or_else(|| head(&automation.source), |r| r.span);
    findings.add(
        Diagnostic::warning(CODE, says)
            .at(&planned.runbook.source, written.id.span, "no or-else goes another way")
            .at(&automation.source, risk, format!("band `{}`", band_word(plan.band)))
            .help("name an `or-else` that lowers autonomy through another provider"),
    );
}
