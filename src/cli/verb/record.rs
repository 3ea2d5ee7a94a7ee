//! `aigov record`: what was done by hand, from paper, entered afterwards.
//!
//! Owns the questions and the file. What is entered is a claim: it stands apart from what the program did, carries the time
//! that was said beside the time of the entry, and is never shown as proven.

use std::path::Path;

use serde::Deserialize;
use serde_json::json;

use crate::cli::args::{Record, Target};
use crate::cli::choice::{self, Planned};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Kind as End};
use crate::cli::session::{self, Wishes};
use crate::drive::{Driver, NotNow};
use crate::plan::{Plan, StepIx};
use crate::report::phrase;
use crate::run::event::Verdict;
use crate::run::record::{Claim, ClaimedResult};
use crate::text::time::Instant;
use crate::text::{safe, suggest};
use crate::ui::{Tone, line};

/// One step that was done.
struct Done {
    step: String,
    claim: Claim,
    saw: Option<String>,
}

/// Enters it.
pub(super) fn call(cx: &Context, args: &Record) -> Result<u8, CliError> {
    let workspace = &cx.loaded().workspace;
    let wishes = Wishes { person: args.person.as_deref(), answers: None };
    let planned = if workspace.runbooks.contains_key(&args.done) {
        Some(choice::plan(cx, &args.done, &args.target)?)
    } else if workspace.automations.contains_key(&args.done) {
        Some(stop_of(cx, &args.done, &args.target)?)
    } else {
        None
    };
    let mut read = Vec::new();
    let (run, count) = match &planned {
        Some(planned) => {
            let done = done(cx, args, &planned.plan)?;
            (session::entered(cx, planned, &wishes, async |driver| enter(driver, &done, &mut read).await)?, done.len())
        }
        None => beside(cx, args, &wishes, &mut read)?,
    };
    let word = |v: Option<Verdict>| v.map(phrase::verdict);
    if cx.json {
        let steps = read.iter().map(|(step, v)| json!({ "step": step, "read": word(*v) })).collect::<Vec<_>>();
        cx.screen.raw(&json!({ "run": run, "entered": count, "retrospective": true, "steps": steps }).to_string());
    } else {
        let acts = if count == 1 { "act" } else { "acts" };
        let says = format!("{count} {acts} entered in run {run}, marked retrospective: said, not proven");
        cx.screen.labelled(Tone::Good, "ok", &says);
        for (step, verdict) in &read {
            let (tone, mark) = match verdict {
                Some(Verdict::Pass) => (Tone::Good, "ok"),
                Some(Verdict::Fail) => (Tone::Bad, "FAIL"),
                _ => (Tone::Plain, "-"),
            };
            let says = word(*verdict).map_or_else(
                || "nothing of it can be read now".to_owned(),
                |v| format!("whether it is so now, read at the entry: {v}"),
            );
            cx.screen.labelled(tone, mark, &format!("{}: {says}", safe::line(step)));
        }
    }
    cx.screen.say(Tone::Plain, "Next:");
    cx.screen.command(&cx.command(&format!("show {run}")));
    Ok(0)
}

/// What was done beside a run that is on record.
fn beside(cx: &Context, args: &Record, wishes: &Wishes<'_>, read: &mut Read) -> Result<(String, usize), CliError> {
    let workspace = &cx.loaded().workspace;
    let store = cx.journal();
    let run = store.find(&args.done).map_err(|e| {
        let names = workspace.runbooks.keys().chain(workspace.automations.keys()).map(String::as_str);
        let error = CliError::from(e);
        match suggest::nearest(&args.done, names) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error,
        }
    })?;
    let records = store.read(&run)?;
    let plan = session::stored_plan(&run, &records)?.clone();
    let done = done(cx, args, &plan)?;
    session::act_and_read(cx, &run, wishes, async |driver, _| enter(driver, &done, read).await)?;
    Ok((run, done.len()))
}

/// Steps with what a read-back said of each when it was entered.
type Read = Vec<(String, Option<Verdict>)>;

async fn enter(driver: &mut Driver<'_>, done: &[Done], read: &mut Read) -> Result<(), NotNow> {
    for d in done {
        let is = driver.entered(&d.step, d.claim.clone(), d.saw.as_deref()).await?;
        read.push((d.step.clone(), is));
    }
    Ok(())
}

/// The stop of an automation, as its page has it.
fn stop_of(cx: &Context, name: &str, target: &Target) -> Result<Planned, CliError> {
    let environment = choice::environment(cx, &cx.loaded().workspace, None, target)?;
    let (mut plan, problems) = choice::stop_plan(cx, name, &environment)?;
    crate::cli::keys::protect(cx, &mut plan);
    let digest = crate::plan::digest::digest(&plan)
        .map_err(|e| CliError::failed("the plan holds a number that is not finite").because(e))?;
    Ok(Planned { plan, digest, problems })
}

/// What was done: from the file, or step by step from whoever is here.
fn done(cx: &Context, args: &Record, plan: &Plan) -> Result<Vec<Done>, CliError> {
    let again = cx.command(&format!("record {} --from FILE", safe::line(&args.done)));
    let done = match &args.from {
        Some(file) => from_file(cx, file, plan).map_err(|e| e.next(again.clone()))?,
        None if cx.screen.look().person => asked(cx, plan, &safe::line(&args.done))?,
        None => {
            return Err(CliError::usage("say in a file what was done: nobody is here to ask")
                .hint("aigov record --help shows such a file")
                .next(again));
        }
    };
    if done.is_empty() {
        return Err(CliError::usage("nothing was done, so there is nothing to enter").next(again));
    }
    Ok(done)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    #[expect(dead_code, reason = "accepted, as in every file that people write")]
    schema: Option<u32>,
    done: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    step: String,
    by: String,
    at: toml::Value,
    result: ClaimedResult,
    saw: Option<String>,
}

fn from_file(cx: &Context, file: &Path, plan: &Plan) -> Result<Vec<Done>, CliError> {
    let shown = file.display();
    let text =
        std::fs::read_to_string(file).map_err(|e| CliError::usage(format!("{shown} can't be read")).because(e))?;
    let read: File = toml::from_str(&text).map_err(|e| {
        let line = e.span().map_or(1, |s| text.get(..s.start).unwrap_or_default().matches('\n').count() + 1);
        CliError::usage(format!("{shown}:{line}: {}", safe::line(e.message())))
    })?;
    read.done
        .into_iter()
        .map(|entry| {
            let step = known_step(plan, &entry.step)?;
            let at = entry.at.as_str().map_or_else(|| entry.at.to_string(), str::to_owned);
            let at = instant(cx, &at)?;
            let by = person(&entry.by)?;
            Ok(Done { step, claim: Claim { at, by, result: entry.result, read: None }, saw: entry.saw })
        })
        .collect()
}

/// The id of a step; of a stop, which was not written by anybody, the control suffices.
fn known_step(plan: &Plan, step: &str) -> Result<String, CliError> {
    if plan.steps.iter().any(|s| s.id == step) {
        return Ok(step.to_owned());
    }
    let of_stop = |ix: &StepIx| {
        let id = &plan.steps.get(ix.ix())?.id;
        (id.strip_prefix("stop.") == Some(step)).then(|| id.clone())
    };
    if let Some(id) = plan.immediate.iter().find_map(of_stop) {
        return Ok(id);
    }
    let names = || plan.steps.iter().map(|s| s.id.as_str());
    let error = CliError::usage(format!("{} has no step `{}`", safe::line(&plan.runbook), safe::excerpt(step, 60)));
    Err(match suggest::nearest(step, names()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!("there is {}", suggest::list(names()))),
    })
}

/// A name that stands in the record: short, and nothing that draws.
fn person(by: &str) -> Result<String, CliError> {
    let by = safe::line(by.trim());
    if by.is_empty() || by.chars().count() > 80 {
        return Err(CliError::usage("say who did it, in at most 80 characters"));
    }
    Ok(by)
}

/// A time as people write it: whole, or hours and minutes of the last day, in UTC.
fn instant(cx: &Context, written: &str) -> Result<Instant, CliError> {
    let wrong = || {
        CliError::usage(format!("`{}` is no time", safe::excerpt(written, 40)))
            .hint("write 2026-11-23T02:14:00Z, or 02:14 for UTC within the last 24 hours")
    };
    if let Ok(at) = written.parse::<Instant>() {
        // Nothing is written before all of it is known to be possible.
        return if at > cx.now { Err(CliError::usage(format!("{at} is later than now"))) } else { Ok(at) };
    }
    let (hours, minutes) = written.split_once(':').ok_or_else(wrong)?;
    let (hours, minutes): (u8, u8) = hours.parse().ok().zip(minutes.parse().ok()).ok_or_else(wrong)?;
    let today = cx.now.to_string();
    let today = today.get(..10).unwrap_or_default();
    let at: Instant = format!("{today}T{hours:02}:{minutes:02}:00Z").parse().map_err(|_| wrong())?;
    let day = 24 * 3600 * 1000;
    Ok(if at > cx.now { Instant(at.0 - day) } else { at })
}

/// The steps in the order of the page.
fn order(plan: &Plan) -> Vec<StepIx> {
    let mut out: Vec<StepIx> = Vec::new();
    for ix in &plan.immediate {
        out.push(*ix);
        out.extend(plan.steps.get(ix.ix()).and_then(|s| s.or_else));
    }
    for ix in plan.rows.iter().flat_map(|r| r.respond.iter().chain(&r.escalate)) {
        if !out.contains(ix) {
            out.push(*ix);
        }
    }
    out
}

fn asked(cx: &Context, plan: &Plan, what: &str) -> Result<Vec<Done>, CliError> {
    let left = || CliError::new(End::Interrupted, "nothing was entered").next(cx.command(&format!("record {what}")));
    cx.screen.say(Tone::Strong, "Step by step as on the page. Type: WHO TIME RESULT, and behind it what was seen.");
    cx.screen.say(Tone::Plain, "Such as: ada 02:14 worked the console shows off. Results: worked, failed, unknown.");
    let mut out = Vec::new();
    for step in order(plan).into_iter().filter_map(|ix| plan.steps.get(ix.ix())) {
        let ask = format!("{}: {}", safe::line(&step.id), phrase::act(step));
        loop {
            let typed = line::line(&cx.screen, &ask, Some("not done")).ok_or_else(left)?;
            if typed == "not done" {
                break;
            }
            match understood(cx, &typed) {
                Ok((claim, saw)) => {
                    out.push(Done { step: step.id.clone(), claim, saw });
                    break;
                }
                Err(e) => {
                    cx.screen.say(Tone::Bad, &safe::line(&e.says));
                    for hint in &e.hints {
                        cx.screen.say(Tone::Plain, &safe::line(hint));
                    }
                }
            }
        }
    }
    Ok(out)
}

/// `ada 02:14 worked the console shows off`.
fn understood(cx: &Context, typed: &str) -> Result<(Claim, Option<String>), CliError> {
    let mut words = typed.split_whitespace();
    if words.clone().count() < 3 {
        return Err(CliError::usage("who, when and what came of it are wanted, such as: ada 02:14 worked"));
    }
    let by = person(words.next().unwrap_or_default())?;
    let at = instant(cx, words.next().unwrap_or_default())?;
    let result = match words.next().unwrap_or_default() {
        "worked" => ClaimedResult::Worked,
        "failed" => ClaimedResult::Failed,
        "unknown" => ClaimedResult::Unknown,
        other => {
            return Err(CliError::usage(format!(
                "`{}` is no result: worked, failed or unknown",
                safe::excerpt(other, 40)
            )));
        }
    };
    let saw: Vec<&str> = words.collect();
    Ok((Claim { at, by, result, read: None }, Some(saw.join(" ")).filter(|s| !s.is_empty())))
}
