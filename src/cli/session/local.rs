//! Whether unsigned votes may count here and now: by the record and by the workspace, of which the stricter counts.

use crate::cli::context::Context;
use crate::cli::error::{CliError, Kind};
use crate::plan::{Plan, Votes};
use crate::text::safe;

/// Where unsigned votes count, nothing real may be reached: not when the plan was made, and not now. A run recorded against
/// this machine's own servers must not go on against others because the settings changed in between.
pub(crate) fn still_local(cx: &Context, plan: &Plan) -> Result<(), CliError> {
    if plan.votes == Votes::Signed {
        return Ok(());
    }
    let settings = cx.loaded().workspace.settings.as_ref();
    let sandbox = cx.place.is_sandbox();
    // The record says that names are enough, and this workspace does not: the stricter of the two counts.
    if !sandbox && settings.is_none_or(|s| s.demo.as_ref().is_none_or(|d| !d.value)) {
        let says =
            "this run's record counts unsigned votes, and this workspace, which has no `demo = true`, counts none";
        return Err(CliError::new(Kind::Journal, says)
            .hint("if it was a demonstration, put the setting back; if not, the record was written by somebody else")
            .next(cx.command(&format!(
                "run {} --automation {}",
                safe::line(&plan.runbook),
                safe::line(&plan.automation)
            ))));
    }
    let Some(outside) =
        settings.and_then(|s| crate::plan::outside(s, crate::provider::catalog(), &plan.environment, sandbox))
    else {
        return Ok(());
    };
    let says = format!(
        "this run counts unsigned votes, and provider `{}` is not on this machine any more",
        safe::line(&outside)
    );
    Err(CliError::new(Kind::Refused, says)
        .hint("put the settings back to go on with it, or start a new run: that stops at once")
        .next(cx.command(&format!("run {} --automation {}", safe::line(&plan.runbook), safe::line(&plan.automation)))))
}
