//! `aigov rehearse SCENARIO --auto`: played in memory, in virtual time, by the scenario's own players.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::json;

use super::super::score::{code, last_before, show};
use super::{Ready, Stand, ready};
use crate::cli::args::Rehearse;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::ports::{SystemChance, now};
use crate::cli::session::Surroundings;
use crate::drive::Why;
use crate::journal::memory::MemoryLog;
use crate::journal::run_id;
use crate::model::scenario::Scenario;
use crate::plan::Plan;
use crate::plan::rehearsal::{Player, Rehearsal, Where};
use crate::port::{Progress, Reporter, RunLog};
use crate::rehearse::{Play, Played, SeededChance, play};
use crate::report::score::Score;
use crate::report::{drill, phrase};
use crate::run::record::{Record, sha256_hex};
use crate::text::safe;
use crate::text::suggest;
use crate::text::time::Instant;
use crate::ui::{Screen, Tone};

/// 10:00 UTC of a quiet Tuesday: when a drill begins that nobody keeps and whose scenario names no day.
const TUESDAY: Instant = Instant(1_795_514_400_000);

/// Plays it.
pub(super) fn call(cx: &Context, scenario: &Scenario, args: &Rehearse) -> Result<u8, CliError> {
    let Ready { planned, resolved } = ready(cx, scenario, Stand::Memory)?;
    let player = chosen(cx, scenario, &resolved.players, &args.player)?;
    let mut rehearsal = resolved.rehearsal;
    rehearsal.seed = args.seed;
    rehearsal.player = Some(player.id.clone());
    rehearsal.played = Some(Where::Memory);
    rehearsal.begins = if args.keep { now() } else { begins(scenario) };
    let plan = &planned.plan;
    let id = if args.keep {
        run_id(rehearsal.begins, &mut SystemChance)
    } else {
        run_id(rehearsal.begins, &mut SeededChance::new(args.seed))
    };
    let around = Surroundings::new(cx, None);
    let declared = format!("declared by {} in a drill", safe::line(&player.person));
    let mut start = around.start(BTreeMap::new(), plan, &planned.digest, &cx.loaded().digests, None, declared);
    start.time_scale = 1;
    let of = Play { plan, rehearsal: &rehearsal, player, run: &id, start };
    let mut told = Transcript::new(cx, rehearsal.begins);
    for line in drill::head(&rehearsal, plan) {
        told.line(&line);
    }
    let played = if args.keep {
        let store = cx.drills_for_writing();
        let mut held = store
            .create_run(&id, Box::new(SystemChance))
            .map_err(|e| CliError::failed(format!("the drill's record can't be kept: {e}")))?;
        go(of, &mut held, &mut told)?
    } else {
        go(of, &mut MemoryLog::new(&id), &mut told)?
    };
    finish(cx, plan, &rehearsal, &played, &told, args, &id)
}

fn go(of: Play<'_>, log: &mut dyn RunLog, told: &mut Transcript<'_>) -> Result<Played, CliError> {
    play(of, log, told).map_err(|e| CliError::failed(e.to_string()))
}

fn finish(
    cx: &Context,
    plan: &Plan,
    rehearsal: &Rehearsal,
    played: &Played,
    told: &Transcript<'_>,
    args: &Rehearse,
    id: &str,
) -> Result<u8, CliError> {
    let digest = sha256_hex(told.text.borrow().as_bytes());
    let since = drill::offset(played.ended.since(rehearsal.begins));
    let how = played.stopped.as_ref().map_or_else(|| "never declared".to_owned(), |s| over(&s.why));
    if cx.json {
        cx.screen.raw(&json!({ "transcript": digest, "ended": played.ended, "how": how }).to_string());
    } else {
        cx.screen.text(&format!("DRILL {since:>10} over: {how}; transcript {}", digest.get(..12).unwrap_or(&digest)));
    }
    let records = told.records.borrow();
    let score = Score::of(&records).unwrap_or_else(|| Score::undeclared(rehearsal, plan));
    let before = if args.keep { last_before(&cx.drills(), &score, rehearsal.begins) } else { None };
    show(cx, &score, before.as_ref(), &[]);
    cx.screen.say(Tone::Plain, "Next:");
    cx.screen.command(&if args.keep {
        cx.command(&format!("score {id} --html"))
    } else {
        cx.command(&format!("rehearse {} --auto --keep", rehearsal.scenario))
    });
    Ok(code(score.rating))
}

/// How the run was left, in words.
fn over(why: &Why) -> String {
    match why {
        Why::Done(end) => phrase::end(*end).to_owned(),
        Why::Waiting(what) => format!("it waits for {what}"),
        Why::Interrupted => "its time was up".to_owned(),
        Why::Problems => "the plan has problems".to_owned(),
        Why::Moved(e) => e.to_string(),
        Why::Broken(says) => says.clone(),
    }
}

/// The day that the scenario names, or a quiet Tuesday.
fn begins(scenario: &Scenario) -> Instant {
    let midnight = scenario.on.and_then(|day| day.value.to_zoned(jiff::tz::TimeZone::UTC).ok());
    midnight.map_or(TUESDAY, |z| Instant(z.timestamp().as_millisecond().saturating_add(36_000_000)))
}

fn chosen<'p>(cx: &Context, of: &Scenario, all: &'p [Player], asked: &str) -> Result<&'p Player, CliError> {
    all.iter().find(|p| p.id == asked).ok_or_else(|| {
        let names = || all.iter().map(|p| p.id.as_str());
        let error = CliError::usage(format!("{} has no player `{}`", safe::line(&of.name), safe::line(asked)));
        let error = match suggest::nearest(asked, names()) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(format!("there is {}", suggest::list(names()))),
        };
        error.next(cx.command(&format!("rehearse {} --auto", of.name)))
    })
}

/// Prints what happens, and keeps it for its digest.
struct Transcript<'a> {
    screen: &'a Screen,
    json: bool,
    begins: Instant,
    text: RefCell<String>,
    records: RefCell<Vec<Record>>,
}

impl<'a> Transcript<'a> {
    fn new(cx: &'a Context, begins: Instant) -> Self {
        Self { screen: &cx.screen, json: cx.json, begins, text: RefCell::default(), records: RefCell::default() }
    }

    fn line(&self, line: &str) {
        let mut text = self.text.borrow_mut();
        text.push_str(line);
        text.push('\n');
        if !self.json {
            self.screen.text(line);
        }
    }
}

impl Reporter for Transcript<'_> {
    fn record(&mut self, plan: &Plan, record: &Record) {
        self.records.borrow_mut().push(record.clone());
        self.line(&drill::line(plan, self.begins, record));
        if self.json
            && let Some(line) = record.bytes().ok().and_then(|b| String::from_utf8(b).ok())
        {
            self.screen.raw(&line);
        }
    }

    fn progress(&mut self, _: &Plan, progress: Progress<'_>) {
        if let Progress::Says(text) = progress {
            self.line(&drill::aside(text));
        }
    }
}
