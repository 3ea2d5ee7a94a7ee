//! `aigov answer RUN FACT VALUE`, also called `revise`.

use crate::cli::args::Answer;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::record::Story;
use crate::cli::session::{self, Wishes};
use crate::plan::FactIx;
use crate::text::{safe, suggest};
use crate::ui::Tone;
use crate::ui::operator::read_value;

/// Answers a fact, or revises it.
pub(super) fn call(cx: &Context, args: &Answer) -> Result<u8, CliError> {
    let story = Story::read(cx, &args.act.run)?;
    let plan = story.summary()?.plan;
    let place = plan.facts.iter().position(|f| f.id == args.fact).and_then(|i| Some((i, plan.facts.get(i)?)));
    let Some((ix, fact)) = place else {
        let names = || plan.facts.iter().map(|f| f.id.as_str());
        let error = CliError::usage(format!("run {} has no fact `{}`", story.run, safe::line(&args.fact)));
        let error = error.next(cx.command(&format!("brief {}", story.run)));
        return Err(match suggest::nearest(&args.fact, names()) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(format!("there is {}", suggest::list(names()))),
        });
    };
    let value = read_value(&fact.kind, &args.value).map_err(|says| {
        let asked = fact.ask.as_deref().unwrap_or(&fact.id);
        CliError::usage(format!("`{}` does not answer `{}`: {says}", safe::line(&args.value), safe::line(&fact.id)))
            .hint(safe::line(asked))
            .next(cx.command(&format!("resume {}", story.run)))
    })?;
    let ix = FactIx(u16::try_from(ix).unwrap_or(u16::MAX));
    let wishes = Wishes { person: args.act.person.as_deref(), answers: None };
    let run = session::act(cx, &story.run, &wishes, |driver, _| driver.revise_answer(ix, value.as_ref()))?;
    cx.screen.say(Tone::Plain, "Next:");
    cx.screen.command(&cx.command(&format!("resume {run}")));
    Ok(0)
}
