//! `aigov resume [RUN]`.

use crate::cli::args::Resume;
use crate::cli::choice;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Kind};
use crate::cli::record;
use crate::cli::session::{self, Wishes};
use crate::text::safe;

/// Goes on with a run that was left.
pub(super) fn call(cx: &Context, args: &Resume) -> Result<u8, CliError> {
    record::catch_up(cx, args.run.as_deref());
    let run = match &args.run {
        Some(run) => run.clone(),
        None => only_open(cx)?,
    };
    let over = args.reason.as_deref().filter(|_| args.take_over);
    let wishes = Wishes { person: args.person.as_deref(), answers: args.answers.as_deref() };
    session::resume(cx, &run, over, &wishes)
}

fn only_open(cx: &Context) -> Result<String, CliError> {
    let runs = cx.journal().runs()?;
    let open: Vec<_> = runs.iter().filter(|r| cx.concerns(r) && r.attended()).collect();
    match open.as_slice() {
        [] => Err(none_open(cx)),
        [only] => Ok(only.id.clone()),
        several => {
            let options: Vec<(String, String)> = several
                .iter()
                .map(|r| (r.id.clone(), format!("{} on {}", safe::line(&r.runbook), safe::line(&r.automation))))
                .collect();
            choice::choose(cx, "Which run?", "aigov resume", &options)
        }
    }
}

/// A run that is gone may have been open.
fn none_open(cx: &Context) -> CliError {
    match cx.journal().gone_runs().first() {
        None => CliError::usage("no run is open here").next(cx.command("log")),
        Some(run) => {
            let run = safe::line(run);
            let says = format!("no run is open here, and the branch of run {run} is not here any more");
            CliError::new(Kind::Journal, says).next(cx.command(&format!("verify {run}")))
        }
    }
}
