//! `aigov stand-down RUN`.

use crate::cli::args::Reasoned;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::session::{self, Wishes};
use crate::ui::Tone;

/// Asks to stand down from a false alarm; another person's vote follows.
pub(super) fn call(cx: &Context, args: &Reasoned) -> Result<u8, CliError> {
    let wishes = Wishes { person: args.act.person.as_deref(), answers: None };
    let run = session::act(cx, &args.act.run, &wishes, |driver, _| driver.stand_down(&args.reason))?;
    cx.screen.say(Tone::Plain, "Next:");
    cx.screen.command(&cx.command(&format!("resume {run}")));
    Ok(0)
}
