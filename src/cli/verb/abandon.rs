//! `aigov abandon RUN`.

use crate::cli::args::Reasoned;
use crate::cli::context::Context;
use crate::cli::drill;
use crate::cli::error::CliError;
use crate::cli::record::Story;
use crate::cli::session::{self, Wishes};
use crate::ui::Tone;

/// Ends a run; autonomy stays low. What was raised is lowered first, by whoever resumes.
pub(super) fn call(cx: &Context, args: &Reasoned) -> Result<u8, CliError> {
    let wishes = Wishes { person: args.act.person.as_deref(), answers: None };
    let run = session::act(cx, &args.act.run, &wishes, |driver, _| driver.abandon(&args.reason))?;
    let story = Story::read(cx, &run)?;
    let open = story.summary()?.end.is_none();
    if open && drill::is_played(&story.records) {
        cx.screen.say(Tone::Plain, "What was raised stood in memory alone, and is gone with the drill. Next:");
        cx.screen.command(&cx.command(&format!("score {run}")));
        return Ok(0);
    }
    if open {
        cx.screen.say(Tone::Plain, "What was raised is lowered before the run ends. Next:");
    } else {
        cx.screen.say(Tone::Plain, "Next:");
    }
    cx.screen.command(&cx.command(&format!("{} {run}", if open { "resume" } else { "show" })));
    Ok(0)
}
