//! `aigov explore RUNBOOK`: walks every path of the machine and says what was covered.

use std::path::Path;

use serde_json::json;

use super::rehearse::write_down;
use crate::cli::args::Explore;
use crate::cli::choice;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Kind};
use crate::explore::{Budget, Coverage, explore, tell};
use crate::plan::Plan;
use crate::report::course::{Course, records};
use crate::text::safe;
use crate::ui::Tone;

/// Explores the plan of a runbook. Exit 3 when a claim is broken, 1 when the budget ended it early.
pub(super) fn call(cx: &Context, args: &Explore) -> Result<u8, CliError> {
    let planned = choice::plan(cx, &args.runbook, &args.target)?;
    let plan = &planned.plan;
    let budget = Budget { faults: args.faults, states: args.states };
    let coverage = explore(plan, budget).map_err(|e| CliError::failed(e.to_string()))?;
    if let Some(file) = &args.as_scenario {
        return as_scenario(cx, plan, &coverage, args.to.as_deref(), file);
    }
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

/// Writes the shortest way to a broken claim, or to what is named, as a scenario.
fn as_scenario(cx: &Context, plan: &Plan, of: &Coverage, to: Option<&str>, file: &Path) -> Result<u8, CliError> {
    let seen = of.sometimes.iter().filter_map(|(s, path)| Some((s.sentence(plan), path.as_ref()?, Some(*s))));
    let found: Vec<_> = match to {
        Some(to) => seen.filter(|(sentence, ..)| sentence.contains(to)).collect(),
        None => of.broken.iter().map(|w| (w.claim.sentence().to_owned(), &w.path, None)).collect(),
    };
    // A name that stands whole is meant, whatever else it is part of.
    let whole = found.iter().find(|(sentence, ..)| to.is_some_and(|to| sentence == to));
    let (sentence, path, claim) = match (whole, found.as_slice()) {
        (Some(whole), _) => whole,
        (None, [one]) => one,
        (None, several) => {
            let mut error = CliError::usage(match (to, several.len()) {
                (None, _) => {
                    "nothing that must always hold was broken: say with --to where the way is to lead".to_owned()
                }
                (Some(to), 0) => format!("the explorer saw no way to `{}`", safe::line(to)),
                (Some(to), n) => format!("`{}` names {n} things", safe::line(to)),
            });
            let all = of.sometimes.iter().filter(|(_, path)| path.is_some()).map(|(s, _)| s.sentence(plan));
            for sentence in all {
                error = error.hint(format!("--to \"{}\"", safe::line(&sentence)));
            }
            return Err(error.next(cx.command(&format!("explore {} --automation {}", plan.runbook, plan.automation))));
        }
    };
    let told = records(plan, path).ok_or_else(|| CliError::failed("the way that was found is none of this plan"))?;
    let mut made = Course::of(plan, &told, &|_| None);
    made.title = format!("Found by the explorer: {}", safe::line(sentence));
    made.based_on = format!("the explorer's shortest way in {}: {sentence}", plan.runbook);
    for (n, line) in tell(plan, path).iter().enumerate() {
        cx.screen.say(Tone::Plain, &format!("{:>3}. {line}", n + 1));
    }
    write_down(cx, plan, &made, &told, *claim, Some(file))
}
