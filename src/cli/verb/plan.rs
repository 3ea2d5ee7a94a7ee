//! `aigov plan RUNBOOK` and `aigov run --dry-run`: shows every request and sends none.

use std::collections::BTreeMap;

use serde_json::json;

use crate::cli::args::Target;
use crate::cli::choice;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Kind};
use crate::cli::files;
use crate::cli::providers;
use crate::diag::{Diagnostic, Severity};
use crate::plan::{Plan, StepIx};
use crate::port::{Order, Providers as _, Way};
use crate::provider::Set;
use crate::report::plan::{Described, clocks, page};
use crate::run::record::RequestView;
use crate::text::gather::Gather;

/// In the place of what is only known when a run exists.
const RUN: &str = "{run}";
const KEY: &str = "{key}";

/// Prints the plan.
pub(super) fn call(cx: &Context, runbook: &str, target: &Target) -> Result<u8, CliError> {
    let planned = choice::plan(cx, runbook, target)?;
    let set = providers::open(cx, &planned.plan.environment, None);
    let described = describe(&planned.plan, &set);
    if cx.json {
        let steps: BTreeMap<String, _> = described
            .iter()
            .filter_map(|(ix, views)| {
                let id = planned.plan.steps.get(ix.ix())?.id.clone();
                Some((id, views.as_ref().map_or_else(|why| json!({ "error": why }), |v| json!(v))))
            })
            .gather();
        let problems: Vec<String> = planned.problems.iter().map(ToString::to_string).collect();
        cx.screen.raw(
            &json!({ "plan": planned.plan, "digest": planned.digest, "requests": steps, "problems": problems })
                .to_string(),
        );
        return sound(cx, &planned.problems);
    }
    choice::show(cx, &planned.problems);
    let duties = files::obligations(&cx.place);
    choice::show(cx, &duties.problems);
    let mut page = page(&planned.plan, &planned.digest, &described, cx.screen.room());
    clocks(&mut page, &planned.plan.class, &duties.value);
    cx.screen.page(&page);
    sound(cx, &planned.problems)
}

/// A plan that a run would not go through with is shown and is no success.
fn sound(cx: &Context, problems: &[Diagnostic]) -> Result<u8, CliError> {
    let errors = problems.iter().filter(|p| p.severity == Severity::Error).count();
    if errors == 0 {
        return Ok(0);
    }
    let of = if errors == 1 { "an error" } else { "errors" };
    Err(CliError::new(
        Kind::Findings,
        format!("the files have {of}: a run would contain what it can and go no further"),
    )
    .next(cx.command("lint")))
}

/// What the providers say they would send.
pub(super) fn describe(plan: &Plan, set: &Set) -> Described {
    let mut out = Described::new();
    for (n, step) in (0_u16..).zip(&plan.steps) {
        let mut views: Result<Vec<RequestView>, String> = Ok(Vec::new());
        for target in &step.targets {
            let (environment, way) = (&plan.environment, Way::Do);
            let order = Order { run: RUN, environment, step, target, way, key: KEY, text: None, after: None };
            let more = set.get(&target.provider).map(|p| p.describe(&order));
            views = match (views, more) {
                (Ok(mut all), Ok(more)) => {
                    all.extend(more);
                    Ok(all)
                }
                (Err(why), _) => Err(why),
                (Ok(_), Err(fault)) => Err(fault
                    .help
                    .as_ref()
                    .map_or_else(|| fault.says.clone(), |help| format!("{}; {help}", fault.says))),
            };
        }
        out.insert(StepIx(n), views);
    }
    out
}
