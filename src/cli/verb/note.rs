//! `aigov note RUN TEXT`.

pub(super) mod remark;

use crate::cli::args::Note;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Kind};
use crate::cli::ports::SystemChance;
use crate::cli::record::Story;
use crate::cli::session::{self, Wishes};
use crate::run::left::{Order, What};
use crate::text::{safe, suggest};
use crate::ui::Tone;

/// Puts a note on a run's record, or what was decided about records beside it. Where a drill is being played, it is left
/// for whoever holds it.
pub(super) fn call(cx: &Context, args: &Note) -> Result<u8, CliError> {
    if args.evaluator {
        return remark::call(cx, args);
    }
    let wishes = Wishes { person: args.act.person.as_deref(), answers: None };
    if let Some(name) = &args.fork {
        return decided(cx, args, name, &wishes);
    }
    match session::act(cx, &args.act.run, &wishes, |driver, _| driver.note(&args.text)) {
        Err(e) if e.kind == Kind::Waiting && cx.course().is_some() => left(cx, args),
        Err(e) => Err(e),
        Ok(_) => Ok(0),
    }
}

fn left(cx: &Context, args: &Note) -> Result<u8, CliError> {
    let store = cx.journal_for_writing();
    let story = Story::read(cx, &args.act.run)?;
    let plan = session::stored_plan(&story.run, &story.records)?;
    let by =
        session::person(cx, plan, args.act.person.as_deref())?.unwrap_or_else(|| "somebody unidentified".to_owned());
    let start = story.records.first().and_then(|r| r.detail.start.as_ref());
    let word = start.and_then(|s| s.rehearsal.as_ref()).map(|r| r.abort_word.clone());
    // Whoever says the word ends it, by whatever command they find first.
    let what = if word.is_some_and(|w| w.eq_ignore_ascii_case(args.text.trim())) {
        What::Master(Order::Abort)
    } else {
        What::Note(store.keep_words(&story.run, "note", args.text.as_bytes(), cx.time(), &mut SystemChance)?)
    };
    super::master::put(cx, &store, &story.run, &by, what)?;
    cx.screen.labelled(Tone::Good, "ok", "left for whoever holds it; it stands in the record once they have it");
    cx.screen.say(Tone::Plain, "Next:");
    cx.screen.command(&cx.command(&format!("watch {}", story.run)));
    Ok(0)
}

/// What somebody decided about records that were written beside the run.
fn decided(cx: &Context, args: &Note, name: &str, wishes: &Wishes<'_>) -> Result<u8, CliError> {
    let store = cx.journal();
    let run = store.find(&args.act.run)?;
    let forks = store.forks(&run)?;
    let Some(fork) = forks.iter().find(|f| f.branch == name).cloned() else {
        let says = format!("run {} has no fork `{}`", safe::line(&run), safe::line(name));
        let hint = match forks[..] {
            [] => "nothing was written beside it, as far as is known here".to_owned(),
            _ => format!("there is {}", suggest::list(forks.iter().map(|f| f.branch.as_str()))),
        };
        return Err(CliError::usage(says).hint(hint).next(cx.command(&format!("verify {}", safe::line(&run)))));
    };
    session::act(cx, &run, wishes, |driver, _| driver.reconcile(fork, &args.text))?;
    Ok(0)
}
