//! `aigov watch RUN`: what happened, and then each event as it happens, from the journal alone.
//!
//! Holds nothing and writes nothing: whoever drives the run does not know of it.

use std::time::Duration;

use crate::cli::args::Watch as Args;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::record::{Story, fetch};
use crate::cli::session;
use crate::drive::Signals;
use crate::run::event::Event;
use crate::run::record::{DeliveredWhat, Record};
use crate::text::safe;
use crate::ui::{Lines, Stream, Tone};

/// How often the journal is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// How often the remote is asked, in looks.
const FETCH: u32 = 8;

/// Follows it until it is over, or somebody has seen enough.
pub(super) fn call(cx: &Context, args: &Args) -> Result<u8, CliError> {
    fetch(cx);
    let story = Story::read(cx, &args.run)?;
    let run = story.run.clone();
    let plan = session::stored_plan(&run, &story.records)?.clone();
    let mut lines: Box<dyn crate::port::Reporter> = if cx.json {
        Box::new(Stream::new(cx.screen.clone()))
    } else {
        cx.screen.say(Tone::Strong, &format!("watching {} on {}", safe::line(&run), safe::line(&plan.automation)));
        Box::new(Lines::new(cx.screen.clone(), cx.place.suffix.clone()))
    };
    let mut seen = 0;
    let mut show = |records: &[Record]| {
        let over = is_at_its_end(records);
        for record in records.iter().skip(seen) {
            // Whoever watches while others play may play, too: what was broken on purpose is told afterwards.
            if !cx.json && !over && is_struck(record) {
                continue;
            }
            lines.record(&plan, record);
        }
        seen = records.len();
        over
    };
    let mut over = show(&story.records);
    if !args.once && !over {
        let store = cx.journal();
        session::runtime()?.block_on(async {
            let (raise, signals) = Signals::channel();
            session::listen(raise.into());
            let mut looks = 0_u32;
            loop {
                tokio::select! {
                    () = signals.first() => break,
                    () = tokio::time::sleep(LOOK) => {}
                }
                looks += 1;
                if store.remote().is_some() && looks.is_multiple_of(FETCH) {
                    // What can't be read now is there the next time.
                    let _ = store.fetch_within(LOOK * 4);
                }
                if let Ok(records) = store.read(&run) {
                    over = show(&records);
                    if over {
                        break;
                    }
                }
            }
        });
    }
    cx.screen.say(Tone::Plain, "Next:");
    let next = match (over, cx.course().is_some()) {
        (true, true) => format!("score {run}"),
        (true, false) => format!("show {run}"),
        (false, _) => format!("brief {run}"),
    };
    cx.screen.command(&cx.command(&next));
    Ok(0)
}

fn is_struck(record: &Record) -> bool {
    record.detail.drill.as_ref().is_some_and(|d| d.what == DeliveredWhat::Struck)
}

fn is_at_its_end(records: &[Record]) -> bool {
    records.iter().any(|r| matches!(r.event, Event::RunEnded { .. } | Event::ContinuedBy))
        || crate::cli::drill::is_over(records)
}
