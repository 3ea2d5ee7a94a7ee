//! `aigov explore RUNBOOK`: walks every path of the machine and says what was covered.

use serde_json::json;

use crate::cli::args::Explore;
use crate::cli::choice;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Kind};
use crate::explore::{Budget, explore, tell};
use crate::ui::Tone;

/// Explores the plan of a runbook. Exit 3 when a claim is broken, 1 when the budget ended it early.
pub(super) fn call(cx: &Context, args: &Explore) -> Result<u8, CliError> {
    let planned = choice::plan(cx, &args.runbook, &args.target)?;
    let plan = &planned.plan;
    let budget = Budget { faults: args.faults, states: args.states };
    let coverage = explore(plan, budget).map_err(|e| CliError::failed(e.to_string()))?;
    let broken = coverage.broken.as_ref().map(|w| (w.claim.sentence().to_owned(), tell(plan, &w.path)));
    let never: Vec<String> =
        coverage.sometimes.iter().filter(|(_, path)| path.is_none()).map(|(s, _)| s.sentence(plan)).collect();
    if cx.json {
        cx.screen.raw(
            &json!({
                "runbook": plan.runbook, "states": coverage.states, "transitions": coverage.transitions,
                "complete_for_faults": coverage.complete, "stopped_by_budget": coverage.stopped,
                "broken": broken.as_ref().map(|(claim, path)| json!({ "claim": claim, "path": path })),
                "never_seen": never,
            })
            .to_string(),
        );
    } else {
        let complete = coverage.complete.map_or_else(
            || "no fault budget is complete".to_owned(),
            |n| format!("complete for up to {n} faults on a path"),
        );
        let stopped = if coverage.stopped { "; stopped by the budget of states, so NOT every path" } else { "" };
        cx.screen.text(&format!(
            "{}: {} states, {} transitions; {complete}{stopped}",
            plan.runbook, coverage.states, coverage.transitions
        ));
        let seen = coverage.sometimes.len() - never.len();
        cx.screen.text(&format!("{seen} of {} things that should be possible were seen", coverage.sometimes.len()));
        for name in &never {
            cx.screen.text(&format!("  never seen: {name}"));
        }
        if let Some((claim, path)) = &broken {
            cx.screen.say(Tone::Bad, &format!("BROKEN: {claim}. The shortest way there:"));
            for (n, line) in path.iter().enumerate() {
                cx.screen.text(&format!("  {:>3}. {line}", n + 1));
            }
        } else {
            cx.screen.text("nothing that must always hold was broken");
        }
    }
    Ok(match (broken.is_some(), coverage.stopped) {
        (true, _) => Kind::Findings.code(),
        (false, true) => Kind::Failed.code(),
        (false, false) => 0,
    })
}
