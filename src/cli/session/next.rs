//! The commands that stand below a run that was left.

use crate::drive::{Stopped, WaitsFor, Why};
use crate::plan::{GateIx, Plan, break_glass};
use crate::text::safe;

/// What to type next. `stop`: what stops the run's automation, by its file as it is now.
pub(super) fn next(stopped: &Stopped, run: &str, plan: Option<&Plan>, stop: Option<String>) -> Vec<String> {
    let runbook = plan.map(|p| p.runbook.as_str());
    match &stopped.why {
        Why::Done(_) => vec![format!("show {run}")],
        Why::Waiting(WaitsFor::Votes { gate, signed, .. }) => {
            let who = if *signed { "" } else { " --as NAME" };
            let mut all = vec![format!("approve {run} {gate}{who}"), format!("resume {run}")];
            if plan.is_some_and(|plan| may_be_broken(plan, gate)) {
                all.push(format!("break-glass {run} {gate} --reason \"nobody answers, because\""));
            }
            all
        }
        Why::Waiting(WaitsFor::Fact(fact)) => vec![format!("answer {run} {fact} VALUE"), format!("resume {run}")],
        Why::Waiting(WaitsFor::Vouch(check)) => {
            let check = safe::line(check);
            vec![format!("resume {run}"), format!("approve {run} attest:{check} --reason \"what was looked at\"")]
        }
        Why::Waiting(WaitsFor::Entitled { .. }) => {
            let runbook = safe::line(runbook.unwrap_or("incident/unknown"));
            vec![format!("run {runbook} --continues {run}"), format!("abandon {run} --reason \"why\"")]
        }
        Why::Waiting(WaitsFor::Identity) => vec![format!("resume {run} --as NAME")],
        Why::Waiting(WaitsFor::Onward) => {
            vec![format!("run --continues {run}"), format!("stand-down {run} --reason \"why\"")]
        }
        Why::Waiting(_) | Why::Interrupted => vec![format!("resume {run}")],
        Why::Problems => {
            let runbook = safe::line(runbook.unwrap_or("incident/unknown"));
            let stop = plan.filter(|_| !stopped.contained).map(|plan| {
                let words = stop.unwrap_or_else(|| format!("stop {}", safe::line(&plan.automation)));
                format!("{words} --env {}", safe::line(&plan.environment))
            });
            let rest = [format!("plan {runbook}"), format!("run {runbook} --continues {run}")];
            stop.into_iter().chain(rest).collect()
        }
        Why::Moved(_) | Why::Broken(_) => vec![format!("verify {run}")],
    }
}

/// Whether the act behind a gate may be done without it.
fn may_be_broken(plan: &Plan, gate: &str) -> bool {
    let at = plan.gates.iter().position(|g| g.id == gate).and_then(|at| u16::try_from(at).ok());
    at.is_some_and(|at| break_glass::allowed(plan, GateIx(at)).is_ok())
}
