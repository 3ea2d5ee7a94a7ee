//! `aigov severity RUN LEVEL --reason TEXT`.

use crate::cli::args::Severity;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::record::Story;
use crate::cli::session::{self, Wishes};
use crate::plan::RowIx;
use crate::text::{safe, suggest};
use crate::ui::Tone;

/// Raises the severity of a run at once, or asks a second person to lower it.
pub(super) fn call(cx: &Context, args: &Severity) -> Result<u8, CliError> {
    let story = Story::read(cx, &args.act.run)?;
    let plan = story.summary()?.plan;
    let names = || plan.rows.iter().map(|r| r.level.as_str());
    let Some(ix) = names().position(|l| l == args.level) else {
        let error = CliError::usage(format!("run {} has no severity `{}`", story.run, safe::line(&args.level)));
        let error = error.next(cx.command(&format!("brief {}", story.run)));
        return Err(match suggest::nearest(&args.level, names()) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(format!("there is {}", suggest::list(names()))),
        });
    };
    let row = RowIx(u16::try_from(ix).unwrap_or(u16::MAX));
    let wishes = Wishes { person: args.act.person.as_deref(), answers: None };
    let run = session::act(cx, &story.run, &wishes, |driver, _| driver.revise_severity(row, &args.reason))?;
    cx.screen.say(Tone::Plain, "Next:");
    cx.screen.command(&cx.command(&format!("resume {run}")));
    Ok(0)
}
