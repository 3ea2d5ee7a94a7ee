//! `aigov rehearse --from RUN`: a run's record as a scenario; and writing any course down once it has been played.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::json;

use crate::cli::choice;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Kind};
use crate::cli::session::Surroundings;
use crate::explore::Sometimes;
use crate::journal::memory::MemoryLog;
use crate::journal::{Content, Store};
use crate::model::decode;
use crate::plan::rehearsal;
use crate::plan::{Plan, Votes};
use crate::port::{Progress, Reporter};
use crate::rehearse::{Play, play};
use crate::report::course::{self, Course};
use crate::run::record::Record;
use crate::text::safe;
use crate::text::source::Source;
use crate::text::time::Instant;
use crate::ui::Tone;

/// What a scenario is called while nothing says where it will stand.
const NAMELESS: &str = "gameday/again";

/// Longest note that becomes an inject.
const MOST_TEXT: usize = 2_000;

/// Makes a scenario of a run or of a kept drill.
pub(super) fn call(cx: &Context, run: &str, out: Option<&Path>) -> Result<u8, CliError> {
    let (store, run) = held(cx, run)?;
    let records = store.read(&run)?;
    let plan = records.first().and_then(|r| r.detail.start.as_ref()).map(|s| s.plan.clone());
    let Some(plan) = plan else {
        return Err(CliError::failed(format!("run {run} does not hold the plan that it began with"))
            .next(cx.command(&format!("verify {run}"))));
    };
    let words = |record: &Record| {
        let of = record.detail.payloads.first()?;
        match store.payload(&run, &of.digest) {
            Ok(Some(Content::Plain(bytes))) => {
                let text = String::from_utf8_lossy(&bytes);
                Some(text.chars().take(MOST_TEXT).collect())
            }
            _ => Some(format!("a {} that can't be read here", safe::line(&of.subject))),
        }
    };
    let mut made = Course::of(&plan, &records, &words);
    made.based_on = format!("run {run} on {} ({})", plan.automation, plan.environment);
    write_down(cx, &plan, &made, &records, None, out)
}

/// The run, among those of the night or among drills.
fn held(cx: &Context, given: &str) -> Result<(Store, String), CliError> {
    let real = cx.journal();
    match real.find(given) {
        Ok(run) => Ok((real, run)),
        Err(e) => {
            let drills = cx.drills();
            drills.find(given).map_or_else(|_| Err(e.into()), |run| Ok((drills.clone(), run)))
        }
    }
}

/// Plays what is to be written, compares it with what happened, and writes it down.
///
/// # Errors
/// It does not lint clean, or it does not come to the same end by the same acts, or what it is to show does not happen in
/// it: then it is not written.
pub(in crate::cli::verb) fn write_down(
    cx: &Context,
    was: &Plan,
    of: &Course,
    happened: &[Record],
    shows: Option<Sometimes>,
    out: Option<&Path>,
) -> Result<u8, CliError> {
    let text = course::toml(of, was);
    let name = out.and_then(name_of).unwrap_or_else(|| NAMELESS.to_owned());
    let again = || cx.command("rehearse");
    // Played against the files as they are: a scenario that fits only a plan of long ago practises nothing.
    let target =
        crate::cli::args::Target { automation: Some(of.automation.clone()), env: Some(of.environment.clone()) };
    let mut planned = choice::plan(cx, &of.runbook, &target)?;
    planned.plan.votes = Votes::Unsigned;
    planned.digest = crate::plan::digest::digest(&planned.plan)
        .map_err(|e| CliError::failed("the plan holds a number that is not finite").because(e))?;
    let plan = &planned.plan;
    let decoded = decode::scenario(&Source::new(format!("runbooks/{name}.toml"), text.clone()), &name);
    let resolved = rehearsal::resolve(&decoded.value, plan);
    let problems: Vec<_> = decoded.problems.into_iter().chain(resolved.problems).collect();
    if let Some(first) = problems.first() {
        return Err(CliError::failed("what happened can't be written as a scenario of these files")
            .hint(safe::line(&first.to_string()))
            .next(again()));
    }
    let mut practised = resolved.rehearsal;
    practised.begins = Instant(1_795_514_400_000);
    practised.seed = 1;
    let Some(player) = resolved.players.first() else {
        return Err(CliError::failed("the scenario has no player").next(again()));
    };
    practised.player = Some(player.id.clone());
    let around = Surroundings::new(cx, None);
    let said = format!("played once before it is written, from {}", safe::line(&of.based_on));
    let mut start = around.start(BTreeMap::new(), plan, &planned.digest, &cx.loaded().digests, None, said);
    start.time_scale = 1;
    let mut kept = Kept(Vec::new());
    let of_play = Play { plan, rehearsal: &practised, player, run: "20261124-1000-again", start };
    play(of_play, &mut MemoryLog::new("20261124-1000-again"), &mut kept)
        .map_err(|e| CliError::failed(e.to_string()))?;
    compared(cx, was, happened, plan, &kept.0)?;
    if let Some(claim) = shows {
        shown(cx, claim, (was, happened), (plan, &kept.0))?;
    }
    match out {
        None => text.lines().for_each(|line| cx.screen.raw(line)),
        Some(file) => {
            if let Some(folder) = file.parent() {
                let _ = fs::create_dir_all(folder);
            }
            fs::write(file, &text).map_err(|e| {
                CliError::failed(format!("{} can't be written", file.display())).because(e).next(again())
            })?;
            if cx.json {
                let whole = json!({ "scenario": name, "file": file.display().to_string(), "from": of.based_on });
                cx.screen.raw(&whole.to_string());
            }
            let says = format!("{} is written: played once, it came to the same end by the same acts", file.display());
            cx.screen.labelled(Tone::Good, "ok", &safe::line(&says));
        }
    }
    cx.screen.say(Tone::Plain, "Next:");
    cx.screen.command(&match out.and_then(name_of) {
        Some(name) => cx.command(&format!("rehearse {name} --auto")),
        None => cx.command("lint"),
    });
    Ok(0)
}

/// Whether what was played is what happened: how it ended, and every act in its order. What is still open has no end, and
/// what was played goes on where it stopped.
fn compared(cx: &Context, was: &Plan, before: &[Record], plan: &Plan, after: &[Record]) -> Result<(), CliError> {
    let (mut wanted, mut got) = (course::acts(was, before), course::acts(plan, after));
    let (ended, came) = (course::end(before), course::end(after));
    if ended.is_none() {
        let least = wanted.len().min(got.len());
        wanted.truncate(least);
        got.truncate(least);
    } else if ended != came {
        let word = |end: Option<crate::run::event::End>| end.map_or("no end", crate::report::phrase::end);
        let says = format!("played again it came to {} instead of {}", word(came), word(ended));
        return Err(differs(cx, &says));
    }
    let apart = wanted.iter().zip(&got).position(|(a, b)| a != b);
    let apart = apart.or_else(|| (wanted.len() != got.len()).then(|| wanted.len().min(got.len())));
    match apart {
        None => Ok(()),
        Some(n) => {
            let at = |of: &[String]| of.get(n).map_or_else(|| "nothing".to_owned(), |a| safe::line(a));
            let says = format!("played again, act {} was {} instead of {}", n + 1, at(&got), at(&wanted));
            Err(differs(cx, &says))
        }
    }
}

/// Whether what it is written for happens on the way that was found, and again when it is played.
fn shown(
    cx: &Context,
    claim: Sometimes,
    (was, before): (&Plan, &[Record]),
    (plan, after): (&Plan, &[Record]),
) -> Result<(), CliError> {
    let on = |plan: &Plan, records: &[Record]| claim.shown_by(plan, records.iter().map(|r| r.event));
    let says = match (on(was, before), on(plan, after)) {
        (true, true) => return Ok(()),
        (true, false) => format!("played, it never shows that {}", safe::line(&claim.sentence(plan))),
        (false, _) => format!("the way that was found never shows that {}", safe::line(&claim.sentence(was))),
    };
    Err(differs(cx, &says))
}

fn differs(cx: &Context, says: &str) -> CliError {
    CliError::new(Kind::Failed, format!("it is not written: {says}"))
        .hint(
            "something on this way has no word in a scenario: a killed process, another run, a change behind its back",
        )
        .next(cx.command("new scenario NAME"))
}

/// The name of a scenario from where its file stands.
fn name_of(file: &Path) -> Option<String> {
    let text = file.to_str()?.strip_suffix(".toml")?;
    let (_, below) = text.rsplit_once("runbooks/")?;
    Some(below.to_owned())
}

/// Keeps the records.
struct Kept(Vec<Record>);

impl Reporter for Kept {
    fn record(&mut self, _: &Plan, record: &Record) {
        self.0.push(record.clone());
    }

    fn progress(&mut self, _: &Plan, _: Progress<'_>) {}
}
